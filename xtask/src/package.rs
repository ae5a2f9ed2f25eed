//! `cargo xtask package`: the proxy as one file to copy, with the component inside, and its SHA-256 beside it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::build;
use crate::problem::Problem;
use crate::project::Project;
use crate::run;
use crate::setup::{self, Purpose};

const PROGRAM: &str = "order-documents-proxy";

/// What the program that is handed out is built with, beyond what is built by default.
const FEATURES: &str = "embedded-assets";

/// Builds both, and looks whether the file works where nothing else of this project is.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    if let Some(argument) = arguments.first() {
        return Err(Problem::Usage(format!("package takes no arguments, but was given {argument:?}")));
    }
    setup::run(project, Purpose::Build, &[])?;
    println!("package: building the component");
    build::component(project, true)?;
    println!("package: building the proxy with it");
    let mut cargo = run::command(project, "cargo");
    cargo.args(["build", "--quiet", "--release", "--package", PROGRAM, "--features", FEATURES]);
    run::to_the_end(cargo.env("CARGO_BUILD_RUSTFLAGS", build::without_paths(project)))?;

    let built = project.target().join("release").join(PROGRAM);
    let name = format!("{PROGRAM}-{}-{}", env!("CARGO_PKG_VERSION"), host(project)?);
    let directory = project.target().join("package");
    std::fs::create_dir_all(&directory).map_err(Problem::file(&directory))?;
    let file = directory.join(&name);
    std::fs::copy(&built, &file).map_err(Problem::file(&file))?;
    let bytes = std::fs::read(&file).map_err(Problem::file(&file))?;
    let sum = directory.join(format!("{name}.sha256"));
    // As sha256sum reads it: `sha256sum --check` in that directory.
    std::fs::write(&sum, format!("{}  {name}\n", hex(&Sha256::digest(&bytes)))).map_err(Problem::file(&sum))?;
    let inside = looked_at(&file, &directory)?;
    println!("package: {} ({:.1} MB)\n         {}\n         {inside}", file.display(), bytes.len() as f64 / 1e6, sum.display());
    Ok(())
}

/// What the file says of itself, started with nothing but the required values: that it runs, and has the component inside.
fn looked_at(file: &Path, directory: &Path) -> Result<String, Problem> {
    let mut command = Command::new(file);
    command.env_clear().current_dir(directory).args(["check", "--json"]);
    command.envs([
        ("FLEXPORTAL_URL", "https://flexportal.example"),
        ("FLEXPORTAL_API_KEY", "none"),
        ("FLEXPORTAL_TENANT_ID", "none"),
        ("PROXY_LISTEN", "127.0.0.1:0"),
        ("PROXY_STORAGE_ORIGINS", "https://storage.example"),
        ("SESSION_JWKS_URL", "https://login.example/jwks"),
        ("SESSION_ISSUER", "https://login.example"),
        ("SESSION_AUDIENCE", "none"),
    ]);
    let report: serde_json::Value = serde_json::from_str(&run::output(&mut command)?)
        .map_err(|error| Problem::Other(format!("{PROGRAM} check printed no JSON: {error}")))?;
    inside(&report).ok_or_else(|| Problem::Other(format!("the component is not in the file: {report}")))
}

/// What the report says of the assets, where they are as they should be: compiled in, and compressed.
fn inside(report: &serde_json::Value) -> Option<String> {
    let item = report["items"].as_array()?.iter().find(|item| item["about"] == "PROXY_ASSETS")?;
    let says = item["says"].as_str().filter(|says| item["verdict"] == "ok" && says.contains("compiled in"))?;
    Some(format!("PROXY_ASSETS {says}"))
}

/// The target that cargo builds for here.
fn host(project: &Project) -> Result<String, Problem> {
    let version = run::output(run::command(project, "rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.ok_or_else(|| Problem::Other(format!("rustc -vV names no host: {version}")))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn should_take_only_a_program_with_the_component_inside() {
        let report = |verdict, says| json!({"items": [{"about": "PROXY_ASSETS", "verdict": verdict, "says": says}]});
        assert!(inside(&report("ok", "is not set: the ones compiled in, 11 files")).is_some());
        assert!(inside(&report("note", "is not set: the ones compiled in, 11 files, none of them compressed")).is_none());
        assert!(inside(&report("ok", "11 files")).is_none());
        assert!(inside(&json!({"items": []})).is_none());
    }

    #[test]
    fn should_write_a_sum_as_others_do() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
