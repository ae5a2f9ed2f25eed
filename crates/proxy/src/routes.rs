//! One module per action. A handler reads its request, asks for the permission, and answers.

pub mod admin;
pub mod link;
pub mod list;
pub mod page;
pub mod sign;

pub(crate) mod place;

use crate::app::App;
use crate::error::Failure;
use crate::isolation::{self, Access};
use crate::session::Session;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

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
    let body = Bytes::from(serde_json::to_vec(value).map_err(|_| Failure::Internal)?);
    let headers = [(axum::http::header::CONTENT_TYPE, "application/json"), (axum::http::header::CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}
