//! What the two routes that render have in common: the reader's language, and an answer for one reader.

use super::tell_age;
use crate::encoding::{WORTH_COMPRESSING, choose, compressed};
use crate::render::language::Language;
use crate::render::settings::Asked;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use std::time::Duration;

/// What a rendering depends on. The page that has no list in it is kept by caches, and must not be taken for one that has.
pub const VARY: &str = "cookie, accept-language, accept-encoding";

/// The language that the request names, or else the first that its reader accepts and we have.
pub fn language(asked: &Asked, headers: &HeaderMap) -> Language {
    asked.lang.as_deref().and_then(Language::of_tag).unwrap_or_else(|| Language::accepted(headers))
}

/// HTML for one reader, which nobody keeps, compressed where that is accepted. `age`: how old the list in it is; zero where there is none.
///
/// Compressed though customers' data is in it: who guesses by an answer's length (BREACH) has to make a victim's browser ask again and again, with
/// a guess in the answer. Another site's page gets no list here (`isolation`), and there is no secret beside the list: no token, no signed URL.
pub fn answer(html: String, language: &Language, age: Duration, request: &HeaderMap) -> Response {
    let is_worth_it = html.len() >= WORTH_COMPRESSING;
    let encoding = choose(request, is_worth_it, is_worth_it);
    let mut response = Response::new(Body::from(compressed(html.into_bytes(), encoding)));
    let headers = response.headers_mut();
    for (name, value) in
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store"), (header::VARY, VARY)]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    encoding.tell(headers);
    tell_age(headers, age);
    headers.extend(HeaderValue::from_str(&language.tag).map(|tag| (header::CONTENT_LANGUAGE, tag)));
    response
}
