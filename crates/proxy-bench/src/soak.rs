//! Load and faults together, for as long as is asked: many customers, hostile ones among them, and a fault each second, of the network and of
//! the upstream. Every answer and every upstream call is judged ([`judge`]); in the end the proxy must have recovered by itself. With Redis there
//! are two replicas, which share one budget through a relay that has faults of its own.

mod customers;
mod faults;
mod judge;
mod replica;
mod tally;

use crate::Outcome;
use crate::compare::configure;
use crate::upstream::{Upstream, receive, serve};
use customers::{Keys, People};
use faults::Faults;
use replica::Replica;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tally::Tally;

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
    /// The allowance, in upstream calls a minute, of all replicas together.
    pub allowance: u32,
    /// Redis's program: with it there are two replicas, and one without.
    pub redis: Option<PathBuf>,
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
    let redis = match &plan.redis {
        Some(program) => {
            let (address, server) = replica::redis(program, directory.path())?;
            Some((fault_relay::Relay::start(address, plan.seed).await?, server))
        }
        None => None,
    };
    let mut replicas = Vec::new();
    for number in 0..if redis.is_some() { 2 } else { 1 } {
        let own = directory.path().join(number.to_string());
        std::fs::create_dir(&own)?;
        let mut command = Command::new(&plan.proxy);
        configure(&mut command, relay.address());
        command.env("PROXY_REQUESTS_PER_MINUTE", plan.allowance.to_string());
        if let Some((relay, _)) = &redis {
            command.env("REDIS_URL", format!("redis://{}/", relay.address())).env("PROXY_REPLICAS", "2");
        }
        replicas.push(Replica::start(command, &own).await?);
    }

    let begun = Instant::now();
    let addresses = replicas.iter().map(Replica::address).collect();
    let people = Rc::new(People::new(&keys, addresses, Arc::clone(&shared), plan.seed)?);
    let until = begun + plan.time;
    let faults = faults::one_a_second(&relay, &shared.faults, &shared.tally, until, plan.seed);
    let of_redis = async {
        match &redis {
            Some((relay, _)) => faults::of_redis(relay, &shared.tally, until, plan.seed).await,
            None => Ok(()),
        }
    };
    let ((), faulted, of_redis) = tokio::join!(people.live(until), faults, of_redis);
    faulted.and(of_redis)?;

    relay.heal();
    shared.faults.heal();
    if let Some((relay, _)) = &redis {
        relay.heal();
    }
    let recovered = people.recover(RECOVERY).await;
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
    let (most, calls) = (upstream.counts.most_in_a_minute(), upstream.counts.total());
    if most > plan.allowance as usize {
        tally.broke(format!("{most} upstream calls in a minute, of at most {}", plan.allowance));
    }
    let mut used = Vec::new();
    for replica in replicas {
        used.push(replica.end(tally).await?);
    }
    println!("{}", tally.text(begun.elapsed()));
    println!("  upstream calls           {calls}; {most} in the busiest minute, of at most {}", plan.allowance);
    used.iter().for_each(|used| println!("{used}"));
    if let Some(time) = recovered {
        println!("  all served again         {:.1} s after the last fault", time.as_secs_f64());
    }
    match tally.broken() {
        0 => Ok(()),
        broken => Err(format!("{broken} invariants broke; again: --seed {}", plan.seed).into()),
    }
}

/// A lock that a panic elsewhere does not take away.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
