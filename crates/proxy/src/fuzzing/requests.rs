//! What browsers send: credentials, Fetch-Metadata, the query of our links.

use super::{first_line, headers};
use crate::finding::Hint;
use crate::isolation::{self, Access};
use crate::routes::place::{PlaceQuery, query};
use crate::session::{SessionError, credential as read_credential};
use crate::upstream::Page;
use axum::http::{HeaderValue, Method, Uri, header};
use flexportal::OrderId;
use url::Url;

const COOKIE: &str = "__Host-portal_session";

/// Header lines: there is exactly one credential, or none is taken.
pub fn credential(data: &[u8]) {
    let headers = headers(data);
    let authorizations = headers.get_all(header::AUTHORIZATION).iter().count();
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|&byte| byte == b';'));
    let is_named = |pair: &[u8]| {
        let pair = pair.trim_ascii();
        pair.iter().position(|&byte| byte == b'=').is_some_and(|at| &pair[..at] == COOKIE.as_bytes())
    };
    let cookies = pairs.filter(|pair| is_named(pair)).count();
    let found = read_credential(&headers, COOKIE);
    match (authorizations + cookies, found) {
        (0, found) => assert_eq!(found, Err(SessionError::None)),
        (1, Ok(token)) => {
            assert!((1..=8192).contains(&token.len()), "{} bytes", token.len());
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token:?}");
            let source = if cookies == 1 { header::COOKIE } else { header::AUTHORIZATION };
            let is_there = |value: &[u8]| value.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(headers.get_all(source).iter().any(|value| is_there(value.as_bytes())), "made up: {token:?}");
        }
        (1, Err(error)) => assert_ne!(error, SessionError::Several),
        (_, found) => assert_eq!(found, Err(SessionError::Several)),
    }
}

/// A byte that chooses method, kind of route and configuration, then header lines: what comes from another site does not pass.
pub fn isolation(data: &[u8]) {
    const OWN: &str = "https://portal.example";
    let Some((choice, lines)) = data.split_first() else { return };
    let method = [Method::GET, Method::HEAD, Method::POST, Method::PUT][usize::from(choice & 3)].clone();
    let access = if choice & 4 == 0 { Access::Fetched } else { Access::Link };
    let configured = (choice & 8 == 0).then_some(OWN);
    let mut headers = headers(lines);
    if configured.is_none() {
        headers.insert(header::HOST, HeaderValue::from_static("portal.example"));
    }
    if isolation::check(&method, &headers, access, configured).is_err() {
        return;
    }
    // It passed. Each reason that should have stopped it is looked for by itself.
    let values = |name: &str| headers.get_all(name).iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>();
    let is_own = |bytes: &[u8]| is_own(bytes, configured.is_none());
    let (sites, origins) = (values("sec-fetch-site"), values("origin"));
    assert!(sites.len() < 2 && origins.len() < 2, "a header that stands twice");
    assert!(origins.iter().all(|origin| is_own(origin)), "a foreign origin: {headers:?}");
    let rides_on_a_cookie = headers.contains_key(header::COOKIE) && !headers.contains_key(header::AUTHORIZATION);
    let is_read = matches!(method, Method::GET | Method::HEAD);
    assert!(is_read || !rides_on_a_cookie || !origins.is_empty(), "a write of no origin: {headers:?}");
    match sites.first().map(Vec::as_slice) {
        Some(b"same-origin") => {}
        Some(b"none") => {
            assert!(access == Access::Link && is_read, "{method} {access:?}");
            assert_eq!(values("sec-fetch-mode"), [b"navigate".to_vec()]);
        }
        Some(site) => panic!("from {:?}", String::from_utf8_lossy(site)),
        None => {
            let is_vouched_for = headers.contains_key(header::AUTHORIZATION) || !origins.is_empty();
            let referers = values("referer");
            let is_referred = referers.len() == 1 && is_own(&referers[0]);
            assert!(is_vouched_for || is_referred || !headers.contains_key(header::COOKIE), "nothing speaks for it: {headers:?}");
        }
    }
}

/// Whether a browser would say that this URL is the portal's own.
fn is_own(bytes: &[u8], any_scheme: bool) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(url) = Url::parse(text) else { return false };
    let scheme = url.scheme() == "https" || (any_scheme && url.scheme() == "http");
    scheme && url.host_str() == Some("portal.example") && url.port().is_none()
}

/// A query as anyone may write it keeps its bounds when it is read; one of ours reads as it was written.
pub fn place(data: &[u8]) {
    let (first, rest) = first_line(data);
    let uri = Uri::from_maybe_shared([b"/x?", first].concat());
    if let Some(PlaceQuery { order: _, hint }) = uri.ok().and_then(|uri| PlaceQuery::read(&uri).ok()) {
        assert!(hint.offset <= 10_000_000, "{}", hint.offset);
        let fits = |word: &String| (1..=64).contains(&word.chars().count()) && !word.chars().any(char::is_control);
        assert!(hint.document_type.as_ref().is_none_or(fits), "{:?}", hint.document_type);
    }
    let (order, rest) = first_line(rest);
    let (number, word) = first_line(rest);
    let order = std::str::from_utf8(order).ok().and_then(|text| OrderId::new(text).ok());
    let offset = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok()).filter(|&offset| offset <= 10_000_000);
    let word = std::str::from_utf8(word).ok().filter(|word| !word.is_empty()).map(str::to_owned);
    let fits = word.as_ref().is_none_or(|word| word.chars().count() <= 64 && !word.chars().any(char::is_control));
    let (Some(offset), true) = (offset, fits) else { return };
    let page = Page { limit: 50, offset, document_type: word };
    for in_orders_list in [true, false] {
        let link = format!("/x{}", query(order.as_ref(), &page, in_orders_list));
        let read = link.parse::<Uri>().ok().and_then(|uri| PlaceQuery::read(&uri).ok());
        let Some(read) = read else { panic!("cannot read our own {link}") };
        assert_eq!(read.order.as_deref(), order.as_ref().map(OrderId::as_str));
        assert_eq!(read.hint, Hint { offset, document_type: page.document_type.clone(), in_customers_list: !in_orders_list });
    }
}
