//! Bundling with esbuild, through `xtask/bundle.mjs`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// One file to be made from a script or a style sheet and all that it imports.
pub struct Job {
    entry: PathBuf,
    minify: bool,
    define: BTreeMap<String, String>,
    is_glue: bool,
}

impl Job {
    /// Bundles `entry`.
    pub fn new(entry: PathBuf, minify: bool) -> Job {
        Job { entry, minify, define: BTreeMap::new(), is_glue: false }
    }

    /// Bundles wasm-bindgen's glue, which is given what the loader has already.
    pub fn glue(entry: PathBuf, minify: bool) -> Job {
        Job { is_glue: true, ..Job::new(entry, minify) }
    }

    /// Puts JavaScript expressions in the place of names.
    pub fn defining(self, define: BTreeMap<String, String>) -> Job {
        Job { define, ..self }
    }
}

/// Does all jobs in one run of Node and returns the bytes of each.
pub fn run<const N: usize>(project: &Project, jobs: [Job; N]) -> Result<[Vec<u8>; N], Problem> {
    // A directory of this process: two builds may run at once.
    let work = project.target().join(format!("bundle-{}", std::process::id()));
    std::fs::create_dir_all(&work).map_err(Problem::file(&work))?;
    let outfile = |index: usize| work.join(format!("{index}.out"));
    let list = jobs.iter().enumerate().map(|(index, job)| {
        // The glue and the WebAssembly are files of their own, loaded by the names that `define` gives.
        serde_json::json!({
            "isGlue": job.is_glue, "entry": job.entry, "outfile": outfile(index), "minify": job.minify, "define": job.define, "external": ["./order-documents-*"],
        })
    });
    let list = serde_json::Value::from_iter(list).to_string();

    let mut command = run::command(project, "node");
    command.arg("xtask/bundle.mjs").stdin(Stdio::piped());
    let mut child = command.spawn().map_err(|source| Problem::Start { command: "node".into(), source })?;
    let written = child.stdin.take().expect("stdin is piped").write_all(list.as_bytes());
    let status = child.wait().map_err(Problem::file(&work))?;
    if !status.success() || written.is_err() {
        return Err(Problem::Failed { command: "node xtask/bundle.mjs".into(), status: status.to_string() });
    }

    let mut outputs = [const { Vec::new() }; N];
    for (index, output) in outputs.iter_mut().enumerate() {
        let file = outfile(index);
        *output = std::fs::read(&file).map_err(Problem::file(&file))?;
    }
    std::fs::remove_dir_all(&work).map_err(Problem::file(&work))?;
    Ok(outputs)
}
