//! Where things are.

use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// The repository and the directories that belong to it.
pub struct Project {
    root: PathBuf,
    target: PathBuf,
    tools: PathBuf,
}

impl Project {
    /// The project that this program was built from.
    pub fn find() -> Result<Project, Problem> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the project").to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .filter(|dir| Path::new(dir).is_absolute())
            .map(PathBuf::from)
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
            .ok_or_else(|| Problem::Other("neither XDG_CACHE_HOME nor a home directory is known: set XDG_CACHE_HOME".into()))?;
        Ok(Project { root, target, tools: cache.join("order-documents/tools") })
    }

    /// A path inside the repository.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's target directory, `CARGO_TARGET_DIR` included.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the tools of this project are installed for this user: `<cache>/order-documents/tools`.
    pub fn tools(&self) -> &Path {
        &self.tools
    }

    /// The root of the repository.
    pub fn root(&self) -> &Path {
        &self.root
    }
}
