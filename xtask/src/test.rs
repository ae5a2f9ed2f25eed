//! `cargo xtask test`: every test there is, the quick ones first, stopping at the first that fails.

mod relay;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use crate::bench;
use crate::build;
use crate::demo;
use crate::deny;
use crate::problem::Problem;
use crate::project::Project;
use crate::run;
use crate::setup::{self, Purpose};
use crate::size;

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// One step, by the name that selects it.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Project) -> Result<(), Problem>,
}

const STEPS: [Step; 10] = [
    Step { name: "format", what: "every file is formatted", run: format },
    Step { name: "deny", what: "no dependency of a kind that is not wanted (cargo-deny)", run: deny::policy },
    Step {
        name: "advisories",
        what: "no dependency with a known vulnerability, by the database of RustSec",
        run: deny::advisories,
    },
    Step { name: "lint", what: "clippy denies warnings, natively and for WebAssembly", run: lint },
    Step { name: "native", what: "tests of models, servers and tools", run: native },
    Step { name: "soak", what: "the proxy under load and faults for a minute, every answer judged", run: soak },
    Step { name: "browser", what: "the element in headless Chromium (wasm-bindgen-test)", run: browser },
    Step { name: "build", what: "the release build", run: release },
    Step { name: "size", what: "what of it a browser loads before the list shows", run: measure },
    Step { name: "portal", what: "real sandbox, real proxy, real browser", run: portal },
];

/// Runs all steps, or only those named.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    let steps = chosen(arguments)?;
    setup::run(project, Purpose::Everything, &[])?;
    let start = Instant::now();
    let (mut passed, mut not_checked) = (Vec::new(), Vec::new());
    for (index, step) in steps.iter().enumerate() {
        println!("\n== {} of {}: {} ({})", index + 1, steps.len(), step.name, step.what);
        let start = Instant::now();
        let result = (step.run)(project);
        let seconds = start.elapsed().as_secs();
        match result {
            Ok(()) => {
                println!("== {}: passed in {seconds} s", step.name);
                passed.push(step.name);
            }
            Err(Problem::NotChecked(why)) => {
                println!("== {}: NOT CHECKED: {why}", step.name);
                not_checked.push(format!("{} ({why})", step.name));
            }
            Err(problem) => {
                let again = format!("cargo xtask test {}", step.name);
                return Err(Problem::Other(format!("{problem}\nFAILED: {} after {seconds} s. Again: {again}", step.name)));
            }
        }
    }
    println!("\nPASSED: {} in {} s", passed.join(", "), start.elapsed().as_secs());
    if !not_checked.is_empty() {
        println!("NOT CHECKED: {}", not_checked.join(", "));
    }
    Ok(())
}

fn chosen(arguments: &[String]) -> Result<Vec<&'static Step>, Problem> {
    let known = || STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = arguments.iter().find(|name| STEPS.iter().all(|step| step.name != name.as_str())) {
        return Err(Problem::Usage(format!("no step of the tests is called {unknown:?}; there are {}", known())));
    }
    let is_named = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    // Two steps look at the release build, so that it is made even when only they are asked for.
    let is_built = is_named("size") || is_named("portal");
    let is_chosen = |step: &&Step| is_named(step.name) || step.name == "build" && is_built;
    let steps = STEPS.iter().filter(is_chosen).collect();
    Ok(steps)
}

fn format(project: &Project) -> Result<(), Problem> {
    cargo(project, &["fmt", "--all", "--check"])?;
    cargo(project, &["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"])
}

