//! A running proxy in front of a scripted upstream, and a client that keeps a transcript of everything it was answered.

use crate::tokens::{EDDSA, claims};
use crate::world::World;
use fault_relay::{Direction, Fault, Relay};
use order_documents_proxy::app::{self, Running};
use order_documents_proxy::config::{Config, LogFormat, Source};
use order_documents_proxy::logging;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

static LOGS: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(Mutex::default);
static COUNT: AtomicUsize = AtomicUsize::new(0);

struct LogWriter;

impl io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGS.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

/// One answer, with everything that is compared between answers.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The answer as somebody sees it who looks for differences: without what differs every time.
    pub fn appearance(&self) -> (StatusCode, Vec<(String, String)>, String) {
        let id = self.header("x-request-id").to_owned();
        let headers = self.headers.iter().filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        (self.status, headers, self.text.replace(&id, "ID"))
    }

    pub fn file_ids(&self) -> Vec<String> {
        self.json()["files"].as_array().unwrap().iter().map(|file| file["fileId"].as_str().unwrap().to_owned()).collect()
    }
}

/// What stands between the proxy and the world, where a test wants faults of the network.
pub struct Relays {
    pub upstream: Relay,
    pub keys: Relay,
}

pub struct Harness {
    pub world: Arc<World>,
    pub origin: String,
    pub admin: String,
    pub public: SocketAddr,
    pub key: String,
    pub relays: Option<Relays>,
    /// Where the world listens.
    pub upstream: SocketAddr,
    client: Client,
    running: Option<Running>,
    transcript: Mutex<String>,
    secrets: Mutex<Vec<String>>,
}

impl Harness {
    pub async fn new() -> Self {
        Self::with(&[], |_| {}).await
    }

    /// Where nothing is remembered, so that each request's calls are seen.
    pub async fn uncached() -> Self {
        Self::with(&[], keep_nothing).await
    }

    /// With changes to the configuration: names with values over the defaults, and to what has no names.
    pub async fn with(values: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Self {
        let harness = Self::start(values, change, None).await;
        harness.until_ready().await;
        harness
    }

    /// With a relay before the upstream and one before the identity provider. Whether the keys are there is not waited for.
    pub async fn behind_relays(change: impl FnOnce(&mut Config)) -> Self {
        Self::behind_faulty_relays(Fault::None, change).await
    }

    /// As [`Harness::behind_relays`], with a fault of all answers of the identity provider from the first one on.
    pub async fn behind_faulty_relays(keys: Fault, change: impl FnOnce(&mut Config)) -> Self {
        Self::start(&[("PROXY_REQUESTS_PER_MINUTE", "100000")], change, Some(keys)).await
    }

    async fn start(values: &[(&str, &str)], change: impl FnOnce(&mut Config), faulty_keys: Option<Fault>) -> Self {
        static INSTALL: std::sync::Once = std::sync::Once::new();
        INSTALL.call_once(|| {
            let _ = tracing::subscriber::set_global_default(logging::subscriber(
                LogFormat::Text,
                tracing::Level::TRACE,
                LogWriter,
                None,
            ));
        });
        let mark = format!("m{}x", COUNT.fetch_add(1, Ordering::Relaxed));
        let key = format!("KEY-{mark}-CANARY");
        let world = World::new(&mark);
        *world.jwks.lock().unwrap() = json!({"keys": [EDDSA.jwk()]});
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap();
        let router = world.router();
        tokio::spawn(async move { axum::serve(listener, router).await });

        let relays = match faulty_keys {
            Some(fault) => {
                let keys = Relay::start(upstream, 2).await.unwrap();
                keys.set(Direction::ToClient, fault);
                Some(Relays { upstream: Relay::start(upstream, 1).await.unwrap(), keys })
            }
            None => None,
        };
        let addresses = relays.as_ref().map_or((upstream, upstream), |relays| (relays.upstream.address(), relays.keys.address()));
        let config = Config::read(source(&defaults(addresses, &key), values));
        let mut config = config.unwrap_or_else(|problems| panic!("{problems}"));
        change(&mut config);
        let running = app::start(config).await.unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            world,
            relays,
            upstream,
            origin: format!("http://localhost:{}", running.public.port()),
            admin: running.admin.map(|address| format!("http://{address}")).unwrap_or_default(),
            public: running.public,
            key,
            client,
            running: Some(running),
            transcript: Mutex::default(),
            secrets: Mutex::default(),
        }
    }

