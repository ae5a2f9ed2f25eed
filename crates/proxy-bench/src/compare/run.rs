//! The measuring itself.

use super::workload::{CUSTOMERS, Sessions};
use super::{CASES, CONNECTIONS, Case, GENERATOR_CORE, Plan, SERVER_CORE, Server, Workload, start_proxy};
use crate::load::{self, Measured, Target};
use crate::process::{core_busy, cpu, cpu_with_children, descriptors, pinned, resident};
use crate::upstream::{Reply, Upstream, json, serve, serve_honestly};
use crate::wire::Connection;
use crate::{Outcome, nginx, process};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{HeaderName, HeaderValue};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Idle connections of which the memory is measured.
const IDLE: usize = 10_000;

/// Cold starts of which the median is told.
const STARTS: usize = 11;

/// A round's figures of one case.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// CPU of the server for one request, at the peak.
    pub cpu: Duration,
    /// Requests in a second, at the peak.
    pub peak: f64,
    /// The part of its core that the server used at the peak: near 1 where it, and not the generator, was at its limit.
    pub server_busy: f64,
    /// The part of its core that this program used at the peak.
    pub generator_busy: f64,
    /// What others used of the server's core, as a part of it.
    pub foreign: f64,
    /// Upstream calls in a minute, at the peak's rate.
    pub calls_per_minute: f64,
    /// Requests in a second, at half load.
    pub half: f64,
    /// CPU of the server for one request, at half load.
    pub half_cpu: Duration,
    /// Latency at half load.
    pub p50: Duration,
    /// Latency at half load.
    pub p99: Duration,
    /// Bytes of one answer's body.
    pub bytes: u64,
}

/// All that was measured.
pub struct Figures {
    /// By case, the rounds.
    pub cases: Vec<(Case, Vec<Sample>)>,
    /// Bytes of the proxy: ready, and with the idle connections open.
    pub idle: (u64, u64),
    /// How many of them there were.
    pub idle_connections: usize,
    /// From the start to the ready line.
    pub ready: Vec<Duration>,
    /// From the start to the first whole list.
    pub first_answer: Vec<Duration>,
}

/// An answer of the proxy's, which the controls give as well.
#[derive(Clone)]
struct Captured {
    fields: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// What lives through all rounds.
struct Bench<'a> {
    plan: &'a Plan,
    directory: &'a Path,
    sessions: Rc<Sessions>,
    upstream: Arc<Upstream>,
    address: SocketAddr,
    /// Serves the captured answers, by documents.
    captured: Vec<(u32, SocketAddr)>,
}

/// Measures everything that the plan names.
///
/// # Errors
/// Where a server does not start, or answers anything but what is expected.
pub async fn measure(plan: &Plan) -> Outcome<Figures> {
    let wanted = |case: &&Case| plan.only.as_ref().is_none_or(|words| words.split('|').any(|word| case.name.contains(word)));
    let cases: Vec<Case> = CASES.iter().filter(wanted).copied().collect();
    let cold: Vec<_> = cases
        .iter()
        .filter_map(|case| if let Workload::Cold(algorithm) = case.workload { Some(algorithm) } else { None })
        .collect();
    eprintln!("bench: making tokens");
    let sessions = Rc::new(Sessions::new(&cold)?);
    let upstream = Upstream::new(sessions.jwks.clone());
    let address = serve_honestly(Arc::clone(&upstream)).await?;
    let directory = tempfile::tempdir()?;
    let mut bench = Bench { plan, directory: directory.path(), sessions, upstream, address, captured: Vec::new() };
    for documents in [7, 100] {
        let captured = bench.capture(documents).await?;
        fs::write(bench.directory.join(format!("answer-{documents}")), &captured.body)?;
        bench.captured.push((documents, serve_captured(captured).await?));
    }

    let mut figures: Vec<(Case, Vec<Sample>)> = cases.into_iter().map(|case| (case, Vec::new())).collect();
    for round in 1..=plan.rounds {
        for (case, samples) in &mut figures {
            let sample = bench.sample(*case).await.map_err(|error| format!("{}: {error}", case.name))?;
            eprintln!(
                "bench: round {round}: {}: {:.1} µs, {:.0}/s, server {:.0} %, generator {:.0} %, half: p50 {:.2} p99 {:.2} ms",
                case.name,
                sample.cpu.as_nanos() as f64 / 1e3,
                sample.peak,
                sample.server_busy * 100.0,
                sample.generator_busy * 100.0,
                sample.p50.as_secs_f64() * 1e3,
                sample.p99.as_secs_f64() * 1e3
            );
            samples.push(sample);
        }
    }
    let (mut ready, mut first_answer, mut idle, mut idle_connections) = (Vec::new(), Vec::new(), (0, 0), 0);
    if plan.only.is_none() || plan.only.as_deref() == Some("process") {
        (ready, first_answer) = bench.starts().await?;
        (idle, idle_connections) = bench.idle().await?;
    }
    Ok(Figures { cases: figures, idle, idle_connections, ready, first_answer })
}

