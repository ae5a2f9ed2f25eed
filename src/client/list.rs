//! `GET {endpoint}/files`: one page of the list.

use super::Client;
use super::http::{ask, checked, json, parsed, unreachable};
use crate::model::{PAGE_LIMIT, PageRequest, Problem};
use flexportal::FileList;
use gloo_net::http::Response;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// The first page, which the loader asked for while the component was on its way.
#[derive(Debug, Clone)]
pub struct FirstPage {
    /// The address that was asked.
    pub url: String,
    /// The answer.
    pub answer: Answer,
}

/// The answer to a request for a page.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is on its way: the promise of a `Response`.
    Response(js_sys::Promise),
    /// It is there, and its documents are shown already.
    Shown(String),
}

/// The address of a page. The loader (element.js) writes the same one.
pub fn list_url(client: &Client, request: PageRequest) -> String {
    let part = |name, value: Option<&str>| value.map(|value| [name, "=", value, "&"].concat()).unwrap_or_default();
    let order = part("orderId", client.order_id.as_ref().map(|order| order.as_str()));
    let kind = client.document_type.as_deref().map(|kind| String::from(js_sys::encode_uri_component(kind)));
    let kind = part("type", kind.as_deref());
    let (limit, offset) = (PAGE_LIMIT.to_string(), request.offset.to_string());
    [&client.endpoint, "/files?", &order, &kind, "limit=", &limit, "&offset=", &offset].concat()
}

impl Client {
    /// The page that is shown already, where it is this one.
    pub fn shown(&self, request: PageRequest, first: &FirstPage) -> Option<FileList> {
        match &first.answer {
            Answer::Shown(text) if first.url == list_url(self, request) => parsed(text).ok(),
            _ => None,
        }
    }

    /// Asks for one page, or takes the loader's answer where it is to the same question.
    ///
    /// # Errors
    /// Any [`Problem`] of a request; the records that cannot be read are no error, they are counted in the page.
    pub async fn list(&self, request: PageRequest, first: Option<FirstPage>, cancel: &AbortSignal) -> Result<FileList, Problem> {
        let url = list_url(self, request);
        let response = match first.filter(|first| first.url == url).map(|first| first.answer) {
            Some(Answer::Response(promise)) => {
                let response = JsFuture::from(promise).await.map_err(|_| unreachable())?;
                Response::from(response.unchecked_into::<web_sys::Response>())
            }
            _ => ask(&url, None, cancel).await?,
        };
        json(checked(response)?).await
    }
}
