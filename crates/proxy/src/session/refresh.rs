//! The issuer's keys over time: fetched, kept, and fetched again where a token names one that is not known.

use super::SessionError;
use super::keys::{Algorithms, KeySet, VerificationKey};
use crate::config::{KeySource, Limits};
use crate::http::{BodyError, Cause, Client, Connector, Deadlines, Request};
use hyper::header::{ACCEPT, HeaderValue};
use hyper::{StatusCode, Uri};
use jsonwebtoken::Algorithm;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The largest JWKS that is read, in bytes.
const MAX_JWKS: usize = 256 * 1024;

/// The current keys, and how they are fetched again.
pub struct Keys {
    current: RwLock<Current>,
    /// Follows `current`, so that a hit in the cache of tokens takes no lock.
    generation: AtomicU64,
    remote: Option<Remote>,
}

struct Current {
    /// Grows with each set that differs from the one before.
    generation: u64,
    set: Option<KeySet>,
}

/// The keys that may have signed a token, and the generation that they are of.
pub(crate) struct Candidates {
    pub(crate) generation: u64,
    pub(crate) keys: Vec<Arc<VerificationKey>>,
}

/// Gets a set of keys.
type Fetch = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<KeySet, FetchError>> + Send>> + Send + Sync>;

struct Remote {
    fetch: Fetch,
    interval: Duration,
    max_age: Duration,
    last: Mutex<Option<Attempt>>,
}

/// A fetch, whatever became of it.
#[derive(Clone, Copy)]
struct Attempt {
    begun: Instant,
    succeeded: bool,
}

impl Keys {
    /// Keys out of the configuration; nothing is fetched yet.
    ///
    /// # Errors
    /// Where no HTTP client can be made (no usable root certificates).
    pub fn new(source: &KeySource, algorithms: &Algorithms, limits: &Limits) -> io::Result<Self> {
        Ok(match source {
            KeySource::Fixed(set) => Self::with(Some(set.clone()), None),
            KeySource::Url(url) => {
                let client = Client::new(Connector::new(limits.connect)?, Deadlines::whole(limits.jwks_answer));
                let uri = Uri::try_from(url.as_str()).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
                let algorithms = algorithms.clone();
                Self::fetched(
                    Box::new(move || Box::pin(fetch(client.clone(), uri.clone(), algorithms.clone()))),
                    limits.jwks_interval,
                    limits.jwks_max_age,
                )
            }
        })
    }

    fn with(set: Option<KeySet>, remote: Option<Remote>) -> Self {
        Self { current: RwLock::new(Current { generation: 0, set }), generation: AtomicU64::new(0), remote }
    }

    pub(super) fn fetched(fetch: Fetch, interval: Duration, max_age: Duration) -> Self {
        Self::with(None, Some(Remote { fetch, interval, max_age, last: Mutex::new(None) }))
    }

    /// Whether a set of keys is there.
    pub fn is_loaded(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).set.is_some()
    }

    /// The generation of the current set. What was verified under another one has to be verified again.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The keys that may have signed a token with this header. Where none is known, the set is fetched again, at most once per interval.
    pub(crate) async fn candidates(
        self: &Arc<Self>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Candidates, SessionError> {
        let mut known = self.known(kid, algorithm);
        if known.keys.is_empty() && self.remote.is_some() {
            // A task of its own: the fetch goes on for the others when the first asker leaves.
            let this = Arc::clone(self);
            let _ = tokio::spawn(async move { this.refresh().await }).await;
            known = self.known(kid, algorithm);
        }
        if known.keys.is_empty() && !self.is_loaded() { Err(SessionError::NoKeys) } else { Ok(known) }
    }

    /// Fetches the set once, for the operator who asks whether it can be had, and says how many keys are in it. `None` where they are of a file.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn probe(&self) -> Option<Result<usize, FetchError>> {
        Some((self.remote.as_ref()?.fetch)().await.map(|set| set.len()))
    }

    fn known(&self, kid: Option<&str>, algorithm: Algorithm) -> Candidates {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let keys = current.set.as_ref().map(|set| set.candidates(kid, algorithm)).unwrap_or_default();
        Candidates { generation: current.generation, keys }
    }

    /// Takes over a set. One that is the same, key by key, leaves what was verified as it is.
    pub(super) fn replace(&self, set: KeySet) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.set.as_ref() != Some(&set) {
            let generation = current.generation + 1;
            *current = Current { generation, set: Some(set) };
            self.generation.store(generation, Ordering::Release);
        }
    }

    /// Fetches the set, unless that was tried within the interval, and says when it is to be fetched next. What was good stays where the new one is not.
    async fn refresh(&self) -> Option<Instant> {
        let remote = self.remote.as_ref()?;
        // Whoever comes while a fetch is under way waits here, and then finds that it has been.
        let mut last = remote.last.lock().await;
        let attempt = match *last {
            Some(attempt) if attempt.begun.elapsed() < remote.interval => attempt,
            _ => {
                let begun = Instant::now();
                // Before the fetch: it counts even if it panics or is cancelled.
                *last = Some(Attempt { begun, succeeded: false });
                let result = (remote.fetch)().await;
                let attempt = Attempt { begun, succeeded: result.is_ok() };
                match result {
                    Ok(set) => {
                        tracing::info!(keys = ?set, "session keys fetched");
                        self.replace(set);
                    }
                    Err(error) => tracing::warn!(%error, "session keys could not be fetched; the last good set stays"),
                }
                *last.insert(attempt)
            }
        };
        Some(attempt.begun + if attempt.succeeded { remote.max_age } else { remote.interval })
    }

    /// Fetches at once, again whenever the set grows old, and sooner after a failure. Never returns, even where a fetch panics.
    pub async fn keep_fresh(self: Arc<Self>) {
        let Some(remote) = &self.remote else { return };
        loop {
            let this = Arc::clone(&self);
            let due = tokio::spawn(async move { this.refresh().await }).await.ok().flatten();
            tokio::time::sleep_until(due.unwrap_or_else(|| Instant::now() + remote.interval)).await;
        }
    }
}

async fn fetch(client: Client, uri: Uri, algorithms: Algorithms) -> Result<KeySet, FetchError> {
    let mut request = Request::default();
    *request.uri_mut() = uri;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
    let answer = client.send(request).await.map_err(FetchError::None)?;
    if answer.status() != StatusCode::OK {
        return Err(FetchError::Status(answer.status().as_u16()));
    }
    let body = answer.body(MAX_JWKS).await.map_err(FetchError::Body)?;
    let set = KeySet::from_jwks(&body, &algorithms).map_err(|_| FetchError::NoSet)?;
    if set.is_empty() { Err(FetchError::NoKey) } else { Ok(set) }
}

/// Why a JWKS could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No answer.
    #[error("{0}")]
    None(Cause),
    /// Another status than 200.
    #[error("answered {0}")]
    Status(u16),
    /// An answer that cannot be had.
    #[error("{}", .0.reason())]
    Body(BodyError),
    /// Something else than a JWKS.
    #[error("not a JWKS")]
    NoSet,
    /// No key for one of the accepted algorithms.
    #[error("no usable key in it")]
    NoKey,
}

#[cfg(test)]
mod tests;
