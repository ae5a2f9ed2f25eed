//! `order-documents-proxy check`: would it start, and, on request, does FlexPortal answer?
//!
//! It looks at what a start looks at, opens the listeners and lets go of them, and writes nothing. It prints names, addresses and numbers; no
//! secret, and no text that somebody else wrote.

mod call;
mod report;

pub use report::{Item, Report, Verdict};

use crate::assets::Assets;
use crate::config::{Config, Problem, Problems};
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
            if call {
                items.push(call::session_keys(&config).await);
                items.push(call::upstream(config).await);
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
