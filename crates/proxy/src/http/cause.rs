//! Why there is no answer.

use hyper_util::client::legacy;
use std::error::Error;
use tokio::time::error::Elapsed;

/// Why there is no answer at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The host's name has no address.
    #[error("the host's name is not known")]
    Name,
    /// An address, but nobody who takes the connection.
    #[error("no connection")]
    Connection,
    /// No connection within its deadline.
    #[error("no connection in time")]
    ConnectionTimeout,
    /// A connection whose certificate is not trusted, has another name or has expired.
    #[error("the certificate is not accepted")]
    Certificate,
    /// A connection on which no TLS comes about for another reason; often the port speaks plain HTTP.
    #[error("no TLS")]
    Tls,
    /// A connection, and no answer within its deadline.
    #[error("timed out")]
    Timeout,
    /// A connection that ended before the answer, or on which no HTTP is spoken.
    #[error("the connection failed")]
    Broken,
}

impl Cause {
    /// What the library's error says. Its own text may have the address in it, and is not shown.
    pub(super) fn of(error: &legacy::Error) -> Self {
        match causes(error).find_map(|cause| cause.downcast_ref()) {
            Some(rustls::Error::InvalidCertificate(_)) => Self::Certificate,
            Some(_) => Self::Tls,
            None if !error.is_connect() => Self::Broken,
            None if causes(error).any(|cause| cause.is::<Elapsed>()) => Self::ConnectionTimeout,
            // The resolver's step has a type of its own that is not public, and this for a text.
            None if causes(error).any(|cause| cause.to_string() == "dns error") => Self::Name,
            None => Self::Connection,
        }
    }
}

/// The error and what lies beneath it. An `io::Error` names as its source the source of what it holds, and so passes over that.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(held) => Some(held),
        None => (*error).source(),
    })
}
