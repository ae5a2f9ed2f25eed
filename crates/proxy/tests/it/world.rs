//! The scripted upstream: an honest FlexPortal by default, and whatever a test tells it to be.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// One call that arrived.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub body: Value,
}

/// What is answered.
pub enum Reply {
    Json(u16, Value),
    Raw(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Without a length that is said before.
    Streamed(Vec<u8>),
    /// The head and half of the body, then the connection ends.
    Cut(Vec<u8>),
    /// The head at once, and the body after that time.
    Late(Duration, Vec<u8>),
    /// Nothing, ever.
    Hang,
    /// An answer that waits until it is let go.
    Held(Arc<Notify>, Box<Reply>),
}

type Script = Box<dyn Fn(&Call) -> Option<Reply> + Send + Sync>;

type JwksScript = Box<dyn Fn() -> Reply + Send + Sync>;

/// The tenant's data, the calls that came, and the script that answers before the data does.
pub struct World {
    /// Differs from world to world, so that one's traces are told from another's.
    pub mark: String,
    pub files: Mutex<Vec<Value>>,
    /// Whether filters are obeyed.
    pub honest: Mutex<bool>,
    pub calls: Mutex<Vec<Call>>,
    pub script: Mutex<Option<Script>>,
    pub jwks: Mutex<Value>,
    pub jwks_fetches: Mutex<usize>,
    pub jwks_down: Mutex<bool>,
    /// What is answered instead of the JWKS, where a test says so.
    pub jwks_script: Mutex<Option<JwksScript>>,
}

/// Whose each order is.
const ORDERS: [(&str, &str); 4] =
    [("ord_a1", "cust_anna"), ("ord_a2", "cust_anna"), ("ord_b1", "cust_ben"), ("ord_b2", "cust_ben")];

impl World {
    pub fn new(mark: &str) -> Arc<Self> {
        let world = Self {
            mark: mark.into(),
            files: Mutex::default(),
            honest: Mutex::new(true),
            calls: Mutex::default(),
            script: Mutex::default(),
            jwks: Mutex::new(json!({"keys": []})),
            jwks_fetches: Mutex::default(),
            jwks_down: Mutex::new(false),
            jwks_script: Mutex::default(),
        };
        for (order, customer) in ORDERS {
            for number in 1..=3 {
                let file = world.file(&format!("file_{order}_{number}"), Some(order), Some(customer));
                world.files.lock().unwrap().push(file);
            }
        }
        Arc::new(world)
    }

    /// A record in full, with canaries in every field that must stay in the proxy, and in the names of what is Ben's.
    pub fn file(&self, id: &str, order: Option<&str>, customer: Option<&str>) -> Value {
        let mark = &self.mark;
        let owner = customer.unwrap_or("nobody");
        json!({
            "fileId": id, "tenantId": format!("TENANT-{mark}"), "orderId": order, "customerId": customer, "type": "invoice",
            "category": "generated", "filename": format!("stored-{mark}-{id}"), "originalFilename": format!("NAME-{mark}-{owner}.pdf"),
            "contentType": "application/pdf", "fileSize": 1234, "storagePath": format!("PATH-{mark}/{id}"),
            "uploadedBy": format!("UPLOADER-{mark}"), "createdAt": "2025-01-15T11:30:00Z", "updatedAt": "2025-01-16T11:30:00Z",
            "metadata": {"note": format!("META-{mark}")},
        })
    }

    pub fn add(&self, file: Value) {
        self.files.lock().unwrap().push(file);
    }

    pub fn answer_with(&self, script: impl Fn(&Call) -> Option<Reply> + Send + Sync + 'static) {
        *self.script.lock().unwrap() = Some(Box::new(script));
    }

    pub fn be_honest_again(&self) {
        *self.script.lock().unwrap() = None;
    }

