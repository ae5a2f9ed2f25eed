//! One WebAssembly module becomes two: what is needed before the list shows, and what is loaded when it is first needed.
//!
//! `crates/module-split` cuts, wasm-opt makes both small, and the glue learns of the second (`src/later.rs` is the Rust side).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::shorten::Renamed;
use super::{WASM_FEATURES, unused};
use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// The Rust module whose functions begin the second part.
const DOORS: &str = "order_documents::later::doors";

/// The two modules and the script that joins them, as files.
pub struct Parts {
    /// The module that is loaded first.
    pub first: PathBuf,
    /// The module that is loaded when it is first needed.
    pub later: PathBuf,
}

/// Cuts what wasm-bindgen made at `bound`, makes both parts small and rewrites `glue` for them.
pub fn make(project: &Project, bound: &Path, glue: &Path) -> Result<Parts, Problem> {
    let text = std::fs::read_to_string(glue).map_err(Problem::file(glue))?;
    let text = unused::without_classes(&text);
    let parts = Parts { first: bound.to_owned(), later: bound.with_extension("later.wasm") };
    let linked = project.target().join("wasm32-unknown-unknown/wasm-release/order-documents.wasm");
    let split = |arguments: &[&std::ffi::OsStr]| {
        let mut command = run::command(project, "cargo");
        command.args(["run", "--quiet", "--package", "module-split", "--"]).args(arguments);
        run::output(&mut command)
    };
    let (first, later) = (parts.first.as_os_str(), parts.later.as_os_str());
    let called = unused::called(&text).join(",");
    split(&["cut".as_ref(), linked.as_ref(), first, called.as_ref(), DOORS.as_ref(), first, later])?;

    // Untangled once in between, and functions of like names side by side: alike code compresses best next to itself.
    let small = ["-Oz", "--flatten", "--rereloop", "-Oz", "--reorder-functions-by-name"];
    let bare = ["--strip-debug", "--strip-producers", "--strip-target-features"];
    let renamed = split(&["names".as_ref(), first, later])?;
    for file in [first, later] {
        wasm_opt(project, file, &[small.as_slice(), &bare].concat())?;
    }
    let used = split(&["imports".as_ref(), first, later])?;

    let renamed =
        Renamed::from_json(&renamed).ok_or_else(|| Problem::Other("module-split did not print what it renamed".into()))?;
    // What was imported for a panic's message, or for nothing, is gone by now.
    let used: HashSet<&str> = used.lines().collect();
    let renamed = renamed.without_unused(&used);
    let kept: HashSet<&str> = renamed.imports().collect();
    let other = |lacking| Problem::Other(format!("{} should hold {lacking}; is wasm-bindgen another version?", glue.display()));
    let text = with_second(&unused::without_imports(&text, &kept), renamed.doors()).map_err(other)?;
    let text = renamed.applied_to(&text).map_err(other)?;
    std::fs::write(glue, text).map_err(Problem::file(glue))?;
    Ok(parts)
}

fn wasm_opt(project: &Project, file: &std::ffi::OsStr, options: &[&str]) -> Result<(), Problem> {
    let mut command = run::command(project, project.path("node_modules/.bin/wasm-opt"));
    run::to_the_end(command.args(WASM_FEATURES).args(options).arg(file).arg("-o").arg(file))
}

/// The glue that can fetch the second module, whose file is called `LATER`, and hands its doors to the first; or what it lacks.
fn with_second(glue: &str, doors: &[[String; 2]]) -> Result<String, String> {
    const SNIPPET: &str = "/src/later.js'";
    let end = glue.find(SNIPPET).ok_or_else(|| format!("`{SNIPPET}`"))? + SNIPPET.len();
    let path = &glue[glue[..end - 1].rfind('\'').ok_or("quotes")?..end];
    let entries: String = doors.iter().map(|[door, export]| format!("{door}: (...it) => later.{export}(...it), ")).collect();
    let mut text = format!(
        "import {{ missing }} from {path};
let later, outside;
const doors = {{ {entries} }};
missing.add(async () => {{
    const bytes = fetch(new URL(LATER, import.meta.url), {{ credentials: 'same-origin', priority: 'low' }});
    later = (await __wbg_load(await bytes, {{ a: outside.a, b: wasm }})).instance.exports;
}});
"
    );
    let mut rest = glue.to_owned();
    for (old, new) in [
        ("const imports = __wbg_get_imports();", "const imports = (outside = __wbg_get_imports());"),
        ("_bg.js\": import0,", "_bg.js\": import0,\n        \"./later\": doors,"),
        // Nobody starts it in any other way.
        ("export { initSync, __wbg_init as default };", "export { __wbg_init as default };"),
    ] {
        if !rest.contains(old) {
            return Err(format!("`{old}`"));
        }
        rest = rest.replace(old, new);
    }
    text += &rest;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "import { arrive } from './snippets/x-1/src/later.js';\nfunction get() { return {\n  \"./x_bg.js\": import0,\n}; }\nconst imports = __wbg_get_imports();\nexport { initSync, __wbg_init as default };\n";

    #[test]
    fn should_hand_the_doors_of_the_second_to_the_first() {
        let text = with_second(GLUE, &[["preview".into(), "a".into()]]).unwrap();
        for expected in
            ["from './snippets/x-1/src/later.js'", "preview: (...it) => later.a(...it)", "\"./later\": doors,", "(outside ="]
        {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }

    #[test]
    fn should_refuse_glue_that_it_does_not_know() {
        for lacking in ["later.js", "const imports", "_bg.js", "initSync"] {
            assert!(with_second(&GLUE.replace(lacking, "x"), &[]).is_err(), "without {lacking}");
        }
    }
}
