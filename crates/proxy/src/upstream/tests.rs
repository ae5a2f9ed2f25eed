//! Calls that wait for the budget while something happens to the upstream.

use super::*;
use crate::breaker::Rules;
use crate::policy;
use crate::policy::OrderDecision;
use crate::session::Session;
use flexportal::OrderId;
use tokio::time::{advance, sleep};

const S: fn(u64) -> Duration = Duration::from_secs;

/// An upstream where nobody listens, and a budget that is used up: one place comes free at each of the seconds 60 to 64.
async fn used_up() -> Arc<Upstream> {
    let base = "http://127.0.0.1:9".parse().unwrap();
    let config = UpstreamConfig { base, api_key: "key".into(), tenant_id: "tenant".into(), requests_per_minute: 5 };
    let gate = Gate::local(5);
    for number in 0..5 {
        let call = Call { purpose: Purpose::Sign, customer: CustomerId::new(format!("earlier_{number}")).unwrap() };
        let Ok(permit) = gate.pass(call, Duration::ZERO).await else { panic!("it is free") };
        drop(permit);
        sleep(S(1)).await;
    }
    let limits = Limits { breaker: Rules { first_pause: S(10), ..Rules::default() }, ..Limits::default() };
    Arc::new(Upstream::new(config, gate, &limits, Arc::default()).unwrap())
}

/// Asks whose an order is, for a customer of its own.
fn ask(
    upstream: &Arc<Upstream>,
    number: usize,
    patience: Patience,
) -> tokio::task::JoinHandle<Result<Option<Order>, UpstreamError>> {
    let session = Session::for_test(&format!("customer_{number}"), None);
    let OrderDecision::Ask(question) = policy::order(&session, OrderId::new(format!("o{number}")).unwrap()) else {
        panic!("ask")
    };
    let upstream = Arc::clone(upstream);
    tokio::spawn(async move { upstream.order(&question, patience).await })
}

async fn three_wait(upstream: &Arc<Upstream>) -> Vec<tokio::task::JoinHandle<Result<Option<Order>, UpstreamError>>> {
    let waiting: Vec<_> = (0..3).map(|number| ask(upstream, number, Patience::lasting(S(5)))).collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(upstream.gate.waiting(), 3);
    waiting
}

fn open(upstream: &Upstream) {
    let (breaker, now) = (&upstream.breakers[Operation::Order as usize], upstream.start.elapsed());
    (0..5).for_each(|_| breaker.admit(now).unwrap().failed(now));
}

/// Calls that were made, by the counters.
fn made(upstream: &Upstream) -> u64 {
    let text = upstream.metrics.render();
    let calls = text.lines().filter(|line| line.starts_with("order_documents_upstream_calls_total{"));
    let made = calls
        .filter(|line| !["budget", "own_share", "paused", "resting"].iter().any(|ours| line.contains(&format!("\"{ours}\""))));
    made.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[tokio::test(start_paused = true)]
async fn should_make_no_call_that_waited_while_the_breaker_opened() {
    let upstream = used_up().await;
    advance(S(54)).await;
    let waiting = three_wait(&upstream).await;
    // For longer than they wait.
    open(&upstream);
    for answer in waiting {
        let answer = answer.await.unwrap();
        assert!(matches!(answer, Err(UpstreamError::Resting(wait)) if wait <= S(9)), "{answer:?}");
    }
    // They took nothing: what is held is what was held before, and less by now.
    assert_eq!((made(&upstream), upstream.gate.waiting()), (0, 0));
    let used = upstream.gate.used();
    assert!(used <= 4, "{used}");
    advance(S(5)).await;
    assert_eq!(upstream.gate.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn should_let_one_probe_of_those_who_waited() {
    let upstream = used_up().await;
    // It is to be tried by the time at which all three may go at once.
    open(&upstream);
    advance(S(54)).await;
    let waiting = three_wait(&upstream).await;
    let mut ends = Vec::new();
    advance(S(5)).await;
    for answer in waiting {
        ends.push(answer.await.unwrap().unwrap_err());
    }
    let resting = ends.iter().filter(|error| matches!(error, UpstreamError::Resting(_))).count();
    assert_eq!((resting, made(&upstream)), (2, 1), "{ends:?}");
}

#[tokio::test(start_paused = true)]
async fn should_make_no_call_that_waited_while_the_upstream_said_to_wait() {
    let upstream = used_up().await;
    advance(S(54)).await;
    let waiting = three_wait(&upstream).await;
    let now = upstream.start.elapsed();
    upstream.pauses.admit("sign other", now).unwrap().told(now, S(30), false);
    for answer in waiting {
        let answer = answer.await.unwrap();
        assert!(matches!(answer, Err(UpstreamError::Paused(wait)) if wait >= S(20)), "{answer:?}");
    }
    advance(S(5)).await;
    assert_eq!((made(&upstream), upstream.gate.used()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn should_wait_for_all_calls_of_a_request_together() {
    let upstream = used_up().await;
    advance(S(51)).await;
    // It waits four seconds for its call, and has half of one left for the next, whose place comes free a second later.
    let patience = Patience::lasting(Duration::from_millis(4500));
    assert_eq!(ask(&upstream, 0, patience).await.unwrap().unwrap_err(), UpstreamError::Unavailable);
    assert_eq!(made(&upstream), 1);
    let begun = Instant::now();
    let refused = ask(&upstream, 1, patience).await.unwrap();
    assert!(matches!(refused, Err(UpstreamError::Budget(wait)) if wait <= S(1)), "{refused:?}");
    assert_eq!((begun.elapsed(), made(&upstream)), (Duration::ZERO, 1));
}

#[tokio::test(start_paused = true)]
async fn should_say_why_no_call_is_made_before_it_asks_for_a_place() {
    let upstream = used_up().await;
    let refused = async || ask(&upstream, 0, Patience::none()).await.unwrap().unwrap_err();
    assert!(matches!(refused().await, UpstreamError::Budget(_)));
    open(&upstream);
    assert!(matches!(refused().await, UpstreamError::Resting(wait) if wait == S(10)));
    let now = upstream.start.elapsed();
    upstream.pauses.admit("sign other", now).unwrap().told(now, S(30), false);
    assert!(matches!(refused().await, UpstreamError::Paused(wait) if wait == S(30)));
}
