//! What the demo's proxy serves: the built component, and beside it the portal page of a company that embeds it.

use std::path::{Path, PathBuf};

use crate::problem::Problem;
use crate::project::Project;
use crate::run;

/// Everything that the demo writes, logs and the sandbox's data included.
pub fn directory(project: &Project) -> PathBuf {
    project.target().join("demo")
}

/// Makes the directory for `PROXY_ASSETS` afresh: `dist/`, with `demo/` as `assets/demo/`.
pub fn assemble(project: &Project, identity: &str) -> Result<PathBuf, Problem> {
    let site = directory(project).join("site");
    if site.exists() {
        std::fs::remove_dir_all(&site).map_err(Problem::file(&site))?;
    }
    copy(&project.path("dist"), &site)?;
    let demo = site.join("assets/demo");
    copy(&project.path("demo"), &demo)?;

    // Who the customers are is the sandbox's to say: it seeds them.
    let program = project.target().join("debug/order-documents-demo-customers");
    let customers = run::output(&mut run::command(project, program))?;
    let customers: serde_json::Value = serde_json::from_str(&customers)
        .map_err(|error| Problem::Other(format!("order-documents-demo-customers printed no JSON: {error}")))?;
    let page_data = serde_json::json!({ "identity": identity, "customers": customers });
    let file = demo.join("customers.json");
    std::fs::write(&file, page_data.to_string()).map_err(Problem::file(&file))?;
    Ok(site)
}

fn copy(from: &Path, to: &Path) -> Result<(), Problem> {
    std::fs::create_dir_all(to).map_err(Problem::file(to))?;
    for entry in from.read_dir().map_err(Problem::file(from))? {
        let entry = entry.map_err(Problem::file(from))?;
        let (source, goal) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &goal)?;
        } else {
            std::fs::copy(&source, &goal).map_err(Problem::file(&source))?;
        }
    }
    Ok(())
}
