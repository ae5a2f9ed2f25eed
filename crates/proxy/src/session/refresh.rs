//! The issuer's keys over time: fetched, kept, and fetched again where a token names one that is not known.

use super::SessionError;
use super::keys::{Algorithms, KeySet, VerificationKey};
use crate::config::{KeySource, Limits};
use crate::http;
use jsonwebtoken::Algorithm;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

/// The largest JWKS that is read, in bytes.
const MAX_JWKS: usize = 256 * 1024;

/// The current keys, and how they are fetched again.
pub struct Keys {
    current: RwLock<Option<KeySet>>,
    remote: Option<Remote>,
}

struct Remote {
    url: Url,
    client: reqwest::Client,
    algorithms: Algorithms,
    interval: Duration,
    max_age: Duration,
    /// When the last fetch began, whatever became of it.
    last: Mutex<Option<Instant>>,
}

impl Keys {
    /// Keys out of the configuration; nothing is fetched yet.
    ///
    /// # Errors
    /// Where no HTTP client can be made (no usable root certificates).
    pub fn new(source: &KeySource, algorithms: &Algorithms, limits: &Limits) -> Result<Self, reqwest::Error> {
        Ok(match source {
            KeySource::Fixed(set) => Self { current: RwLock::new(Some(set.clone())), remote: None },
            KeySource::Url(url) => {
                let remote = Remote {
                    url: url.clone(),
                    client: http::client(limits.connect, limits.jwks_answer)?,
                    algorithms: algorithms.clone(),
                    interval: limits.jwks_interval,
                    max_age: limits.jwks_max_age,
                    last: Mutex::new(None),
                };
                Self { current: RwLock::new(None), remote: Some(remote) }
            }
        })
    }

    /// Whether a set of keys is there.
    pub fn is_loaded(&self) -> bool {
        self.current().is_some()
    }

    fn current(&self) -> Option<KeySet> {
        self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Fetches the set once, for the operator who asks whether it can be had, and says how many keys are in it. `None` where they are of a file.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn probe(&self) -> Option<Result<usize, FetchError>> {
        Some(self.remote.as_ref()?.fetch().await.map(|set| set.len()))
    }

    /// The keys that may have signed a token with this header. Where none is known, the set is fetched again, at most once per interval.
    pub(crate) async fn candidates(
        self: &Arc<Self>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Vec<Arc<VerificationKey>>, SessionError> {
        let known = |set: Option<KeySet>| set.map(|set| set.candidates(kid, algorithm)).unwrap_or_default();
        let mut keys = known(self.current());
        if keys.is_empty() && self.remote.is_some() {
            // A task of its own: the fetch goes on for the others when the first asker leaves.
            let this = Arc::clone(self);
            let _ = tokio::spawn(async move { this.refresh().await }).await;
            keys = known(self.current());
        }
        if keys.is_empty() && !self.is_loaded() { Err(SessionError::NoKeys) } else { Ok(keys) }
    }

    /// Fetches the set, unless that was tried within the interval. What was good stays where the new one is not.
    async fn refresh(&self) {
        let Some(remote) = &self.remote else { return };
        let mut last = remote.last.lock().await;
        if last.is_some_and(|last| last.elapsed() < remote.interval) {
            return;
        }
        *last = Some(Instant::now());
        match remote.fetch().await {
            Ok(set) => {
                tracing::info!(keys = ?set, "session keys fetched");
                *self.current.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(set);
            }
            Err(error) => tracing::warn!(%error, "session keys could not be fetched; the last good set stays"),
        }
    }

    /// Fetches at once, again whenever the set grows old, and sooner while there is none. Never returns.
    pub async fn keep_fresh(self: Arc<Self>) {
        let Some(remote) = &self.remote else { return };
        loop {
            self.refresh().await;
            tokio::time::sleep(if self.is_loaded() { remote.max_age } else { remote.interval }).await;
        }
    }
}

impl Remote {
    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let response =
            self.client.get(self.url.clone()).send().await.map_err(|error| FetchError::None(http::Cause::of(&error)))?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let body = http::body(response, MAX_JWKS).await.map_err(FetchError::Body)?;
        let set = KeySet::from_jwks(&body, &self.algorithms).map_err(|_| FetchError::NoSet)?;
        if set.is_empty() { Err(FetchError::NoKey) } else { Ok(set) }
    }
}

/// Why a JWKS could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No answer.
    #[error("{0}")]
    None(http::Cause),
    /// Another status than 200.
    #[error("answered {0}")]
    Status(u16),
    /// An answer that cannot be had.
    #[error("{}", .0.reason())]
    Body(http::BodyError),
    /// Something else than a JWKS.
    #[error("not a JWKS")]
    NoSet,
    /// No key for one of the accepted algorithms.
    #[error("no usable key in it")]
    NoKey,
}
