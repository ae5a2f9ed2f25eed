//! Holds the walls between the component's parts: the model knows no browser, views ask for nothing, the client shows nothing.
#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

/// The lines of code below a directory that have one of these words, each with its file.
fn lines_with(directory: &str, words: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let files: Vec<_> = root.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 3, "{directory} should hold the sources");
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let lines = code.filter(|line| words.iter().any(|word| line.contains(word)));
        found.extend(lines.map(|line| format!("{}: {line}", file.display())));
    }
    found
}

#[test]
fn should_keep_the_browser_out_of_the_model() {
    assert_eq!(lines_with("src/model", &["web_sys", "js_sys", "wasm_bindgen", "leptos", "gloo"]), [""; 0]);
}

#[test]
fn should_ask_for_nothing_in_views() {
    assert_eq!(lines_with("src/view", &["crate::client", "gloo", "fetch("]), [""; 0]);
}

#[test]
fn should_show_nothing_in_the_client() {
    assert_eq!(lines_with("src/client", &["crate::view", "crate::controller", "leptos"]), [""; 0]);
}
