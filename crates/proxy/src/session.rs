//! Whose request it is: one JWT, from the cookie or as a Bearer token, never both.
//!
//! In the order of a request: [`credential`] counts and takes; [`cache`] knows tokens that were verified already; [`token`] reads the header and
//! finds the [`keys`] that may have signed it, which [`refresh`] follows over time; [`verifier`] says whether one has, and [`claims`] what the payload must.

mod cache;
mod claims;
mod credential;
mod keys;
mod refresh;
mod token;
mod verifier;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use credential::credential;
pub use credential::is_bearer;
pub use keys::{Algorithms, KeySet};
pub use refresh::{FetchError, Keys};

use crate::config::SessionConfig;
use crate::metrics::Metrics;
use axum::http::HeaderMap;
use cache::{Moment, TokenCache};
use claims::Rules;
use flexportal::{CustomerId, OrderId};
use std::collections::HashSet;
use std::sync::Arc;
use token::Token;

/// A customer who was told by a verified token. Cheap to clone: every permission carries one along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session(Arc<Told>);

#[derive(Debug, PartialEq, Eq)]
struct Told {
    customer: CustomerId,
    orders: Option<HashSet<OrderId>>,
}

impl Session {
    /// Only `claims` tells one, out of a verified token.
    fn told(customer: CustomerId, orders: Option<HashSet<OrderId>>) -> Self {
        Self(Arc::new(Told { customer, orders }))
    }

    /// The signed-in customer.
    pub fn customer(&self) -> &CustomerId {
        &self.0.customer
    }

    /// The orders that the token names; `None` where it has no such claim and the upstream must be asked.
    pub fn orders(&self) -> Option<&HashSet<OrderId>> {
        self.0.orders.as_ref()
    }

    /// For tests of what a session may do; the program makes sessions out of tokens only.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn for_test(customer: &str, orders: Option<&[&str]>) -> Self {
        let orders = orders.map(|orders| orders.iter().map(|order| OrderId::new(*order).unwrap()).collect());
        Self::told(CustomerId::new(customer).unwrap(), orders)
    }
}

/// Why a request has no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// It carries no credential.
    #[error("no credential")]
    None,
    /// It carries more than one.
    #[error("more than one credential")]
    Several,
    /// Its credential is not valid, for the named reason.
    #[error("not valid: {0}")]
    Invalid(&'static str),
    /// No key has been fetched yet, so that nobody can be known.
    #[error("no keys yet")]
    NoKeys,
}

/// Finds and verifies the session of a request.
pub struct Sessions {
    algorithms: Algorithms,
    cookie: String,
    rules: Rules,
    keys: Arc<Keys>,
    cache: TokenCache,
    metrics: Arc<Metrics>,
}

impl Sessions {
    /// Takes over the configuration's rules.
    pub fn new(config: SessionConfig, keys: Arc<Keys>, metrics: Arc<Metrics>) -> Self {
        let SessionConfig { keys: _, algorithms, issuer, audience, cookie, customer_claim, orders_claim } = config;
        let rules = Rules { issuer, audience, customer_claim, orders_claim };
        Self { algorithms, cookie, rules, keys, cache: TokenCache::new(), metrics }
    }

    /// The request's session. Nothing but the token is looked at: no path, no method, no other header makes a difference.
    ///
    /// # Errors
    /// [`SessionError`] where it has none.
    pub async fn of(&self, headers: &HeaderMap) -> Result<Session, SessionError> {
        self.of_token(credential::credential(headers, &self.cookie)?, Moment::now).await
    }

    async fn of_token(&self, text: &str, clock: impl Fn() -> Moment) -> Result<Session, SessionError> {
        let known = self.cache.get(text, self.keys.generation(), clock());
        self.metrics.token_cache(known.is_some());
        if let Some(session) = known {
            return Ok(session);
        }
        let token = Token::parse(text, &self.algorithms)?;
        let candidates = self.keys.candidates(token.kid.as_deref(), token.algorithm).await?;
        let claims = token.verify(&candidates.keys, &self.rules)?;
        // The keys may have taken their time.
        let now = clock();
        claims.validity.check(now.wall)?;
        self.cache.insert(text, candidates.generation, &claims, now);
        Ok(claims.session)
    }

    /// Whether keys are there, so that a session can be told at all.
    pub fn is_ready(&self) -> bool {
        self.keys.is_loaded()
    }
}

#[cfg(test)]
mod tests;
