//! What can go wrong, as a person reads it in the terminal.

use std::path::{Path, PathBuf};

/// Every failure of a command. The message says what happened and, where someone can do something, what.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Something that has to be there is not, and may not or cannot be installed from here.
    #[error("Missing on this machine:\n{0}")]
    Missing(String),
    /// A child process said no; its own output stands above.
    #[error("failed: {command} ({status})")]
    Failed {
        /// The command as one could type it.
        command: String,
        /// How it ended.
        status: String,
    },
    /// A child process could not be started at all.
    #[error("cannot start {command}: {source}")]
    Start {
        /// The program's name.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something could not be looked at here. It is no failure of the code, and no success either: it is said where the result is.
    #[error("not checked: {0}")]
    NotChecked(String),
    /// Anything else, said in full by whoever found it.
    #[error("{0}")]
    Other(String),
}

impl Problem {
    /// The process's exit code: 2 where the machine or the command line has to change, 1 where the code has to.
    pub fn exit_code(&self) -> u8 {
        match self {
            Problem::Usage(_) | Problem::Missing(_) => 2,
            _ => 1,
        }
    }

    /// For `map_err` after an operation on `path`.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Problem {
        let path = path.to_owned();
        move |source| Problem::File { path, source }
    }
}