fn lint(project: &Project) -> Result<(), Problem> {
    cargo(project, &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    // What the fuzz targets reach for, as they are built: without what is there for tests only.
    cargo(
        project,
        &["clippy", "--quiet", "--package", "order-documents-proxy", "--features", "fuzzing", "--", "-D", "warnings"],
    )?;
    // Not --all-targets: unit tests are native, and some of what they use does not build for WebAssembly.
    let targets = ["--lib", "--bins", "--test", "web"];
    let wasm = [&["clippy", "--quiet", "--package", "order-documents"][..], &targets, &WASM, &["--", "-D", "warnings"]].concat();
    cargo(project, &wasm)
}

fn native(project: &Project) -> Result<(), Problem> {
    cargo(project, &["test", "--quiet", "--workspace", "--exclude", "portal-tests"])
}

fn soak(project: &Project) -> Result<(), Problem> {
    bench::soak(project, &["--seconds".to_owned(), "60".to_owned()])
}

fn browser(project: &Project) -> Result<(), Problem> {
    let mut cargo = run::command(project, "cargo");
    // Not --quiet, which cargo would pass on and the runner does not know.
    cargo.args(["test", "--package", "order-documents", "--test", "web"]).args(WASM);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    // The default of 20 seconds is short for a busy machine with two cores.
    cargo.env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    cargo.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver(project)?);
    // Which test failed stands last, where a short view of the log ends, and not the runner's own stack.
    cargo.env("RUST_BACKTRACE", "0");
    run::to_the_end(without_network_proxy(&mut cargo))
}

/// The browser's settings, `webdriver.json`, with the relay between it and the test server.
fn webdriver(project: &Project) -> Result<PathBuf, Problem> {
    let ours = project.root().join("webdriver.json");
    let read = std::fs::read_to_string(&ours).map_err(Problem::file(&ours))?;
    let mut settings: Value =
        serde_json::from_str(&read).map_err(|problem| Problem::Other(format!("webdriver.json: {problem}")))?;
    let relay = relay::start().map_err(|problem| Problem::Other(format!("cannot listen on this machine: {problem}")))?;
    let arguments = settings["goog:chromeOptions"]["args"].as_array_mut();
    let arguments = arguments.ok_or_else(|| Problem::Other("webdriver.json has no goog:chromeOptions.args".to_owned()))?;
    arguments.retain(|argument| argument != "--no-proxy-server");
    // A browser goes straight to its own machine unless it is told not to.
    arguments.extend([json!(format!("--proxy-server=http://{relay}")), json!("--proxy-bypass-list=<-loopback>")]);
    let file = project.target().join("webdriver.json");
    std::fs::write(&file, settings.to_string()).map_err(Problem::file(&file))?;
    Ok(file)
}

fn release(project: &Project) -> Result<(), Problem> {
    build::component(project, true)
}

fn measure(project: &Project) -> Result<(), Problem> {
    size::run(project, &[])
}

fn portal(project: &Project) -> Result<(), Problem> {
    demo::servers(project)?;
    let mut cargo = run::command(project, "cargo");
    run::to_the_end(without_network_proxy(cargo.args(["test", "--quiet", "--package", "portal-tests"])))
}

/// Browsers and their drivers talk to this machine only; a proxy of the environment would stand in between.
fn without_network_proxy(command: &mut Command) -> &mut Command {
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command
}

fn cargo(project: &Project, arguments: &[&str]) -> Result<(), Problem> {
    run::to_the_end(run::command(project, "cargo").args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Vec<&'static str> {
        let arguments: Vec<String> = arguments.iter().map(|&name| name.to_owned()).collect();
        chosen(&arguments).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn should_run_everything_unless_steps_are_named() {
        assert_eq!(names(&[]), ["format", "deny", "advisories", "lint", "native", "soak", "browser", "build", "size", "portal"]);
        assert_eq!(names(&["native", "format"]), ["format", "native"]);
    }

    #[test]
    fn should_build_what_the_portal_serves() {
        assert_eq!(names(&["portal"]), ["build", "portal"]);
        assert_eq!(names(&["size"]), ["build", "size"]);
        assert_eq!(names(&["size", "portal"]), ["build", "size", "portal"]);
    }

    #[test]
    fn should_refuse_a_step_that_does_not_exist() {
        let Err(problem) = chosen(&["portals".to_owned()]) else { panic!("should refuse") };
        assert_eq!(problem.exit_code(), 2);
        assert!(problem.to_string().contains("portal"), "{problem}");
    }
}
