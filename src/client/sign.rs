//! `POST {endpoint}/files/url`: a URL for one use.

use super::Client;
use super::http::{DEADLINE, checked, json, unreachable, within};
use crate::model::{Problem, is_safe_signed_url};
use flexportal::{Action, FileRecord, SignRequest, SignedUrl};
use gloo_net::http::Request;
use wasm_bindgen::{JsValue, UnwrapThrowExt};
use web_sys::{AbortSignal, RequestCache, RequestCredentials, Url};

/// A signed URL to get a file from, checked. Using it uses it up; it is neither kept nor shown.
pub struct SignedGet(String);

impl SignedGet {
    pub(super) fn into_url(self) -> String {
        self.0
    }
}

impl Client {
    /// Asks for a URL to get one file.
    ///
    /// # Errors
    /// Any [`Problem`] of a request, and [`Problem::UnsafeUrl`] where the URL must not be used.
    pub async fn sign(&self, file: &FileRecord, action: Action, cancel: &AbortSignal) -> Result<SignedGet, Problem> {
        let body = SignRequest {
            file_id: Some(file.file_id.clone()),
            action,
            expires_in_minutes: Some(self.link_minutes),
            order_id: file.order_id.clone().or_else(|| self.order_id.clone()),
            ..SignRequest::default()
        };
        let body = js_sys::JSON::stringify(&serialize(&body)).unwrap_throw();
        let request = Request::post(&format!("{}/files/url", self.endpoint))
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .credentials(RequestCredentials::SameOrigin)
            .cache(RequestCache::NoStore)
            .abort_signal(Some(&within(DEADLINE, cancel)))
            .body(body)
            .map_err(|_| Problem::Unavailable(None))?;
        let response = request.send().await.map_err(|_| unreachable())?;
        let signed: SignedUrl = json(checked(response)?).await?;
        safe(&signed.url).then(|| SignedGet(signed.url)).ok_or(Problem::UnsafeUrl)
    }
}

/// The body as a plain object. It holds strings and numbers only, which cannot fail to become one.
fn serialize(body: &SignRequest) -> JsValue {
    use serde::Serialize as _;
    body.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_throw()
}

fn safe(url: &str) -> bool {
    Url::new(url).is_ok_and(|url| {
        let has_credentials = !url.username().is_empty() || !url.password().is_empty();
        is_safe_signed_url(&url.protocol(), &url.hostname(), has_credentials)
    })
}
