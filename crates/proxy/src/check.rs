//! `order-documents-proxy check`: would it start, and, on request, does FlexPortal answer?
//!
//! It looks at what a start looks at: it opens the listeners and the budget file, and lets go of them. It prints names, addresses and numbers; no
//! secret, and no text that somebody else wrote.

mod call;
mod report;

pub use report::{Item, Report, Verdict};

use crate::assets::Assets;
use crate::budget::gate::Gate;
use crate::budget::journal::{self, JournalError};
use crate::config::{BudgetFile, Config, Problem, Problems};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

/// Looks at the configuration, and with `call` makes one upstream call and one fetch of the session's keys. `unknown`: names in the environment
/// that look like ours and are none.
pub async fn run(config: Result<Config, Problems>, unknown: Vec<String>, call: bool) -> Report {
    let mut items: Vec<Item> = Vec::new();
    match config {
        Err(Problems(problems)) => items.extend(problems.into_iter().map(|Problem { name, what }| Item::wrong(name, what))),
        Ok(config) => {
            items.push(Item::ok("configuration", "every value that is needed is there and can be read"));
            items.push(listener("PROXY_LISTEN", config.listen));
            items.push(match config.admin_listen {
                Some(address) => listener("PROXY_ADMIN_LISTEN", address),
                None => Item::note("PROXY_ADMIN_LISTEN", "is not set: no /healthz, no /readyz, no /metrics"),
            });
            items.push(assets(&config));
            let (budget, gate) = budget(&config);
            items.push(budget);
            if call {
                items.push(call::session_keys(&config).await);
                items.extend(call::shared_state(&config).await);
                items.push(call::upstream(config, gate).await);
            }
        }
    }
    let misspelt = |name| Item::note(name, "is not a name that this program knows: is it misspelt?");
    items.extend(unknown.into_iter().map(misspelt));
    items.into()
}

/// Whether the address can be listened on. A port in use is no mistake where the proxy itself runs already.
fn listener(name: &str, address: SocketAddr) -> Item {
    match TcpListener::bind(address) {
        Ok(_) => Item::ok(name, format!("{address} can be listened on")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Item::note(name, format!("{address} is in use"))
            .advise("right where this proxy runs already; where another program does, it will not start"),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Item::wrong(name, format!("{address}: the system does not permit it"))
                .advise("ports below 1024 need a right of their own")
        }
        Err(error) => Item::wrong(name, format!("{address} cannot be listened on: {}", error.kind())),
    }
}

/// Whether the last minute's calls are kept over a restart, and the gate that a call of ours passes: in the file it counts for the next start.
fn budget(config: &Config) -> (Item, Gate) {
    let name = "PROXY_BUDGET_FILE";
    if config.redis.is_some() {
        return (Item::ok(name, "is not used: replicas count their calls together, by REDIS_URL"), Gate::local(1));
    }
    let (path, is_named) = match &config.budget_file {
        BudgetFile::Named(path) => (path, true),
        BudgetFile::Default(path) => (path, false),
        BudgetFile::None => return (Item::ok(name, "none: the port is one that the system chooses"), Gate::local(1)),
    };
    let shown = path.display();
    match journal::open(&BudgetFile::Named(path.clone()), &config.upstream) {
        Ok(gate) => (Item::ok(name, format!("{shown} can be used")), gate),
        Err(JournalError::InUse(_)) => {
            let item = Item::note(name, format!("{shown} is in use"));
            let advice = "right where this proxy runs already (it does not know of calls that `check --call` makes); two proxies need two files";
            (item.advise(advice), Gate::local(1))
        }
        Err(error) if is_named => (Item::wrong(name, error.to_string()), Gate::local(1)),
        Err(_) => {
            let item = Item::note(name, format!("is not set, and {shown} cannot be used"));
            let advice = "after each start a minute passes before the first call: set it to a file that can be written";
            (item.advise(advice), Gate::local(1))
        }
    }
}

fn assets(config: &Config) -> Item {
    let name = "PROXY_ASSETS";
    let place = if config.assets.is_some() { "" } else { "is not set: the ones compiled in, " };
    match Assets::of(config.assets.as_deref()) {
        Ok(assets) if assets.len() == 0 => {
            Item::note(name, "is not set, and nothing is compiled in: no page and no component are served")
        }
        Ok(assets) if assets.compressed() == 0 => {
            Item::note(name, format!("{place}{} files, none of them compressed", assets.len())).advise(
                "a release build (cargo xtask build) writes a .br and a .gz beside each; browsers load a third as much then",
            )
        }
        Ok(assets) => Item::ok(name, format!("{place}{} files, {} of them compressed", assets.len(), assets.compressed())),
        Err(error) => Item::wrong(name, format!("cannot be read: {}", error.kind())),
    }
}
