//! The proxies that are worn, and the Redis that they share.

use super::judge;
use super::tally::Tally;
use crate::Outcome;
use crate::process::{Server, descriptors, resident};
use crate::wire::Connection;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What a proxy's memory may grow by from its first second to its last: its caches, filled.
const MAX_GROWTH: u64 = 96 << 20;

/// Descriptors that may be open in the end beyond those of the start: connections to the upstream, kept open for a while.
const MAX_DESCRIPTORS: usize = 64;

/// One proxy, and what it used at the start.
pub struct Replica {
    server: Server,
    log: PathBuf,
    memory: u64,
    open: usize,
}

impl Replica {
    /// Starts one that logs everything, and waits until it says that it is ready.
    ///
    /// # Errors
    /// Where it does not become ready.
    pub async fn start(mut command: Command, directory: &Path) -> Outcome<Self> {
        let log = directory.join("proxy.log");
        command.env("PROXY_LOG_LEVEL", "debug").env("PROXY_BUDGET_FILE", directory.join("budget"));
        let server = Server::start(command, &log)?;
        ready(&server).await?;
        let (memory, open) = (resident(server.id()), descriptors(server.id()));
        Ok(Self { server, log, memory, open })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Ends it, judges what it used, counted and wrote, and tells what it used.
    ///
    /// # Errors
    /// Where it cannot be asked any more.
    pub async fn end(mut self, tally: &Tally) -> Outcome<String> {
        let (memory, open) = (resident(self.server.id()), descriptors(self.server.id()));
        if !self.server.is_running() {
            tally.broke("the proxy ended by itself".into());
        }
        if memory > self.memory + MAX_GROWTH {
            tally.broke(format!("memory grew by {} MB, more than {} MB", (memory - self.memory) >> 20, MAX_GROWTH >> 20));
        }
        if open > self.open + MAX_DESCRIPTORS {
            tally
                .broke(format!("{} descriptors more than at the start are open, of at most {MAX_DESCRIPTORS}", open - self.open));
        }
        if let Some(address) = self.server.admin {
            let mut connection = Connection::open(address).await?;
            let status = connection.exchange(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
            tally.broke_each(judge::written("metrics", &String::from_utf8_lossy(connection.body())));
            if status != 200 {
                tally.broke(format!("/metrics answers {status}"));
            }
        }
        drop(self.server);
        for line in String::from_utf8_lossy(&fs::read(&self.log)?).lines() {
            tally.broke_each(judge::written("log", line));
        }
        let (before, after) = (self.memory as f64 / 1e6, memory as f64 / 1e6);
        Ok(format!(
            "  memory                   {before:.1} MB at the start, {after:.1} MB in the end\n  \
             descriptors              {} at the start, {open} in the end",
            self.open
        ))
    }
}

/// Waits until the proxy says that it is ready.
async fn ready(server: &Server) -> Outcome<()> {
    let admin = server.admin.ok_or("no admin listener")?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if Connection::open(admin).await?.exchange(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n").await? == 200 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("the proxy does not become ready".into())
}

/// A Redis of its own, which keeps nothing on disk.
///
/// # Errors
/// Where it does not start.
pub fn redis(program: &Path, directory: &Path) -> Outcome<(SocketAddr, Server)> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(program);
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
    command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(directory);
    let server = Server::start_silent(command, address, &directory.join("redis.log"))?;
    Ok((address, server))
}
