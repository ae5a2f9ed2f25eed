//! What the operator decides, read once at start and checked whole.
//!
//! Every value comes from the environment or, under the same name in lower case, from the TOML file that `PROXY_CONFIG` names; the environment
//! wins. Reading reports **every** wrong or missing value, and there is no way to a running proxy past one: nothing fails open.

mod source;
mod value;

pub use source::{NAMES, Problem, Problems, Source};
pub use value::{BudgetFile, LogFormat, StorageOrigins};

use crate::breaker::Rules;
use crate::session::{Algorithms, KeySet};
use crate::shared;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// The whole configuration, checked. Its `Debug` form hides the API key.
#[derive(Debug)]
pub struct Config {
    /// Where FlexPortal is and who we are to it.
    pub upstream: UpstreamConfig,
    /// How a request tells whose it is.
    pub session: SessionConfig,
    /// `PROXY_LISTEN`: the public listener.
    pub listen: SocketAddr,
    /// `PROXY_ADMIN_LISTEN`: health and metrics; none where it is not set.
    pub admin_listen: Option<SocketAddr>,
    /// `PROXY_STORAGE_ORIGINS`: where a signed URL may point.
    pub storage: StorageOrigins,
    /// `PROXY_FRAME_ANCESTORS`: the CSP's source list of who may frame the pages.
    pub frame_ancestors: String,
    /// `PROXY_PUBLIC_ORIGIN`: the origin that browsers see; where it is not set, the `Host` header tells.
    pub public_origin: Option<String>,
    /// `PROXY_HSTS_SECONDS`: the `max-age` of `Strict-Transport-Security`; none where it is 0 or not set.
    pub hsts_seconds: Option<u32>,
    /// `PROXY_ASSETS`: the directory that Trunk built, in place of what is compiled in.
    pub assets: Option<PathBuf>,
    /// `PROXY_BUDGET_FILE`: where the last minute's calls are kept over a restart.
    pub budget_file: BudgetFile,
    /// `REDIS_URL` or the content of `REDIS_URL_FILE`: what replicas share; alone where it is not set. It may hold a password.
    pub redis: Option<SecretString>,
    /// `PROXY_REPLICAS`: how many proxies share the allowance, where the operator says so; only with `REDIS_URL`.
    pub replicas: Option<u32>,
    /// `PROXY_LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `PROXY_LOG_LEVEL`, for the proxy's own events.
    pub log_level: tracing::Level,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: where traces are sent; none where it is not set.
    pub traces: Option<Url>,
    /// Bounds that operators need not decide.
    pub limits: Limits,
}

/// Where FlexPortal is and who we are to it.
#[derive(Debug)]
pub struct UpstreamConfig {
    /// `FLEXPORTAL_URL`: https, or http on loopback; the API's paths are appended to its own.
    pub base: Url,
    /// `FLEXPORTAL_API_KEY` or the content of `FLEXPORTAL_API_KEY_FILE`.
    pub api_key: SecretString,
    /// `FLEXPORTAL_TENANT_ID`.
    pub tenant_id: String,
    /// `PROXY_REQUESTS_PER_MINUTE`: upstream calls in any sliding 60 seconds, 1 to 100,000.
    pub requests_per_minute: u32,
}

/// How a request tells whose it is.
#[derive(Debug)]
pub struct SessionConfig {
    /// The keys that sign tokens.
    pub keys: KeySource,
    /// `SESSION_ALGORITHMS`: the signature algorithms that are accepted.
    pub algorithms: Algorithms,
    /// `SESSION_ISSUER`: the only accepted `iss`.
    pub issuer: String,
    /// `SESSION_AUDIENCE`: must be in `aud`.
    pub audience: String,
    /// `SESSION_COOKIE`: the cookie that carries the token.
    pub cookie: String,
    /// `SESSION_CUSTOMER_CLAIM`: the claim that names the customer.
    pub customer_claim: String,
    /// `SESSION_ORDERS_CLAIM`: the claim that lists the customer's orders, where the token has it.
    pub orders_claim: String,
}

/// Where the session's keys come from.
#[derive(Debug)]
pub enum KeySource {
    /// `SESSION_JWKS_URL`: https, or http on loopback.
    Url(Url),
    /// The content of `SESSION_KEY_FILE`.
    Fixed(KeySet),
}

