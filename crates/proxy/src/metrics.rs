//! What is counted, for the admin listener. Labels are words of ours: no id, no path as it came, no text from outside.

use crate::upstream::UpstreamError;
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Looked {
    outcome: &'static str,
}

/// The program's counters. Each proxy has its own, so that several in one process do not mix.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    upstream: Family<Called, Counter>,
    held_back: Counter,
    unreadable: Counter,
    budget_used: Gauge,
    budget_limit: Gauge,
    /// Misses, hits.
    tokens: [Counter; 2],
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("order_documents"),
            requests: Family::default(),
            upstream: Family::default(),
            held_back: Counter::default(),
            unreadable: Counter::default(),
            budget_used: Gauge::default(),
            budget_limit: Gauge::default(),
            tokens: Default::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Requests answered, by route and status", metrics.requests.clone());
        registry.register(
            "upstream_calls",
            "Upstream calls, by operation and outcome; `budget` and `paused` were not made",
            metrics.upstream.clone(),
        );
        registry.register(
            "records_held_back",
            "Records of an upstream list that do not belong to who asked",
            metrics.held_back.clone(),
        );
        registry.register("records_unreadable", "Records of an upstream list that cannot be read", metrics.unreadable.clone());
        registry.register("upstream_budget_used", "Upstream calls of the last 60 seconds", metrics.budget_used.clone());
        registry.register("upstream_budget_limit", "Upstream calls allowed in 60 seconds", metrics.budget_limit.clone());
        let tokens = Family::<Looked, Counter>::default();
        metrics.tokens = ["miss", "hit"].map(|outcome| tokens.get_or_create(&Looked { outcome }).clone());
        registry.register("token_cache", "Tokens that were verified already, or had to be verified", tokens);
        metrics
    }
}

impl Metrics {
    /// A request was answered. `route` is the route's template.
    pub fn request(&self, route: &str, status: u16) {
        self.requests.get_or_create(&Answered { route: route.to_owned(), status }).inc();
    }

    /// An upstream call ended, or was not made for want of budget.
    pub fn upstream(&self, operation: &'static str, error: Option<&UpstreamError>) {
        let outcome = match error {
            None => "ok",
            Some(UpstreamError::Budget(_)) => "budget",
            Some(UpstreamError::RateLimited(_)) => "rate_limited",
            Some(UpstreamError::Paused(_)) => "paused",
            Some(UpstreamError::Unavailable) => "unavailable",
            Some(UpstreamError::Timeout) => "timeout",
            Some(UpstreamError::Unreadable(_)) => "unreadable",
            Some(UpstreamError::KeyRefused) => "key_refused",
            Some(UpstreamError::Forbidden) => "forbidden",
            Some(UpstreamError::NotFound) => "not_found",
            Some(UpstreamError::Failed(_)) => "failed",
        };
        self.upstream.get_or_create(&Called { operation, outcome }).inc();
    }

    /// A token was looked for among the verified ones.
    pub fn token_cache(&self, hit: bool) {
        self.tokens[usize::from(hit)].inc();
    }

    /// Records of a list were dropped.
    pub fn dropped(&self, unreadable: u64, held_back: u64) {
        self.unreadable.inc_by(unreadable);
        self.held_back.inc_by(held_back);
    }

    /// Everything in the OpenMetrics text format.
    pub fn render(&self, (used, limit): (usize, u32)) -> String {
        self.budget_used.set(i64::try_from(used).unwrap_or(i64::MAX));
        self.budget_limit.set(limit.into());
        let mut text = String::new();
        // Writing into a string cannot fail; a scrape without metrics is the worst that could come of it.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
