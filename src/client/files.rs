//! A file's bytes, from the storage's own origin.

use super::Client;
use super::http::{FILE_DEADLINE, unreachable, within};
use super::sign::SignedGet;
use crate::model::Problem;
use flexportal::{Action, FileRecord};
use gloo_net::http::{Request, Response};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, HtmlAnchorElement, HtmlIFrameElement, ReferrerPolicy, RequestCache, RequestCredentials, RequestMode};

/// A file's bytes, in the browser's memory: the WebAssembly's never shrinks again.
pub type Bytes = Uint8Array;

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
        let buffer = web_sys::Response::from(response).array_buffer().map_err(|_| unreachable())?;
        let bytes = Uint8Array::new(&JsFuture::from(buffer).await.map_err(|_| unreachable())?);
        if u64::from(bytes.length()) > max { Err(Problem::TooLarge) } else { Ok(bytes) }
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

/// A download under way, in a frame that nobody sees: an attachment is saved from there, and whatever else is answered, a
/// storage's error page say, does not take the place of the portal. Dropping it takes the frame out of the page.
pub struct Download {
    frame: HtmlIFrameElement,
    failed: Option<Closure<dyn FnMut()>>,
}

impl Download {
    /// Downloads from a same-origin link. `failed` is called when something is shown instead of saved.
    pub fn from_link(link: &str, failed: impl FnMut() + 'static) -> Option<Self> {
        Self::start(link, failed)
    }

    /// Downloads from a URL signed for download.
    pub fn from_signed(url: SignedGet, failed: impl FnMut() + 'static) -> Option<Self> {
        Self::start(&url.into_url(), failed)
    }

    /// Sends the frame to the URL by a link that is part of no document: it is in no DOM, and as the first that the frame
    /// shows it is in no history.
    fn start(url: &str, failed: impl FnMut() + 'static) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let frame: HtmlIFrameElement = document.create_element("iframe").ok()?.unchecked_into();
        let name = format!("order-documents-{}", js_sys::Math::random().to_bits());
        frame.set_name(&name);
        frame.set_hidden(true);
        document.body()?.append_child(&frame).ok()?;
        let failed = Closure::<dyn FnMut()>::new(failed);
        // Only now: the empty page that a frame begins with has been loaded. An attachment loads nothing.
        frame.set_onload(Some(failed.as_ref().unchecked_ref()));
        let link: HtmlAnchorElement = document.create_element("a").ok()?.unchecked_into();
        link.set_href(url);
        link.set_target(&name);
        link.set_referrer_policy("no-referrer");
        link.click();
        Some(Self { frame, failed: Some(failed) })
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.frame.set_onload(None);
        self.frame.remove();
        self.failed = None;
    }
}
