//! Load and faults together, for as long as is asked: many customers, hostile ones among them, and a fault each second, of the network and of
//! the upstream. Every answer and every upstream call is judged ([`judge`]); in the end the proxy must have recovered by itself.

mod customers;
mod faults;
mod judge;
mod tally;

use crate::Outcome;
use crate::compare::configure;
use crate::process::{Server, descriptors, resident};
use crate::upstream::{Upstream, receive, serve};
use crate::wire::Connection;
use customers::{Keys, People};
use faults::Faults;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tally::Tally;

/// What the proxy's memory may grow by from its first second to its last: its caches, filled.
const MAX_GROWTH: u64 = 96 << 20;

/// Descriptors that may be open in the end beyond those of the start: connections to the upstream, kept open for a while.
const MAX_DESCRIPTORS: usize = 64;

/// How long the last fault may be felt: a window of the budget, a pause that the upstream asked for, and a little.
const RECOVERY: Duration = Duration::from_secs(150);

/// What is run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The proxy's program.
    pub proxy: PathBuf,
    /// For how long there is load.
    pub time: Duration,
    /// What is left to chance follows it.
    pub seed: u64,
    /// The allowance, in upstream calls a minute.
    pub allowance: u32,
}

/// What all parts of a run share.
struct Run {
    tally: Tally,
    faults: Faults,
    upstream: Arc<Upstream>,
}

/// Runs it and prints what came of it.
///
/// # Errors
/// Where an invariant broke, or the proxy did not start or did not recover.
pub async fn run(plan: &Plan) -> Outcome<()> {
    println!("soak: {} s, seed {}, at most {} upstream calls a minute", plan.time.as_secs(), plan.seed, plan.allowance);
    let directory = tempfile::tempdir()?;
    let keys = Keys::new()?;
    let upstream = Upstream::new(keys.jwks()?);
    let shared = Arc::new(Run { tally: Tally::default(), faults: Faults::default(), upstream: Arc::clone(&upstream) });
    let behind = {
        let shared = Arc::clone(&shared);
        serve(move |request| {
            let shared = Arc::clone(&shared);
            async move {
                let call = receive(&shared.upstream, request).await;
                shared.tally.broke_each(judge::call(&call));
                shared.faults.answer(&shared.upstream, &call).await
            }
        })
        .await?
    };
    let relay = fault_relay::Relay::start(behind, plan.seed).await?;
    let log = directory.path().join("proxy.log");
    let mut server = Server::start(command(plan, relay.address(), directory.path()), &log)?;
    ready(&server).await?;
    let (memory, open) = (resident(server.id()), descriptors(server.id()));

    let begun = Instant::now();
    let people = Rc::new(People::new(&keys, server.address, Arc::clone(&shared), plan.seed)?);
    let load = people.live(begun + plan.time);
    let faults = faults::one_a_second(&relay, &shared.faults, &shared.tally, begun + plan.time, plan.seed);
    let ((), faulted) = tokio::join!(load, faults);
    faulted?;

    relay.heal();
    shared.faults.heal();
    let recovered = people.recover(RECOVERY).await;
    let (memory_after, open_after) = (resident(server.id()), descriptors(server.id()));
    let tally = &shared.tally;
    if recovered.is_none() {
        tally.broke(format!("not every customer was served again within {} s of the last fault", RECOVERY.as_secs()));
    }
    for (kind, status) in
        [("an own order's list", 200), ("the own list", 200), ("sign an own file", 200), ("link to an own file", 302)]
    {
        if tally.of(kind, status) == 0 {
            tally.broke(format!("{kind}: nobody ever got it"));
        }
    }
    if !server.is_running() {
        tally.broke("the proxy ended by itself".into());
    }
    if memory_after > memory + MAX_GROWTH {
        tally.broke(format!("memory grew by {} MB, more than {} MB", (memory_after - memory) >> 20, MAX_GROWTH >> 20));
    }
    if open_after > open + MAX_DESCRIPTORS {
        tally.broke(format!("{} descriptors more than at the start are open, of at most {MAX_DESCRIPTORS}", open_after - open));
    }
    let (most, calls) = (upstream.counts.most_in_a_minute(), upstream.counts.total());
    if most > plan.allowance as usize {
        tally.broke(format!("{most} upstream calls in a minute, of at most {}", plan.allowance));
    }
    if let Some(address) = server.admin {
        let mut connection = Connection::open(address).await?;
        let status = connection.exchange(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
        tally.broke_each(judge::written("metrics", &String::from_utf8_lossy(connection.body())));
        if status != 200 {
            tally.broke(format!("/metrics answers {status}"));
        }
    }
    drop(server);
    for line in String::from_utf8_lossy(&std::fs::read(&log)?).lines() {
        tally.broke_each(judge::written("log", line));
    }
    println!("{}", tally.text(begun.elapsed()));
    println!("  upstream calls           {calls}; {most} in the busiest minute, of at most {}", plan.allowance);
    println!(
        "  memory                   {:.1} MB at the start, {:.1} MB in the end",
        memory as f64 / 1e6,
        memory_after as f64 / 1e6
    );
    println!("  descriptors              {open} at the start, {open_after} in the end");
    if let Some(time) = recovered {
        println!("  all served again         {:.1} s after the last fault", time.as_secs_f64());
    }
    match tally.broken() {
        0 => Ok(()),
        broken => Err(format!("{broken} invariants broke; again: --seed {}", plan.seed).into()),
    }
}

fn command(plan: &Plan, upstream: std::net::SocketAddr, directory: &Path) -> Command {
    let mut command = Command::new(&plan.proxy);
    configure(&mut command, upstream);
    command
        .env("PROXY_REQUESTS_PER_MINUTE", plan.allowance.to_string())
        .env("PROXY_LOG_LEVEL", "debug")
        .env("PROXY_BUDGET_FILE", directory.join("budget"));
    command
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

/// A lock that a panic elsewhere does not take away.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
