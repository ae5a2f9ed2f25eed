//! The credential of a request: from the cookie or the `Authorization` header, one in all.

use super::SessionError;
use axum::http::{HeaderMap, header};
use memchr::memchr;

/// The longest token that is looked at, in bytes; browsers stop at 4 kB for a cookie.
pub const MAX_TOKEN: usize = 8 * 1024;

/// Whether the request carries an `Authorization` header, which no browser sends on its own to a server that never asks for one by dialog.
pub fn is_bearer(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION)
}

/// The one token of a request. Credentials are counted first: two are none, even where they are the same.
///
/// # Errors
/// [`SessionError`]
pub fn credential<'a>(headers: &'a HeaderMap, cookie: &str) -> Result<&'a str, SessionError> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let authorization = authorizations.next();
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| pairs(value.as_bytes()));
    let mut named = pairs.filter_map(|pair| value_of(pair, cookie));
    let first = named.next();
    if authorizations.next().is_some() || named.next().is_some() || (authorization.is_some() && first.is_some()) {
        return Err(SessionError::Several);
    }
    let token = match (authorization, first) {
        (Some(value), _) => bearer(value.as_bytes()).ok_or(SessionError::Invalid("scheme"))?,
        (None, Some(value)) => value,
        (None, None) => return Err(SessionError::None),
    };
    if token.is_empty() {
        return Err(SessionError::None);
    }
    // Without a way out of the loop: so it takes many bytes at once. A token has hundreds, and comes with every request.
    let is_token = token.len() <= MAX_TOKEN && token.iter().fold(true, |all, &byte| all & may_be_in_a_token(byte));
    std::str::from_utf8(token).ok().filter(|_| is_token).ok_or(SessionError::Invalid("form"))
}

/// The alphabet of a compact JWS; it also makes the rest of this module free of encodings.
fn may_be_in_a_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_') | (byte == b'.')
}

/// The pairs of a `Cookie` field, with the blanks around them.
fn pairs(cookies: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(cookies);
    std::iter::from_fn(move || {
        let cookies = rest?;
        let end = memchr(b';', cookies);
        rest = end.map(|end| &cookies[end + 1..]);
        Some(&cookies[..end.unwrap_or(cookies.len())])
    })
}

fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let pair = pair.trim_ascii();
    let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
    Some(value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn should_take_the_token_from_the_cookie_or_the_header() {
        let name = "__Host-portal_session";
        for pairs in [
            &[("authorization", "Bearer a.b.c")][..],
            &[("authorization", "bearer  a.b.c ")],
            &[("cookie", "x=1; __Host-portal_session=a.b.c; y=2")],
            &[("cookie", "x=1"), ("cookie", "__Host-portal_session=\"a.b.c\"")],
        ] {
            assert_eq!(credential(&headers(pairs), name), Ok("a.b.c"), "{pairs:?}");
        }
    }

    #[test]
    fn should_refuse_more_than_one_credential() {
        for pairs in [
            &[("authorization", "Bearer a.b.c"), ("cookie", "s=a.b.c")][..],
            &[("authorization", "Basic eDp5"), ("cookie", "s=a.b.c")],
            &[("authorization", "Bearer a.b.c"), ("authorization", "Bearer a.b.c")],
            &[("cookie", "s=a.b.c; s=a.b.d")],
            &[("cookie", "s=a.b.c"), ("cookie", "s=")],
        ] {
            assert_eq!(credential(&headers(pairs), "s"), Err(SessionError::Several), "{pairs:?}");
        }
    }

    #[test]
    fn should_find_none_where_there_is_none() {
        for pairs in [&[][..], &[("cookie", "S=a.b.c; xs=a.b.c; s")], &[("cookie", "s=")], &[("authorization", "Bearer ")]] {
            assert_eq!(credential(&headers(pairs), "s"), Err(SessionError::None), "{pairs:?}");
        }
    }

    #[test]
    fn should_look_at_a_token_of_eight_kilobytes_and_at_none_that_is_longer() {
        let bearer = |length: usize| headers(&[("authorization", &format!("Bearer {}", "a".repeat(length)))]);
        assert_eq!(credential(&bearer(8192), "s").map(str::len), Ok(8192));
        assert_eq!(credential(&bearer(8193), "s"), Err(SessionError::Invalid("form")));
    }

    #[test]
    fn should_know_a_request_that_no_browser_sends_on_its_own() {
        assert!(is_bearer(&headers(&[("authorization", "Bearer a.b.c")])) && is_bearer(&headers(&[("authorization", "")])));
        assert!(!is_bearer(&headers(&[("cookie", "s=a.b.c"), ("x-authorization", "Bearer a.b.c")])));
    }

    #[test]
    fn should_refuse_what_has_not_the_form_of_a_token() {
        let long = format!("Bearer {}", "a".repeat(MAX_TOKEN + 1));
        for value in ["Basic eDp5", "Bearer a b", "Bearer a,b", "Bearer é", "Bearer", long.as_str()] {
            assert!(
                matches!(credential(&headers(&[("authorization", value)]), "s"), Err(SessionError::Invalid(_))),
                "{value:.20}"
            );
        }
    }

    /// One thing that a request may carry.
    #[derive(Debug, Clone)]
    enum Carried {
        Authorization(String),
        /// The pairs of one `Cookie` field, each of the session's name or not.
        Cookies(Vec<(bool, String)>),
    }

    fn token() -> impl Strategy<Value = String> {
        prop_oneof![4 => "[A-Za-z0-9_-]{1,8}\\.[A-Za-z0-9_-]{1,8}\\.[A-Za-z0-9_-]{1,8}", 1 => Just(String::new()), 1 => "[ -:<-~]{1,12}"]
    }

    fn carried() -> impl Strategy<Value = Carried> {
        let scheme = prop_oneof![3 => Just("Bearer "), 1 => Just("bEARER "), 1 => Just("Basic "), 1 => Just("")];
        let authorization = (scheme, token()).prop_map(|(scheme, token)| Carried::Authorization(format!("{scheme}{token}")));
        let pairs = proptest::collection::vec((proptest::bool::weighted(0.4), token()), 0..4).prop_map(Carried::Cookies);
        prop_oneof![authorization, pairs]
    }

    proptest! {
        /// The oracle counts, and looks at what there is only if it is one.
        #[test]
        fn should_take_the_only_credential_or_none(things in proptest::collection::vec(carried(), 0..4)) {
            let (mut map, mut credentials) = (HeaderMap::new(), Vec::new());
            for thing in &things {
                match thing {
                    Carried::Authorization(value) => {
                        map.append("authorization", HeaderValue::from_str(value).unwrap());
                        let token = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer "));
                        credentials.push(token.map(|_| value[7..].trim()));
                    }
                    Carried::Cookies(pairs) => {
                        let text: Vec<_> = pairs.iter().map(|(own, value)| format!("{}={value}", if *own { "s" } else { "t" })).collect();
                        map.append("cookie", HeaderValue::from_str(&text.join("; ")).unwrap());
                        credentials.extend(pairs.iter().filter(|(own, _)| *own).map(|(_, value)| Some(value.trim())));
                    }
                }
            }
            let found = credential(&map, "s");
            match credentials[..] {
                [] => prop_assert_eq!(found, Err(SessionError::None)),
                [Some("" | "\"\"")] => prop_assert_eq!(found, Err(SessionError::None)),
                [Some(token)] => {
                    let token = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|_| !map.contains_key("authorization")).unwrap_or(token);
                    let good = token.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
                    prop_assert_eq!(found, if good { Ok(token) } else { Err(SessionError::Invalid("form")) });
                }
                [None] => prop_assert_eq!(found, Err(SessionError::Invalid("scheme"))),
                _ => prop_assert_eq!(found, Err(SessionError::Several)),
            }
        }
    }
}
