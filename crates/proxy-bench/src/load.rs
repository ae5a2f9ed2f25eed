//! Load, in two forms. The **closed loop** has a number of clients of which each sends when its last answer is there: it finds the most that a
//! server does. The **open loop** sends at a fixed rate whatever the answers do, and counts latency from the moment at which a request should have
//! been sent, so that a stall is felt by all who came during it (no "coordinated omission").
//!
//! Both run on one thread: what that thread used of its core shows whether the generator, and not the server, was at its limit.

use crate::Outcome;
use crate::wire::Connection;
use hdrhistogram::Histogram;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

/// The longest latency that is told apart, in nanoseconds.
const LONGEST: u64 = 60_000_000_000;

/// Makes the bytes of the n-th request; `None` ends the load.
pub type Requests = dyn Fn(u64) -> Option<Rc<[u8]>>;

/// What came of it.
pub struct Measured {
    /// Answers of the expected status.
    pub answers: u64,
    /// All others, connections that failed included.
    pub others: u64,
    /// The first of the others, in words.
    pub first_other: Option<String>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Nanoseconds; from the intended moment in the open loop.
    pub latency: Histogram<u64>,
    /// Bytes of the bodies.
    pub body_bytes: u64,
}

impl Measured {
    /// Answers in a second.
    pub fn rate(&self) -> f64 {
        self.answers as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency below which the part of answers lies.
    pub fn quantile(&self, part: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(part))
    }
}

/// Where the load goes and what is expected.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The server.
    pub address: SocketAddr,
    /// Connections, kept open.
    pub connections: usize,
    /// The status of every answer.
    pub expected: u16,
}

/// Requests that should have been sent, and when.
type Due = VecDeque<(Instant, Rc<[u8]>)>;

struct Shared {
    measured: RefCell<Measured>,
    next: Cell<u64>,
    until: Instant,
}

impl Shared {
    fn new(until: Instant) -> Outcome<Rc<Self>> {
        let latency = Histogram::new_with_bounds(100, LONGEST, 3)?;
        let measured = Measured { answers: 0, others: 0, first_other: None, elapsed: Duration::ZERO, latency, body_bytes: 0 };
        Ok(Rc::new(Self { measured: RefCell::new(measured), next: Cell::new(0), until }))
    }

    fn request(&self, requests: &Requests) -> Option<Rc<[u8]>> {
        let number = self.next.get();
        self.next.set(number + 1);
        requests(number)
    }

    /// Sends and keeps what came of it; a connection that ended is opened again.
    async fn exchange(&self, target: Target, connection: &mut Connection, request: &[u8], intended: Instant) -> Outcome<()> {
        let result = connection.exchange(request).await;
        self.keep(target, connection, &result, intended.elapsed());
        if result.is_err() || connection.closes() {
            *connection = Connection::open(target.address).await?;
        }
        Ok(())
    }

    fn keep(&self, target: Target, connection: &Connection, result: &std::io::Result<u16>, latency: Duration) {
        let mut measured = self.measured.borrow_mut();
        match result {
            Ok(status) if *status == target.expected => {
                measured.answers += 1;
                measured.body_bytes += connection.body().len() as u64;
                measured.latency.saturating_record(latency.as_nanos().min(u128::from(LONGEST)) as u64);
            }
            other => {
                measured.others += 1;
                let body = || String::from_utf8_lossy(connection.body()).chars().take(200).collect::<String>();
                let text = || other.as_ref().map_or_else(ToString::to_string, |status| format!("{status} {}", body()));
                measured.first_other.get_or_insert_with(text);
            }
        }
    }

    fn finish(self: Rc<Self>, begun: Instant) -> Outcome<Measured> {
        let shared = Rc::into_inner(self).ok_or("a client outlived the load")?;
        let mut measured = shared.measured.into_inner();
        measured.elapsed = begun.elapsed();
        Ok(measured)
    }
}