    pub async fn until_ready(&self) {
        for _ in 0..500 {
            let ready = self.client.get(format!("{}/readyz", self.admin)).header("connection", "close").send();
            if ready.await.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Any request, as it is.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
        for (_, value) in headers.iter().filter(|(name, _)| ["authorization", "cookie"].contains(name)) {
            let token = value.rsplit(['=', ' ']).next().unwrap_or_default().to_owned();
            self.secrets.lock().unwrap().extend((token.len() > 40).then_some(token));
        }
        let mut request = self
            .client
            .request(method, format!("http://{}{path}", self.public))
            .header("host", self.origin.trim_start_matches("http://"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
        self.transcript.lock().unwrap().push_str(&format!("{status} {headers:?}\n{text}\n"));
        Answer { status, headers, text }
    }

    /// A `GET` with a Bearer token.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(Method::GET, path, &[("authorization", &format!("Bearer {token}"))], None).await
    }

    /// A `GET` as the page makes it.
    pub async fn get_with_cookie(&self, token: &str, path: &str, more: &[(&str, &str)]) -> Answer {
        let cookie = format!("__Host-portal_session={token}");
        self.send(Method::GET, path, &[&[("cookie", cookie.as_str())], more].concat(), None).await
    }

    /// Asks for a signed URL.
    pub async fn sign(&self, token: &str, body: Value) -> Answer {
        self.sign_at(token, "", body).await
    }

    /// Asks for a signed URL, with a query.
    pub async fn sign_at(&self, token: &str, query: &str, body: Value) -> Answer {
        let headers = [("authorization", format!("Bearer {token}")), ("content-type", "application/json".into())];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send(Method::POST, &format!("/api/v1/files/url?{query}"), &headers, Some(body.to_string().into_bytes())).await
    }

    /// A request that is refused costs nothing.
    pub fn no_upstream_call(&self, what: &str) {
        let calls = self.world.take_calls();
        assert!(calls.is_empty(), "{what}: {calls:?}");
    }

    /// What no log may say.
    pub fn forbid_in_logs(&self, secret: &str) {
        assert!(!String::from_utf8_lossy(&LOGS.lock().unwrap()).contains(secret), "{secret} is in a log");
    }

    /// The proxy itself, for a test that stops it.
    pub fn take_running(&mut self) -> Running {
        self.running.take().unwrap()
    }
}

/// What must hold after every test, whatever it was about.
impl Drop for Harness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let transcript = self.transcript.get_mut().unwrap();
        let logs = String::from_utf8_lossy(&LOGS.lock().unwrap()).into_owned();
        let mark = &self.world.mark;
        assert!(!transcript.contains(&self.key) && !logs.contains(&self.key), "the API key is in an answer or a log");
        for internal in ["TENANT", "PATH", "UPLOADER", "META", "MAIL", "UPSTREAM"] {
            let canary = format!("{internal}-{mark}");
            assert!(!transcript.contains(&canary) && !logs.contains(&canary), "{canary} got out");
        }
        for private in ["SIGNATURE", "NAME"] {
            assert!(!logs.contains(&format!("{private}-{mark}")), "{private} is in a log");
        }
        assert!(!transcript.contains(&format!("NAME-{mark}-cust_ben")), "Ben's file was shown to Anna");
        for token in self.secrets.get_mut().unwrap() {
            assert!(!logs.contains(token.as_str()), "a token is in a log");
        }
    }
}

/// Lists and owners are asked for anew each time.
pub fn keep_nothing(config: &mut Config) {
    for limit in
        [&mut config.limits.list_fresh, &mut config.limits.list_stale, &mut config.limits.list_kept, &mut config.limits.ownership]
    {
        *limit = Duration::ZERO;
    }
}

pub fn anna() -> String {
    EDDSA.sign(&claims("cust_anna", Some(&["ord_a1", "ord_a2"])))
}

/// The same customer, whose token says nothing of orders.
pub fn anna_without_orders() -> String {
    EDDSA.sign(&claims("cust_anna", None))
}

fn defaults((upstream, keys): (SocketAddr, SocketAddr), key: &str) -> HashMap<String, String> {
    [
        ("FLEXPORTAL_URL", format!("http://{upstream}")),
        ("FLEXPORTAL_API_KEY", key.into()),
        ("FLEXPORTAL_TENANT_ID", "tenant_demo".into()),
        ("PROXY_LISTEN", "127.0.0.1:0".into()),
        ("PROXY_ADMIN_LISTEN", "127.0.0.1:0".into()),
        ("PROXY_STORAGE_ORIGINS", "https://storage.example".into()),
        ("SESSION_JWKS_URL", format!("http://{keys}/jwks")),
        ("SESSION_ISSUER", "https://idp.example".into()),
        ("SESSION_AUDIENCE", "order-documents".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn source(defaults: &HashMap<String, String>, values: &[(&str, &str)]) -> Source {
    Source::open(|name| {
        let value = values.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        value.or_else(|| defaults.get(name).cloned()).map(OsString::from)
    })
}
