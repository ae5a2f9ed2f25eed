//! The standard library for WebAssembly.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target to the active toolchain unless it is there.
pub fn ensure(project: &Project) -> Result<Option<String>, Problem> {
    let sysroot = run::output(run::command(project, "rustc").args(["--print", "sysroot"]))?;
    if is_present(Path::new(&sysroot)) {
        return Ok(None);
    }
    println!("setup: adding the target {TARGET} with rustup");
    let mut rustup = run::command(project, "rustup");
    let added = rustup.args(["target", "add", TARGET]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    // rustup says yes to a target that it once installed and that has been lost since.
    if !added || !is_present(Path::new(&sysroot)) {
        println!("setup: rustup could not; building the target's standard library from the distribution's rust-src");
        from_source(project, &sysroot)?;
    }
    Ok(Some(TARGET.into()))
}

fn from_source(project: &Project, sysroot: &str) -> Result<(), Problem> {
    let mut script = Command::new("bash");
    script.current_dir(project.root()).env_remove("CARGO_TARGET_DIR").arg("xtask/add-wasm-target.sh");
    run::to_the_end(&mut script).map_err(|_| Problem::Missing(advice(sysroot)))
}

fn advice(sysroot: &str) -> String {
    format!(
        "  the Rust target {TARGET} (in {sysroot})\n    with rustup: rustup target add {TARGET}\n    \
         without its server: RUST_SRC_ARCHIVE=<archive with library/ of this very rustc> xtask/add-wasm-target.sh"
    )
}

/// Whether the sysroot has a standard library for the target. A directory alone says nothing: a broken download leaves one.
fn is_present(sysroot: &Path) -> bool {
    let Ok(entries) = sysroot.join("lib/rustlib").join(TARGET).join("lib").read_dir() else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_want_a_standard_library_and_not_only_its_directory() {
        let sysroot = std::env::temp_dir().join(format!("xtask-sysroot-{}", std::process::id()));
        let lib = sysroot.join("lib/rustlib").join(TARGET).join("lib");
        std::fs::create_dir_all(&lib).unwrap();
        assert!(!is_present(&sysroot));
        std::fs::write(lib.join("libstd-0123.rlib"), "").unwrap();
        assert!(is_present(&sysroot));
        std::fs::remove_dir_all(&sysroot).unwrap();
    }
}
