//! `cargo xtask bench proxy`: the proxy measured beside nginx. It is `crates/proxy-bench`; here it is built, once, with what it is to measure, and
//! called.

use super::{needed, revision};
use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// The page that has the figures.
const PAGE: &str = "docs/PROXY_PERFORMANCE.md";

/// The core of generator and upstream; the server's own is the other one. See `compare::GENERATOR_CORE`.
const GENERATOR_CORE: &str = "1";

/// Measures; the arguments are the tool's. The page is written only where everything was measured.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
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
    bench.arg("--nginx").arg(nginx).args(["--revision", &revision(project)?]).args(arguments);
    if !arguments.iter().any(|argument| argument.starts_with("--only")) {
        bench.arg("--output").arg(project.path(PAGE));
    }
    run::to_the_end(&mut bench)
}