impl Bench<'_> {
    /// What the proxy answers, to be served by the controls as well.
    async fn capture(&self, documents: u32) -> Outcome<Captured> {
        let server = start_proxy(self.plan, self.address, false, self.directory)?;
        let request = self.sessions.requests(Workload::Known { documents, gzip: false }, 0, 1)(0).ok_or("no request")?;
        let mut connection = Connection::open(server.address).await?;
        let status = connection.exchange(&request).await?;
        if status != 200 {
            return Err(format!("the proxy answers {status}: {}", String::from_utf8_lossy(connection.body())).into());
        }
        let own = ["content-length", "transfer-encoding", "connection", "date"];
        let head = String::from_utf8_lossy(connection.head()).into_owned();
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(':')).filter(|(name, _)| !own.contains(name));
        let fields = fields.map(|(name, value)| Ok((name.parse()?, value.trim().parse()?))).collect::<Outcome<_>>()?;
        Ok(Captured { fields, body: Bytes::copy_from_slice(connection.body()) })
    }

    /// Starts the case's server, and says where it listens.
    fn start(&self, case: Case) -> Outcome<process::Server> {
        let documents = if let Workload::Known { documents, .. } = case.workload { documents } else { 7 };
        match case.server {
            Server::Proxy { log } => start_proxy(self.plan, self.address, log, self.directory),
            Server::Bare => {
                let mut command = pinned(SERVER_CORE, &self.plan.this);
                command.arg("bare").arg(self.directory.join(format!("answer-{documents}")));
                process::Server::start(command, &self.directory.join("bare.log"))
            }
            Server::BareForwarding => {
                let mut command = pinned(SERVER_CORE, &self.plan.this);
                command.arg("bare-forwarding").arg(self.behind(documents)?.to_string());
                process::Server::start(command, &self.directory.join("bare.log"))
            }
            Server::Nginx(kind) => {
                let behind = self.behind(documents)?;
                nginx::start(&self.plan.nginx, SERVER_CORE, kind, behind, &self.directory.join("nginx"))
            }
        }
    }

    /// Who serves the captured answer.
    fn behind(&self, documents: u32) -> Outcome<SocketAddr> {
        let captured = self.captured.iter().find(|(of, _)| *of == documents);
        Ok(captured.ok_or("no captured answer")?.1)
    }

    async fn sample(&self, case: Case) -> Outcome<Sample> {
        let server = self.start(case)?;
        let target = Target { address: server.address, connections: CONNECTIONS, expected: case.workload.expected() };
        let warm = Target { expected: 200, ..target };
        for _ in 0..2 {
            require(&load::closed(warm, Duration::from_secs(10), self.sessions.warming(case.workload)).await?)?;
        }
        if case.workload.bound() == u64::MAX {
            let requests = self.sessions.requests(case.workload, 0, u64::MAX);
            require(&load::closed(target, Duration::from_millis(300), requests).await?)?;
        }

        let (own, busy, calls) =
            ((cpu_with_children(server.id()), cpu(std::process::id())), core_busy(SERVER_CORE), self.upstream.counts.total());
        let bound = case.workload.bound();
        // The first numbers of misses were used for warming.
        let base = if matches!(case.workload, Workload::Miss { .. }) { u64::from(CUSTOMERS) } else { 0 };
        let requests = self.sessions.requests(case.workload, base, bound);
        let peak = load::closed(target, self.plan.time, requests).await?;
        require(&peak)?;
        let used = (cpu_with_children(server.id()) - own.0, cpu(std::process::id()) - own.1);
        let busy = core_busy(SERVER_CORE) - busy;
        let calls = self.upstream.counts.total() - calls;
        let seconds = peak.elapsed.as_secs_f64();

        let before = cpu_with_children(server.id());
        let sent = peak.answers;
        let requests = self.sessions.requests(case.workload, base + sent, case.workload.bound_at_half());
        let half = load::open(target, peak.rate() / 2.0, self.plan.time, requests).await?;
        require(&half)?;
        let half_used = cpu_with_children(server.id()) - before;
        Ok(Sample {
            cpu: used.0.div_f64(peak.answers as f64),
            peak: peak.rate(),
            server_busy: used.0.as_secs_f64() / seconds,
            generator_busy: used.1.as_secs_f64() / seconds,
            foreign: busy.saturating_sub(used.0).as_secs_f64() / seconds,
            calls_per_minute: calls as f64 / seconds * 60.0,
            half: half.rate(),
            half_cpu: half_used.div_f64(half.answers as f64),
            p50: half.quantile(0.5),
            p99: half.quantile(0.99),
            bytes: peak.body_bytes / peak.answers,
        })
    }

    /// How long it takes from nothing to the ready line, and to a whole list.
    async fn starts(&self) -> Outcome<(Vec<Duration>, Vec<Duration>)> {
        let (mut ready, mut first) = (Vec::new(), Vec::new());
        let request = self.sessions.requests(Workload::Known { documents: 7, gzip: false }, 0, 1)(0).ok_or("no request")?;
        for _ in 0..STARTS {
            let begun = Instant::now();
            let server = start_proxy(self.plan, self.address, false, self.directory)?;
            ready.push(server.ready_after);
            let mut connection = Connection::open(server.address).await?;
            match connection.exchange(&request).await? {
                200 => first.push(begun.elapsed()),
                other => return Err(format!("the first answer is {other}").into()),
            }
        }
        Ok((ready, first))
    }

    /// The proxy's memory before and while so many connections are open, each of which has had one answer.
    async fn idle(&self) -> Outcome<((u64, u64), usize)> {
        let server = start_proxy(self.plan, self.address, false, self.directory)?;
        let request = self.sessions.requests(Workload::Known { documents: 7, gzip: false }, 0, 1)(0).ok_or("no request")?;
        let mut first = Connection::open(server.address).await?;
        first.exchange(&request).await?;
        let (before, descriptors_before) = (resident(server.id()), descriptors(server.id()));
        let mut connections = Vec::with_capacity(IDLE);
        for _ in 0..IDLE {
            let mut connection = Connection::open(server.address).await?;
            if connection.exchange(&request).await? != 200 {
                return Err("an answer of another status than 200".into());
            }
            connections.push(connection);
            // A thousand a second: who comes at once is busy, not idle.
            if connections.len().is_multiple_of(20) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        // By then they are idle, and not only between two requests.
        tokio::time::sleep(Duration::from_secs(3)).await;
        // Counted at the server: a connection that it has ended is none.
        let open = descriptors(server.id()) - descriptors_before;
        Ok(((before, resident(server.id())), open))
    }
}