/// Bounds on time, size and number. They have no configuration names: the defaults suit every deployment, and tests shorten them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connecting to the upstream or the identity provider.
    pub connect: Duration,
    /// The head of one upstream answer, with its first byte: from the moment when the call is made, connecting included. Customers rather wait for
    /// eight seconds than read that it failed.
    pub upstream_head: Duration,
    /// One whole answer of the upstream, from the same moment.
    pub upstream_answer: Duration,
    /// One whole answer of the identity provider.
    pub jwks_answer: Duration,
    /// Between two fetches of the JWKS, whatever the tokens say.
    pub jwks_interval: Duration,
    /// The JWKS is fetched again when it is older, so that a withdrawn key ends.
    pub jwks_max_age: Duration,
    /// One whole answer to a customer, looking for a file included.
    pub request: Duration,
    /// A client's request head, and what comes before the first one.
    pub client_head: Duration,
    /// A connection between two requests. Longer than the 60 seconds of most load balancers: who closes last loses no request.
    pub client_idle: Duration,
    /// A client may keep an answer waiting for so long, and a second longer for each 4 kB that it takes.
    pub client_take: Duration,
    /// A client's request body.
    pub client_body: Duration,
    /// Requests in flight may finish for this long after a signal: as long as any may take.
    pub shutdown: Duration,
    /// Open client connections.
    pub connections: usize,
    /// However long the upstream says to wait, it is asked again after this.
    pub upstream_pause: Duration,
    /// Bytes of one upstream answer.
    pub upstream_bytes: usize,
    /// When the upstream is left alone, by operation.
    pub breaker: Rules,
    /// One answer of Redis. What takes longer is as good as none.
    pub shared_answer: Duration,
    /// The longest wait of one request for the budget, all of its calls together; who would have to wait longer is told so at once.
    pub budget_wait: Duration,
    /// A list that is no older is shown as it is.
    pub list_fresh: Duration,
    /// A list that is no older is shown while it is asked for again.
    pub list_stale: Duration,
    /// A list that is no older is shown, with its age, where the upstream fails.
    pub list_kept: Duration,
    /// Bytes of all lists that are kept, about.
    pub list_bytes: u64,
    /// An answer to the question whose an order is that is no older is taken as said.
    pub ownership: Duration,
    /// The same, where the answer permits nothing.
    pub ownership_refusal: Duration,
    /// For this long, "file X was found in order Y" and "it was not found" are taken as said, after the order was permitted again.
    pub finding: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            upstream_head: Duration::from_secs(10),
            upstream_answer: Duration::from_secs(15),
            jwks_answer: Duration::from_secs(5),
            jwks_interval: Duration::from_secs(30),
            jwks_max_age: Duration::from_secs(600),
            request: Duration::from_secs(25),
            client_head: Duration::from_secs(10),
            client_idle: Duration::from_secs(75),
            client_take: Duration::from_secs(60),
            client_body: Duration::from_secs(10),
            shutdown: Duration::from_secs(25),
            connections: 10_240,
            upstream_pause: Duration::from_secs(3600),
            upstream_bytes: 8 << 20,
            breaker: Rules::default(),
            shared_answer: Duration::from_millis(300),
            budget_wait: Duration::from_secs(5),
            list_fresh: Duration::from_secs(15),
            list_stale: Duration::from_secs(60),
            list_kept: Duration::from_secs(300),
            list_bytes: 64 << 20,
            ownership: Duration::from_secs(60),
            ownership_refusal: Duration::from_secs(10),
            finding: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// With lists kept for no longer than this.
    fn keeping_lists(self, longest: Duration) -> Self {
        Self {
            list_fresh: self.list_fresh.min(longest),
            list_stale: self.list_stale.min(longest),
            list_kept: self.list_kept.min(longest),
            ..self
        }
    }
}

impl Config {
    /// Reads the process's environment and the file that `PROXY_CONFIG` names.
    ///
    /// # Errors
    /// Every wrong or missing value, by name.
    pub fn from_environment() -> Result<Self, Problems> {
        let lookup = |name: &str| std::env::var_os(name);
        Self::read(Source::open(lookup))
    }

