//! Tools that cargo builds: Trunk and the `wasm-bindgen` command line, which builds need, and those that only tests need.

use std::path::PathBuf;
use std::process::Command;

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// The newest Trunk that the Rust of this project builds.
const TRUNK_VERSION: &str = "0.21.14";

/// Looks at dependencies in `cargo xtask test`.
const DENY_VERSION: &str = "0.20.2";

/// Runs the fuzz targets.
const FUZZ_VERSION: &str = "0.13.2";

/// One tool in the one version that will do.
#[derive(Debug, PartialEq, Eq)]
pub struct CargoTool {
    program: &'static str,
    package: &'static str,
    version: String,
    locked: bool,
    /// Built without optimisation: it has little to do, and is built in a minute instead of several.
    is_quick: bool,
}

impl CargoTool {
    /// What the tests need besides.
    pub fn deny() -> CargoTool {
        CargoTool { program: "cargo-deny", package: "cargo-deny", version: DENY_VERSION.into(), locked: true, is_quick: true }
    }

    /// What fuzzing needs: it only starts cargo, and the targets.
    pub fn fuzz() -> CargoTool {
        CargoTool { program: "cargo-fuzz", package: "cargo-fuzz", version: FUZZ_VERSION.into(), locked: true, is_quick: true }
    }

    /// The tools that a build needs, in the versions that it needs.
    pub fn of_a_build(project: &Project) -> Result<Vec<CargoTool>, Problem> {
        let path = project.path("Cargo.lock");
        let lock = std::fs::read_to_string(&path).map_err(Problem::file(&path))?;
        let bindgen = locked_version(&lock, "wasm-bindgen")
            .ok_or_else(|| Problem::Other("Cargo.lock names no wasm-bindgen: run `cargo update --workspace`".into()))?;
        Ok(vec![
            CargoTool { program: "trunk", package: "trunk", version: TRUNK_VERSION.into(), locked: true, is_quick: false },
            // Not --locked: the command line's own lock file names a version that its registry no longer has.
            CargoTool { program: "wasm-bindgen", package: "wasm-bindgen-cli", version: bindgen, locked: false, is_quick: false },
        ])
    }

    /// Where this version is installed for this user.
    pub fn directory(&self, project: &Project) -> PathBuf {
        project.tools().join(format!("{}-{}", self.program, self.version))
    }

    /// Installs the tool unless this very version is there; returns what was installed.
    pub fn ensure(&self, project: &Project) -> Result<Option<String>, Problem> {
        if run::is_executable(&self.directory(project).join("bin").join(self.program)) || self.is_on_the_machine() {
            return Ok(None);
        }
        let name = format!("{} {}", self.program, self.version);
        println!("setup: building {name} with cargo, once for this user; this takes some minutes");
        let mut install = Command::new("cargo");
        // Not into the project's target directory: these are hundreds of crates that are never looked at again.
        install.env_remove("CARGO_TARGET_DIR").args(["install", "--quiet", self.package, "--version", &self.version]);
        if self.locked {
            install.arg("--locked");
        }
        if self.is_quick {
            install.arg("--debug").env("CARGO_PROFILE_DEV_DEBUG", "0");
        }
        run::to_the_end(install.arg("--root").arg(self.directory(project)))?;
        Ok(Some(name))
    }

    fn is_on_the_machine(&self) -> bool {
        let Some(program) = run::find_in(&run::machine_path(), self.program) else { return false };
        let printed = Command::new(program).arg("--version").output();
        printed.is_ok_and(|output| printed_version(&String::from_utf8_lossy(&output.stdout)) == Some(&self.version))
    }
}

/// The version of `package` in the text of a Cargo.lock; the first, should there be several.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let lock: toml::Table = lock.parse().ok()?;
    let packages = lock.get("package")?.as_array()?;
    let found = packages.iter().find(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(package))?;
    Some(found.get("version")?.as_str()?.to_owned())
}

/// The version in what `program --version` prints, such as `trunk 0.21.14` or `wasm-bindgen 0.2.130 (a1b2c3)`.
fn printed_version(line: &str) -> Option<&str> {
    line.split_whitespace().nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-shared"
version = "9.9.9"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = ["wasm-bindgen-shared"]
"#;

    #[test]
    fn should_find_the_locked_version_of_exactly_that_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
        assert_eq!(locked_version("not a lock file", "wasm-bindgen"), None);
    }

    #[test]
    fn should_read_the_version_that_a_tool_prints() {
        assert_eq!(printed_version("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(printed_version("wasm-bindgen 0.2.130 (0123abcd)"), Some("0.2.130"));
        assert_eq!(printed_version(""), None);
    }

    #[test]
    fn should_keep_each_version_in_a_directory_of_its_own() {
        let project = Project::find().unwrap();
        let tool = |version: &str| CargoTool {
            program: "trunk",
            package: "trunk",
            version: version.into(),
            locked: true,
            is_quick: false,
        };
        assert_ne!(tool("0.21.14").directory(&project), tool("0.21.15").directory(&project));
        assert!(tool("0.21.14").directory(&project).ends_with("order-documents/tools/trunk-0.21.14"));
    }
}
