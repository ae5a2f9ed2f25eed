//! Every fault × {list, signature, whose an order is, keys} × {cold, in flight, warm}: nobody hangs, nothing leaks, the invariants hold, and all is
//! well again as soon as the fault is over.
//!
//! The limits are shortened, so that deadlines are seen to hold. Tasks and files are counted, which takes a process of its own for each target.

mod fault;
mod level;

use crate::faults::reply;
use crate::harness::{Answer, Harness, anna, anna_without_orders, keep_nothing};
use crate::tokens::{EDDSA, Signer, claims};
use crate::world::Reply;
use fault::{Fault, Kind, Target, heal};
use fault_relay::Fault as Wire;
use futures_util::future::join_all;
use jsonwebtoken::Algorithm;
use level::Level;
use order_documents_proxy::config::Config;
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

const LIST: &str = "/api/v1/files?orderId=ord_a1";
const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Between two fetches of the keys.
const JWKS_INTERVAL: Duration = ms(50);

/// A machine that is quick makes more calls in a minute than one customer may by the default.
const PLENTY: u32 = 100_000;

/// What has not come by then never does. It is far more than all deadlines of a request's calls together (3 s), so that a busy machine makes no
/// difference, and less than that of a whole request, so that it is not the last line of defence that ends it.
const NEVER: Duration = ms(40_000);

fn shorten(config: &mut Config) {
    let limits = &mut config.limits;
    (limits.connect, limits.upstream_head, limits.upstream_answer) = (ms(1000), ms(1000), ms(1400));
    (limits.jwks_answer, limits.jwks_interval) = (ms(1400), JWKS_INTERVAL);
    (limits.request, limits.upstream_pause, limits.upstream_bytes) = (2 * NEVER, ms(100), 200 * 1024);
    (limits.breaker.first_pause, limits.breaker.longest_pause) = (ms(50), ms(200));
}

/// Where nothing is kept: everything is asked for.
async fn cold() -> Harness {
    let harness = Harness::behind_relays(|config| {
        shorten(config);
        keep_nothing(config);
        config.limits.finding = Duration::ZERO;
        config.upstream.requests_per_minute = PLENTY;
    });
    begun(harness.await).await
}

/// Where everything is kept for long, and no list is so fresh that it is not asked for again.
async fn warm() -> Harness {
    let harness = Harness::behind_relays(|config| {
        shorten(config);
        (config.limits.list_fresh, config.limits.list_stale) = (Duration::ZERO, Duration::ZERO);
        config.upstream.requests_per_minute = PLENTY;
        // What is kept is shown while the upstream says to wait, too, so that nothing tells when that is over.
        config.limits.upstream_pause = ms(1);
    });
    begun(harness.await).await
}

async fn begun(harness: Harness) -> Harness {
    harness.until_ready().await;
    // The upstream does not filter: another's records are in every list, so that there is something to hold back.
    *harness.world.honest.lock().unwrap() = false;
    harness
}

/// One request, on a connection that is not kept.
async fn send(harness: &Harness, token: &str, method: Method, path: &str, body: Option<Vec<u8>>) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("connection", "close"), ("content-type", "application/json")];
    let answer = harness.send(method, path, &headers, body);
    tokio::time::timeout(NEVER, answer).await.unwrap_or_else(|_| panic!("{path} hangs"))
}

/// What needs the target's call. `part` tells one list from another.
async fn ask(harness: &Harness, target: Target, part: usize) -> Answer {
    let list = format!("{LIST}&limit={}", 100 - part);
    match target {
        Target::List | Target::Keys => send(harness, &anna(), Method::GET, &list, None).await,
        Target::Order => send(harness, &anna_without_orders(), Method::GET, &list, None).await,
        Target::Sign => {
            let body = json!({"fileId": "file_ord_a1_2", "orderId": "ord_a1"}).to_string().into_bytes();
            send(harness, &anna(), Method::POST, "/api/v1/files/url", Some(body)).await
        }
    }
}

/// The answer that is given where all is well: the customer's own, all of it, and nothing else.
fn is_good(target: Target, answer: &Answer) -> bool {
    match (answer.status.as_u16(), target) {
        (200, Target::Sign) => {
            assert!(answer.json()["url"].as_str().unwrap().contains("/file_ord_a1_2?"), "{}", answer.text);
            true
        }
        (200, _) => {
            assert_eq!(answer.file_ids(), ["file_ord_a1_1", "file_ord_a1_2", "file_ord_a1_3"]);
            true
        }
        _ => false,
    }
}

