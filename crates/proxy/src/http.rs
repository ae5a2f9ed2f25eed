//! What every outgoing request has in common: deadlines, and answers that are bounded. Redirects, encodings and proxies of the environment are
//! not followed: nothing here knows of them.

mod cause;
mod connector;

pub use cause::Cause;
pub use connector::Connector;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_ENCODING, HeaderValue, USER_AGENT};
use hyper::{StatusCode, http::response};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A request that is sent: its body is at hand, so that it can be sent again.
pub type Request = hyper::Request<Full<Bytes>>;

/// A client that does what it is told and no more.
#[derive(Debug, Clone)]
pub struct Client {
    client: legacy::Client<Connector, Full<Bytes>>,
    deadlines: Deadlines,
}

/// How long an answer may take, its connection included.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// Until its head is there.
    pub head: Duration,
    /// Until all of it is.
    pub whole: Duration,
}

impl Deadlines {
    /// One for both.
    pub fn whole(whole: Duration) -> Self {
        Self { head: whole, whole }
    }
}

impl Client {
    /// A client that keeps connections which are idle for a while.
    pub fn new(connector: Connector, deadlines: Deadlines) -> Self {
        Self { client: builder().build(connector), deadlines }
    }

    /// A client that makes a connection for each request and closes it after the answer.
    ///
    /// What comes on a connection after an answer, late, is taken for the answer to the next request on it: HTTP/1.1 has nothing but the order to
    /// tell which answer is whose. Here there is no next request.
    pub fn without_reuse(connector: Connector, deadlines: Deadlines) -> Self {
        Self { client: builder().pool_max_idle_per_host(0).build(connector), deadlines }
    }

    /// Sends the request, and returns the answer's head once that is there.
    ///
    /// # Errors
    /// [`Cause`]
    pub async fn send(&self, mut request: Request) -> Result<Answer, Cause> {
        let (now, Deadlines { head, whole }) = (Instant::now(), self.deadlines);
        let agent = HeaderValue::from_static(concat!("order-documents-proxy/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().entry(USER_AGENT).or_insert(agent);
        let answer = timeout_at(now + head, self.client.request(request)).await.map_err(|_| Cause::Timeout)?;
        let (head, body) = answer.map_err(|error| Cause::of(&error))?.into_parts();
        Ok(Answer { head, body, until: now + whole })
    }
}

fn builder() -> legacy::Builder {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(30));
    builder
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Answer {
    head: response::Parts,
    body: Incoming,
    until: Instant,
}

impl Answer {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The head's fields.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Reads the body, of at most `limit` bytes, counted while they arrive.
    ///
    /// # Errors
    /// [`BodyError`] where it is longer, encoded, cut off or late.
    pub async fn body(self, limit: usize) -> Result<Bytes, BodyError> {
        let encoding = self.head.headers.get(CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| encoding != HeaderValue::from_static("identity")) {
            return Err(BodyError::Encoded);
        }
        timeout_at(self.until, gather(self.body, limit)).await.map_err(|_| BodyError::Timeout)?
    }
}

/// The body's bytes, one after the other: kept chunk by chunk, those of a byte each would take thirty times the room.
async fn gather(mut body: Incoming, limit: usize) -> Result<Bytes, BodyError> {
    let promised = body.size_hint().lower();
    if promised > limit as u64 {
        return Err(BodyError::TooLong);
    }
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        // Trailers say nothing that is asked for.
        let Ok(chunk) = frame.map_err(|_| BodyError::Cut)?.into_data() else { continue };
        if first.len().max(all.len()) + chunk.len() > limit {
            return Err(BodyError::TooLong);
        }
        // Most bodies come at once, and need no copy.
        if first.is_empty() {
            first = chunk;
            continue;
        }
        if all.is_empty() {
            // No more than a list mostly has: so much is promised only.
            all.reserve(promised.min(64 * 1024) as usize);
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&chunk);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    async fn cause(url: &str, connect: Duration) -> Cause {
        let client = Client::new(Connector::new(connect).unwrap(), Deadlines::whole(Duration::from_secs(2)));
        client.send(hyper::Request::get(url).body(Full::default()).unwrap()).await.unwrap_err()
    }

    #[tokio::test]
    async fn should_tell_why_there_is_no_answer() {
        let cause = |url: String| async move { cause(&url, Duration::from_secs(2)).await };
        // A name that no resolver may know (RFC 6761), a port that nobody listens on.
        assert_eq!(cause("http://order-documents.invalid/".into()).await, Cause::Name);
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(cause(format!("http://{free}/")).await, Cause::Connection);

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
        assert_eq!(cause(format!("http://{address}/")).await, Cause::Broken);
        assert_eq!(cause(format!("https://{address}/")).await, Cause::Tls);
        server.join().unwrap();

        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(cause(format!("http://{}/", silent.local_addr().unwrap())).await, Cause::Timeout);
    }

    #[tokio::test]
    async fn should_bound_the_whole_connection_tls_included() {
        // The system takes the connection, and nobody speaks TLS on it.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", silent.local_addr().unwrap());
        assert_eq!(cause(&url, Duration::from_millis(50)).await, Cause::ConnectionTimeout);
        assert_eq!(cause(&url, Duration::from_secs(20)).await, Cause::Timeout);
    }
}
