//! `GET /api/v1/orders/{orderId}/fragment`: an order's list as HTML, for a portal's own server to put into its `<order-documents>`.

use super::page::{AnyPath, VARY};
use super::{enter, list, place};
use crate::app::App;
use crate::assets::negotiate::{Encoding, choose};
use crate::error::Failure;
use crate::isolation::Access;
use crate::render::language::Language;
use crate::render::list::{self as rendered_list, Context, LIMIT};
use crate::render::settings::{Asked, Settings};
use crate::upstream::Page;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use flexportal::OrderId;
use std::io::Write;
use std::sync::Arc;

/// A shorter answer than this fits into one packet anyway, in bytes.
const WORTH_COMPRESSING: usize = 1000;

/// Answers what stands inside the element: its declarative shadow root. Whatever is no success is JSON, and nothing to be put into a page.
pub async fn fragment(State(app): State<Arc<App>>, path: AnyPath, request: Request) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let session = enter(&app, &parts, Access::Fetched).await?;
    let Path(order) = path.map_err(|_| Failure::NotFound)?;
    let order = OrderId::new(order).map_err(|_| Failure::NotFound)?;
    let Query(asked) = Query::<Asked>::try_from_uri(&parts.uri).map_err(|_| Failure::BadRequest("The query cannot be read."))?;
    // Without the component's files nobody can say what it is to look like.
    let stylesheet = app.pages.stylesheet.as_deref().ok_or(Failure::NotFound)?;
    let (settings, language) = (Settings::default().with(&asked), accepted(&asked, &parts.headers));
    let offset = place::offset(asked.offset.as_deref())?.unwrap_or(0);
    let page = Page { limit: LIMIT, offset, document_type: None };
    let (shown, _) = list::of_session(&app, &session, Some(order.as_str()), &page).await?;
    // The portal's page is not known here; the order's own one is.
    let further = |offset| format!("/orders/{order}?offset={offset}");
    let context = Context { order: &order, offset, language: &language, settings: &settings, stylesheet, page: &further };
    let markup = rendered_list::rendered(&context, &shown.plain()).map_err(|_| Failure::Internal)?;
    Ok(encoded(markup.into_string(), &language, &parts.headers))
}

/// The language that the request names, or else the first that its reader accepts and we have.
pub(super) fn accepted(asked: &Asked, headers: &HeaderMap) -> Language {
    asked.lang.as_deref().and_then(Language::of_tag).unwrap_or_else(|| Language::accepted(headers))
}

/// HTML for one reader, which nobody keeps, compressed where that is accepted.
pub(super) fn encoded(html: String, language: &Language, request: &HeaderMap) -> Response {
    let is_worth_it = html.len() >= WORTH_COMPRESSING;
    let gzip = match choose(request.get_all(header::ACCEPT_ENCODING), false, is_worth_it) {
        Encoding::Gzip => compressed(html.as_bytes()),
        Encoding::Brotli | Encoding::Identity => None,
    };
    let is_gzip = gzip.is_some();
    let mut response = Response::new(gzip.map_or_else(|| Body::from(html), Body::from));
    let headers = response.headers_mut();
    for (name, value) in
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store"), (header::VARY, VARY)]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.extend(HeaderValue::from_str(&language.tag).map(|tag| (header::CONTENT_LANGUAGE, tag)));
    response
}

/// As small as it gets in a millisecond: on a slow network each kilobyte is five.
fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
