//! The one call to FlexPortal and the one to the identity provider, and what to do where they fail.

use super::report::Item;
use crate::budget::gate::Gate;
use crate::config::{Config, KeySource};
use crate::http::Cause;
use crate::metrics::Metrics;
use crate::policy;
use crate::session::{FetchError, Keys};
use crate::shared;
use crate::upstream::{ProbeError, Shape, Upstream, UpstreamError};
use std::sync::Arc;
use tokio::time::Instant;
use url::Url;

const UPSTREAM: &str = "upstream";
const KEYS: &str = "session keys";
const NO_CLIENT: &str = "install the system's root certificates (Debian: ca-certificates), or set SSL_CERT_FILE";

/// Fetches the session's keys once, where they are not in a file.
pub async fn session_keys(config: &Config) -> Item {
    let place = match &config.session.keys {
        KeySource::Url(url) => origin(url),
        KeySource::Fixed(keys) => return Item::ok(KEYS, format!("{} from SESSION_KEY_FILE; nothing is fetched", keys.len())),
    };
    let Ok(keys) = Keys::new(&config.session.keys, &config.session.algorithms, &config.limits) else {
        return Item::wrong(KEYS, "no HTTP client can be made").advise(NO_CLIENT);
    };
    let begun = Instant::now();
    let fetched = keys.probe().await;
    let item = match fetched {
        Some(Ok(count)) => Item::ok(KEYS, format!("{place} answered with {count} that can be used")),
        Some(Err(error)) => Item::wrong(KEYS, format!("{place}: {error}")).advise(keys_advice(error)),
        None => Item::ok(KEYS, "nothing is fetched"),
    };
    item.took(begun.elapsed())
}

/// Asks Redis whether it is there, where replicas share something.
pub async fn shared_state(config: &Config) -> Option<Item> {
    let begun = Instant::now();
    let item = match shared::answers(config.redis.as_ref()?).await {
        true => Item::ok("REDIS_URL", "the server answers"),
        false => Item::wrong("REDIS_URL", "the server does not answer, or not to this user and password")
            .advise("it starts all the same; with PROXY_REPLICAS it makes no call for 87 s and then uses its part of the allowance, without it makes none"),
    };
    Some(item.took(begun.elapsed()))
}

/// Asks FlexPortal once, with a call of `gate`.
pub async fn upstream(config: Config, gate: Gate) -> Item {
    let place = origin(&config.upstream.base);
    let Ok(upstream) = Upstream::new(config.upstream, gate, &config.limits, Arc::new(Metrics::default())) else {
        return Item::wrong(UPSTREAM, "no HTTP client can be made").advise(NO_CLIENT);
    };
    let begun = Instant::now();
    let answer = upstream.probe(policy::probe()).await;
    let item = match answer {
        Ok(Shape { unreadable: 1.., .. }) => Item::wrong(UPSTREAM, format!("{place} answered with a record that cannot be read"))
            .advise("is FLEXPORTAL_URL the Files API, version 1? Records that cannot be read are shown to nobody"),
        Ok(Shape { records: 1.., owned: false, .. }) => {
            Item::wrong(UPSTREAM, format!("{place} answered with a record that names neither an order nor a customer"))
                .advise("such records are shown to nobody: ask FlexPortal why they name neither")
        }
        Ok(Shape { records: 0, .. }) => Item::note(UPSTREAM, format!("{place} answered with a list that is empty"))
            .advise("FLEXPORTAL_TENANT_ID has no files yet; or is it another tenant?"),
        Ok(_) => Item::ok(UPSTREAM, format!("{place} answered, and was understood")),
        Err(error) => Item::wrong(UPSTREAM, format!("{place}: {error}")).advise(upstream_advice(error)),
    };
    item.took(begun.elapsed())
}

/// Scheme, host and port: an address may carry a secret further behind.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// What to do where nobody answered.
fn connection_advice(cause: Cause) -> &'static str {
    match cause {
        Cause::Name => "is the host spelt right? Can this machine resolve names (DNS)?",
        Cause::Connection => {
            "is the port right? Does a firewall, or a network policy, let this machine out? Proxies of the environment are not used"
        }
        Cause::ConnectionTimeout => {
            "a firewall, mostly, that drops what is sent: this machine must be let out to that host and port"
        }
        Cause::Certificate => {
            "is the host's name right? Else its certificate is not trusted here, or expired: install its root, or set SSL_CERT_FILE"
        }
        Cause::Tls => "does that port speak TLS? https: was asked for",
        Cause::Timeout => "it took the connection and said nothing: is it up?",
        Cause::Broken => "does that port speak HTTP? https: may be needed",
    }
}

fn keys_advice(error: FetchError) -> &'static str {
    match error {
        FetchError::None(cause) => connection_advice(cause),
        FetchError::Status(300..400) => "a redirect, which is not followed: give SESSION_JWKS_URL the address where it ends",
        FetchError::Status(404) => {
            "look SESSION_JWKS_URL up in the identity provider's /.well-known/openid-configuration (jwks_uri)"
        }
        FetchError::Status(_) | FetchError::Body(_) => "look into the identity provider's log",
        FetchError::NoSet => "SESSION_JWKS_URL must name the JWKS itself, not the discovery document",
        FetchError::NoKey => "none of its keys verifies signatures of SESSION_ALGORITHMS",
    }
}

fn upstream_advice(error: ProbeError) -> &'static str {
    match error {
        ProbeError::None(cause) => connection_advice(cause),
        ProbeError::Refused(UpstreamError::KeyRefused) => {
            "the API key is not accepted: check FLEXPORTAL_API_KEY (or its file), and FLEXPORTAL_TENANT_ID"
        }
        ProbeError::Refused(UpstreamError::Forbidden) => {
            "the key is known and may not list files: give it that right, and check FLEXPORTAL_TENANT_ID"
        }
        ProbeError::Refused(UpstreamError::NotFound) => "there is no /v1/files below FLEXPORTAL_URL: is its path right?",
        ProbeError::Refused(UpstreamError::Budget(_) | UpstreamError::OwnShare(_)) => {
            "no call was made: the last minute's are in PROXY_BUDGET_FILE; try again in a minute"
        }
        ProbeError::Refused(UpstreamError::RateLimited(_)) => "the allowance is used up: who else calls with this key?",
        ProbeError::Refused(UpstreamError::Unreadable(_)) => {
            "redirects are not followed: give FLEXPORTAL_URL the scheme, host and path where it ends"
        }
        ProbeError::Refused(UpstreamError::Failed(500..)) => "FlexPortal itself fails: try later",
        ProbeError::Refused(_) => "FlexPortal did not take this request: is FLEXPORTAL_URL the Files API?",
        ProbeError::Body(_) | ProbeError::NoJson | ProbeError::NoList => {
            "something else answers there (a gateway's page?): is FLEXPORTAL_URL the Files API?"
        }
    }
}
