use super::*;
use crate::budget::Purpose::{self, Read, Sign};
use crate::config::{Limits, UpstreamConfig};
use flexportal::CustomerId;
use futures_util::FutureExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::{advance, sleep};

const S: fn(u64) -> Duration = Duration::from_secs;
const PATIENCE: Duration = Duration::from_secs(5);

fn call(purpose: Purpose, customer: &str) -> Call {
    Call { purpose, customer: CustomerId::new(customer).unwrap() }
}

/// A gate that is full: `limit` calls ended, one at each of the first seconds; and the moment 0.
async fn full(limit: u32) -> (Arc<Gate>, Instant) {
    let (gate, start) = (Arc::new(Gate::local(limit)), Instant::now());
    for number in 0..limit {
        drop(gate.pass(call(Sign, &format!("earlier_{number}")), Duration::ZERO).await.unwrap_or_else(|_| panic!("free")));
        sleep(S(1)).await;
    }
    (gate, start)
}

/// Joins the line, and says at which second the call was granted.
async fn join(gate: &Arc<Gate>, start: Instant, purpose: Purpose, customer: &str, patience: Duration) -> Turn {
    let (gate, call, waiting) = (Arc::clone(gate), call(purpose, customer), gate.waiting());
    let line = Arc::clone(&gate);
    let turn = tokio::spawn(async move {
        let permit = line.pass(call, patience).await;
        permit.map(|_permit| start.elapsed().as_secs())
    });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.waiting(), waiting + 1);
    turn
}

#[tokio::test(start_paused = true)]
async fn should_sleep_until_a_moment_since_its_start() {
    let clock = Since(Instant::now());
    advance(S(100)).await;
    clock.sleep_until(S(107)).await;
    assert_eq!(clock.now().as_secs(), 107);
}

#[tokio::test]
async fn should_say_with_whom_it_shares() {
    let base = "http://127.0.0.1:9".parse().unwrap();
    let config = UpstreamConfig { base, api_key: "key".into(), tenant_id: "tenant".into(), requests_per_minute: 40 };
    // Nobody listens there, and so nobody says more than what this one may use.
    let (shared, keeper) = Shared::start(&"redis://127.0.0.1:9".into(), None, &config, &Limits::default()).await.unwrap();
    keeper.abort();
    let gate = Gate::shared(Arc::clone(&shared));
    assert!(gate.together().is_some_and(|together| Arc::ptr_eq(together, &shared)));
    assert!(Gate::local(1).together().is_none());
    assert_eq!((gate.limit(), gate.used()), (40, 0));
}

type Turn = tokio::task::JoinHandle<Result<u64, Refused>>;

