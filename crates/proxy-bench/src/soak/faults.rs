//! One fault a second, of the network or of the upstream's answers. Each lasts for a part of its second; what was in flight may feel it longer.

use super::lock;
use super::tally::Tally;
use crate::Outcome;
use crate::upstream::{Call, Question, Reply, Upstream, json};
use crate::world::{Order, page, write_record};
use fault_relay::{Direction, Fault, Relay};
use http_body_util::BodyExt;
use hyper::header::{self, HeaderValue};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// What the upstream answers instead of the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// This status.
    Status(u16),
    /// 429, with the wait in seconds.
    WaitSeconds,
    /// 429, with the wait as a date.
    WaitDate,
    /// The truth, late.
    Slow,
    /// Nothing, for longer than anybody waits.
    Hang,
    /// No JSON.
    NotJson,
    /// JSON that ends early.
    Truncated,
    /// JSON that is nested deeper than any reader should follow.
    Nested,
    /// More than anybody should read.
    Huge,
    /// Go elsewhere.
    Redirect,
    /// An encoding that was not asked for.
    Encoded,
    /// 200, and nothing.
    Empty,
    /// A list with others' records among the right ones; an order's answer about another order; a URL that points elsewhere.
    Others,
    /// Records that name the right order and the wrong customer.
    Misattributed,
}

const LIES: [(&str, Lie); 18] = [
    ("upstream: 500", Lie::Status(500)),
    ("upstream: 503", Lie::Status(503)),
    ("upstream: 401", Lie::Status(401)),
    ("upstream: 403", Lie::Status(403)),
    ("upstream: 404", Lie::Status(404)),
    ("upstream: 429, seconds", Lie::WaitSeconds),
    ("upstream: 429, date", Lie::WaitDate),
    ("upstream: slow", Lie::Slow),
    ("upstream: no answer", Lie::Hang),
    ("upstream: no JSON", Lie::NotJson),
    ("upstream: JSON cut short", Lie::Truncated),
    ("upstream: nested", Lie::Nested),
    ("upstream: huge", Lie::Huge),
    ("upstream: redirect", Lie::Redirect),
    ("upstream: encoded", Lie::Encoded),
    ("upstream: empty", Lie::Empty),
    ("upstream: others' records", Lie::Others),
    ("upstream: misattributed", Lie::Misattributed),
];

/// Whose record is in every list: a customer who never signs in.
const ANOTHER: u32 = 999;

const MILLIS: fn(u64) -> Duration = Duration::from_millis;

/// Of the network, in both directions where that makes sense.
fn network() -> Vec<(&'static str, Direction, Fault)> {
    use Direction::{ToClient, ToUpstream};
    vec![
        ("network: latency", ToClient, Fault::Latency { delay: MILLIS(300), jitter: MILLIS(700) }),
        ("network: latency up", ToUpstream, Fault::Latency { delay: MILLIS(200), jitter: MILLIS(500) }),
        ("network: bandwidth", ToClient, Fault::Bandwidth { bytes_per_second: 4000 }),
        ("network: slicer", ToClient, Fault::Slicer { most: 100, pause: MILLIS(1) }),
        ("network: slicer up", ToUpstream, Fault::Slicer { most: 20, pause: MILLIS(1) }),
        ("network: closed within", ToClient, Fault::LimitData { bytes: 700 }),
        ("network: closed up", ToUpstream, Fault::LimitData { bytes: 100 }),
        ("network: reset within", ToClient, Fault::Reset { bytes: 300 }),
        ("network: reset at once", ToUpstream, Fault::Reset { bytes: 0 }),
        ("network: silence within", ToClient, Fault::Silence { bytes: 200 }),
        ("network: silence up", ToUpstream, Fault::Silence { bytes: 0 }),
        ("network: half closed", ToClient, Fault::HalfClose { bytes: 100 }),
        ("network: half closed up", ToUpstream, Fault::HalfClose { bytes: 50 }),
    ]
}

/// The upstream's present lie.
#[derive(Default)]
pub struct Faults(Mutex<Option<Lie>>);

impl Faults {
    /// The truth from now on.
    pub fn heal(&self) {
        *lock(&self.0) = None;
    }

    /// The answer to a call, as the present lie has it. The keys are always told: without them nobody is anybody, which is another test's.
    pub async fn answer(&self, upstream: &Upstream, call: &Call) -> Reply {
        let lie = lock(&self.0).filter(|_| call.question != Question::Jwks);
        let Some(lie) = lie else { return unfiltered(upstream.honestly(call), call).await };
        let waits = |wait: String| {
            let mut reply = json(429, "{\"error\":{\"code\":\"RATE_LIMIT\",\"message\":\"CANARY-metadata\"}}".into());
            if let Ok(value) = HeaderValue::from_str(&wait) {
                reply.headers_mut().insert(header::RETRY_AFTER, value);
            }
            reply
        };
        match lie {
            Lie::Status(status) => json(status, "{\"error\":{\"code\":\"X\",\"message\":\"CANARY-metadata\"}}".into()),
            Lie::WaitSeconds => waits("2".into()),
            Lie::WaitDate => waits(httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2))),
            Lie::Slow => {
                tokio::time::sleep(MILLIS(1500)).await;
                upstream.honestly(call)
            }
            Lie::Hang => {
                tokio::time::sleep(Duration::from_secs(14)).await;
                upstream.honestly(call)
            }
            Lie::NotJson => json(200, "<html>CANARY-metadata</html>".into()),
            Lie::Truncated => json(200, "{\"count\":1,\"files\":[{\"fileId\":\"CANARY-".into()),
            Lie::Nested => json(200, format!("{{\"files\":{}", "[".repeat(200_000))),
            Lie::Huge => json(200, format!("{{\"files\":[],\"x\":\"{}\"}}", "CANARY-".repeat(1_500_000))),
            Lie::Redirect => {
                let mut reply = json(302, String::new());
                reply.headers_mut().insert(header::LOCATION, HeaderValue::from_static("http://127.0.0.1:9/CANARY-path"));
                reply
            }
            Lie::Encoded => {
                let mut reply = upstream.honestly(call);
                reply.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                reply
            }
            Lie::Empty => json(200, String::new()),
            Lie::Others => others(upstream, call),
            Lie::Misattributed => misattributed(upstream, call),
        }
    }
}