/// Sends as fast as the answers come, for `time` or until the requests end.
///
/// # Errors
/// Where no connection can be opened.
pub async fn closed(target: Target, time: Duration, requests: Rc<Requests>) -> Outcome<Measured> {
    let mut connections = connect(target).await?;
    let begun = Instant::now();
    let shared = Shared::new(begun + time)?;
    let clients = LocalSet::new();
    let tasks: Vec<_> = connections
        .drain(..)
        .map(|mut connection| {
            let (shared, requests) = (Rc::clone(&shared), Rc::clone(&requests));
            clients.spawn_local(async move {
                while Instant::now() < shared.until {
                    let Some(request) = shared.request(&*requests) else { break };
                    shared.exchange(target, &mut connection, &request, Instant::now()).await?;
                }
                Outcome::Ok(())
            })
        })
        .collect();
    clients.await;
    for task in tasks {
        task.await??;
    }
    shared.finish(begun)
}

/// Sends `rate` requests a second for `time`, or until the requests end.
///
/// # Errors
/// Where no connection can be opened.
pub async fn open(target: Target, rate: f64, time: Duration, requests: Rc<Requests>) -> Outcome<Measured> {
    let mut connections = connect(target).await?;
    let begun = Instant::now();
    let shared = Shared::new(begun + time)?;
    // Intended moments that no client has taken yet, each with a permit.
    let due: Rc<RefCell<Due>> = Rc::default();
    let permits = Rc::new(Semaphore::new(0));
    let clients = LocalSet::new();
    let tasks: Vec<_> = connections
        .drain(..)
        .map(|mut connection| {
            let (shared, due, permits) = (Rc::clone(&shared), Rc::clone(&due), Rc::clone(&permits));
            clients.spawn_local(async move {
                while let Ok(permit) = permits.acquire().await {
                    permit.forget();
                    let next = due.borrow_mut().pop_front();
                    let Some((intended, request)) = next else { break };
                    shared.exchange(target, &mut connection, &request, intended).await?;
                }
                Outcome::Ok(())
            })
        })
        .collect();
    let pacing = {
        let (shared, due, permits) = (Rc::clone(&shared), Rc::clone(&due), Rc::clone(&permits));
        clients.spawn_local(async move {
            let mut sent = 0_u64;
            'pace: loop {
                let now = Instant::now();
                loop {
                    let intended = begun + Duration::from_secs_f64(sent as f64 / rate);
                    if intended >= shared.until {
                        break 'pace;
                    }
                    if intended > now {
                        break;
                    }
                    let Some(request) = shared.request(&*requests) else { break 'pace };
                    due.borrow_mut().push_back((intended, request));
                    permits.add_permits(1);
                    sent += 1;
                }
                // A timer of the runtime is a millisecond coarse, so this waits by asking again.
                tokio::task::yield_now().await;
            }
            // What is due is still sent; then there is nothing to take, and each client ends.
            permits.add_permits(target.connections);
        })
    };
    clients.await;
    pacing.await?;
    for task in tasks {
        task.await??;
    }
    shared.finish(begun)
}

async fn connect(target: Target) -> Outcome<Vec<Connection>> {
    let mut connections = Vec::with_capacity(target.connections);
    for _ in 0..target.connections {
        connections.push(Connection::open(target.address).await?);
    }
    Ok(connections)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::{json, serve};

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    #[tokio::test]
    async fn should_count_the_time_that_a_stall_makes_others_wait() {
        // Every answer takes 30 ms and there is one connection: at 100 a second the queue grows by 20 ms with each.
        let address = serve(|_| async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            json(200, "x".into())
        });
        let target = Target { address: address.await.unwrap(), connections: 1, expected: 200 };
        let open = open(target, 100.0, Duration::from_millis(400), Rc::new(|_| Some(REQUEST.into()))).await.unwrap();
        assert_eq!((open.answers, open.others), (40, 0));
        assert!(open.quantile(1.0) > Duration::from_millis(600), "{:?}", open.quantile(1.0));
        let closed = closed(target, Duration::from_millis(200), Rc::new(|_| Some(REQUEST.into()))).await.unwrap();
        assert!(closed.quantile(0.5) < Duration::from_millis(200), "{:?}", closed.quantile(0.5));
    }

    #[tokio::test]
    async fn should_not_take_a_wrong_answer_for_a_right_one() {
        let address = serve(|_| async { json(429, "later".into()) }).await.unwrap();
        let target = Target { address, connections: 2, expected: 200 };
        let requests = Rc::new(|number| (number < 5).then(|| REQUEST.into()));
        let measured = closed(target, Duration::from_secs(5), requests).await.unwrap();
        assert_eq!((measured.answers, measured.others, measured.first_other.as_deref()), (0, 5, Some("429 later")));
    }
}
