//! The scripted upstream: FlexPortal and the identity provider's JWKS at one address. It is honest and fast unless it is told otherwise, and counts
//! what it is asked, at the moment at which it is asked.

use crate::world::{Order, STORAGE, customer_id, customer_of, file_name, order_of_file, page};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The window of the allowance.
pub const WINDOW: Duration = Duration::from_secs(60);

/// The longest body that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// The keys of sessions; no call of the allowance.
    Jwks,
    /// A list.
    List,
    /// Whose an order is.
    Order,
    /// A signed URL.
    Sign,
    /// Something else, which the proxy never asks.
    Other,
}

/// One call.
#[derive(Debug)]
pub struct Call {
    /// What is asked.
    pub question: Question,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// Whether it carries the key.
    pub authorized: bool,
    /// The body.
    pub body: Bytes,
}

/// Calls that came.
#[derive(Default)]
pub struct Counts(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    by_question: HashMap<Question, u64>,
    recent: VecDeque<Instant>,
    total: u64,
    most: usize,
}

impl Counts {
    fn inner(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one that came now.
    pub fn add(&self, question: Question, now: Instant) {
        let mut counted = self.inner();
        *counted.by_question.entry(question).or_default() += 1;
        if question == Question::Jwks {
            return;
        }
        counted.total += 1;
        while counted.recent.front().is_some_and(|then| now.duration_since(*then) >= WINDOW) {
            counted.recent.pop_front();
        }
        counted.recent.push_back(now);
        counted.most = counted.most.max(counted.recent.len());
    }

    /// Calls of the allowance so far.
    pub fn total(&self) -> u64 {
        self.inner().total
    }

    /// Calls of one kind so far.
    pub fn of(&self, question: Question) -> u64 {
        self.inner().by_question.get(&question).copied().unwrap_or_default()
    }

    /// The most in any sliding minute so far.
    pub fn most_in_a_minute(&self) -> usize {
        self.inner().most
    }
}

/// An answer.
pub type Reply = Response<Full<Bytes>>;

/// The upstream's data: honest answers out of the ids, and the keys.
pub struct Upstream {
    jwks: String,
    /// What came.
    pub counts: Counts,
}

impl Upstream {
    /// With the keys that it publishes.
    pub fn new(jwks: String) -> Arc<Self> {
        Arc::new(Self { jwks, counts: Counts::default() })
    }

    /// What an honest FlexPortal answers.
    pub fn honestly(&self, call: &Call) -> Reply {
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        match call.question {
            Question::Jwks => json(200, self.jwks.clone()),
            _ if !call.authorized => json(401, error("UNAUTHORIZED")),
            Question::List => list(query).map_or_else(|| json(404, error("NOT_FOUND")), |text| json(200, text)),
            Question::Order => match path.rsplit('/').next().and_then(Order::of) {
                Some(order) => {
                    let (id, customer) = (order.id(), customer_id(order.customer));
                    json(
                        200,
                        format!(
                            "{{\"orderId\":\"{id}\",\"customer\":{{\"customerId\":\"{customer}\",\"email\":\"CANARY-metadata\"}}}}"
                        ),
                    )
                }
                None => json(404, error("NOT_FOUND")),
            },
            Question::Sign => sign(&call.body).map_or_else(|| json(404, error("NOT_FOUND")), |text| json(200, text)),
            Question::Other => json(404, error("NOT_FOUND")),
        }
    }
}

fn error(code: &str) -> String {
    format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"CANARY-metadata\"}}}}")
}

fn list(query: &str) -> Option<String> {
    let of = |wanted: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let number = |name: &str, default: u32| of(name).map_or(Some(default), |text| text.parse().ok());
    let (limit, offset) = (number("limit", 50)?, number("offset", 0)?);
    match (of("orderId"), of("customerId")) {
        (Some(order), _) => Some(page(Order::of(order)?, limit, offset)),
        // A customer's own list is that of one order, so that there is nothing to keep in step.
        (None, Some(customer)) => Some(page(Order { customer: customer_of(customer)?, number: 0, documents: 7 }, limit, offset)),
        (None, None) => None,
    }
}

