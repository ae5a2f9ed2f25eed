//! `cargo xtask bench element`: the component measured beside its rivals; `bench proxy`: the proxy beside nginx; `cargo xtask soak`: the proxy under
//! load and faults.

mod element;
mod proxy;

use std::path::PathBuf;

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// How long a soak lasts where nobody says.
const SOAK_SECONDS: &str = "3600";

/// Measures what the first argument names; the others are for that one.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    match arguments.split_first() {
        Some((what, rest)) if what == "element" => element::run(project, rest),
        Some((what, rest)) if what == "proxy" => proxy::run(project, rest),
        _ => Err(Problem::Usage("bench knows two things to measure: cargo xtask bench element, cargo xtask bench proxy".into())),
    }
}

/// Load and faults; the arguments are the tool's (`--seconds`, `--seed`, `--allowance`, `--redis`).
pub fn soak(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    let has_time = arguments.iter().any(|argument| argument.starts_with("--seconds"));
    // The debug build: it is there after every test, and it checks its arithmetic.
    let packages = ["--package", "order-documents-proxy", "--package", "proxy-bench"];
    run::to_the_end(run::command(project, "cargo").args(["build", "--quiet", "--bins"]).args(packages))?;
    let program = |name: &str| project.target().join("debug").join(name);
    let mut soak = run::command(project, program("proxy-bench"));
    soak.arg("soak").arg("--proxy").arg(program("order-documents-proxy")).args(arguments);
    if !has_time {
        soak.args(["--seconds", SOAK_SECONDS]);
    }
    run::to_the_end(&mut soak)
}

fn needed(program: &str, debian: &str) -> Result<PathBuf, Problem> {
    let found = run::find_in(&run::machine_path(), program);
    found.ok_or_else(|| Problem::Missing(format!("  {program}\n    Debian and Ubuntu: {debian} (as root)")))
}

/// The commit that is measured, and whether anything was changed since.
fn revision(project: &Project) -> Result<String, Problem> {
    let commit = run::output(run::command(project, "git").args(["rev-parse", "--short", "HEAD"]))?;
    let changes = run::output(run::command(project, "git").args(["status", "--porcelain", "--untracked-files=no"]))?;
    Ok(if changes.is_empty() { format!("commit {commit}") } else { format!("commit {commit}, with changes") })
}
