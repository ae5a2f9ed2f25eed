//! One request: its deadline, its end, and what its failure means to the customer.

use super::json::from_str;
use crate::model::Problem;
use gloo_net::http::{Headers, Request, Response};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, AbortSignal, RequestCache, RequestCredentials, RequestInit};

/// How long a list or a signature may take, in milliseconds. A proxy that waits for its upstream answers within 30 s.
const DEADLINE: u32 = 35_000;

/// How long a file's bytes may take, in milliseconds.
pub(super) const FILE_DEADLINE: u32 = 300_000;

/// Ends the requests that were made with it, when it is dropped or told to.
#[derive(Debug)]
pub struct Cancel(AbortController);

impl Cancel {
    /// A new one, that has ended nothing yet. It cannot fail in a browser that runs WebAssembly.
    pub fn new() -> Self {
        Self(AbortController::new().unwrap_or_else(|_| JsValue::UNDEFINED.unchecked_into()))
    }

    /// What requests listen to.
    pub fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A signal that ends with `cancel`, or after the time.
pub(super) fn within(millis: u32, cancel: &AbortSignal) -> AbortSignal {
    let parts = js_sys::Array::of2(cancel, &AbortSignal::timeout_with_u32(millis));
    AbortSignal::any(&parts)
}

/// What the request's failure to bring any answer means.
pub fn unreachable() -> Problem {
    let online = web_sys::window().is_none_or(|window| window.navigator().on_line());
    if online { Problem::Unavailable(None) } else { Problem::Offline }
}

/// Asks our own origin: posts `body` as JSON where there is one, else gets. Any answer is a success here.
pub(super) async fn ask(url: &str, body: Option<String>, cancel: &AbortSignal) -> Result<Response, Problem> {
    let headers = Headers::new();
    headers.append("accept", "application/json");
    // Not by gloo-net's builder: it reads the address anew to add a query, which comes with all of `core::fmt`.
    let options = RequestInit::new();
    if let Some(body) = body {
        headers.append("content-type", "application/json");
        options.set_method("POST");
        options.set_body(&body.into());
    }
    options.set_headers(&headers.into_raw());
    options.set_credentials(RequestCredentials::SameOrigin);
    options.set_cache(RequestCache::NoStore);
    options.set_signal(Some(&within(DEADLINE, cancel)));
    let request = web_sys::Request::new_with_str_and_init(url, &options).map_err(|_| Problem::Unavailable(None))?;
    Request::from(request).send().await.map_err(|_| unreachable())
}

/// The answer, where it is a success.
pub(super) fn checked(response: Response) -> Result<Response, Problem> {
    if response.ok() {
        return Ok(response);
    }
    let retry_after = response.headers().get("retry-after").and_then(|seconds| seconds.trim().parse().ok());
    Err(Problem::from_status(response.status(), retry_after))
}

/// The answer's JSON.
pub(super) async fn json<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    // A body that breaks off is the network's failure; one that is no JSON is the server's.
    // As bytes: a text would cross into WebAssembly letter by letter.
    let bytes = response.binary().await.map_err(|_| unreachable())?;
    let text = String::from_utf8_lossy(&bytes);
    parsed(text.strip_prefix('\u{FEFF}').unwrap_or(&text))
}

/// JSON that is here.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    from_str(text, js_sys::parse_float).map_err(|_| Problem::Unreadable)
}
