//! `cargo xtask bench element`: the component beside what a portal would use instead, in a real browser. It is `bench/`; here everything that it
//! measures is built, and it is called.

use super::{needed, revision};
use crate::problem::Problem;
use crate::project::Project;
use crate::{build, run};

/// The page that has the figures.
const PAGE: &str = "docs/PERFORMANCE.md";

/// Measures; what is not `--built` goes to `bench/run.mjs`, which writes the page where everything was measured.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    let chromium = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let chromium = chromium.into_iter().find_map(|name| run::find_in(&run::machine_path(), name));
    let chromium = match chromium {
        Some(chromium) => chromium,
        None => needed("chromium", "apt-get install chromium")?,
    };
    needed("npm", "apt-get install nodejs npm")?;
    let (built, rest): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| *argument == "--built");
    if built.is_empty() {
        println!("bench: building the component and the proxy");
        build::run(project, &[])?;
        let proxy = ["build", "--quiet", "--release", "--package", "order-documents-proxy"];
        run::to_the_end(run::command(project, "cargo").args(proxy))?;
    }
    // The rivals' packages are nobody else's, and lie apart from those of a build.
    run::to_the_end(run::command(project, "npm").args(["ci", "--prefer-offline", "--loglevel=error", "--prefix", "bench"]))?;
    let mut bench = run::command(project, "node");
    bench.arg(project.path("bench/run.mjs")).env("CHROMIUM", chromium);
    bench.arg("--proxy").arg(project.target().join("release/order-documents-proxy"));
    bench.args(["--revision", &revision(project)?]).arg("--output").arg(project.path(PAGE)).args(rest);
    run::to_the_end(&mut bench)
}
