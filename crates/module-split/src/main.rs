//! Cuts the component's WebAssembly in two: what is needed at once, and what is loaded later.
//!
//! `module-split cut LINKED BOUND EXPORTS DOORS FIRST LATER`: LINKED is what rustc linked with `--emit-relocs`, BOUND the same
//! module after wasm-bindgen, its names kept as they are. EXPORTS names what scripts call of it, with commas between. DOORS is the
//! path of a Rust module: its functions, and all that nothing else needs, go into the file LATER, the rest into FIRST. FIRST
//! imports the doors, under their own names, from `./later`; LATER imports memory, tables, globals and functions from `./first`.
//! Panics end at once in both, and what nothing needs any more is in neither.
//!
//! `module-split names FIRST LATER` gives short names to all that crosses a border, and prints them. `module-split imports FIRST
//! LATER`, after both have been optimised, prints the names of what is still imported from JavaScript, each on a line.

mod dead;
mod emit;
mod names;
mod panics;
mod reach;
mod relocations;

use anyhow::{Context, Result, bail};
use std::collections::HashSet;
use std::path::Path;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cut", linked, bound, exports, doors, first, later] => cut([linked, bound], exports, doors, [first, later]),
        ["names", first, later] => {
            println!("{}", names::shorten(Path::new(first), Path::new(later))?);
            Ok(())
        }
        ["imports", first, later] => {
            print!("{}", names::outside([Path::new(first), Path::new(later)])?);
            Ok(())
        }
        _ => bail!("usage: module-split cut LINKED BOUND EXPORTS DOORS FIRST LATER | names FIRST LATER | imports FIRST LATER"),
    }
}

fn cut(from: [&str; 2], exports: &str, doors: &str, to: [&str; 2]) -> Result<()> {
    let read = |path: &str| std::fs::read(path).with_context(|| path.to_owned());
    let [linked, bound] = [read(from[0])?, read(from[1])?];
    let linked = relocations::read(&linked).context("the linked module")?;

    let mut bound = emit::parse(&bound)?;
    let exports: HashSet<&str> = exports.split(',').collect();
    emit::keep_exports(&mut bound, &exports);
    let panics = panics::abort_at_once(&mut bound);
    // Parsed twice, once for each part: two parsings of the same bytes number alike.
    let bytes = bound.emit_wasm();
    let (module, twin) = (emit::parse(&bytes)?, emit::parse(&bytes)?);

    let graph = reach::Graph::new(&module, &linked, &format!("{doors}::"))?;
    let closed: HashSet<_> = graph.doors.values().copied().collect();
    let first = graph.reached(reach::roots(&module), &closed);
    let mut later = graph.reached(closed.iter().copied(), &HashSet::new());
    later.subtract(&first);

    let needs = emit::Needs::new(&module, &first, &later)?;
    let counted = [first.functions.len(), later.functions.len(), module.funcs.iter().count()];
    let mapping = emit::Twin::of(&module, &twin);
    let mut second = emit::later(twin, &mapping, &graph, &linked, &later, &needs)?;
    let mut one = emit::first(module, &graph, &linked, [&first, &later], &needs)?;
    for (path, module) in to.into_iter().zip([&mut one, &mut second]) {
        std::fs::write(path, module.emit_wasm()).with_context(|| path.to_owned())?;
    }
    let doors: Vec<&str> = graph.doors.keys().map(String::as_str).collect();
    let [first, later, all] = counted;
    eprintln!("{all} functions: {first} at once, {later} later behind {}; {panics} panics", doors.join(", "));
    Ok(())
}
