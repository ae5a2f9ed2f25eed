//! Whether a signed URL may be used at all.

/// Whether the browser may be sent to this URL: `https:`, or `http:` on this very machine, as in the demo.
///
/// `protocol` and `host` are the browser's own reading of the URL (`URL.protocol` with its colon, `URL.hostname`), so that
/// no second parser can be fooled. Credentials in a URL have no place in a signed one.
pub fn is_safe_signed_url(protocol: &str, host: &str, has_credentials: bool) -> bool {
    let is_loopback = host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_loopback_v4(host);
    !has_credentials && !host.is_empty() && (protocol == "https:" || (protocol == "http:" && is_loopback))
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_allow_only_https_and_this_machine() {
        for (protocol, host, allowed) in [
            ("https:", "storage.example.com", true),
            ("http:", "localhost", true),
            ("http:", "127.0.0.1", true),
            ("http:", "[::1]", true),
            ("http:", "storage.example.com", false),
            ("http:", "localhost.example.com", false),
            ("http:", "127.0.0.1.example.com", false),
            ("javascript:", "", false),
            ("data:", "", false),
            ("blob:", "", false),
            ("https:", "", false),
        ] {
            assert_eq!(is_safe_signed_url(protocol, host, false), allowed, "{protocol}//{host}");
        }
        assert!(!is_safe_signed_url("https:", "storage.example.com", true));
    }
}
