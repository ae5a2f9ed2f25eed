//! What wasm-bindgen exports and nobody calls.
//!
//! An export keeps alive all that it reaches. A crate that Leptos brings along (wasm-streams) exports three classes for
//! streaming that nothing of ours makes; without them the module is a kilobyte smaller after compression.

use std::collections::{BTreeSet, HashSet};

/// The classes, by the names that wasm-bindgen gives them.
const CLASSES: [&str; 3] = ["IntoUnderlyingByteSource", "IntoUnderlyingSink", "IntoUnderlyingSource"];

/// The glue without these classes. One that is not there is not missed: wasm-streams may have changed.
pub fn without_classes(glue: &str) -> String {
    CLASSES.iter().fold(glue.to_owned(), |glue, name| {
        let glue = without(&glue, &format!("export class {name} {{"), "\n}\n");
        let glue = without(&glue, &format!("if (Symbol.dispose) {name}."), "\n");
        without(&glue, &format!("const {name}Finalization = "), ";\n")
    })
}

/// The exports that the glue calls; nobody else calls any.
pub fn called(glue: &str) -> Vec<String> {
    let called = glue.match_indices("wasm.").filter(|(at, _)| !glue[..*at].ends_with(is_of_a_name));
    let names = called.map(|(at, found)| glue[at + found.len()..].split(|letter| !is_of_a_name(letter)).next().unwrap_or(""));
    let names: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The glue without the functions that the WebAssembly does not import any more.
pub fn without_imports(glue: &str, kept: &HashSet<&str>) -> String {
    let mut is_kept = true;
    let lines = glue.lines().filter(|line| {
        // wasm-bindgen writes each at the same depth, one after the other, and nothing else there.
        let entry = line
            .strip_prefix("        ")
            .filter(|rest| rest.starts_with(is_of_a_name))
            .and_then(|rest| rest.split_once(": function("));
        match entry {
            Some((name, _)) => is_kept = kept.contains(name),
            None if line.starts_with("    }") => is_kept = true,
            None => {}
        }
        is_kept
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

fn without(text: &str, start: &str, end: &str) -> String {
    let Some((before, rest)) = text.split_once(start) else { return text.to_owned() };
    rest.split_once(end).map_or_else(|| text.to_owned(), |(_, after)| before.to_owned() + after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "export class Handle {\n    set() { wasm.handle_set(1); }\n}\nexport class IntoUnderlyingSink {\n    close() { wasm.sink_close(); }\n}\nif (Symbol.dispose) IntoUnderlyingSink.prototype[Symbol.dispose] = 1;\nconst IntoUnderlyingSinkFinalization = new FinalizationRegistry(ptr => wasm.sink_free(ptr));\nnew Uint8Array(wasm.memory.buffer);\n";

    #[test]
    fn should_keep_what_is_called_and_only_that() {
        let glue = without_classes(GLUE);
        assert!(glue.contains("class Handle") && !glue.contains("Sink"), "{glue}");
        assert_eq!(called(&glue), ["handle_set", "memory"]);
    }

    #[test]
    fn should_leave_out_what_is_not_imported() {
        let glue = "    const import0 = {\n        __proto__: null,\n        one: function(a) {\n            a();\n        },\n        two: function() { return handleError(function (b) {\n            b();\n        }, arguments); },\n        three: function() {\n        },\n    };\n    return { \"./x\": import0, };\n";
        let text = without_imports(glue, &HashSet::from(["one", "three"]));
        assert!(text.contains("a();") && text.contains("three") && !text.contains("two") && !text.contains("b();"), "{text}");
        assert!(text.ends_with("    };\n    return { \"./x\": import0, };\n") && text.contains("__proto__"), "{text}");
    }
}
