//! Whose request it is: one JWT, from the cookie or as a Bearer token, never both.

mod claims;
mod keys;
mod refresh;

pub use keys::{Algorithms, KeySet};
pub use refresh::{FetchError, Keys};

use crate::config::SessionConfig;
use axum::http::{HeaderMap, header};
use flexportal::{CustomerId, OrderId};
use jsonwebtoken::Validation;
use std::collections::HashSet;
use std::sync::Arc;

/// The longest token that is looked at, in bytes; browsers stop at 4 kB for a cookie.
const MAX_TOKEN: usize = 8 * 1024;

/// How much later than our clock a token's `nbf` may be, in seconds.
const NBF_LEEWAY: u64 = 30;

/// A customer who was told by a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    customer: CustomerId,
    /// Shared, since every permission carries the session along.
    orders: Option<Arc<HashSet<OrderId>>>,
}

impl Session {
    /// The signed-in customer.
    pub fn customer(&self) -> &CustomerId {
        &self.customer
    }

    /// The orders that the token names; `None` where it has no such claim and the upstream must be asked.
    pub fn orders(&self) -> Option<&HashSet<OrderId>> {
        self.orders.as_deref()
    }

    /// For tests of what a session may do; the program makes sessions out of tokens only.
    #[cfg(test)]
    pub(crate) fn for_test(customer: &str, orders: Option<&[&str]>) -> Self {
        let orders = orders.map(|orders| orders.iter().map(|order| OrderId::new(*order).unwrap()).collect());
        Self { customer: CustomerId::new(customer).unwrap(), orders: orders.map(Arc::new) }
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
    config: SessionRules,
    keys: Arc<Keys>,
}

/// What a token must say.
struct SessionRules {
    algorithms: Algorithms,
    issuer: String,
    audience: String,
    cookie: String,
    customer_claim: String,
    orders_claim: String,
}

impl Sessions {
    /// Takes over the configuration's rules.
    pub fn new(config: SessionConfig, keys: Arc<Keys>) -> Self {
        let SessionConfig { keys: _, algorithms, issuer, audience, cookie, customer_claim, orders_claim } = config;
        Self { config: SessionRules { algorithms, issuer, audience, cookie, customer_claim, orders_claim }, keys }
    }

    /// The request's session.
    ///
    /// # Errors
    /// [`SessionError`] where it has none.
    pub async fn of(&self, headers: &HeaderMap) -> Result<Session, SessionError> {
        let token = credential(headers, &self.config.cookie)?;
        let header = claims::header(token)?;
        if !self.config.algorithms.contains(header.alg) {
            return Err(SessionError::Invalid("algorithm"));
        }
        let keys = self.keys.candidates(header.kid.as_deref(), header.alg).await?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&[&self.config.audience]);
        // Without this a token that has no `aud` or `iss` at all passes: by default only `exp` must be there.
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
        validation.validate_nbf = true;
        // A clock that is a little slow does not make a new token wait; an expired one is over at once: the library's leeway would lengthen it.
        validation.leeway = NBF_LEEWAY;
        validation.reject_tokens_expiring_in_less_than = NBF_LEEWAY + 1;
        claims::verify(token, &keys, &validation, &self.config.customer_claim, &self.config.orders_claim)
    }

    /// Whether keys are there, so that a session can be told at all.
    pub fn is_ready(&self) -> bool {
        self.keys.is_loaded()
    }
}

/// Whether the request carries an `Authorization` header, which no browser sends on its own to a server that never asks for one by dialog.
pub fn is_bearer(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION)
}

/// The one token of a request.
fn credential<'a>(headers: &'a HeaderMap, cookie: &str) -> Result<&'a str, SessionError> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let authorization = authorizations.next();
    let mut cookies = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|&byte| byte == b';'));
    let mut named = cookies.by_ref().filter_map(|pair| value_of(pair, cookie));
    let first = named.next();
    if authorizations.next().is_some() || named.next().is_some() || (authorization.is_some() && first.is_some()) {
        return Err(SessionError::Several);
    }
    let token = match (authorization, first) {
        (Some(value), _) => bearer(value.as_bytes()).ok_or(SessionError::Invalid("scheme"))?,
        (None, Some(value)) => value,
        (None, None) => return Err(SessionError::None),
    };
    // The alphabet of a compact JWS; it also makes the rest of this module free of encodings.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match std::str::from_utf8(token) {
        Ok("") => Err(SessionError::None),
        Ok(text) if text.len() <= MAX_TOKEN && text.bytes().all(allowed) => Ok(text),
        _ => Err(SessionError::Invalid("form")),
    }
}

fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let pair = pair.trim_ascii();
    let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
    Some(value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn should_take_the_token_from_the_cookie_or_the_header() {
        let name = "__Host-portal_session";
        for pairs in [
            &[("authorization", "Bearer a.b.c")][..],
            &[("authorization", "bearer  a.b.c ")],
            &[("cookie", "x=1; __Host-portal_session=a.b.c; y=2")],
            &[("cookie", "x=1"), ("cookie", "__Host-portal_session=\"a.b.c\"")],
        ] {
            assert_eq!(credential(&headers(pairs), name), Ok("a.b.c"), "{pairs:?}");
        }
    }

    #[test]
    fn should_refuse_more_than_one_credential() {
        for pairs in [
            &[("authorization", "Bearer a.b.c"), ("cookie", "s=a.b.c")][..],
            &[("authorization", "Basic eDp5"), ("cookie", "s=a.b.c")],
            &[("authorization", "Bearer a.b.c"), ("authorization", "Bearer a.b.c")],
            &[("cookie", "s=a.b.c; s=a.b.d")],
            &[("cookie", "s=a.b.c"), ("cookie", "s=")],
        ] {
            assert_eq!(credential(&headers(pairs), "s"), Err(SessionError::Several), "{pairs:?}");
        }
    }

    #[test]
    fn should_find_none_where_there_is_none() {
        for pairs in [&[][..], &[("cookie", "S=a.b.c; xs=a.b.c; s")], &[("cookie", "s=")], &[("authorization", "Bearer ")]] {
            assert_eq!(credential(&headers(pairs), "s"), Err(SessionError::None), "{pairs:?}");
        }
    }

    #[test]
    fn should_refuse_what_has_not_the_form_of_a_token() {
        let long = format!("Bearer {}", "a".repeat(MAX_TOKEN + 1));
        for value in ["Basic eDp5", "Bearer a b", "Bearer a,b", "Bearer é", "Bearer", long.as_str()] {
            assert!(
                matches!(credential(&headers(&[("authorization", value)]), "s"), Err(SessionError::Invalid(_))),
                "{value:.20}"
            );
        }
    }
}