/// The upstream's filter is never to be trusted, so even what is no fault has a record of another's at the end of each list.
async fn unfiltered(reply: Reply, call: &Call) -> Reply {
    if call.question != Question::List || reply.status() != 200 {
        return reply;
    }
    let body = reply.into_body().collect().await.unwrap_or_default().to_bytes();
    let text = String::from_utf8_lossy(&body);
    let Some(before) = text.strip_suffix("}]}") else { return json(200, text.into_owned()) };
    let mut text = format!("{before}}},");
    write_record(&mut text, Order { customer: ANOTHER, number: 7, documents: 7 }, 0);
    text.push_str("]}");
    json(200, text)
}

fn others(upstream: &Upstream, call: &Call) -> Reply {
    match call.question {
        Question::List => {
            let mut text = String::from("{\"files\":[");
            for (customer, documents) in [(1, 7), (2, 7), (3, 100), (901, 7), (951, 7)] {
                for which in 0..3 {
                    write_record(&mut text, Order { customer, number: documents, documents }, which);
                    text.push(',');
                }
            }
            text.pop();
            text.push_str("]}");
            json(200, text)
        }
        Question::Order => json(200, "{\"orderId\":\"ord_00901_7_7\",\"customer\":{\"customerId\":\"cust_00901\"}}".into()),
        Question::Sign => {
            json(200, "{\"success\":true,\"url\":\"https://evil.example/CANARY-path?signature=SIGNATURE-file_00901\"}".into())
        }
        Question::Jwks | Question::Other => upstream.honestly(call),
    }
}

fn misattributed(upstream: &Upstream, call: &Call) -> Reply {
    let order = call.target.split("orderId=").nth(1).and_then(|rest| Order::of(rest.split('&').next()?));
    match order {
        Some(order) => json(200, page(order, 50, 0).replace("\"customerId\":\"cust_", "\"customerId\":\"cust_9")),
        None => upstream.honestly(call),
    }
}

/// One a second until the time is over.
///
/// # Errors
/// Where the relay's port is lost.
pub async fn one_a_second(relay: &Relay, faults: &Faults, tally: &Tally, until: Instant, seed: u64) -> Outcome<()> {
    let mut chance = fastrand::Rng::with_seed(seed ^ 0xfa17);
    let network = network();
    // First everybody gets something to lose.
    let mut next = Instant::now() + Duration::from_secs(5);
    tokio::time::sleep_until(next.into()).await;
    while next + Duration::from_secs(1) <= until {
        let lasts = MILLIS(chance.u64(200..800));
        // Down and cut are the relay's, too.
        let which = chance.usize(..LIES.len() + network.len() + 2);
        if let Some((name, lie)) = LIES.get(which) {
            tally.fault(name);
            *lock(&faults.0) = Some(*lie);
            tokio::time::sleep(lasts).await;
            faults.heal();
        } else if let Some((name, direction, fault)) = network.get(which - LIES.len()) {
            tally.fault(name);
            relay.set(*direction, *fault);
            tokio::time::sleep(lasts).await;
            relay.heal();
        } else if which.is_multiple_of(2) {
            tally.fault("network: down");
            relay.down().await?;
            tokio::time::sleep(lasts).await;
            relay.up().await?;
        } else {
            tally.fault("network: all connections cut");
            relay.cut().await?;
        }
        next += Duration::from_secs(1);
        tokio::time::sleep_until(next.into()).await;
    }
    Ok(())
}

/// Now and then one of Redis, until the time is over: short ones, after which the replicas find each other again.
///
/// # Errors
/// Where the relay's port is lost.
pub async fn of_redis(relay: &Relay, tally: &Tally, until: Instant, seed: u64) -> Outcome<()> {
    const BETWEEN: std::ops::Range<u64> = 15_000..30_000;
    let mut chance = fastrand::Rng::with_seed(seed ^ 0x4ed15);
    loop {
        let next = Instant::now() + MILLIS(chance.u64(BETWEEN));
        if next + Duration::from_secs(1) > until {
            tokio::time::sleep_until(until.into()).await;
            return Ok(());
        }
        tokio::time::sleep_until(next.into()).await;
        let lasts = MILLIS(chance.u64(200..800));
        match chance.u8(..4) {
            0 => {
                tally.fault("redis: all connections cut");
                relay.cut().await?;
            }
            1 => {
                tally.fault("redis: down");
                relay.down().await?;
                tokio::time::sleep(lasts).await;
                relay.up().await?;
            }
            2 => {
                tally.fault("redis: latency");
                relay.set(Direction::ToClient, Fault::Latency { delay: MILLIS(50), jitter: MILLIS(200) });
                tokio::time::sleep(lasts).await;
                relay.heal();
            }
            _ => {
                tally.fault("redis: silence");
                relay.set(Direction::ToClient, Fault::Silence { bytes: 0 });
                tokio::time::sleep(lasts).await;
                relay.heal();
            }
        }
    }
}
