//! Measures the proxy beside nginx, in the same run: CPU per request, the most that one core does, and latency at half of that.
//!
//! The server that is measured has one core for itself; this program, which is generator and upstream, has the other. Each round starts each server
//! anew, so that what is cold is cold, and what disturbs one disturbs all.

mod report;
mod run;
mod workload;

use crate::Outcome;
use crate::process::pinned;
use crate::world::{API_KEY, STORAGE, TENANT};
use crate::{nginx, process, tokens};
pub use run::{bare, bare_forwarding};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
pub use workload::{Server, Workload};

/// The core of the server that is measured.
pub const SERVER_CORE: usize = 0;

/// The core of generator and upstream.
pub const GENERATOR_CORE: usize = 1;

/// Connections of the generator.
pub const CONNECTIONS: usize = 64;

/// What is measured, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The proxy's program.
    pub proxy: PathBuf,
    /// nginx.
    pub nginx: PathBuf,
    /// This program, which is also the bare server.
    pub this: PathBuf,
    /// Rounds.
    pub rounds: usize,
    /// How long each load is sent.
    pub time: Duration,
    /// Only what has this word in its name.
    pub only: Option<String>,
    /// Where the figures are written; into the file's marked part.
    pub output: Option<PathBuf>,
    /// The build that is measured, in words.
    pub revision: String,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its name in the table.
    pub name: &'static str,
    /// Who is measured.
    pub server: Server,
    /// With what.
    pub workload: Workload,
}

use jsonwebtoken::Algorithm::{ES256, EdDSA, RS256};

const fn case(name: &'static str, server: Server, workload: Workload) -> Case {
    Case { name, server, workload }
}

const NGINX_CACHE: Server = Server::Nginx(nginx::Kind { cache: true, gzip: false });
const NGINX_CACHE_GZIP: Server = Server::Nginx(nginx::Kind { cache: true, gzip: true });
const NGINX_PLAIN: Server = Server::Nginx(nginx::Kind { cache: false, gzip: false });
const PROXY: Server = Server::Proxy { log: false };
const PROXY_LOG: Server = Server::Proxy { log: true };

const fn known(documents: u32, gzip: bool) -> Workload {
    Workload::Known { documents, gzip }
}

/// Every line.
pub const CASES: [Case; 20] = [
    case("bare hyper, same answer, 7 documents", Server::Bare, known(7, false)),
    case("nginx cache hit, 7 documents", NGINX_CACHE, known(7, false)),
    case("nginx cache hit, 7 documents, gzip", NGINX_CACHE_GZIP, known(7, true)),
    case("nginx cache hit, 100 documents", NGINX_CACHE, known(100, false)),
    case("nginx cache hit, 100 documents, gzip", NGINX_CACHE_GZIP, known(100, true)),
    case("nginx reverse proxy, 7 documents", NGINX_PLAIN, known(7, false)),
    case("bare hyper, forwarding, 7 documents", Server::BareForwarding, known(7, false)),
    case("bare hyper, forwarding, 100 documents", Server::BareForwarding, known(100, false)),
    case("proxy: cached list, known token, 7 documents", PROXY, known(7, false)),
    case("proxy: cached list, known token, 7 documents, gzip", PROXY, known(7, true)),
    case("proxy: cached list, known token, 100 documents", PROXY, known(100, false)),
    case("proxy: cached list, known token, 100 documents, gzip", PROXY, known(100, true)),
    case("proxy: cached list, known token, 7 documents, log at info", PROXY_LOG, known(7, false)),
    case("proxy: cached list, cold RS256 token, 7 documents", PROXY, Workload::Cold(RS256)),
    case("proxy: cached list, cold ES256 token, 7 documents", PROXY, Workload::Cold(ES256)),
    case("proxy: cached list, cold EdDSA token, 7 documents", PROXY, Workload::Cold(EdDSA)),
    case("proxy: miss, known token, 7 documents", PROXY, Workload::Miss { documents: 7 }),
    case("proxy: miss, known token, 100 documents", PROXY, Workload::Miss { documents: 100 }),
    case("proxy: redirect to a signed URL", PROXY, Workload::Redirect),
    case("proxy: refused, no token", PROXY, Workload::Refused),
];

/// Measures everything, prints the table, and writes it where the plan says.
///
/// # Errors
/// Where a server does not start, or answers anything but what is expected.
pub async fn run(plan: &Plan) -> Outcome<()> {
    let priority = process::Priority::high();
    let figures = run::measure(plan).await?;
    drop(priority);
    let text = report::text(plan, &figures);
    println!("{text}");
    if let Some(path) = &plan.output {
        report::write(path, &text)?;
    }
    Ok(())
}

/// The proxy on the server's core, with `upstream` behind it and the largest allowance there is.
fn proxy_command(plan: &Plan, upstream: SocketAddr, log: bool) -> Command {
    let mut command = pinned(SERVER_CORE, &plan.proxy);
    configure(&mut command, upstream);
    command.env("PROXY_REQUESTS_PER_MINUTE", "100000").env("PROXY_LOG_LEVEL", if log { "info" } else { "warn" });
    command
}

/// The configuration of a proxy in front of the scripted upstream.
pub fn configure(command: &mut Command, upstream: SocketAddr) {
    command
        .env("FLEXPORTAL_URL", format!("http://{upstream}"))
        .env("FLEXPORTAL_API_KEY", API_KEY)
        .env("FLEXPORTAL_TENANT_ID", TENANT)
        .env("PROXY_LISTEN", "127.0.0.1:0")
        .env("PROXY_ADMIN_LISTEN", "127.0.0.1:0")
        .env("PROXY_STORAGE_ORIGINS", STORAGE)
        .env("SESSION_JWKS_URL", format!("http://{upstream}/jwks"))
        .env("SESSION_ISSUER", tokens::ISSUER)
        .env("SESSION_AUDIENCE", tokens::AUDIENCE);
}

fn start_proxy(plan: &Plan, upstream: SocketAddr, log: bool, directory: &Path) -> Outcome<process::Server> {
    let mut command = proxy_command(plan, upstream, log);
    // A new file: what the process before it has used up must not be held against it.
    let budget = directory.join("budget");
    let _ = std::fs::remove_file(&budget);
    command.env("PROXY_BUDGET_FILE", budget);
    process::Server::start(command, &directory.join("proxy.log"))
}
