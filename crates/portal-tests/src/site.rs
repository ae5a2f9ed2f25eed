//! Where built things are, and what the proxy is given to serve.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use order_documents_sandbox::demo_customers;

/// Cargo's target directory: this program lies in `<target>/debug/deps`.
pub fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    program.ancestors().nth(3).expect("tests lie three levels below the target directory").to_owned()
}

/// One of the files that the sandbox seeds, as it lies in the repository.
pub fn seed_file(name: &str) -> PathBuf {
    repository("crates/sandbox/seed/files").join(name)
}

/// Every form of every file of the release build: its name without the compression's ending, the content coding, its bytes.
pub fn dist() -> Result<Vec<(String, &'static str, Vec<u8>)>> {
    let dist = repository("dist");
    let mut forms = Vec::new();
    for directory in [dist.clone(), dist.join("assets")] {
        for entry in directory.read_dir().with_context(|| directory.display().to_string())? {
            let path = entry?.path();
            let name = path.strip_prefix(&dist)?.to_string_lossy().into_owned();
            let (name, encoding) = match (name.strip_suffix(".br"), name.strip_suffix(".gz")) {
                (Some(plain), _) => (plain.to_owned(), "br"),
                (_, Some(plain)) => (plain.to_owned(), "gzip"),
                _ => (name, "identity"),
            };
            if path.is_file() {
                forms.push((name, encoding, std::fs::read(&path)?));
            }
        }
    }
    Ok(forms)
}

/// A file of the repository, as text.
pub fn source(path: &str) -> Result<String> {
    std::fs::read_to_string(repository(path)).with_context(|| path.to_owned())
}

/// A program of this workspace, built beside the tests.
pub(crate) fn program(name: &str) -> PathBuf {
    target_directory().join("debug").join(name)
}

/// A path in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Makes what `PROXY_ASSETS` names: the release build, and the demo's host page beside it.
pub(crate) fn assemble(site: &Path, identity: &str) -> Result<()> {
    let dist = repository("dist");
    ensure!(dist.join("index.html.br").is_file(), "there is no release build in dist/: run `cargo xtask build` first");
    copy(&dist, site)?;
    let demo = site.join("assets/demo");
    copy(&repository("demo"), &demo)?;
    let data = serde_json::json!({ "identity": identity, "customers": demo_customers() });
    std::fs::write(demo.join("customers.json"), data.to_string())?;
    let status = Command::new(repository("node_modules/.bin/esbuild"))
        .args(["--bundle", "--format=esm", "--charset=utf8", "--log-level=warning"])
        .arg(repository("crates/portal-tests/src/markup.js"))
        .arg(format!("--outfile={}", site.join("assets/tests/markup.js").display()))
        .status()
        .context("esbuild is missing: run `cargo xtask setup`")?;
    ensure!(status.success(), "esbuild could not bundle crates/portal-tests/src/markup.js: {status}");
    Ok(())
}

/// Copies a directory and all below it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir().with_context(|| from.display().to_string())? {
        let entry = entry?;
        let goal = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &goal)?;
        } else {
            std::fs::copy(entry.path(), goal)?;
        }
    }
    Ok(())
}
