//! The steps `deny` and `advisories` of the tests: what `deny.toml` says about dependencies.

use std::path::{Path, PathBuf};

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// Set to `required`, a database of advisories that cannot be had is a failure.
const REQUIRED: &str = "ADVISORIES";

/// Bans, licences and sources: all that is decided by Cargo.lock and the crates themselves.
pub fn policy(project: &Project) -> Result<(), Problem> {
    // The warnings say which crates are there in two versions; who brings them would be pages.
    deny(project, &["--locked", "--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
}

/// Known vulnerabilities. The database is fetched; where it cannot be, an older one that is there is taken, and where there is none
/// either, this says that nothing was checked.
pub fn advisories(project: &Project) -> Result<(), Problem> {
    if deny(project, &["fetch", "db"]).is_ok() {
        return deny(project, &["--locked", "--workspace", "check", "advisories"]);
    }
    let Some(database) = cargo_home().and_then(|home| database_in(&home.join("advisory-dbs"))) else {
        return missing("the database cannot be fetched, and no older one is there", std::env::var(REQUIRED).ok().as_deref());
    };
    let dated = run::output(run::command(project, "git").arg("-C").arg(&database).args(["log", "-1", "--format=%cs %h"]))?;
    println!("The database cannot be fetched; the one that is there is of {dated}.");
    deny(project, &["--locked", "--workspace", "--offline", "check", "advisories"])
}

fn missing(why: &str, wish: Option<&str>) -> Result<(), Problem> {
    match wish {
        None | Some("") => Err(Problem::NotChecked(why.to_owned())),
        Some("required") => Err(Problem::Other(format!("{why}, and {REQUIRED}=required"))),
        Some(other) => Err(Problem::Usage(format!("{REQUIRED} can be required or not set, and is {other:?}"))),
    }
}

fn deny(project: &Project, arguments: &[&str]) -> Result<(), Problem> {
    run::to_the_end(run::command(project, "cargo").arg("deny").args(arguments))
}

fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// The clone of the database that cargo-deny keeps: a failed fetch leaves no such folder, or an empty one.
fn database_in(folder: &Path) -> Option<PathBuf> {
    let clones = folder.read_dir().ok()?.flatten().map(|entry| entry.path());
    clones.filter(|path| path.join("crates").is_dir() && path.join(".git").exists()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_never_call_a_missing_database_a_success() {
        assert!(matches!(missing("none", None), Err(Problem::NotChecked(_))));
        assert!(matches!(missing("none", Some("")), Err(Problem::NotChecked(_))));
        assert!(matches!(missing("none", Some("required")), Err(Problem::Other(_))));
        assert!(matches!(missing("none", Some("yes")), Err(Problem::Usage(_))));
    }

    #[test]
    fn should_take_a_whole_database_only() {
        let folder = std::env::temp_dir().join(format!("xtask-advisories-{}", std::process::id()));
        assert_eq!(database_in(&folder), None);
        let clone = folder.join("advisory-db-1");
        std::fs::create_dir_all(clone.join(".git")).unwrap();
        assert_eq!(database_in(&folder), None);
        std::fs::create_dir_all(clone.join("crates")).unwrap();
        assert_eq!(database_in(&folder), Some(clone));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
