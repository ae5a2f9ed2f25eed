//! Writes the list of the files that are compiled into the program: the component in `dist/` with the feature `embedded-assets`, else none.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    if env::var_os("CARGO_FEATURE_EMBEDDED_ASSETS").is_some() {
        let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist");
        println!("cargo::rerun-if-changed={}", dist.display());
        if dist.join("index.html").is_file() {
            // As `PROXY_ASSETS` is read: the page, and what is below assets/.
            let pages = ["index.html", "index.html.br", "index.html.gz"].map(|name| (name.to_owned(), dist.join(name)));
            files.extend(pages.into_iter().filter(|(_, path)| path.is_file()));
            collect(&dist.join("assets"), "assets", &mut files)?;
        } else {
            println!("cargo::error=the feature embedded-assets takes the component from dist/: run `cargo xtask build` first");
        }
    }
    files.sort();
    let list = files.iter().fold(String::new(), |mut list, (name, path)| {
        let _ = writeln!(list, "    ({name:?}, include_bytes!({:?})),", path.display().to_string());
        list
    });
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    fs::write(out.join("embedded.rs"), format!("static FILES: &[(&str, &[u8])] = &[\n{list}];\n"))
}

/// Regular files, hidden ones and links passed over.
fn collect(directory: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        let path = format!("{prefix}/{name}");
        if name.starts_with('.') {
            continue;
        } else if kind.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else if kind.is_file() {
            files.push((path, entry.path().canonicalize()?));
        }
    }
    Ok(())
}
