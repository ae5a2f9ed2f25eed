//! The two packages from npm: esbuild and binaryen, in the versions of package-lock.json.

use std::path::PathBuf;
use std::process::Command;

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// The oldest Node that esbuild and our build scripts run on.
const OLDEST_NODE: u32 = 18;

/// Node and npm have to be there: how they are installed differs too much to guess.
pub fn require_node(project: &Project) -> Result<(), Problem> {
    if run::find_in(&run::machine_path(), "npm").is_none() {
        return Err(too_old_or_absent("none was found"));
    }
    // When the packages are in place, Node has run before; asking for its version costs as much as all the rest.
    if is_current(project) {
        return Ok(());
    }
    let Ok(output) = Command::new("node").arg("--version").output() else { return Err(too_old_or_absent("none was found")) };
    let printed = String::from_utf8_lossy(&output.stdout);
    match major_version(&printed) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => Err(too_old_or_absent(&format!("`node --version` says {:?}", printed.trim()))),
    }
}

/// `npm ci`, unless the packages of this very lock file are in place.
pub fn ensure(project: &Project) -> Result<Option<String>, Problem> {
    if is_current(project) {
        return Ok(None);
    }
    println!("setup: installing esbuild and binaryen into node_modules with `npm ci`");
    run::to_the_end(run::command(project, "npm").args(["ci", "--loglevel=error"]))?;
    let stamp = stamp(project);
    let lock = std::fs::read(project.path("package-lock.json")).map_err(Problem::file(&project.path("package-lock.json")))?;
    std::fs::write(&stamp, lock).map_err(Problem::file(&stamp))?;
    Ok(Some("esbuild and binaryen".into()))
}

/// The lock file that node_modules was made from, kept inside it so that both vanish together.
fn stamp(project: &Project) -> PathBuf {
    project.path("node_modules/.installed-package-lock.json")
}

fn is_current(project: &Project) -> bool {
    let lock = std::fs::read(project.path("package-lock.json"));
    let installed = std::fs::read(stamp(project));
    matches!((lock, installed), (Ok(lock), Ok(installed)) if lock == installed)
}

fn too_old_or_absent(what: &str) -> Problem {
    Problem::Missing(format!(
        "  Node {OLDEST_NODE} or newer with npm ({what})\n    Debian, Ubuntu: apt-get install nodejs npm\n    macOS: brew install node"
    ))
}

fn major_version(printed: &str) -> Option<u32> {
    printed.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_read_the_major_version_of_node() {
        assert_eq!(major_version("v20.20.2\n"), Some(20));
        assert_eq!(major_version("20.20.2"), None);
        assert_eq!(major_version(""), None);
    }

    #[test]
    fn should_say_how_node_is_got() {
        let message = too_old_or_absent("none was found").to_string();
        assert!(message.contains("apt-get install nodejs npm") && message.contains("brew install node"), "{message}");
    }
}
