//! Which page a request for data comes from (Fetch-Metadata).
//!
//! A session cookie travels with whatever a browser sends, so the cookie alone does not say that the customer wanted this. `Sec-Fetch-Site` does,
//! and no page's script can write it. Reads are guarded like writes: each costs of an allowance that all customers share, and each redirect
//! leads to a document. `same-site` is refused too, for a sibling subdomain is not this portal.
//!
//! Where the header is missing (browsers before 2023; programs), OWASP's fallback decides: `Origin`, then `Referer`, must be this origin, and with
//! neither a request with a cookie is refused. A write with a cookie names its `Origin` in any case. A `Bearer` token needs none of it: no browser adds one by itself.

use crate::error::Failure;
use crate::session::is_bearer;
use axum::http::{HeaderMap, Method, header};
use url::Url;

/// What a data route is to a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Fetched by the page's script.
    Fetched,
    /// A link: also opened by hand, in a tab of its own.
    Link,
}

/// Refuses what comes from another site's page.
///
/// # Errors
/// [`Failure::CrossSite`]
pub fn check(method: &Method, headers: &HeaderMap, access: Access, public_origin: Option<&str>) -> Result<(), Failure> {
    let allowed = allows(method, headers, access, public_origin);
    if allowed { Ok(()) } else { Err(Failure::CrossSite) }
}

fn allows(method: &Method, headers: &HeaderMap, access: Access, public_origin: Option<&str>) -> bool {
    let Ok(site) = single(headers, "sec-fetch-site") else { return false };
    let Ok(origin) = single(headers, header::ORIGIN.as_str()) else { return false };
    // Whatever else is said: an origin that is named must be ours.
    if origin.is_some_and(|origin| !is_own(origin, headers, public_origin)) {
        return false;
    }
    let safe = method == Method::GET || method == Method::HEAD;
    let has_cookie = headers.contains_key(header::COOKIE);
    // Every browser since 2020 names the origin of a write.
    if !safe && origin.is_none() && has_cookie && !is_bearer(headers) {
        return false;
    }
    match site {
        Some("same-origin") => true,
        Some("none") => access == Access::Link && safe && single(headers, "sec-fetch-mode") == Ok(Some("navigate")),
        Some(_) => false,
        None if is_bearer(headers) || origin.is_some() => true,
        // Without a credential there is nothing to ride on; the session's absence is the better answer.
        None if !has_cookie => true,
        None => matches!(single(headers, header::REFERER.as_str()), Ok(Some(referer)) if is_own(referer, headers, public_origin)),
    }
}

/// Whether a URL's origin is the one that the browser sees us under.
fn is_own(url: &str, headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    // A `blob:` URL has the origin of the page that made it, and no browser names it here.
    if !matches!(url.scheme(), "https" | "http") {
        return false;
    }
    let origin = url.origin();
    match (public_origin, single(headers, header::HOST.as_str())) {
        (Some(own), _) => origin.ascii_serialization() == own,
        // The scheme is not known behind a TLS terminator; the browser's own is taken for it, so that default ports compare.
        (None, Ok(Some(host))) => Url::parse(&format!("{}://{host}", url.scheme())).is_ok_and(|own| own.origin() == origin),
        (None, _) => false,
    }
}

