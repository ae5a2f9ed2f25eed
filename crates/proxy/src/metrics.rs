//! What is counted, for the admin listener. Labels are words of ours: no id, no path as it came, no text from outside.

mod process;

use crate::flight::Role;
use crate::upstream::{Operation, Upstream, UpstreamError};
use process::Process;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    status: u16,
    /// The failure's code, or nothing.
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOperation {
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// How a list was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOutcome {
    /// It was kept, and young.
    Fresh,
    /// It was kept, and is asked for again in the background.
    Stale,
    /// It was kept, and the upstream failed.
    Old,
    /// Another replica had kept it.
    Shared,
    /// The upstream was asked.
    Fetched,
    /// The upstream failed, and nothing was kept.
    Failed,
}

impl ListOutcome {
    fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Old => "old",
            Self::Shared => "shared",
            Self::Fetched => "fetched",
            Self::Failed => "failed",
        }
    }
}

type OfRoute = Family<Route, Histogram, fn() -> Histogram>;
type OfCall = Family<OfOperation, Histogram, fn() -> Histogram>;

/// The program's counters. Each proxy has its own, so that several in one process do not mix.
pub struct Metrics {
    registry: Registry,
    process: Process,
    requests: Family<Answered, Counter>,
    request_seconds: OfRoute,
    upstream: Family<Called, Counter>,
    upstream_seconds: OfCall,
    lists: Family<Outcome, Counter>,
    /// Misses, hits.
    tokens: [Counter; 2],
    ownership: Family<Outcome, Counter>,
    shared_requests: Family<Outcome, Counter>,
    held_back: Counter,
    unreadable: Counter,
    budget_used: Gauge,
    budget_limit: Gauge,
    /// Of no labels; absent where nothing is shared.
    shared_state: Family<Vec<(&'static str, &'static str)>, Gauge>,
    breaker: Family<OfOperation, Gauge>,
}

/// From a cached list to the longest deadline, in seconds.
fn seconds() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("order_documents");
        let tokens = Family::<Outcome, Counter>::default();
        registry.register("token_cache", "Tokens that were verified already, or had to be verified", tokens.clone());
        Self {
            tokens: ["miss", "hit"].map(|outcome| tokens.get_or_create(&Outcome { outcome }).clone()),
            requests: add(&mut registry, "requests", "Requests answered, by route, status and error code", Family::default()),
            request_seconds: add(
                &mut registry,
                "request_seconds",
                "From a request's head to its answer's, by route",
                Family::new_with_constructor(seconds),
            ),
            upstream: add(
                &mut registry,
                "upstream_calls",
                "Upstream calls, by operation and outcome; `budget`, `own_share`, `paused` and `resting` were not made",
                Family::default(),
            ),
            upstream_seconds: add(
                &mut registry,
                "upstream_seconds",
                "Upstream calls, with the wait for the budget, by operation",
                Family::new_with_constructor(seconds),
            ),
            lists: add(
                &mut registry,
                "lists",
                "Lists for customers: kept (`fresh`, `stale`, `old`), of another replica (`shared`), `fetched`, or `failed`",
                Family::default(),
            ),
            ownership: add(
                &mut registry,
                "order_owners",
                "Questions whose an order is: `known` within the last minute, or `asked`",
                Family::default(),
            ),
            shared_requests: add(
                &mut registry,
                "shared_requests",
                "Questions to the upstream that several may share: `led` made the call, `joined` got its answer",
                Family::default(),
            ),
            held_back: add(
                &mut registry,
                "records_held_back",
                "Records of an upstream list that do not belong to who asked",
                Counter::default(),
            ),
            unreadable: add(
                &mut registry,
                "records_unreadable",
                "Records of an upstream list that cannot be read",
                Counter::default(),
            ),
            budget_used: add(&mut registry, "upstream_budget_used", "Upstream calls of the last 60 seconds", Gauge::default()),
            budget_limit: add(&mut registry, "upstream_budget_limit", "Upstream calls allowed in 60 seconds", Gauge::default()),
            shared_state: add(
                &mut registry,
                "shared_state_connected",
                "1 where the budget is shared with other replicas, 0 where this one uses its part; absent without REDIS_URL",
                Family::default(),
            ),
            breaker: add(
                &mut registry,
                "breaker_state",
                "Of an operation: 0, calls are made; 1, one call is made to see; 2, none is made",
                Family::default(),
            ),
            registry,
            process: Process::default(),
        }
    }
}

