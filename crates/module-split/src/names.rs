//! Short names for all that crosses a border: between the two modules, and between them and JavaScript.
//!
//! wasm-bindgen names each import with a hash of 16 digits, which no compression makes smaller, once in the module and once in
//! the script.

use crate::emit::{self, FIRST};
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::path::Path;
use walrus::Module;

/// What both import from JavaScript comes from a module of this name.
const OUTSIDE: &str = "a";
/// What the second imports of the first.
const INSIDE: &str = "b";

/// Renames in both files, and returns what scripts have to follow: `{"imports": [[module, old, new]], "exports": [[old, new]],
/// "doors": [[old, new]]}`. The exports are the first's, the doors the second's.
///
/// # Errors
/// When a file is no module, or the second wants of the first what that does not have.
pub fn shorten(first_file: &Path, later_file: &Path) -> Result<String> {
    let read = |file: &Path| emit::parse(&std::fs::read(file)?).with_context(|| file.display().to_string());
    let (mut first, mut later) = (read(first_file)?, read(later_file)?);

    let mut short = Short::default();
    let mut imports: Vec<[String; 3]> = Vec::new();
    let mut known: HashMap<(String, String), String> = HashMap::new();
    for module in [&mut first, &mut later] {
        for import in module.imports.iter_mut().filter(|import| import.module != FIRST) {
            let new = known.entry((import.module.clone(), import.name.clone())).or_insert_with(|| {
                let new = short.next();
                imports.push([import.module.clone(), import.name.clone(), new.clone()]);
                new
            });
            (import.module, import.name) = (OUTSIDE.to_owned(), new.clone());
        }
    }
    let exports = with_short_exports(&mut first);
    let of_first: HashMap<&str, &str> = exports.iter().map(|[old, new]| (old.as_str(), new.as_str())).collect();
    for import in later.imports.iter_mut().filter(|import| import.module == FIRST) {
        let new = of_first.get(import.name.as_str()).with_context(|| format!("the first module has no {}", import.name))?;
        (import.module, import.name) = (INSIDE.to_owned(), (*new).to_owned());
    }
    let doors = with_short_exports(&mut later);
    std::fs::write(first_file, first.emit_wasm())?;
    std::fs::write(later_file, later.emit_wasm())?;

    let imports: Vec<String> = imports.iter().map(|words| format!("{words:?}")).collect();
    let pairs = |pairs: &[[String; 2]]| pairs.iter().map(|words| format!("{words:?}")).collect::<Vec<_>>().join(",");
    Ok(format!(r#"{{"imports":[{}],"exports":[{}],"doors":[{}]}}"#, imports.join(","), pairs(&exports), pairs(&doors)))
}

/// The names that either file imports from JavaScript, each on a line.
///
/// # Errors
/// When a file is no module.
pub fn outside(files: [&Path; 2]) -> Result<String> {
    let mut names = std::collections::BTreeSet::new();
    for file in files {
        let module = emit::parse(&std::fs::read(file)?).with_context(|| file.display().to_string())?;
        names.extend(module.imports.iter().filter(|import| import.module == OUTSIDE).map(|import| import.name.clone()));
    }
    Ok(names.into_iter().map(|name| name + "\n").collect())
}

fn with_short_exports(module: &mut Module) -> Vec<[String; 2]> {
    let mut short = Short::default();
    let renamed = module.exports.iter_mut().map(|export| {
        let new = short.next();
        [std::mem::replace(&mut export.name, new.clone()), new]
    });
    renamed.collect()
}

/// a, b, … Z, aa, ba, …
#[derive(Default)]
struct Short(usize);

impl Short {
    fn next(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut name = String::new();
        let mut rest = self.0;
        self.0 += 1;
        loop {
            name.push(LETTERS[rest % LETTERS.len()] as char);
            rest /= LETTERS.len();
            if rest == 0 {
                return name;
            }
            rest -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_give_no_name_twice() {
        let mut short = Short::default();
        let names: Vec<String> = (0..5000).map(|_| short.next()).collect();
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!((names[0].as_str(), names[51].as_str(), names[52].as_str()), ("a", "Z", "aa"));
        assert_eq!(different.len(), names.len());
    }
}
