//! `cargo xtask size`: the bytes a browser loads before the list shows, and before it answers to a search, against `size-budget.toml`.

use std::path::Path;

use crate::problem::Problem;
use crate::project::Project;

/// One file on its way to a browser. Sizes in bytes.
#[derive(Debug, PartialEq, Eq)]
struct Loaded {
    kind: &'static str,
    name: String,
    raw: u64,
    brotli: u64,
}

/// Prints the table; fails above the budget.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    if let Some(argument) = arguments.first() {
        return Err(Problem::Usage(format!("size takes no arguments, but was given {argument:?}")));
    }
    let dist = project.path("dist");
    let page = dist.join("index.html");
    if !page.is_file() {
        return Err(Problem::Usage("there is no dist/ to measure: run `cargo xtask build` first".into()));
    }
    let page = std::fs::read_to_string(&page).map_err(Problem::file(&page))?;
    let mut files = vec![measured(&dist, "index.html")?];
    for name in named_assets(&page) {
        files.push(measured(&dist, &name)?);
    }
    // The loader fetches the component by itself, and the component what comes later.
    let mut component = component_of(&dist, &files)?;
    let later = component_of(&dist, &component)?;
    let [until_list, total] = budgets(project)?;
    print!("{}", table("loaded until the list shows", &files, Some(until_list)));
    within(brotli(&files), until_list).map_err(Problem::Other)?;
    files.append(&mut component);
    print!("\n{}", table("loaded until search answers", &files, Some(total)));
    print!("\n{}", table("loaded later", &later, None));
    within(brotli(&files), total).map_err(Problem::Other)
}

/// The component's files that the scripts among these name.
fn component_of(dist: &Path, files: &[Loaded]) -> Result<Vec<Loaded>, Problem> {
    let mut component = Vec::new();
    for script in files.iter().filter(|file| file.name.ends_with(".js")) {
        let script = dist.join(&script.name);
        let script = std::fs::read_to_string(&script).map_err(Problem::file(&script))?;
        for name in component_files(&script) {
            component.push(measured(dist, &name)?);
        }
    }
    Ok(component)
}

fn brotli(files: &[Loaded]) -> u64 {
    files.iter().map(|file| file.brotli).sum()
}

fn within(total: u64, budget: u64) -> Result<(), String> {
    match total.checked_sub(budget) {
        None | Some(0) => Ok(()),
        Some(over) => Err(format!("size: {over} bytes above the budget of size-budget.toml ({budget} bytes)")),
    }
}

fn budgets(project: &Project) -> Result<[u64; 2], Problem> {
    let path = project.path("size-budget.toml");
    let text = std::fs::read_to_string(&path).map_err(Problem::file(&path))?;
    let table: toml::Table = text.parse().map_err(|error| Problem::Other(format!("size-budget.toml: {error}")))?;
    let budget = |name: &str| {
        let bytes = table.get(name).and_then(|value| value.as_integer()).and_then(|bytes| u64::try_from(bytes).ok());
        bytes.ok_or_else(|| Problem::Other(format!("size-budget.toml: `{name}` should be a number of bytes")))
    };
    Ok([budget("until-list")?, budget("total")?])
}

fn measured(dist: &Path, name: &str) -> Result<Loaded, Problem> {
    let size = |path: &Path| path.metadata().map(|data| data.len()).map_err(Problem::file(path));
    let kind = match name.rsplit('.').next() {
        Some("html") => "HTML",
        Some("js") => "JS",
        Some("wasm") => "wasm",
        Some("css") => "CSS",
        _ => "other",
    };
    let brotli = dist.join(format!("{name}.br"));
    if !brotli.is_file() {
        return Err(Problem::Usage(format!("dist/{name}.br is missing: dist/ is a debug build, run `cargo xtask build`")));
    }
    Ok(Loaded { kind, name: name.to_owned(), raw: size(&dist.join(name))?, brotli: size(&brotli)? })
}

/// The files below `/assets/` that the page's head names, each once.
fn named_assets(page: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (start, mark) in page.match_indices("\"/assets/") {
        let rest = &page[start + mark.len()..];
        let name = format!("assets/{}", &rest[..rest.find('"').unwrap_or(rest.len())]);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The files of the component that a script names.
fn component_files(script: &str) -> Vec<String> {
    let mark = "\"./order-documents-";
    let rest = script.match_indices(mark).map(|(start, _)| &script[start + 3..]);
    rest.map(|rest| format!("assets/{}", &rest[..rest.find('"').unwrap_or(rest.len())])).collect()
}

fn table(what: &str, files: &[Loaded], budget: Option<u64>) -> String {
    let mut text = format!("{:<6} {what:<46} {:>9} {:>9}\n", "", "raw", "brotli");
    for Loaded { kind, name, raw, brotli } in files {
        text += &format!("{kind:<6} {name:<46} {raw:>9} {brotli:>9}\n");
    }
    let (raw, brotli) = (files.iter().map(|file| file.raw).sum::<u64>(), brotli(files));
    text += &format!("{:<6} {:<46} {raw:>9} {brotli:>9}\n", "", "total");
    if let Some(budget) = budget {
        text += &format!("{:<6} {:<46} {:>9} {budget:>9}  ({} % used)\n", "", "budget", "", brotli * 100 / budget.max(1));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_fail_above_the_budget_and_only_there() {
        assert_eq!([within(0, 5), within(5, 5)], [Ok(()), Ok(())]);
        assert!(within(6, 5).unwrap_err().contains("1 bytes above"));
    }

    #[test]
    fn should_find_every_asset_that_the_page_names_once() {
        let page = r#"<link rel="modulepreload" href="/assets/a-1.js"><script src="/assets/a-1.js"></script>
            <link href="/assets/b_bg.wasm" as="fetch"><link href="https://elsewhere.example/assets/c.js">"#;
        assert_eq!(named_assets(page), ["assets/a-1.js", "assets/b_bg.wasm"]);
    }

    #[test]
    fn should_find_the_component_in_the_loader() {
        let script = r#"fetch(a("./order-documents-1_bg.wasm")),import(a("./order-documents-2.js")),{de:"./text-de-3.json"}"#;
        assert_eq!(component_files(script), ["assets/order-documents-1_bg.wasm", "assets/order-documents-2.js"]);
    }

    #[test]
    fn should_sum_what_travels() {
        let file = |kind, raw, brotli| Loaded { kind, name: format!("{kind}.x"), raw, brotli };
        let text = table("what", &[file("JS", 10, 4), file("wasm", 100, 40)], Some(88));
        let total = text.lines().find(|line| line.contains("total")).unwrap();
        assert!(total.contains("110") && total.ends_with("44"), "{text}");
        assert!(text.contains("(50 % used)"), "{text}");
    }
}
