//! `cargo xtask assets`: the hook that turns what Trunk compiled into what browsers load.
//!
//! Trunk leaves the WebAssembly, its glue and index.html in a staging directory. From these and from `src/*.js`, `style/` and
//! `src/text/` this makes `assets/`: every file under a name with a hash of its bytes, so that a browser may keep it for ever,
//! and one file, `order-documents.js`, under a name that never changes, which is what host pages include.

mod bundle;
mod html;
mod names;
mod parts;
mod shorten;
mod unused;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::problem::Problem;
use crate::project::Project;
use crate::run;
use bundle::Job;
use html::HeadFiles;

/// What wasm-bindgen's output uses. All features would make modules that browsers refuse.
const WASM_FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-call-indirect-overlong",
];

/// Works on the directory that Trunk names in the environment.
pub fn run(project: &Project) -> Result<(), Problem> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from).ok_or_else(|| {
        Problem::Usage("`cargo xtask assets` is called by Trunk after its build; you want `cargo xtask build`".into())
    })?;
    let release = std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release");
    Hook { project, staging, release }.run()
}

struct Hook<'a> {
    project: &'a Project,
    staging: PathBuf,
    /// Whether bytes are worth minutes: optimise, minify and compress.
    release: bool,
}

impl Hook<'_> {
    fn run(&self) -> Result<(), Problem> {
        let assets = self.staging.join("assets");
        std::fs::create_dir_all(&assets).map_err(Problem::file(&assets))?;

        let [preview] = bundle::run(self.project, [Job::new(self.project.path("style/preview.css"), self.release)])?;
        let styles = names::with_hash("order-documents-later", ".css", &preview).written(&assets)?;
        let (wasm, glue) = self.compiled(&assets, &styles)?;
        let texts = self.texts(&assets)?;

        let define = BTreeMap::from([
            ("GLUE".to_owned(), quoted(&format!("./{glue}"))),
            ("WASM".to_owned(), quoted(&format!("./{wasm}"))),
            ("TEXTS".to_owned(), serde_json::json!(texts).to_string()),
        ]);
        let source = |name: &str| self.project.path(name);
        let job = |entry: &str, define: BTreeMap<String, String>| Job::new(source(entry), self.release).defining(define);
        let [loader, page, style, element] = bundle::run(
            self.project,
            [
                job("src/loader.js", define),
                job("src/page.js", BTreeMap::new()),
                job("style/page.css", BTreeMap::new()),
                job("style/element.css", BTreeMap::new()),
            ],
        )?;
        // The loader has these styles in it; the page that the proxy renders links them, and finds them by this name.
        names::with_hash("element", ".css", &element).written(&assets)?;
        let stable = assets.join("order-documents.js");
        std::fs::write(&stable, &loader).map_err(Problem::file(&stable))?;
        let head = HeadFiles {
            loader: names::with_hash("loader", ".js", &loader).written(&assets)?,
            page: names::with_hash("page", ".js", &page).written(&assets)?,
            style: names::with_hash("page", ".css", &style).written(&assets)?,
        };
        self.rewrite_index(&head)?;

        if self.release {
            run::to_the_end(run::command(self.project, "node").arg("xtask/compress.mjs").arg(&self.staging))?;
        }
        Ok(())
    }

    /// Takes Trunk's two files out of the staging directory, and makes them small in a release, which has a second module too.
    /// Writes all into `assets`; returns the names of the first module and of the glue, which names what is loaded later: the
    /// second module and its `styles`.
    fn compiled(&self, assets: &Path, styles: &str) -> Result<(String, String), Problem> {
        let wasm_file = only_file_ending(&self.staging, "_bg.wasm")?;
        let glue_file = self.staging.join(format!("{}.js", wasm_file.trim_end_matches("_bg.wasm")));
        let wasm_file = self.staging.join(wasm_file);
        let mut leftovers = vec![glue_file.clone(), wasm_file.clone()];
        let written = |stem: &str, file: &Path| {
            let bytes = std::fs::read(file).map_err(Problem::file(file))?;
            names::with_hash(stem, "_bg.wasm", &bytes).written(assets)
        };

        let mut define = BTreeMap::from([("STYLES".to_owned(), quoted(&format!("./{styles}")))]);
        if self.release {
            let parts = parts::make(self.project, &wasm_file, &glue_file)?;
            let later = written("order-documents-later", &parts.later)?;
            define.insert("LATER".to_owned(), quoted(&format!("./{later}")));
            leftovers.push(parts.later);
        }
        let wasm = written("order-documents", &wasm_file)?;
        // Bundled and not only minified, so that scripts which crates bring along (`snippets/`) become part of the one file.
        let [glue] = bundle::run(self.project, [Job::glue(glue_file, self.release).defining(define)])?;
        let glue = names::with_hash("order-documents", ".js", &glue).written(assets)?;

        for leftover in leftovers {
            std::fs::remove_file(&leftover).map_err(Problem::file(&leftover))?;
        }
        let snippets = self.staging.join("snippets");
        if snippets.is_dir() {
            std::fs::remove_dir_all(&snippets).map_err(Problem::file(&snippets))?;
        }
        Ok((wasm, glue))
    }

    /// The catalogues of the languages, each a file that is loaded when a reader first needs it.
    fn texts(&self, assets: &Path) -> Result<BTreeMap<String, String>, Problem> {
        let directory = self.project.path("src/text");
        let Ok(entries) = directory.read_dir() else { return Ok(BTreeMap::new()) };
        let mut texts = BTreeMap::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            let (Some(language), Some("json")) = (stem(&path), path.extension().and_then(|ending| ending.to_str())) else {
                continue;
            };
            if language == "en" {
                continue; // the loader has it in itself
            }
            let text = std::fs::read_to_string(&path).map_err(Problem::file(&path))?;
            let catalogue: serde_json::Value =
                serde_json::from_str(&text).map_err(|error| Problem::Other(format!("{}: {error}", path.display())))?;
            let name =
                names::with_hash(&format!("text-{language}"), ".json", catalogue.to_string().as_bytes()).written(assets)?;
            texts.insert(language, format!("./{name}"));
        }
        Ok(texts)
    }

    fn rewrite_index(&self, files: &HeadFiles) -> Result<(), Problem> {
        let path = self.staging.join("index.html");
        let page = std::fs::read_to_string(&path).map_err(Problem::file(&path))?;
        let page = html::with_assets(&page, files).map_err(|missing| Problem::Other(format!("index.html: {missing}")))?;
        std::fs::write(&path, page).map_err(Problem::file(&path))
    }
}

fn only_file_ending(directory: &Path, ending: &str) -> Result<String, Problem> {
    let entries = directory.read_dir().map_err(Problem::file(directory))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut found: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    match (found.pop(), found.is_empty()) {
        (Some(name), true) => Ok(name),
        _ => Err(Problem::Other(format!("{} should hold exactly one *{ending}; did Trunk build?", directory.display()))),
    }
}

fn stem(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_str()?.to_owned())
}

fn quoted(text: &str) -> String {
    serde_json::json!(text).to_string()
}
