//! `cargo xtask <command>`: everything that is done with this repository besides editing it.
//!
//! One module per command; what they share is `project` (where things are), `run` (child processes) and `problem` (what
//! went wrong and what to do about it).

mod assets;
mod bench;
mod build;
mod demo;
mod deny;
mod fuzz;
mod package;
mod problem;
mod project;
mod run;
mod setup;
mod size;
mod test;

use std::process::ExitCode;

use problem::Problem;
use project::Project;

const USAGE: &str = "\
Usage: cargo xtask <command>

  setup            install what the other commands need, or name what is missing
  demo             build everything, start sandbox and proxy, print the address to open   (--port-base N)
  test [STEP...]   every test, in order, stopping at the first that fails; or only the steps named
  build            the component, as dist/                                                (--debug)
  serve            the component, built and reloaded after each change, beside the demo   (what `trunk serve` takes)
  package          the component, and the proxy with it inside: one file in target/package/
  size             the bytes a browser loads until the list shows and until it can be searched, against the budgets
  fuzz [TARGET...] the proxy's parsers under libFuzzer, one after the other                (--seconds N)
  bench element    the component beside its rivals, in a browser; writes docs/PERFORMANCE.md
                                            (--runs N --only SCENARIO --quick; --built: measure what is built already)
  bench proxy      what the proxy costs, beside nginx; writes docs/PROXY_PERFORMANCE.md    (--rounds N --seconds S --only TEXT)
  soak             the proxy under load and faults together, every answer judged          (--seconds N --seed S --redis redis-server)
  assets           the hook that Trunk calls after its build; not for people
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    match dispatch(command, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\n{problem}");
            ExitCode::from(problem.exit_code())
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Result<(), Problem> {
    let project = Project::find()?;
    match command {
        "setup" => setup::run(&project, setup::Purpose::Everything, rest),
        "demo" => demo::run(&project, rest),
        "test" => test::run(&project, rest),
        "build" => build::run(&project, rest),
        "serve" => build::serve(&project, rest),
        "package" => package::run(&project, rest),
        "size" => size::run(&project, rest),
        "fuzz" => fuzz::run(&project, rest),
        "bench" => bench::run(&project, rest),
        "soak" => bench::soak(&project, rest),
        "assets" => assets::run(&project),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(Problem::Usage(format!("no command is called {other:?}.\n\n{USAGE}"))),
    }
}
