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
use crate::headers::FIELDS;
use crate::isolation::{self, Access};
use crate::session::Session;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use std::sync::LazyLock;
use std::time::Duration;

pub const LIST: &str = "/api/v1/files";
pub const SIGN: &str = "/api/v1/files/url";
pub const VIEW: &str = "/api/v1/files/{file_id}/view";
pub const DOWNLOAD: &str = "/api/v1/files/{file_id}/download";
pub const FRAGMENT: &str = "/api/v1/orders/{order_id}/fragment";
pub const HOME: &str = "/";
pub const ORDER: &str = "/orders/{order_id}";
pub const ASSET: &str = "/assets/{*path}";

/// The template of ours that a path is of, for labels that cost nothing; "none" where it is of none.
pub fn template(path: &str) -> &'static str {
    // The router's own matcher, which tells nobody outside of a handler what it has found.
    static TEMPLATES: LazyLock<matchit::Router<&'static str>> = LazyLock::new(|| {
        let mut templates = matchit::Router::new();
        for template in [LIST, SIGN, VIEW, DOWNLOAD, FRAGMENT, HOME, ORDER, ASSET] {
            templates.insert(template, template).expect("a template of its own");
        }
        templates
    });
    TEMPLATES.at(path).map_or("none", |matched| matched.value)
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
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.reserve(FIELDS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whatever shows a list says how old it is, from a second on.
fn tell_age(headers: &mut HeaderMap, age: Duration) {
    if age.as_secs() > 0 {
        headers.insert(header::AGE, age.as_secs().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_name_a_request_by_its_template_and_by_nothing_of_its_own() {
        for (path, expected) in [
            ("/", HOME),
            ("/orders/ord_1", ORDER),
            ("/api/v1/files", LIST),
            ("/api/v1/files/url", SIGN),
            ("/api/v1/files/f1/view", VIEW),
            ("/api/v1/files/%2e%2e/download", DOWNLOAD),
            ("/api/v1/orders/ord_1/fragment", FRAGMENT),
            ("/assets/a/b.js", ASSET),
            ("", "none"),
            ("/api/v1/files/", "none"),
            ("/api/v1/files/f1/view/", "none"),
            ("/orders/", "none"),
            ("/orders/a/b", "none"),
            ("/assets/", "none"),
            ("//", "none"),
        ] {
            assert_eq!(template(path), expected, "{path}");
        }
    }
}
