//! Where a signed URL may point.

use crate::config::StorageOrigins;
use crate::error::Failure;
use url::Url;

/// The longest signed URL, in bytes; it has to stand in a header.
const MAX_URL: usize = 8 * 1024;

/// The URL as a browser reads it, where it points to one of the allowed origins.
///
/// The origins of the configuration are https, or http on loopback, so that an equal origin settles the scheme, too. What is returned is the
/// parsed form: browsers and this parser agree on it, while the text as it came may hold what one of them would read differently.
///
/// # Errors
/// [`Failure::StorageOriginRefused`], or [`Failure::UpstreamUnreadable`] where it is no URL at all.
pub fn check(text: &str, origins: &StorageOrigins) -> Result<String, Failure> {
    if text.len() > MAX_URL || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Err(Failure::UpstreamUnreadable);
    }
    let url = Url::parse(text).map_err(|_| Failure::UpstreamUnreadable)?;
    // A `blob:` URL has the origin of the page that made it.
    let fetched = matches!(url.scheme(), "https" | "http");
    let named = !url.username().is_empty() || url.password().is_some();
    if !fetched || named || url.fragment().is_some() || !origins.contains(&url.origin().ascii_serialization()) {
        return Err(Failure::StorageOriginRefused);
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::StorageOrigins;

    #[test]
    fn should_accept_only_the_exact_origins() {
        let origins = StorageOrigins::parse("https://storage.example, http://localhost:8082").unwrap();
        for url in ["https://storage.example/f?sig=a%2Fb", "https://STORAGE.example:443/f", "http://localhost:8082/f"] {
            assert!(check(url, &origins).is_ok(), "{url}");
        }
        // It is the parsed form that is handed out: what browsers would make of it, not what they would have to make it of.
        for (text, url) in [
            ("https://STORAGE.example:443/f", "https://storage.example/f"),
            ("http:localhost:8082/x", "http://localhost:8082/x"),
            ("https:////storage.example/a/../b", "https://storage.example/b"),
        ] {
            assert_eq!(check(text, &origins).as_deref(), Ok(url));
        }
        for url in [
            "http://storage.example/f",
            "https://storage.example.evil.example/f",
            "https://storage.example@evil.example/f",
            "https://user@storage.example/f",
            "https://storage.example:8443/f",
            "https://evil.example/https://storage.example/",
            "http://localhost:8083/f",
            "http://127.0.0.1:8082/f",
            "https://storage.example/f#fragment",
            "javascript:alert(1)",
            "data:text/html,x",
            "blob:https://storage.example/1",
            "file:///etc/passwd",
            "//storage.example/f",
            "/f",
            "",
            "https://storage.example\\@evil.example/",
            "https://storage.exa\tmple/f",
            " https://storage.example/f",
            "https://storage.example/é",
        ] {
            assert!(check(url, &origins).is_err(), "{url}");
        }
        assert!(check(&format!("https://storage.example/{}", "a".repeat(MAX_URL)), &origins).is_err());
    }
}