fn judge(target: Target, answer: &Answer, codes: &[&str], what: &str) {
    match codes {
        [] => assert!(is_good(target, answer), "{what}: {answer:?}"),
        codes => assert!(!is_good(target, answer) && codes.contains(&answer.code().as_str()), "{what}: {answer:?}"),
    }
}

/// Over a connection that leaves nothing behind.
async fn metrics(harness: &Harness) -> String {
    let mut stream = TcpStream::connect(harness.admin.trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// All is well again, without anybody's doing.
async fn recovers(harness: &Harness, what: &str) {
    let begun = Instant::now();
    for target in [Target::List, Target::Order, Target::Sign] {
        loop {
            let answer = ask(harness, target, 0).await;
            if is_good(target, &answer) && answer.headers.get("age").is_none() {
                break;
            }
            assert!(begun.elapsed() < NEVER, "{what}: {target:?} does not recover: {answer:?}");
            tokio::time::sleep(ms(10)).await;
        }
    }
    let metrics = metrics(harness).await;
    for operation in ["list", "order", "sign"] {
        let closed = format!("order_documents_breaker_state{{operation=\"{operation}\"}} 0");
        assert!(metrics.contains(&closed), "{what}: the breaker does not close:\n{metrics}");
    }
    harness.world.take_calls();
}

/// A read is tried twice at most, a signature once for each who asks.
fn costs_no_more(harness: &Harness, target: Target, askers: usize, what: &str) {
    let calls = harness.world.take_calls().iter().filter(|call| target.hits(call)).count();
    assert!(calls <= if target == Target::Sign { askers } else { 2 }, "{what} cost {calls} calls");
}

async fn strike_cold(harness: &Harness, fault: &Fault, target: Target, what: &str) {
    fault.strike(harness, target).await;
    let answer = ask(harness, target, 0).await;
    judge(target, &answer, fault.codes(target), what);
    costs_no_more(harness, target, 1, what);
}

/// Three ask, and the upstream takes its time; then it happens.
async fn strike_in_flight(harness: &Harness, fault: &Fault, target: Target, what: &str) {
    const ASKERS: usize = 3;
    let (held, let_go) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (holding, gone) = (Arc::clone(&held), Arc::clone(&let_go));
    // What is held ends in the fault, if it is one of HTTP, or else in the honest answer.
    let answer = match fault.kind {
        Kind::Http(name) => Some(name),
        _ => None,
    };
    let honest = Arc::clone(&harness.world);
    harness.world.answer_with(move |call| {
        let end = || answer.map_or_else(|| honest.honestly(call), reply);
        match (target.hits(call), gone.load(SeqCst)) {
            (false, _) => None,
            (true, true) => Some(end()),
            (true, false) => Some(Reply::Held(Arc::clone(&holding), Box::new(end()))),
        }
    });
    let asked = join_all((0..ASKERS).map(|_| ask(harness, target, 0)));
    let happens = async {
        let on_its_way = || harness.world.calls.lock().unwrap().iter().filter(|call| target.hits(call)).count();
        // A signature is nobody else's, so that each has its own call.
        let wanted = if target == Target::Sign { ASKERS } else { 1 };
        while on_its_way() < wanted {
            tokio::time::sleep(ms(2)).await;
        }
        if answer.is_none() {
            fault.strike(harness, target).await;
        }
        let_go.store(true, SeqCst);
        loop {
            held.notify_waiters();
            tokio::time::sleep(ms(5)).await;
        }
    };
    let answers = tokio::select! { answers = asked => answers, () = happens => unreachable!("it goes on") };
    let codes = if fault.comes_too_late_for(target) { &[] } else { fault.codes(target) };
    for answer in &answers {
        judge(target, answer, codes, what);
    }
    costs_no_more(harness, target, ASKERS, what);
}

/// With everything kept: a list is shown still, and says how old it is; a signature is never kept.
async fn strike_warm(harness: &Harness, fault: &Fault, target: Target, part: usize, what: &str) {
    fault.strike(harness, target).await;
    let answer = ask(harness, target, part).await;
    let is_network = !matches!(fault.kind, Kind::Http(_));
    let codes = fault.codes(target);
    match target {
        Target::Sign => judge(target, &answer, codes, what),
        Target::List if fault.is_about_the_list() => judge(target, &answer, codes, what),
        _ => {
            judge(target, &answer, &[], what);
            // Where the order's owner is kept, only the network keeps the list from being new.
            let is_old = !codes.is_empty() && (target == Target::List || is_network);
            let age: Option<u64> = answer.headers.get("age").map(|age| age.to_str().unwrap().parse().unwrap());
            assert_eq!(age.is_some_and(|age| age >= 1), is_old, "{what}: {age:?}");
        }
    }
    costs_no_more(harness, target, 1, what);
}

async fn matrix(target: Target) {
    let (cold, warm) = (cold().await, warm().await);
    let faults = fault::all();
    for part in 1..=faults.len() {
        assert!(is_good(Target::Order, &ask(&warm, Target::Order, part).await));
    }
    // Until the lists that were kept just now are a second old, and say so.
    tokio::time::sleep(ms(1100)).await;
    recovers(&cold, "the beginning").await;
    warm.world.take_calls();
    let (both, begun) = ([&cold, &warm], Instant::now());
    let level = Level::at_rest(&both).await;
    for (part, fault) in faults.iter().enumerate() {
        let what = |state: &str| format!("{:?} of {target:?}, {state}", fault.kind);
        strike_cold(&cold, fault, target, &what("cold")).await;
        heal(&cold).await;
        recovers(&cold, &what("cold")).await;
        level.is_back(&both, &what("cold")).await;

        strike_in_flight(&cold, fault, target, &what("in flight")).await;
        heal(&cold).await;
        recovers(&cold, &what("in flight")).await;
        level.is_back(&both, &what("in flight")).await;

        // The first part is what recovery looks at.
        strike_warm(&warm, fault, target, part + 1, &what("warm")).await;
        heal(&warm).await;
        recovers(&warm, &what("warm")).await;
        level.is_back(&both, &what("warm")).await;
    }
    println!("{} faults of {target:?}, each cold, in flight and warm, in {:?}", faults.len(), begun.elapsed());
}

/// A token under a key that the proxy has not seen yet: only a fetch of the keys can tell whose it is.
fn rotate(harness: &Harness, number: usize) -> String {
    let signer = Signer::new(&format!("new-{number}"), Algorithm::EdDSA);
    *harness.world.jwks.lock().unwrap() = json!({"keys": [EDDSA.jwk(), signer.jwk()]});
    signer.sign(&claims("cust_anna", Some(&["ord_a1"])))
}

async fn list_by(harness: &Harness, token: &str) -> Answer {
    send(harness, token, Method::GET, LIST, None).await
}

async fn matrix_of_keys() {
    let harness = cold().await;
    recovers(&harness, "the beginning").await;
    let begun = Instant::now();
    let faults = fault::all();
    let level = Level::at_rest(&[&harness]).await;
    for (number, fault) in faults.iter().enumerate() {
        for in_flight in [false, true] {
            let what = format!("{:?} of the keys, {}", fault.kind, if in_flight { "in flight" } else { "cold" });
            // The keys are fetched once in an interval, and were fetched just now.
            tokio::time::sleep(JWKS_INTERVAL).await;
            let token = rotate(&harness, 2 * number + usize::from(in_flight));
            let borne = fault.codes(Target::Keys).is_empty() || (in_flight && fault.comes_too_late_for(Target::Keys));
            let asked = async {
                let unknown = list_by(&harness, &token).await;
                match borne {
                    true => judge(Target::List, &unknown, &[], &what),
                    // Whose it is cannot be known: it is as good as no token.
                    false => judge(Target::List, &unknown, &["UNAUTHORIZED"], &what),
                }
            };
            if in_flight {
                let (held, fetches) = (Arc::new(Notify::new()), *harness.world.jwks_fetches.lock().unwrap());
                let (holding, world, kind) = (Arc::clone(&held), Arc::clone(&harness.world), fault.kind);
                *harness.world.jwks_script.lock().unwrap() = Some(Box::new(move || {
                    let end = match kind {
                        Kind::Http(name) => reply(name),
                        _ => Reply::Json(200, world.jwks.lock().unwrap().clone()),
                    };
                    Reply::Held(Arc::clone(&holding), Box::new(end))
                }));
                let happens = async {
                    while *harness.world.jwks_fetches.lock().unwrap() == fetches {
                        tokio::time::sleep(ms(2)).await;
                    }
                    // Those whose keys are known do not wait for the others.
                    judge(Target::List, &list_by(&harness, &anna()).await, &[], &what);
                    if !matches!(fault.kind, Kind::Http(_)) {
                        fault.strike(&harness, Target::Keys).await;
                    }
                    loop {
                        held.notify_waiters();
                        tokio::time::sleep(ms(5)).await;
                    }
                };
                tokio::select! { () = asked => {}, () = happens => unreachable!("it goes on") }
            } else {
                fault.strike(&harness, Target::Keys).await;
                asked.await;
            }
            // The last good set is kept.
            judge(Target::List, &list_by(&harness, &anna()).await, &[], &what);
            heal(&harness).await;
            let since = Instant::now();
            while !is_good(Target::List, &list_by(&harness, &token).await) {
                assert!(since.elapsed() < NEVER, "{what}: the new key is never fetched");
                tokio::time::sleep(ms(10)).await;
            }
            level.is_back(&[&harness], &what).await;
        }
    }
    println!("{} faults of the keys, each cold and in flight, in {:?}", faults.len(), begun.elapsed());
}

/// Runs `matrix` in a process of its own, by starting this very test there.
fn alone(test: &str, matrix: impl Future<Output = ()>) {
    const MARK: &str = "FAULT_MATRIX_ALONE";
    if std::env::var_os(MARK).is_some() {
        return tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(matrix);
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", &format!("fault_matrix::{test}"), "--nocapture"]).env(MARK, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    println!("{said}");
}

#[test]
fn should_bear_every_fault_of_a_list() {
    alone("should_bear_every_fault_of_a_list", matrix(Target::List));
}

#[test]
fn should_bear_every_fault_of_a_signature() {
    alone("should_bear_every_fault_of_a_signature", matrix(Target::Sign));
}

#[test]
fn should_bear_every_fault_of_an_order() {
    alone("should_bear_every_fault_of_an_order", matrix(Target::Order));
}

#[test]
fn should_bear_every_fault_of_the_keys() {
    alone("should_bear_every_fault_of_the_keys", matrix_of_keys());
}

/// A call that fails takes from the budget like any other, and so does its second try.
#[tokio::test]
async fn should_keep_within_the_budget_however_often_it_fails() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "20")], |config| {
        keep_nothing(config);
        config.limits.breaker.failures = u32::MAX;
        config.limits.budget_wait = Duration::ZERO;
    });
    let harness = harness.await;
    harness.world.answer_with(|call| Target::List.hits(call).then(|| reply("503")));
    let answers = join_all((0..60).map(|part| ask(&harness, Target::List, part))).await;
    let of = |code: &str| answers.iter().filter(|answer| answer.code() == code).count();
    assert_eq!(of("UPSTREAM_FAILED") + of("RATE_LIMITED"), 60);
    // Reads get 16 of the 20, and nobody more than is left for the others.
    let calls = harness.world.take_calls().len();
    assert!((8..=16).contains(&calls) && of("UPSTREAM_FAILED") <= calls, "{calls} calls for {} failures", of("UPSTREAM_FAILED"));
}

#[tokio::test]
async fn should_start_without_keys_and_get_them_when_the_fault_is_over() {
    join_all([Wire::LimitData { bytes: 0 }, Wire::Reset { bytes: 60 }, Wire::Silence { bytes: 150 }].map(async |fault| {
        let harness = Harness::behind_faulty_relays(fault, shorten).await;
        for _ in 0..3 {
            let answer = list_by(&harness, &anna()).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "SESSION_KEYS_UNAVAILABLE"), "{fault:?}");
        }
        harness.no_upstream_call("nobody can be known");
        heal(&harness).await;
        let begun = Instant::now();
        while !is_good(Target::List, &list_by(&harness, &anna()).await) {
            assert!(begun.elapsed() < NEVER, "{fault:?} at the start: the keys are never fetched");
            tokio::time::sleep(ms(10)).await;
        }
    }))
    .await;
}