/// A measurement of wrong answers is none.
fn require(measured: &Measured) -> Outcome<()> {
    match &measured.first_other {
        None if measured.answers > 0 => Ok(()),
        None => Err("no answer at all".into()),
        Some(other) => Err(format!(
            "{} of {} answers were not the expected ones, such as: {other}",
            measured.others,
            measured.others + measured.answers
        )
        .into()),
    }
}

async fn serve_captured(captured: Captured) -> Outcome<SocketAddr> {
    let reply = move || {
        let mut reply = Reply::new(Full::from(captured.body.clone()));
        for (name, value) in &captured.fields {
            reply.headers_mut().insert(name.clone(), value.clone());
        }
        reply
    };
    Ok(serve(move |_| std::future::ready(reply())).await?)
}

/// The least server there is, on one thread: one answer for everything. Never returns.
///
/// # Errors
/// Where there is no port or no such file.
pub async fn bare(answer: &Path) -> Outcome<()> {
    let captured = Captured {
        fields: vec![(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: fs::read(answer)?.into(),
    };
    tell(serve_captured(captured).await?);
    std::future::pending().await
}

/// The least server that asks another one for each answer, on one thread. Never returns.
///
/// # Errors
/// Where there is no port.
pub async fn bare_forwarding(behind: SocketAddr) -> Outcome<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let address = serve(move |request| {
        let client = client.clone();
        async move {
            let forwarded = async {
                let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
                let (head, body) = client.get(format!("http://{behind}{target}").parse()?).await?.into_parts();
                Outcome::Ok(Reply::from_parts(head, body.collect().await?.to_bytes().into()))
            };
            forwarded.await.unwrap_or_else(|error| json(502, error.to_string()))
        }
    });
    tell(address.await?);
    std::future::pending().await
}

/// That it serves, and where.
fn tell(address: SocketAddr) {
    println!("{{\"proxy\":\"http://localhost:{}\"}}", address.port());
}

// Pinning is the caller's: `taskset` before this program.
const _: () = assert!(SERVER_CORE != GENERATOR_CORE);