fn sign(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let (file, action) = (body["fileId"].as_str()?, body["action"].as_str()?);
    let (order, which) = order_of_file(file)?;
    let name = file_name(order, which);
    Some(format!(
        "{{\"success\":true,\"url\":\"{STORAGE}/{file}?action={action}&signature=SIGNATURE-{file}\",\"filename\":\"{name}\",\
         \"contentType\":\"application/pdf\",\"fileSize\":1234,\"expiresAt\":1900000000}}"
    ))
}

/// An answer in JSON.
pub fn json(status: u16, body: String) -> Reply {
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    reply.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    reply
}

/// Serves HTTP on loopback until the runtime ends; returns the address. `answer` gets each request, and may take its time.
///
/// # Errors
/// Where there is no port.
pub async fn serve<F, A>(answer: F) -> std::io::Result<SocketAddr>
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = Reply> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer(request);
                async move { Ok::<_, std::convert::Infallible>(answer.await) }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(address)
}

/// Reads a request and counts it.
pub async fn receive(upstream: &Upstream, request: Request<Incoming>) -> Call {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let question = match (&parts.method, path) {
        (&Method::GET, "/jwks") => Question::Jwks,
        (&Method::GET, "/v1/files") => Question::List,
        (&Method::POST, "/v1/files/url") => Question::Sign,
        (&Method::GET, path) if path.starts_with("/v1/orders/") => Question::Order,
        _ => Question::Other,
    };
    upstream.counts.add(question, Instant::now());
    let key = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let authorized = key.and_then(|value| value.strip_prefix("Bearer ")) == Some(crate::world::API_KEY);
    let target = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let body = Limited::new(body, MAX_BODY).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Call { question, method: parts.method, target, authorized, body }
}

/// Serves the honest upstream.
///
/// # Errors
/// Where there is no port.
pub async fn serve_honestly(upstream: Arc<Upstream>) -> std::io::Result<SocketAddr> {
    serve(move |request| {
        let upstream = Arc::clone(&upstream);
        async move {
            let call = receive(&upstream, request).await;
            upstream.honestly(&call)
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Connection;
    use crate::world::API_KEY;

    #[test]
    fn should_know_the_most_in_any_minute() {
        let (counts, start) = (Counts::default(), Instant::now());
        for second in [0, 10, 20, 59, 60, 61, 130] {
            counts.add(Question::List, start + Duration::from_secs(second));
        }
        counts.add(Question::Jwks, start + Duration::from_secs(130));
        // From 10 to 61: the one at 0 is out of the window at 60.
        assert_eq!((counts.total(), counts.most_in_a_minute(), counts.of(Question::Jwks)), (7, 5, 1));
    }

    #[tokio::test]
    async fn should_answer_like_the_api_and_only_with_the_key() {
        let upstream = Upstream::new("{\"keys\":[]}".into());
        let address = serve_honestly(Arc::clone(&upstream)).await.unwrap();
        let mut connection = Connection::open(address).await.unwrap();
        let order = Order { customer: 1, number: 2, documents: 3 };
        for (target, key, status, part) in [
            (format!("/v1/files?orderId={}&limit=2&offset=1", order.id()), API_KEY, 200, order.file(2)),
            ("/v1/files?customerId=cust_00004".into(), API_KEY, 200, "file_00004_0_7_6".into()),
            (format!("/v1/orders/{}", order.id()), API_KEY, 200, "cust_00001".into()),
            (format!("/v1/orders/{}", order.id()), "another", 401, "UNAUTHORIZED".into()),
            ("/v1/orders/ord_1".into(), API_KEY, 404, "NOT_FOUND".into()),
            ("/jwks".into(), "", 200, "keys".into()),
        ] {
            let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
            assert_eq!(connection.exchange(request.as_bytes()).await.unwrap(), status, "{target}");
            let body = String::from_utf8_lossy(connection.body()).into_owned();
            assert!(body.contains(&part), "{target}: {body}");
        }
        let body = format!("{{\"fileId\":\"{}\",\"action\":\"view\"}}", order.file(0));
        let request = format!(
            "POST /v1/files/url HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {API_KEY}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        assert_eq!(connection.exchange(request.as_bytes()).await.unwrap(), 200);
        assert!(String::from_utf8_lossy(connection.body()).contains("SIGNATURE-file_00001_2_3_0"));
        assert_eq!((upstream.counts.total(), upstream.counts.of(Question::Jwks)), (6, 1));
    }
}
