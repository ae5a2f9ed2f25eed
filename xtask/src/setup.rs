//! `cargo xtask setup`: makes sure of what the other commands need.
//!
//! There is no stamp that could be out of date: each need is looked at where it would be used, which takes a fraction of a
//! second, so a new version in Cargo.lock or package-lock.json is noticed by itself.

mod npm;
mod system;
mod tools;
mod wasm_target;

use std::path::PathBuf;
use std::time::Instant;

use crate::problem::Problem;
use crate::project::Project;
use system::System;
use tools::CargoTool;

/// What the machine is made ready for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To build the component and run the demo.
    Build,
    /// To run all tests as well: browsers, and the tools that only tests need.
    Everything,
}

/// Installs what is missing and may be installed; names the rest with how to get it.
pub fn run(project: &Project, purpose: Purpose, arguments: &[String]) -> Result<(), Problem> {
    if let Some(argument) = arguments.first() {
        return Err(Problem::Usage(format!("setup takes no arguments, but was given {argument:?}")));
    }
    let start = Instant::now();
    let mut done = Vec::new();

    // What only a person can get comes first: nobody should wait ten minutes to read that Node is missing.
    npm::require_node(project)?;
    if purpose == Purpose::Everything {
        done.extend(system::ensure(&System::of_this_machine())?);
    }
    done.extend(wasm_target::ensure(project)?);
    let mut tools = CargoTool::of_a_build(project)?;
    if purpose == Purpose::Everything {
        tools.push(CargoTool::deny());
    }
    for tool in tools {
        done.extend(tool.ensure(project)?);
    }
    done.extend(npm::ensure(project)?);

    match done.as_slice() {
        [] => println!("setup: everything is there ({:.1} s)", start.elapsed().as_secs_f64()),
        done => println!("setup: installed {} ({:.0} s)", done.join(", "), start.elapsed().as_secs_f64()),
    }
    Ok(())
}

/// What `cargo xtask fuzz` needs, and nothing else does.
pub fn for_fuzzing(project: &Project) -> Result<(), Problem> {
    CargoTool::fuzz().ensure(project).map(drop)
}

/// The directories of tools that `setup` installed, to be put in front of the PATH.
pub fn tool_directories(project: &Project) -> Vec<PathBuf> {
    // A lock file that cannot be read is said by `run`; here it only means that no directory is known.
    let tools = CargoTool::of_a_build(project).unwrap_or_default();
    let tools = tools.into_iter().chain([CargoTool::deny(), CargoTool::fuzz()]);
    tools.map(|tool| tool.directory(project).join("bin")).filter(|dir| dir.is_dir()).collect()
}
