//! No crate of ours has unsafe code, and none can get any unnoticed.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn manifest(directory: &Path) -> toml::Table {
    std::fs::read_to_string(directory.join("Cargo.toml")).unwrap().parse().unwrap()
}

/// The lint's level in a manifest's own table or, where it says so, in the workspace's.
fn level(manifest: &toml::Table, workspace: &toml::Table) -> Option<String> {
    let lints = manifest.get("lints")?;
    let is_inherited = lints.get("workspace").and_then(toml::Value::as_bool) == Some(true);
    let lints = if is_inherited { workspace.get("workspace")?.get("lints")? } else { lints };
    Some(lints.get("rust")?.get("unsafe_code")?.as_str()?.to_owned())
}

/// Every Rust file of a directory.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in directory.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn should_forbid_unsafe_code_in_every_crate() {
    let (root, workspace) = (root(), manifest(&root()));
    let mut crates: Vec<PathBuf> = root.join("crates").read_dir().unwrap().flatten().map(|entry| entry.path()).collect();
    crates.retain(|path| path.join("Cargo.toml").is_file());
    crates.push(root.join("xtask"));
    assert!(crates.len() >= 5, "{crates:?}");
    for path in &crates {
        assert_eq!(level(&manifest(path), &workspace).as_deref(), Some("forbid"), "{}", path.display());
    }
    // Macros of wasm-bindgen and libFuzzer write some that forbid would not let them; theirs is allowed by themselves.
    for path in [&root, &root.join("fuzz")] {
        assert_eq!(level(&manifest(path), &workspace).as_deref(), Some("deny"), "{}", path.display());
    }
}

#[test]
fn should_allow_unsafe_code_nowhere() {
    let mut files = Vec::new();
    for directory in ["src", "tests", "crates", "xtask/src", "fuzz/fuzz_targets"] {
        sources(&root().join(directory), &mut files);
    }
    assert!(files.len() >= 100, "{} files", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let lifted = code.filter(|line| line.contains("unsafe_code") && !line.contains("forbid(unsafe_code)"));
        assert_eq!(lifted.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", file.display());
    }
}