fn add<M: Metric + Clone + EncodeMetric>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// How an upstream call ended, in a word, for metrics and traces.
pub fn outcome(error: Option<&UpstreamError>) -> &'static str {
    match error {
        None => "ok",
        Some(UpstreamError::Budget(_)) => "budget",
        Some(UpstreamError::OwnShare(_)) => "own_share",
        Some(UpstreamError::RateLimited(_)) => "rate_limited",
        Some(UpstreamError::Paused(_)) => "paused",
        Some(UpstreamError::Resting(_)) => "resting",
        Some(UpstreamError::Unavailable) => "unavailable",
        Some(UpstreamError::Timeout) => "timeout",
        Some(UpstreamError::Unreadable(_)) => "unreadable",
        Some(UpstreamError::KeyRefused) => "key_refused",
        Some(UpstreamError::Forbidden) => "forbidden",
        Some(UpstreamError::NotFound) => "not_found",
        Some(UpstreamError::Failed(_)) => "failed",
        Some(UpstreamError::Abandoned) => "abandoned",
    }
}

impl Metrics {
    /// A request was answered. `route` is the route's template, `code` the failure's or nothing.
    pub fn request(&self, route: &'static str, status: u16, code: &'static str, took: Duration) {
        self.requests.get_or_create(&Answered { route, status, code }).inc();
        self.request_seconds.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }

    /// An upstream call ended, or was not made.
    pub fn upstream(&self, operation: Operation, error: Option<&UpstreamError>, took: Duration) {
        let outcome = outcome(error);
        let operation = operation.name();
        self.upstream.get_or_create(&Called { operation, outcome }).inc();
        self.upstream_seconds.get_or_create(&OfOperation { operation }).observe(took.as_secs_f64());
    }

    /// A list was come by, or not.
    pub fn list(&self, outcome: ListOutcome) {
        self.lists.get_or_create(&Outcome { outcome: outcome.name() }).inc();
    }

    /// A token was looked for among the verified ones.
    pub fn token_cache(&self, hit: bool) {
        self.tokens[usize::from(hit)].inc();
    }

    /// It was asked whose an order is.
    pub fn ownership(&self, known: bool) {
        self.ownership.get_or_create(&Outcome { outcome: if known { "known" } else { "asked" } }).inc();
    }

    /// A question that several may share was answered.
    pub fn flight(&self, role: Role) {
        let outcome = match role {
            Role::Led => "led",
            Role::Joined => "joined",
        };
        self.shared_requests.get_or_create(&Outcome { outcome }).inc();
    }

    /// Records of a list were dropped.
    pub fn dropped(&self, unreadable: u64, held_back: u64) {
        self.unreadable.inc_by(unreadable);
        self.held_back.inc_by(held_back);
    }

    /// Takes over how the upstream stands at the moment.
    pub fn look_at(&self, upstream: &Upstream) {
        let (used, limit) = upstream.budget();
        self.budget_used.set(i64::try_from(used).unwrap_or(i64::MAX));
        self.budget_limit.set(limit.into());
        if let Some(shared) = upstream.shared() {
            self.shared_state.get_or_create(&Vec::new()).set(shared.is_connected().into());
        }
        for operation in Operation::ALL {
            let label = OfOperation { operation: operation.name() };
            self.breaker.get_or_create(&label).set(upstream.breaker(operation) as i64);
        }
    }

    /// Everything in the OpenMetrics text format.
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail; a scrape without metrics is the worst that could come of it.
        let registries = [&self.registry, self.process.look()];
        let _ = registries
            .into_iter()
            .try_for_each(|registry| encode_registry(&mut text, registry))
            .and_then(|()| encode_eof(&mut text));
        text
    }
}