#[tokio::test(start_paused = true)]
async fn should_wait_for_a_place_and_take_it_when_it_is_free() {
    let (gate, start) = full(1).await;
    advance(S(56)).await;
    let permit = gate.pass(call(Read, "a"), PATIENCE).await;
    assert!(permit.is_ok() && start.elapsed() >= S(60) && start.elapsed() < S(60) + Duration::from_millis(5));
    assert_eq!((gate.used(), gate.limit(), gate.waiting()), (1, 1, 0));
    advance(S(100)).await;
    assert_eq!(gate.used(), 1);
    drop(permit);
    advance(S(60)).await;
    assert_eq!(gate.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn should_refuse_at_once_what_would_wait_too_long() {
    let (gate, _) = full(1).await;
    let refused = gate.pass(call(Read, "a"), PATIENCE).now_or_never().unwrap();
    assert_eq!(refused.err(), Some(Refused { wait: S(59), own: false }));
    advance(S(54)).await;
    assert!(gate.pass(call(Read, "a"), PATIENCE).now_or_never().is_none());
    let refused = gate.pass(call(Read, "a"), PATIENCE - Duration::from_nanos(1)).now_or_never().unwrap();
    assert_eq!(refused.err(), Some(Refused { wait: S(5), own: false }));
    let refused = gate.pass(call(Read, "a"), Duration::ZERO).now_or_never().unwrap();
    assert_eq!(refused.err(), Some(Refused { wait: S(5), own: false }));
}

#[tokio::test(start_paused = true)]
async fn should_let_signing_go_first() {
    let (gate, start) = full(5).await;
    sleep(S(52)).await;
    let read = join(&gate, start, Read, "a", PATIENCE).await;
    let sign = join(&gate, start, Sign, "b", PATIENCE).await;
    assert_eq!((sign.await.unwrap(), read.await.unwrap()), (Ok(60), Ok(61)));
}

#[tokio::test(start_paused = true)]
async fn should_serve_customers_in_turn() {
    let (gate, start) = full(10).await;
    assert_eq!((gate.used(), gate.limit()), (10, 10));
    sleep(S(49)).await;
    let mut turns = Vec::new();
    for customer in ["a", "a", "a", "b", "c"] {
        turns.push(join(&gate, start, Sign, customer, S(20)).await);
    }
    let mut moments = Vec::new();
    for turn in turns {
        moments.push(turn.await.unwrap().unwrap());
    }
    // One of each first. Then, who holds one gets a second as soon as two are free, a third when three are.
    assert_eq!(moments, [60, 64, 66, 61, 62]);
}

#[tokio::test(start_paused = true)]
async fn should_let_others_pass_who_are_not_used_up_themselves() {
    let (gate, start) = full(4).await;
    sleep(S(53)).await;
    let first = join(&gate, start, Sign, "a", S(10)).await;
    let more = join(&gate, start, Sign, "a", S(10)).await;
    sleep(S(3)).await;
    assert_eq!(first.await.unwrap(), Ok(60));
    // "a" holds one and needs two that are free: the one at 61 is for "b", though "a" came long before.
    let other = join(&gate, start, Sign, "b", PATIENCE).await;
    assert_eq!((other.await.unwrap(), more.await.unwrap()), (Ok(61), Ok(63)));
}

#[tokio::test(start_paused = true)]
async fn should_lose_nobodys_turn_when_one_leaves() {
    let (gate, start) = full(5).await;
    sleep(S(52)).await;
    let gone = join(&gate, start, Sign, "a", PATIENCE).await;
    let stays = join(&gate, start, Sign, "b", PATIENCE).await;
    let reads = join(&gate, start, Read, "c", PATIENCE).await;
    sleep(S(1)).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    assert_eq!((stays.await.unwrap(), reads.await.unwrap(), gate.waiting()), (Ok(60), Ok(61), 0));
}

#[tokio::test(start_paused = true)]
async fn should_not_let_a_newcomer_take_what_became_free_for_one_who_waits() {
    let (gate, _) = full(1).await;
    advance(S(56)).await;
    let mut waits = Box::pin(gate.pass(call(Read, "a"), PATIENCE));
    assert!(waits.as_mut().now_or_never().is_none());
    // The place is free now, and the one who waits for it has not woken yet.
    advance(S(4)).await;
    for purpose in [Read, Sign] {
        let newcomer = gate.pass(call(purpose, "b"), Duration::ZERO).await;
        match purpose {
            Read => assert_eq!(newcomer.err(), Some(Refused { wait: S(60), own: false })),
            // Signing does not wait behind reading.
            Sign => assert!(newcomer.is_ok()),
        }
    }
    assert_eq!(waits.await.err(), Some(Refused { wait: S(60), own: false }));
}

#[tokio::test(start_paused = true)]
async fn should_bound_how_many_wait() {
    let gate = Arc::new(Gate::local(1000));
    for number in 0..1000 {
        drop(gate.pass(call(Sign, &format!("earlier_{number}")), Duration::ZERO).await.unwrap_or_else(|_| panic!("free")));
    }
    sleep(S(57)).await;
    let calls: Vec<_> = (0..300).map(|number| call(Sign, &format!("cust_{number}"))).collect();
    let mut passes: Vec<_> = calls.iter().map(|call| Box::pin(gate.pass(call.clone(), PATIENCE))).collect();
    let mut refused = 0;
    for pass in &mut passes {
        refused += usize::from(pass.as_mut().now_or_never().is_some());
        // A task that does much without a pause is made to pause by tokio.
        tokio::task::yield_now().await;
    }
    assert_eq!((refused, gate.waiting()), (300 - WAITING, WAITING));
    drop(passes);
    assert_eq!(gate.waiting(), 0);
}

/// Nobody knows whether a call is free: it is in the end, after so many looks.
struct Unsure {
    looks: AtomicUsize,
    free_at: usize,
}

impl Ledger for Unsure {
    type Permit = ();

    async fn take(&self, _: &Call, _: Ahead) -> Result<(), NotYet> {
        let look = self.looks.fetch_add(1, Ordering::SeqCst) + 1;
        let refused = Refused { wait: S(80), own: false };
        if look == self.free_at { Ok(()) } else { Err(NotYet { refused, again: Duration::from_millis(500) }) }
    }
}

#[tokio::test(start_paused = true)]
async fn should_look_again_sooner_than_it_tells_where_nobody_knows() {
    let pass = async |free_at| {
        let (turns, ledger, clock) =
            (Turns::new(WAITING), Unsure { looks: AtomicUsize::default(), free_at }, Since(Instant::now()));
        let passed = turns.pass(&ledger, &clock, &call(Read, "a"), PATIENCE).await;
        (passed, clock.now(), ledger.looks.into_inner())
    };
    assert_eq!(pass(3).await, (Ok(()), S(1), 3));
    // Its patience is at an end: it is told when a call is free for sure.
    assert_eq!(pass(usize::MAX).await, (Err(Refused { wait: S(80), own: false }), S(5), 11));
}

#[tokio::test(start_paused = true)]
async fn should_let_who_waits_have_at_once_what_was_given_back() {
    let (gate, start) = full(5).await;
    // The first place is free at the 60th second, the next one a second later.
    advance(S(52)).await;
    let first = Arc::clone(&gate);
    let first = tokio::spawn(async move {
        let Ok(permit) = first.pass(call(Sign, "a"), PATIENCE).await else { panic!("it is free in three seconds") };
        first.give_back(permit);
        start.elapsed().as_secs()
    });
    while gate.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    let second = join(&gate, start, Sign, "b", PATIENCE).await;
    assert_eq!((first.await.unwrap(), second.await.unwrap().ok()), (60, Some(60)));
}