    /// Checks what `source` holds.
    ///
    /// # Errors
    /// Every wrong or missing value, by name.
    pub fn read(mut source: Source) -> Result<Self, Problems> {
        let base = source.required("FLEXPORTAL_URL", value::base_url);
        let api_key = source.secret("FLEXPORTAL_API_KEY", "FLEXPORTAL_API_KEY_FILE");
        let tenant_id = source.required("FLEXPORTAL_TENANT_ID", value::header_text);
        let requests_per_minute = source.or("PROXY_REQUESTS_PER_MINUTE", "100", value::whole(1..=100_000));
        let listen = source.or("PROXY_LISTEN", "127.0.0.1:8080", value::address);
        let admin_listen = source.optional("PROXY_ADMIN_LISTEN", value::address);
        let storage = source.required("PROXY_STORAGE_ORIGINS", StorageOrigins::parse);
        let frame_ancestors = source.or("PROXY_FRAME_ANCESTORS", "'self'", value::frame_ancestors);
        let public_origin = source.optional("PROXY_PUBLIC_ORIGIN", value::origin);
        let hsts_seconds = source.or("PROXY_HSTS_SECONDS", "0", value::whole(0..=u32::MAX));
        let assets = source.optional("PROXY_ASSETS", value::assets);
        let log_format = source.or("PROXY_LOG_FORMAT", "text", LogFormat::parse);
        let log_level = source.or("PROXY_LOG_LEVEL", "info", value::level);
        let traces = source.optional("OTEL_EXPORTER_OTLP_ENDPOINT", value::collector);
        let session = read_session(&mut source);
        let redis = source.optional_secret("REDIS_URL", "REDIS_URL_FILE", shared::judge_url);
        let replicas = source.optional("PROXY_REPLICAS", value::whole(1..=1000));
        if source.has("PROXY_REPLICAS") && !(source.has("REDIS_URL") || source.has("REDIS_URL_FILE")) {
            source.problem(
                "PROXY_REPLICAS",
                "is for proxies that share an allowance by REDIS_URL; without it divide PROXY_REQUESTS_PER_MINUTE",
            );
        }
        let list_seconds = source.or("PROXY_LIST_SECONDS", "300", value::whole(0..=300));
        let budget_file = source.optional("PROXY_BUDGET_FILE", value::budget_file);
        let same_port = listen.zip(admin_listen.flatten()).is_some_and(|(public, admin)| public.port() != 0 && public == admin);
        if same_port {
            source.problem("PROXY_ADMIN_LISTEN", "must not be the public listener");
        }

        let state = source.state_directory();
        let problems = source.finish();
        match (base, api_key, tenant_id, requests_per_minute, listen, storage, session) {
            (
                Some(base),
                Some(api_key),
                Some(tenant_id),
                Some(requests_per_minute),
                Some(listen),
                Some(storage),
                Some(session),
            ) if problems.is_empty() => Ok(Self {
                redis: redis.flatten(),
                replicas: replicas.flatten(),
                budget_file: budget_file.flatten().unwrap_or_else(|| {
                    BudgetFile::default_for(&state, [base.as_str(), tenant_id.as_str(), &listen.to_string()], listen.port())
                }),
                upstream: UpstreamConfig { base, api_key, tenant_id, requests_per_minute },
                session,
                listen,
                admin_listen: admin_listen.flatten(),
                storage,
                frame_ancestors: frame_ancestors.unwrap_or_default(),
                public_origin: public_origin.flatten(),
                hsts_seconds: hsts_seconds.filter(|&seconds| seconds > 0),
                assets: assets.flatten(),
                log_format: log_format.unwrap_or_default(),
                log_level: log_level.unwrap_or(tracing::Level::INFO),
                traces: traces.flatten(),
                limits: Limits::default().keeping_lists(Duration::from_secs(list_seconds.unwrap_or_default().into())),
            }),
            _ => Err(problems),
        }
    }
}

fn read_session(source: &mut Source) -> Option<SessionConfig> {
    let algorithms = source.or("SESSION_ALGORITHMS", "RS256,ES256,EdDSA", Algorithms::parse);
    let url = source.optional("SESSION_JWKS_URL", value::service_url);
    // Without known algorithms a key file cannot be judged; the algorithms' own problem is reported already.
    let file = algorithms
        .as_ref()
        .and_then(|algorithms| source.optional("SESSION_KEY_FILE", |path| KeySet::from_file(&value::file(path)?, algorithms)));
    let named = (source.has("SESSION_JWKS_URL"), source.has("SESSION_KEY_FILE"));
    match named {
        (true, true) => source.problem("SESSION_KEY_FILE", "is set beside SESSION_JWKS_URL; set one of them"),
        (false, false) => {
            source.problem("SESSION_JWKS_URL", "is missing (or SESSION_KEY_FILE); without keys nobody can be known")
        }
        (true, false) if algorithms.as_ref().is_some_and(Algorithms::is_secret) => {
            source.problem("SESSION_ALGORITHMS", "HS256 needs SESSION_KEY_FILE with the shared secret, not a JWKS");
        }
        _ => {}
    }
    let keys = url.flatten().map(KeySource::Url).or(file.flatten().map(KeySource::Fixed));
    let issuer = source.required("SESSION_ISSUER", value::text);
    let audience = source.required("SESSION_AUDIENCE", value::text);
    let cookie = source.or("SESSION_COOKIE", "__Host-portal_session", value::cookie_name);
    let customer_claim = source.or("SESSION_CUSTOMER_CLAIM", "sub", value::text);
    let orders_claim = source.or("SESSION_ORDERS_CLAIM", "orders", value::text);
    Some(SessionConfig {
        keys: keys?,
        algorithms: algorithms?,
        issuer: issuer?,
        audience: audience?,
        cookie: cookie?,
        customer_claim: customer_claim?,
        orders_claim: orders_claim?,
    })
}

#[cfg(test)]
mod tests;
