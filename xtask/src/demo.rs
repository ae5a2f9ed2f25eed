//! `cargo xtask demo`: the whole portal on this machine, with one address to open.

mod ports;
mod process;
mod site;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::build;
use crate::problem::Problem;
use crate::project::Project;
use crate::run;
use crate::setup::{self, Purpose};
use ports::Ports;
use process::Process;

/// The key between proxy and sandbox. It opens nothing but the sandbox on this machine.
const API_KEY: &str = "fp_demo_key";
const TENANT: &str = "tenant_demo";

/// Far above production's 100: the order with 10,000 documents is 100 pages, and should not take a minute to show.
const REQUESTS_PER_MINUTE: &str = "6000";

/// Builds, starts and watches until Ctrl-C, or until one of the parts ends.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    let ports = Ports::from_arguments(arguments)?;
    // Said before minutes are spent on building.
    ports.require_free()?;
    setup::run(project, Purpose::Build, &[])?;
    println!("demo: building the component");
    build::component(project, true)?;
    println!("demo: building sandbox and proxy");
    servers(project)?;

    let (stop, stopped) = channel();
    // A second Ctrl-C finds nobody listening any more, which is fine: the demo is ending.
    let handler = move || stop.send(()).unwrap_or_default();
    ctrlc::set_handler(handler).map_err(|error| Problem::Other(format!("cannot wait for Ctrl-C: {error}")))?;
    let mut parts = [start_sandbox(project, &ports)?, start_proxy(project, &ports)?];
    println!("\n  Open  {}/sign-in\n\n  Ctrl-C ends it. Logs: {}", ports.identity(), site::directory(project).display());

    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(Duration::from_millis(200)) {
        for part in &mut parts {
            part.require_running()?;
        }
    }
    println!("\ndemo: ending");
    Ok(())
}

/// Builds both servers, as the tests use them too: the proxy with the component in it, which is the one that is handed out.
pub fn servers(project: &Project) -> Result<(), Problem> {
    let packages = ["--package", "order-documents-sandbox", "--package", "order-documents-proxy"];
    let features = ["--features", "order-documents-proxy/embedded-assets"];
    run::to_the_end(run::command(project, "cargo").args(["build", "--quiet", "--bins"]).args(packages).args(features))
}

fn start_sandbox(project: &Project, ports: &Ports) -> Result<Process, Problem> {
    let directory = site::directory(project);
    let mut command = run::command(project, project.target().join("debug/order-documents-sandbox"));
    command
        .args(["--api-listen", &Ports::listen(ports.api)])
        .args(["--storage-listen", &Ports::listen(ports.storage)])
        .args(["--identity-listen", &Ports::listen(ports.identity)])
        .args(["--portal", &Ports::origin(ports.proxy)])
        .args(["--requests-per-minute", REQUESTS_PER_MINUTE, "--api-key", API_KEY, "--tenant-id", TENANT])
        .arg("--data")
        .arg(directory.join("data"));
    Process::start("the sandbox", command, &directory.join("sandbox.log"))
}

fn start_proxy(project: &Project, ports: &Ports) -> Result<Process, Problem> {
    let directory = site::directory(project);
    let assets = site::assemble(project, &ports.identity())?;
    let mut command = run::command(project, project.target().join("debug/order-documents-proxy"));
    command
        .env("FLEXPORTAL_URL", Ports::origin(ports.api))
        .env("FLEXPORTAL_API_KEY", API_KEY)
        .env("FLEXPORTAL_TENANT_ID", TENANT)
        .env("PROXY_LISTEN", Ports::listen(ports.proxy))
        .env("PROXY_ADMIN_LISTEN", Ports::listen(ports.admin))
        .env("PROXY_STORAGE_ORIGINS", Ports::origin(ports.storage))
        .env("PROXY_REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE)
        .env("PROXY_BUDGET_FILE", directory.join("budget"))
        .env("PROXY_ASSETS", assets)
        .env("SESSION_JWKS_URL", format!("{}/.well-known/jwks.json", ports.identity()))
        .env("SESSION_ISSUER", ports.identity())
        .env("SESSION_AUDIENCE", "order-documents");
    Process::start("the proxy", command, &directory.join("proxy.log"))
}
