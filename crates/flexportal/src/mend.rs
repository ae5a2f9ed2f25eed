//! JSON that a browser reads and a strict reader refuses whole, for the sake of one character of one record.

use std::borrow::Cow;

/// A body's text without what makes a strict JSON reader (`serde_json`) refuse well-formed JSON that `JSON.parse` takes.
///
/// A byte order mark is removed; bytes that are not UTF-8, and escaped halves of a surrogate pair (`"\ud83d"`, which
/// JavaScript writes of a name that was cut within an emoji) become U+FFFD; numbers beyond every field's range (`1e400`)
/// become -1, which every field refuses as it would refuse them. Nothing else changes, and mostly nothing is copied.
pub fn mend_json(body: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body));
    let bytes = text.as_bytes();
    let (mut mended, mut kept, mut at, mut in_string) = (String::new(), 0, 0, false);
    while let Some(first) = bytes.get(at) {
        let (length, instead) = match first {
            b'\\' if in_string => escape(&bytes[at..]),
            b'-' | b'0'..=b'9' if !in_string => number(&text[at..]),
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            // Most of a list is text that needs nothing.
            _ if in_string => {
                (bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(bytes.len() - at), None)
            }
            _ => (1, None),
        };
        if let Some(instead) = instead {
            mended.push_str(&text[kept..at]);
            mended.push_str(instead);
            kept = at + length;
        }
        at += length;
    }
    if kept == 0 {
        return text;
    }
    mended.push_str(&text[kept..]);
    Cow::Owned(mended)
}

/// How long the escape is with which the text begins, and what must stand in its place.
fn escape(bytes: &[u8]) -> (usize, Option<&'static str>) {
    let unit = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |sum, &digit| Some(sum * 16 + char::from(digit).to_digit(16)?))
    };
    match (unit(0), unit(6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, None),
        (Some(0xD800..=0xDFFF), _) => (6, Some("\\ufffd")),
        _ => (2, None),
    }
}

/// How long the number is with which the text begins, and what must stand in its place.
fn number(text: &str) -> (usize, Option<&'static str>) {
    let length = text.find(|char: char| !matches!(char, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(text.len());
    let beyond = text[..length].parse().is_ok_and(|number: f64| number.abs() >= 1e300);
    (length, beyond.then_some("-1"))
}
