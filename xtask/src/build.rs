//! `cargo xtask build`: the component, as `dist/`.

use crate::problem::Problem;
use crate::project::Project;
use crate::run;
use crate::setup::{self, Purpose};

/// A release build, or with `--debug` one for looking into.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    let release = match arguments {
        [] => true,
        [argument] if argument == "--debug" => false,
        _ => return Err(Problem::Usage(format!("build knows only --debug, but was given {}", arguments.join(" ")))),
    };
    setup::run(project, Purpose::Build, &[])?;
    component(project, release)
}

/// Lets Trunk build the component; its hook calls back into `assets`.
pub fn component(project: &Project, release: bool) -> Result<(), Problem> {
    let mut trunk = run::command(project, "trunk");
    // Trunk takes NO_COLOR for a boolean and stops at any other value.
    trunk.env_remove("NO_COLOR").args(["--log", "warn", "build"]);
    if release {
        trunk.arg("--release");
    }
    run::to_the_end(&mut trunk)
}