/// The header's one value. `Err` where it is there more than once or is not text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn verdict(method: Method, access: Access, pairs: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("portal.example"));
        for (name, value) in pairs {
            headers.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        allows(&method, &headers, access, None)
    }

    const COOKIE: (&str, &str) = ("cookie", "s=t");
    const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");

    #[test]
    fn should_let_only_the_own_page_fetch() {
        use Access::{Fetched, Link};
        for (site, access, expected) in [
            ("same-origin", Fetched, true),
            ("same-origin", Link, true),
            ("none", Fetched, false),
            ("same-site", Fetched, false),
            ("same-site", Link, false),
            ("cross-site", Fetched, false),
            ("cross-site", Link, false),
            ("SAME-ORIGIN", Fetched, false),
            ("", Fetched, false),
        ] {
            assert_eq!(verdict(Method::GET, access, &[COOKIE, ("sec-fetch-site", site)]), expected, "{site} {access:?}");
        }
    }

    #[test]
    fn should_open_a_link_by_hand_as_a_navigation_only() {
        let none = ("sec-fetch-site", "none");
        assert!(verdict(Method::GET, Access::Link, &[COOKIE, none, NAVIGATE]));
        assert!(!verdict(Method::GET, Access::Link, &[COOKIE, none]));
        assert!(!verdict(Method::GET, Access::Link, &[COOKIE, none, ("sec-fetch-mode", "no-cors")]));
        assert!(!verdict(Method::POST, Access::Link, &[COOKIE, none, NAVIGATE]));
        assert!(!verdict(Method::GET, Access::Fetched, &[COOKIE, none, NAVIGATE]));
    }

    #[test]
    fn should_fall_back_to_origin_and_referer() {
        let fetched = |pairs: &[(&str, &str)]| verdict(Method::POST, Access::Fetched, pairs);
        assert!(!fetched(&[COOKIE]));
        assert!(fetched(&[("authorization", "Bearer t")]));
        assert!(fetched(&[]));
        assert!(fetched(&[COOKIE, ("origin", "https://portal.example")]));
        assert!(fetched(&[COOKIE, ("origin", "https://portal.example:443")]));
        assert!(!fetched(&[COOKIE, ("origin", "null")]));
        assert!(!fetched(&[COOKIE, ("origin", "blob:https://portal.example/1")]));
        let read = |pairs: &[(&str, &str)]| verdict(Method::GET, Access::Fetched, pairs);
        assert!(read(&[COOKIE, ("referer", "https://portal.example/orders/o1")]));
        assert!(!read(&[COOKIE]));
        assert!(!read(&[COOKIE, ("referer", "https://evil.example/portal.example")]));
        assert!(!read(&[COOKIE, ("referer", "https://portal.example@evil.example/")]));
        assert!(!read(&[COOKIE, ("referer", "https://portal.example:8443/")]));
    }

    #[test]
    fn should_have_a_write_with_a_cookie_name_its_origin() {
        let (site, own) = (("sec-fetch-site", "same-origin"), ("origin", "https://portal.example"));
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let verdict = |pairs: &[(&str, &str)]| verdict(method.clone(), Access::Fetched, pairs);
            assert!(verdict(&[COOKIE, site, own]) && verdict(&[COOKIE, own]));
            assert!(!verdict(&[COOKIE, site]) && !verdict(&[COOKIE, ("referer", "https://portal.example/")]));
            // No browser adds a token by itself, and without a credential there is nothing to ride on.
            assert!(verdict(&[("authorization", "Bearer t"), COOKIE, site]) && verdict(&[site]));
        }
        for method in [Method::GET, Method::HEAD] {
            assert!(verdict(method, Access::Fetched, &[COOKIE, site]));
        }
    }

    #[test]
    fn should_refuse_a_foreign_origin_whatever_else_is_said() {
        for origin in
            ["https://evil.example", "null", "https://portal.example.evil.example", "https://sub.portal.example", "file:///", "x"]
        {
            for site in ["same-origin", "none"] {
                let pairs = [("authorization", "Bearer t"), ("origin", origin), ("sec-fetch-site", site), NAVIGATE];
                assert!(!verdict(Method::POST, Access::Link, &pairs), "{origin} {site}");
            }
            assert!(!verdict(Method::POST, Access::Fetched, &[("authorization", "Bearer t"), ("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn should_refuse_a_header_that_is_said_twice() {
        let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert!(!verdict(Method::GET, Access::Fetched, &twice));
        let own = ("origin", "https://portal.example");
        assert!(!verdict(Method::POST, Access::Fetched, &[own, own]));
    }

    #[test]
    fn should_compare_with_the_configured_origin_where_there_is_one() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("10.0.0.7:8080"));
        headers.insert("origin", HeaderValue::from_static("https://portal.example"));
        assert!(allows(&Method::POST, &headers, Access::Fetched, Some("https://portal.example")));
        assert!(!allows(&Method::POST, &headers, Access::Fetched, None));
        assert!(!allows(&Method::POST, &headers, Access::Fetched, Some("http://portal.example")));
    }
}
