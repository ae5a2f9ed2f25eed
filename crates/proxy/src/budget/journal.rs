//! The last minute's calls, in a small file, so that a restart does not forget them.
//!
//! The file is a ring of 8-byte entries behind a head of 16 bytes. An entry is written in place when a call is taken, and again when it has
//! ended. It outlives the process, however that ends, but not the machine's power: it is not synced.

mod entry;
mod ring;

use super::gate::Gate;
use crate::config::{BudgetFile, UpstreamConfig};
use ring::Opened;
pub(super) use ring::{Journal, Past, Slot};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Why a file that the operator named cannot keep the budget.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it.
    #[error("PROXY_BUDGET_FILE {} is in use by another proxy: each needs one of its own", .0.display())]
    InUse(PathBuf),
    /// It cannot be made, opened, read or written.
    #[error("PROXY_BUDGET_FILE {} cannot be used: {what}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        what: String,
    },
}

/// The gate of a proxy that keeps its budget alone, with what was called before it started.
///
/// # Errors
/// [`JournalError`], where the operator named a file that cannot be used. Without a usable default file the whole minute before now counts as
/// used up, and so it does where the file is damaged.
pub fn open(file: &BudgetFile, config: &UpstreamConfig) -> Result<Gate, JournalError> {
    let limit = config.requests_per_minute;
    let used_up = || vec![Past::just_now(); limit as usize];
    let path = match file {
        BudgetFile::None => return Ok(Gate::local(limit)),
        BudgetFile::Named(path) | BudgetFile::Default(path) => path,
    };
    let (journal, past) = match Journal::open(path, limit, unix_millis()) {
        Ok((journal, Opened::New)) => (Some(journal), Vec::new()),
        Ok((journal, Opened::Read(past))) => (Some(journal), past),
        Ok((journal, Opened::Damaged)) => {
            tracing::warn!(file = %path.display(), "the budget file is damaged: the last minute's calls count as used up");
            (Some(journal), used_up())
        }
        Err(error) => match file {
            BudgetFile::Default(_) => {
                tracing::warn!(%error, "no budget file: the last minute's calls count as used up; PROXY_BUDGET_FILE names another place");
                (None, used_up())
            }
            _ => return Err(error),
        },
    };
    Ok(Gate::with_journal(limit, journal, &past))
}

/// Milliseconds since 1970, by the machine's clock.
fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
