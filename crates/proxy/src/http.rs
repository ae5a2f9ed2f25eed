//! What every outgoing request has in common: deadlines, no redirects, no proxies of the environment, bounded answers.

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_ENCODING, HeaderValue};
use reqwest::{Client, ClientBuilder, Response, redirect};
use std::error::Error;
use std::time::Duration;

/// A client that does what it is told and no more. It keeps connections that are idle for a while.
///
/// # Errors
/// Where the TLS roots cannot be loaded.
pub fn client(connect: Duration, answer: Duration) -> Result<Client, reqwest::Error> {
    builder(connect, answer).build()
}

/// A client that makes a connection for each request and closes it after the answer.
///
/// What comes on a connection after an answer, late, is taken for the answer to the next request on it: HTTP/1.1 has nothing but the order to tell
/// which answer is whose. Here there is no next request.
///
/// # Errors
/// Where the TLS roots cannot be loaded.
pub fn client_without_reuse(connect: Duration, answer: Duration) -> Result<Client, reqwest::Error> {
    builder(connect, answer).pool_max_idle_per_host(0).build()
}

fn builder(connect: Duration, answer: Duration) -> ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(connect)
        .timeout(answer)
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("order-documents-proxy/", env!("CARGO_PKG_VERSION")))
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
    let length = response.content_length().unwrap_or(0);
    if length > limit as u64 {
        return Err(BodyError::TooLong);
    }
    // No more than a list mostly has: so much is promised only.
    let mut body = BytesMut::with_capacity(length.min(64 * 1024) as usize);
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
    /// What the library's error says. Its own text has the whole URL in it, and is not looked at.
    pub fn of(error: &reqwest::Error) -> Self {
        match tls(error) {
            Some(rustls::Error::InvalidCertificate(_)) => Self::Certificate,
            Some(_) => Self::Tls,
            None if error.is_connect() && error.is_timeout() => Self::ConnectionTimeout,
            // The resolver's step has a type of its own that is not public, and this for a text.
            None if error.is_connect() && causes(error).any(|cause| cause.to_string() == "dns error") => Self::Name,
            None if error.is_connect() => Self::Connection,
            None if error.is_timeout() => Self::Timeout,
            None => Self::Broken,
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

fn tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    async fn cause(url: &str) -> Cause {
        let client = client(Duration::from_secs(2), Duration::from_secs(2)).unwrap();
        Cause::of(&client.get(url).send().await.unwrap_err())
    }

    #[tokio::test]
    async fn should_tell_why_there_is_no_answer() {
        // A name that no resolver may know (RFC 6761), a port that nobody listens on.
        assert_eq!(cause("http://order-documents.invalid/").await, Cause::Name);
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(cause(&format!("http://{free}/")).await, Cause::Connection);

        let plain = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = plain.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for _ in 0..2 {
                let (mut stream, _) = plain.accept().unwrap();
                stream.write_all(b"no HTTP\r\n\r\n").unwrap();
                // Until the client has left: a reset would be another failure.
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
        });
        assert_eq!(cause(&format!("http://{address}/")).await, Cause::Broken);
        assert_eq!(cause(&format!("https://{address}/")).await, Cause::Tls);
        server.join().unwrap();

        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(cause(&format!("http://{}/", silent.local_addr().unwrap())).await, Cause::Timeout);
    }
}
