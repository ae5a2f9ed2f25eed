//! A file's bytes, from the storage's own origin.

use super::Client;
use super::http::{FILE_DEADLINE, unreachable, within};
use super::sign::SignedGet;
use crate::model::Problem;
use flexportal::{Action, FileRecord};
use gloo_net::http::{Request, Response};
use wasm_bindgen::JsCast;
use web_sys::{AbortSignal, HtmlAnchorElement, ReferrerPolicy, RequestCache, RequestCredentials, RequestMode};

/// A file's bytes.
pub type Bytes = Vec<u8>;

impl Client {
    /// Signs for viewing and gets the file, at most `max` bytes of it.
    ///
    /// A URL that the storage refuses has expired, on its clock or on ours: it is asked for anew, once.
    ///
    /// # Errors
    /// Any [`Problem`] of signing or of a request; [`Problem::TooLarge`] above `max`.
    pub async fn bytes(&self, file: &FileRecord, max: u64, cancel: &AbortSignal) -> Result<Bytes, Problem> {
        if file.size.is_some_and(|size| size > max) {
            return Err(Problem::TooLarge);
        }
        let mut response = get(self.sign(file, Action::View, cancel).await?, cancel).await;
        let expired = |response: &Result<Response, Problem>| match response {
            Ok(response) => matches!(response.status(), 400 | 401 | 403 | 410),
            // A storage's refusal without CORS headers is, to a script, no answer at all.
            Err(problem) => *problem == Problem::Unavailable(None) && !cancel.aborted(),
        };
        if expired(&response) {
            response = get(self.sign(file, Action::View, cancel).await?, cancel).await;
        }
        let response = response?;
        match response.status() {
            200 => {}
            404 => return Err(Problem::NotFound),
            status => return Err(Problem::Unavailable(Some(status))),
        }
        let length = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > max) {
            return Err(Problem::TooLarge);
        }
        let bytes = response.binary().await.map_err(|_| unreachable())?;
        if bytes.len() as u64 > max { Err(Problem::TooLarge) } else { Ok(bytes) }
    }
}

/// The storage gets no cookie, no referrer and no second chance through a redirect.
async fn get(url: SignedGet, cancel: &AbortSignal) -> Result<Response, Problem> {
    let request = Request::get(&url.into_url())
        .mode(RequestMode::Cors)
        .credentials(RequestCredentials::Omit)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .redirect(web_sys::RequestRedirect::Error)
        .cache(RequestCache::NoStore)
        .abort_signal(Some(&within(FILE_DEADLINE, cancel)));
    request.send().await.map_err(|_| unreachable())
}

/// Saves a file from a URL signed for download, which the storage answers as an attachment.
///
/// The link is never part of a document, so the URL is in no DOM; and an attachment leaves no trace in the history.
pub fn open_download(url: SignedGet, name: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let link = document.and_then(|document| document.create_element("a").ok());
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
    link.set_href(&url.into_url());
    link.set_download(name);
    link.set_referrer_policy("no-referrer");
    link.click();
}
