//! `cargo xtask build`: the component, as `dist/`.

use std::path::PathBuf;

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
        trunk.arg("--release").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", without_paths(project));
    }
    run::to_the_end(&mut trunk)
}

/// Lets Trunk build the component after each change and reload the page, until Ctrl-C. The API is the demo's, which runs beside it.
pub fn serve(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    setup::run(project, Purpose::Build, &[])?;
    println!("serve: http://localhost:8085/orders/ord_demo; sign in first where `cargo xtask demo` says");
    let mut trunk = run::command(project, "trunk");
    // A directory of its own: dist/ is the release build, which the demo serves.
    trunk.env_remove("NO_COLOR").args(["serve", "--dist", "target/serve"]).args(arguments);
    run::to_the_end(&mut trunk)
}

/// Compiler flags that keep this machine's paths out of what is handed out, where every panic would name a source file: the same
/// sources make the same bytes anywhere, and fewer of them. A plain `trunk build --release` works too, and is larger.
pub fn without_paths(project: &Project) -> String {
    let home = |name: &str, below: &str| {
        std::env::var_os(name).map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(below))).unwrap_or_default()
    };
    let registries = home("CARGO_HOME", ".cargo").join("registry/src");
    let entries = registries.read_dir().into_iter().flatten().flatten();
    // The standard library's sources, where they are installed: generic code of it is compiled here.
    let sysroot = run::output(run::command(project, "rustc").args(["--print", "sysroot"])).unwrap_or_default();
    let library = PathBuf::from(sysroot.trim()).join("lib/rustlib/src/rust");
    let sources = entries.map(|entry| entry.path()).chain([project.root().to_owned(), library]);
    sources.map(|path| format!("--remap-path-prefix={}=.", path.display())).collect::<Vec<_>>().join(" ")
}
