//! Which language, and which region's way to write numbers and dates.

use super::format::Forms;
use super::words::{Own, Words};
use axum::http::{HeaderMap, header};

/// A language that we have texts in, as a region writes it.
#[derive(Debug, Clone)]
pub struct Language {
    /// The tag, such as `de-AT`.
    pub tag: String,
    /// The texts.
    pub words: &'static Words,
    /// The texts that only a page without script needs.
    pub own: &'static Own,
    /// How numbers and dates are written.
    pub forms: Forms,
}

impl Language {
    /// The language of a tag, where we have texts in it. A browser that is told the same tag writes the same.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut parts = tag.trim().split('-');
        let primary = parts.next()?.to_ascii_lowercase();
        let words = Words::of(&primary)?;
        let is_region = |part: &&str| match part.len() {
            2 => part.bytes().all(|byte| byte.is_ascii_alphabetic()),
            3 => part.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        // A script may stand before the region; what follows an extension's single letter is no region.
        let region = parts.take_while(|part| part.len() > 1).find(is_region).map(str::to_ascii_uppercase);
        let forms = Forms::of(&primary, region.as_deref().unwrap_or_default());
        let tag = region.map_or_else(|| primary.clone(), |region| format!("{primary}-{region}"));
        Some(Self { tag, words, own: Own::of(&primary), forms })
    }

    /// The first language that the reader accepts and we have texts in, else English.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        let mut tags: Vec<(&str, f32)> = values.flat_map(|value| value.split(',')).filter_map(weighted).collect();
        // Stable: among equals the first one wins.
        tags.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let first = tags.iter().filter(|(_, weight)| *weight > 0.0).find_map(|(tag, _)| Self::of_tag(tag));
        first.unwrap_or_else(Self::english)
    }

    fn english() -> Self {
        Self { tag: "en".to_owned(), words: Words::english(), own: Own::of("en"), forms: Forms::of("en", "") }
    }
}

/// `de-AT;q=0.8`
fn weighted(range: &str) -> Option<(&str, f32)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, "q=1"));
    let weight = parameters.trim().strip_prefix("q=")?.trim().parse::<f32>().ok()?;
    (0.0..=1.0).contains(&weight).then_some((tag.trim(), weight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn accepted(value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(value).unwrap());
        Language::accepted(&headers).tag
    }

    #[test]
    fn should_take_the_first_language_that_it_speaks() {
        for (value, expected) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
            ("it-IT,it;q=0.9,fr;q=0.5,en;q=0.8", "en"),
            ("en;q=0.1, ES-mx", "es-MX"),
            ("de;q=0, fr;q=0.1", "fr"),
            ("*", "en"),
            ("de;q=x, fr;q=2, es;q=0.5", "es"),
            ("en-Latn-GB", "en-GB"),
            ("es-419", "es-419"),
            ("de-u-nu-latn", "de"),
            ("de-x-at", "de"),
            ("de-\"><script>", "de"),
            ("deu", "en"),
        ] {
            assert_eq!(accepted(value), expected, "{value}");
        }
    }
}
