//! `cargo xtask bench proxy` and `cargo xtask soak`: the proxy measured beside nginx, and the proxy under load and faults. Both are
//! `crates/proxy-bench`; here it is built, once, with what it is to measure, and called.

use std::path::PathBuf;

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// The page that has the figures.
const PAGE: &str = "docs/PROXY_PERFORMANCE.md";

/// The core of generator and upstream; the server's own is the other one. See `compare::GENERATOR_CORE`.
const GENERATOR_CORE: &str = "1";

/// How long a soak lasts where nobody says.
const SOAK_SECONDS: &str = "3600";

/// Measures; what is given beyond `proxy` goes to the tool. The page is written only where everything was measured.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    let rest = match arguments.split_first() {
        Some((what, rest)) if what == "proxy" => rest,
        _ => return Err(Problem::Usage("bench knows only one thing to measure: cargo xtask bench proxy".into())),
    };
    let nginx = needed("nginx", "apt-get install nginx-light")?;
    needed("taskset", "apt-get install util-linux")?;
    println!("bench: building the proxy and the generator");
    run::to_the_end(run::command(project, "cargo").args([
        "build",
        "--quiet",
        "--release",
        "--package",
        "order-documents-proxy",
    ]))?;
    run::to_the_end(run::command(project, "cargo").args([
        "build",
        "--quiet",
        "--profile",
        "bench-tool",
        "--package",
        "proxy-bench",
    ]))?;
    let mut bench = run::command(project, "taskset");
    bench.args(["--cpu-list", GENERATOR_CORE]).arg(project.target().join("bench-tool/proxy-bench")).arg("compare");
    bench.arg("--proxy").arg(project.target().join("release/order-documents-proxy"));
    bench.arg("--nginx").arg(nginx).args(["--revision", &revision(project)?]).args(rest);
    if !rest.iter().any(|argument| argument.starts_with("--only")) {
        bench.arg("--output").arg(project.path(PAGE));
    }
    run::to_the_end(&mut bench)
}

/// Load and faults; the arguments are the tool's (`--seconds`, `--seed`, `--allowance`).
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
