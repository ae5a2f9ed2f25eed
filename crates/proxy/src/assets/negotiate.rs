//! `Accept-Encoding` and `If-None-Match`, as RFC 9110 reads them.

use axum::http::HeaderValue;
use axum::http::header::GetAll;

/// A content coding that files lie ready in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `br`
    Brotli,
    /// `gzip`
    Gzip,
    /// As it is.
    Identity,
}

/// The best of what lies ready and is accepted. Brotli is the smaller one, so it wins among equals.
///
/// As it is only where that is preferred by name: a client that says nothing of `identity` would take it, and is better served with less.
/// A client that refuses `identity` and everything else gets it nevertheless, which RFC 9110 allows: a page beats a 406.
pub fn choose(accepted: GetAll<'_, HeaderValue>, brotli: bool, gzip: bool) -> Encoding {
    let (mut br, mut gz, mut any, mut plain) = (None, None, None, 0.0);
    for item in accepted.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(1.0, |text| text.trim().parse::<f32>().unwrap_or(0.0));
        match coding.as_str() {
            "br" => br = Some(weight),
            "gzip" | "x-gzip" => gz = Some(weight),
            "*" => any = Some(weight),
            "identity" => plain = weight,
            _ => {}
        }
    }
    let weight = |named: Option<f32>, ready: bool| if ready { named.or(any).unwrap_or(0.0) } else { 0.0 };
    let (br, gz) = (weight(br, brotli), weight(gz, gzip));
    if plain > br.max(gz) {
        Encoding::Identity
    } else if br > 0.0 && br >= gz {
        Encoding::Brotli
    } else if gz > 0.0 {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

/// Whether the client already holds the variant with this tag.
pub fn matches(held: GetAll<'_, HeaderValue>, etag: &str) -> bool {
    let mut tags = held.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    tags.any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderMap, header};

    fn map(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn should_obey_the_weights() {
        use Encoding::{Brotli, Gzip, Identity};
        for (value, expected) in [
            ("", Identity),
            ("gzip, deflate, br, zstd", Brotli),
            ("br;q=0.5, gzip;q=0.8", Gzip),
            ("br;q=0, gzip", Gzip),
            ("br;q=0, gzip;q=0", Identity),
            ("BR", Brotli),
            ("*", Brotli),
            ("br;q=0, *", Gzip),
            ("*;q=0", Identity),
            ("identity", Identity),
            ("deflate", Identity),
            ("br;q=high", Identity),
            ("br ; q=1.0", Brotli),
            ("identity;q=1, br;q=0.1", Identity),
            ("identity;q=0.5, br;q=0.5", Brotli),
            ("identity;q=0.5, gzip;q=0.4, br;q=0.6", Brotli),
            ("identity, gzip;q=0.4, *;q=0.2", Identity),
            ("identity;q=0, br;q=0.1", Brotli),
        ] {
            assert_eq!(choose(map(value).get_all(header::ACCEPT_ENCODING), true, true), expected, "{value}");
        }
        assert_eq!(choose(map("br, gzip;q=0.1").get_all(header::ACCEPT_ENCODING), false, true), Gzip);
        assert_eq!(choose(map("br").get_all(header::ACCEPT_ENCODING), false, true), Identity);
    }

    #[test]
    fn should_compare_tags() {
        for (value, expected) in
            [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("a", false)]
        {
            assert_eq!(matches(map(value).get_all(header::ACCEPT_ENCODING), "\"a\""), expected, "{value}");
        }
    }
}
