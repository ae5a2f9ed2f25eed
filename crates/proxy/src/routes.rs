//! One module per action. A handler reads its request, asks for the permission, and answers.

pub mod admin;
pub mod fragment;
mod html;
pub mod link;
pub mod list;
pub mod page;
pub mod sign;

pub(crate) mod place;
mod query;

use crate::app::App;
use crate::error::Failure;
use crate::isolation::{self, Access};
use crate::session::Session;
use axum::http::HeaderMap;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::time::Duration;

pub const LIST: &str = "/api/v1/files";
pub const SIGN: &str = "/api/v1/files/url";
pub const VIEW: &str = "/api/v1/files/{file_id}/view";
pub const DOWNLOAD: &str = "/api/v1/files/{file_id}/download";
pub const FRAGMENT: &str = "/api/v1/orders/{order_id}/fragment";
pub const HOME: &str = "/";
pub const ORDER: &str = "/orders/{order_id}";
pub const ASSET: &str = "/assets/{*path}";

/// The template of ours that was matched, for labels that cost nothing.
pub fn template(matched: &str) -> &'static str {
    [LIST, SIGN, VIEW, DOWNLOAD, FRAGMENT, HOME, ORDER, ASSET].into_iter().find(|template| *template == matched).unwrap_or("none")
}

/// The session of a request for data, after its origin was found to be ours. Every data route begins with it.
///
/// # Errors
/// [`Failure::CrossSite`], [`Failure::SignedOut`] or [`Failure::KeysUnavailable`].
async fn enter(app: &App, parts: &Parts, access: Access) -> Result<Session, Failure> {
    isolation::check(&parts.method, &parts.headers, access, app.public_origin.as_deref())?;
    Ok(app.sessions.of(&parts.headers).await?)
}

/// An answer in JSON that nobody keeps.
fn json<T: serde::Serialize>(value: &T) -> Result<Response, Failure> {
    Ok(json_bytes(serde_json::to_vec(value).map_err(|_| Failure::Internal)?.into()))
}

/// The same, of JSON that is written already.
fn json_bytes(body: Bytes) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

/// Whatever shows a list says how old it is, from a second on.
fn tell_age(headers: &mut HeaderMap, age: Duration) {
    if age.as_secs() > 0 {
        headers.insert(header::AGE, age.as_secs().into());
    }
}
