//! What wasm-bindgen exports and nobody calls.
//!
//! An export keeps alive all that it reaches. A crate that Leptos brings along (wasm-streams) exports three classes for
//! streaming that nothing of ours makes; without them the module is a kilobyte smaller after compression.

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

/// The graph for `wasm-metadce`: the exports that the glue calls, and that nothing else is called.
pub fn graph(glue: &str) -> String {
    let is_of_a_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let called = glue.match_indices("wasm.").filter(|(at, _)| !glue[..*at].ends_with(is_of_a_name));
    let mut exports: Vec<&str> =
        called.map(|(at, found)| glue[at + found.len()..].split(|letter| !is_of_a_name(letter)).next().unwrap_or("")).collect();
    exports.sort_unstable();
    exports.dedup();
    exports.retain(|name| !name.is_empty());
    let nodes = exports.iter().map(|name| serde_json::json!({ "name": name, "export": name }));
    let root = serde_json::json!({ "name": "the glue", "root": true, "reaches": exports });
    serde_json::Value::from_iter(std::iter::once(root).chain(nodes)).to_string()
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
        let graph: serde_json::Value = serde_json::from_str(&graph(&glue)).unwrap();
        assert_eq!(graph[0]["reaches"], serde_json::json!(["handle_set", "memory"]));
    }
}