    /// The calls since the last time, and forgets them.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    pub fn honestly(&self, call: &Call) -> Reply {
        let files = self.files.lock().unwrap().clone();
        let not_found =
            || Reply::Json(404, json!({"error": {"code": "NOT_FOUND", "message": format!("UPSTREAM-{}", self.mark)}}));
        let segments: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
        match (&call.method, segments.as_slice()) {
            (&Method::GET, ["v1", "files"]) => self.list(call, files),
            (&Method::GET, ["v1", "files", id]) => {
                files.into_iter().find(|file| file["fileId"] == *id).map_or_else(not_found, |file| Reply::Json(200, file))
            }
            (&Method::GET, ["v1", "orders", id]) => {
                ORDERS.iter().find(|(order, _)| order == id).map_or_else(not_found, |(order, customer)| {
                    Reply::Json(
                        200,
                        json!({"orderId": order, "customer": {"customerId": customer, "email": format!("MAIL-{}", self.mark)}}),
                    )
                })
            }
            (&Method::POST, ["v1", "files", "url"]) => {
                let id = call.body["fileId"].as_str().unwrap_or_default();
                let url = format!(
                    "https://storage.example/{id}?action={}&signature=SIGNATURE-{}",
                    call.body["action"].as_str().unwrap(),
                    self.mark
                );
                let answer = json!({"success": true, "url": url, "filename": format!("NAME-{}-cust_anna.pdf", self.mark),
                    "contentType": "application/pdf", "fileSize": 1234, "expiresAt": 1_900_000_000});
                Reply::Json(200, answer)
            }
            _ => not_found(),
        }
    }

    fn list(&self, call: &Call, mut files: Vec<Value>) -> Reply {
        if *self.honest.lock().unwrap() {
            for name in ["orderId", "customerId", "type"] {
                files.retain(|file| call.query.get(name).is_none_or(|wanted| file[name] == wanted.as_str()));
            }
        }
        let number = |name: &str, default: usize| call.query.get(name).map_or(default, |text| text.parse().unwrap());
        let (limit, offset) = (number("limit", 50), number("offset", 0));
        let page: Vec<Value> = files.into_iter().skip(offset).take(limit).collect();
        Reply::Json(200, json!({"count": page.len(), "files": page, "limit": limit, "offset": offset}))
    }
}

async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.uri.path() == "/jwks" {
        *world.jwks_fetches.lock().unwrap() += 1;
        let down = *world.jwks_down.lock().unwrap();
        let jwks = world.jwks.lock().unwrap().clone();
        let scripted = world.jwks_script.lock().unwrap().as_ref().map(|script| script());
        if let Some(reply) = scripted {
            return respond(reply).await;
        }
        return respond(if down { Reply::Raw(500, vec![], b"down".to_vec()) } else { Reply::Json(200, jwks) }).await;
    }
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let call = Call { method: parts.method, path: parts.uri.path().into(), query, headers: parts.headers, body };
    world.calls.lock().unwrap().push(call.clone());
    let scripted = world.script.lock().unwrap().as_ref().and_then(|script| script(&call));
    let reply = scripted.unwrap_or_else(|| world.honestly(&call));
    respond(reply).await
}

async fn respond(reply: Reply) -> Response {
    let reply = match reply {
        Reply::Held(release, reply) => {
            release.notified().await;
            *reply
        }
        reply => reply,
    };
    let (status, headers, body) = match reply {
        Reply::Json(status, value) => {
            (status, vec![("content-type", "application/json".to_owned())], Body::from(value.to_string()))
        }
        Reply::Raw(status, headers, body) => (status, headers, Body::from(body)),
        Reply::Streamed(body) => {
            let chunks: Vec<_> =
                body.chunks(16 * 1024).map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk))).collect();
            (200, vec![], Body::from_stream(futures_util::stream::iter(chunks)))
        }
        Reply::Cut(body) => {
            let first = futures_util::stream::iter([Ok(Bytes::from(body))]);
            // What came first has to be on its way before the connection ends.
            let then = futures_util::stream::once(async {
                tokio::time::sleep(Duration::from_millis(30)).await;
                Err(std::io::Error::other("cut"))
            });
            (200, vec![], Body::from_stream(futures_util::StreamExt::chain(first, then)))
        }
        Reply::Late(delay, body) => {
            let body = futures_util::stream::once(async move {
                tokio::time::sleep(delay).await;
                Ok::<_, std::io::Error>(Bytes::from(body))
            });
            (200, vec![], Body::from_stream(body))
        }
        Reply::Held(..) | Reply::Hang => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            (200, vec![], Body::empty())
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(header::HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}
