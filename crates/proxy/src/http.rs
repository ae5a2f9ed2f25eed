//! What every outgoing request has in common: deadlines, no redirects, no proxies of the environment, bounded answers.

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_ENCODING, HeaderValue};
use reqwest::{Client, Response, redirect};
use std::time::Duration;

/// A client that does what it is told and no more.
///
/// # Errors
/// Where the TLS roots cannot be loaded.
pub fn client(connect: Duration, answer: Duration) -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(connect)
        .timeout(answer)
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("order-documents-proxy/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Why an answer's body cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It did not come in time.
    Timeout,
    /// The connection ended within it.
    Cut,
    /// It is longer than allowed.
    TooLong,
    /// It is encoded, which was not asked for.
    Encoded,
}

impl BodyError {
    /// The error in a few words, for the log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Timeout => "timed out",
            Self::Cut => "cut off",
            Self::TooLong => "longer than allowed",
            Self::Encoded => "content encoding that was not asked for",
        }
    }
}

/// Reads a body of at most `limit` bytes, counted while they arrive.
///
/// # Errors
/// [`BodyError`] where it is longer, encoded, cut off or late.
pub async fn body(mut response: Response, limit: usize) -> Result<Bytes, BodyError> {
    if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != HeaderValue::from_static("identity")) {
        return Err(BodyError::Encoded);
    }
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLong);
    }
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(BodyError::TooLong),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) if error.is_timeout() => return Err(BodyError::Timeout),
            Err(_) => return Err(BodyError::Cut),
        }
    }
}

/// The error in a few words. The library's own text has the whole URL in it.
pub fn reason(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "timed out",
        error if error.is_connect() => "no connection",
        _ => "connection failed",
    }
}
