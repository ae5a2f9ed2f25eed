//! One client's connection, from its first byte to its last.
//!
//! hyper reads and writes; what it has no clock for is watched here: a head that does not end, an answer that is not taken, a connection that
//! nobody uses. While nothing of a request is there, hyper and its buffers are not there either, so that an idle connection costs a socket and
//! a task, and ten thousand of them fit into a few megabytes.

use super::Answers;
use super::exchange::{Exchange, Phase, Watched};
use super::socket::{Refusal, Socket};
use crate::config::Limits;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// hyper is put away when nothing has come for so long.
const PUT_AWAY: Duration = Duration::from_secs(1);

/// Who takes an answer slower than this, in bytes a second, has no longer than [`Limits::client_take`] for it.
const SLOWEST: u64 = 4 * 1024;

/// After the last answer, so much of what the client still sends is read, and so long: to end sooner would take the answer away from it.
const LINGER: (u64, Duration) = (1 << 20, Duration::from_secs(1));

/// What all connections of a listener have in common.
pub struct Shared<A> {
    pub builder: http1::Builder,
    pub answers: A,
    pub limits: Limits,
    pub refusal: Refusal,
    pub places: Arc<Semaphore>,
}

/// Serves one connection until its end; once `stopping` is true, no longer than its current exchange takes.
pub async fn run<A: Answers>(mut stream: TcpStream, shared: Arc<Shared<A>>, mut stopping: watch::Receiver<bool>) {
    let limits = &shared.limits;
    let mut leftover = Bytes::new();
    // Who has just connected has something to say.
    let mut patience = limits.client_head;
    loop {
        if leftover.is_empty() {
            let mut first = [0];
            let arrived = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => false,
                // Looking is surer than `readable`, which may be wrong.
                looked = stream.peek(&mut first) => looked.is_ok_and(|bytes| bytes > 0),
                () = sleep(patience) => false,
            };
            if !arrived {
                return;
            }
        }
        // Boxed: what an exchange needs is a hundred times what an idle connection does, and a task has room for its largest state.
        match Box::pin(exchange(stream, leftover, &shared, &mut stopping)).await {
            Some(idle) => (stream, leftover) = idle,
            None => return,
        }
        // Where places become rare, nobody keeps one for long that is not used.
        let crowded = shared.places.available_permits() < limits.connections / 4;
        patience = if crowded { limits.client_head.min(limits.client_idle) } else { limits.client_idle };
    }
}

/// One or more exchanges in a row. Gives the connection back when it is idle, and what was read of the next request; `None` when it has ended.
async fn exchange<A: Answers>(
    stream: TcpStream,
    leftover: Bytes,
    shared: &Shared<A>,
    stopping: &mut watch::Receiver<bool>,
) -> Option<(TcpStream, Bytes)> {
    let limits = &shared.limits;
    let state = Arc::new(Exchange::default());
    let socket = Socket::new(stream, leftover, Arc::clone(&state), Arc::clone(&shared.refusal));
    let service = service_fn(|request: Request<Incoming>| {
        state.begin();
        let state = Arc::clone(&state);
        async move {
            let answer = shared.answers.answer(request.map(Body::new)).await;
            Ok::<_, Infallible>(answer.map(|body| Watched::new(body, state)))
        }
    });
    let mut connection = Box::new(shared.builder.serve_connection(TokioIo::new(socket), service));
    let mut stop = pin!(stopping.wait_for(|stopping| *stopping));
    let (mut told, mut put_away) = (false, false);
    let mut watch = Watch::new(&state, limits);
    let mut timer = pin!(sleep_until(watch.due));
    let ended = loop {
        let event = poll_fn(|context| {
            if let Poll::Ready(ended) = Pin::new(&mut *connection).poll(context) {
                return Poll::Ready(Event::Ended(ended.is_ok()));
            }
            if watch.changed(&state, limits) {
                timer.as_mut().reset(watch.due);
            }
            if !told && stop.as_mut().poll(context).is_ready() {
                return Poll::Ready(Event::Stop);
            }
            timer.as_mut().poll(context).map(|()| Event::Late)
        })
        .await;
        match event {
            Event::Ended(well) => break well,
            Event::Stop => {
                told = true;
                Pin::new(&mut *connection).graceful_shutdown();
            }
            Event::Late => match watch.verdict(&state, limits) {
                Verdict::Wait => timer.as_mut().reset(watch.due),
                // It was told to end, and has not: the client still sends what nobody reads.
                Verdict::PutAway if put_away || told => return None,
                Verdict::PutAway => {
                    put_away = true;
                    Pin::new(&mut *connection).graceful_shutdown();
                }
                Verdict::Cut(why) => {
                    tracing::debug!(why, "a connection was cut");
                    return None;
                }
            },
        }
    };
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner().into_stream();
    if put_away && ended && !told {
        // A copy: even an empty rest would hold on to hyper's whole buffer.
        return Some((stream, Bytes::copy_from_slice(&parts.read_buf)));
    }
    let _ = timeout(LINGER.1, async {
        stream.shutdown().await?;
        tokio::io::copy(&mut (&mut stream).take(LINGER.0), &mut tokio::io::sink()).await
    })
    .await;
    None
}

enum Event {
    Ended(bool),
    Stop,
    Late,
}

enum Verdict {
    Wait,
    PutAway,
    Cut(&'static str),
}

/// When the current state has lasted too long.
struct Watch {
    phase: Phase,
    stalled: bool,
    since: Instant,
    written: u64,
    due: Instant,
}

impl Watch {
    fn new(state: &Exchange, limits: &Limits) -> Self {
        let now = Instant::now();
        let mut watch =
            Self { phase: state.phase(), stalled: state.is_stalled(), since: now, written: state.written(), due: now };
        watch.due = now + watch.patience(limits);
        watch
    }

    /// Whether the state is another one than before; its time begins anew then.
    fn changed(&mut self, state: &Exchange, limits: &Limits) -> bool {
        let changed = (self.phase, self.stalled) != (state.phase(), state.is_stalled());
        if changed {
            *self = Self::new(state, limits);
        }
        changed
    }

    fn patience(&self, limits: &Limits) -> Duration {
        match self.phase {
            _ if self.stalled => limits.client_take,
            Phase::Head => limits.client_head,
            Phase::Idle => PUT_AWAY.min(limits.client_idle),
            // The request's own deadlines end it.
            Phase::Work | Phase::Made => Duration::from_secs(24 * 3600),
        }
    }

    fn verdict(&mut self, state: &Exchange, limits: &Limits) -> Verdict {
        if self.stalled {
            let taken = Duration::from_secs((state.written() - self.written) / SLOWEST);
            self.due = self.since + limits.client_take + taken;
            return if self.due > Instant::now() { Verdict::Wait } else { Verdict::Cut("the answer was not taken in time") };
        }
        match self.phase {
            Phase::Head => Verdict::Cut("the head did not end in time"),
            Phase::Idle => Verdict::PutAway,
            Phase::Work | Phase::Made => {
                self.due = Instant::now() + self.patience(limits);
                Verdict::Wait
            }
        }
    }
}
