//! What the upstream answers: lists, errors, signed URLs, names.

use super::{Fields, first_line};
use crate::config::StorageOrigins;
use crate::lists::fuzzed::{read as read_kept, write as write_kept};
use crate::routes::list::written;
use crate::storage;
use crate::upstream::Page;
use crate::upstream::fuzzed::{UpstreamList, read_json, retry_after};
use axum::http::HeaderValue;
use flexportal::{ErrorEnvelope, FileList, FileRecord, clean_name, mend_json};
use serde_json::Value;
use std::collections::HashSet;
use std::time::{Duration, UNIX_EPOCH};
use url::Url;

/// A list's body: every record has an id and is bounded, what cannot be read is counted, nothing internal travels on.
pub fn list(data: &[u8]) {
    let text = mend_json(data);
    mended_says_the_same(data, &text);
    let decoded = serde_json::from_str::<UpstreamList>(&text);
    let unmended = read_json::<UpstreamList>(data).map(|list| list.0);
    assert_eq!(unmended.as_ref(), decoded.as_ref().ok().map(|list| &list.0), "it says something else when it is mended");
    let rows = rows(&text);
    let Ok(UpstreamList(list)) = decoded else {
        assert_eq!(rows, None, "a list that any reader reads is refused");
        return;
    };
    if let Some(rows) = rows {
        assert_eq!(list.received(), rows, "records got lost or were made up");
    }
    // `{}` and a comma is the least that a record takes, so the answer's size bounds their number.
    assert!(list.received() <= text.len() as u64 / 2, "{} records in {} bytes", list.received(), text.len());
    assert_eq!(list.next_offset, None, "where the next page begins is the proxy's to say");
    for record in &list.files {
        assert!(is_id(record.file_id.as_str()), "{:?}", record.file_id);
        assert!(record.order_id.as_ref().is_none_or(|id| is_id(id.as_str())), "{:?}", record.order_id);
        assert!(record.customer_id.as_ref().is_none_or(|id| is_id(id.as_str())), "{:?}", record.customer_id);
        assert!(record.size.is_none_or(|size| size < 1 << 53), "{:?}", record.size);
        record.name.as_deref().inspect(|name| is_clean(name));
    }
    // In a shared cache it stays what it is, whose each record is included.
    let kept = read_kept(write_kept(&list).as_bytes()).expect("what is kept can be read");
    let owned = |list: &FileList| {
        let records = list.files.iter();
        let whose = |record: &FileRecord| (record.order_id.clone(), record.customer_id.clone().filter(|_| !record.misattributed));
        records.map(|record| (record.file_id.clone(), record.misattributed, whose(record))).collect::<Vec<_>>()
    };
    assert_eq!((owned(&kept), kept.dropped, kept.has_more), (owned(&list), list.dropped, list.has_more));
    let page = Page { limit: 100, offset: 0, document_type: None };
    let written = written(None, &page, &list.files.iter().collect::<Vec<_>>(), None, list.dropped);
    let value: Value = serde_json::from_str(&written).expect("what is written is JSON");
    for record in value["files"].as_array().expect("files") {
        let keys = record.as_object().expect("a record").keys();
        for key in keys {
            const SHOWN: [&str; 10] = [
                "fileId",
                "orderId",
                "type",
                "category",
                "filename",
                "contentType",
                "fileSize",
                "createdAt",
                "updatedAt",
                "links",
            ];
            assert!(SHOWN.contains(&key.as_str()), "{key} travels on");
        }
    }
    let again: FileList = serde_json::from_str(&written).expect("what is written can be read");
    let told = |list: &FileList| {
        let records = list.files.iter();
        records.map(|record| (record.file_id.clone(), record.name.clone(), record.order_id.clone())).collect::<Vec<_>>()
    };
    assert_eq!((told(&again), again.dropped), (told(&list), list.dropped));
}

/// How many records there are, by a reader that knows nothing of them; `None` where it cannot be said.
fn rows(text: &str) -> Option<u64> {
    let Fields(fields) = serde_json::from_str(text).ok()?;
    let mut files = fields.iter().filter(|(key, _)| key == "files");
    match (files.next(), files.next()) {
        (Some((_, Value::Array(rows))), None) => Some(rows.len() as u64),
        _ => None,
    }
}

/// What a strict reader reads without help means the same after mending, except for numbers beyond every field's range.
fn mended_says_the_same(data: &[u8], mended: &str) {
    fn is_far(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_f64().is_none_or(|number| number.abs() >= 1e300),
            Value::Array(items) => items.iter().any(is_far),
            Value::Object(fields) => fields.values().any(is_far),
            _ => false,
        }
    }
    assert!(mended.len() <= data.len() * 3, "{} bytes out of {}", mended.len(), data.len());
    let Ok(before) = serde_json::from_slice::<Value>(data) else { return };
    if !is_far(&before) {
        assert_eq!(serde_json::from_str::<Value>(mended).ok(), Some(before), "mending changed what was right");
    }
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// A `Retry-After` on the first line, an error's body after it: the wait is one that can be kept, the words are there or empty.
pub fn error_envelope(data: &[u8]) {
    let (first, body) = first_line(data);
    // A moment long ago, so that dates lie before and after it.
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    if let Ok(value) = HeaderValue::from_bytes(first) {
        let wait = retry_after(Some(&value), now);
        assert!((Duration::from_secs(1)..=Duration::from_secs(3600)).contains(&wait), "{wait:?}");
        let text = value.to_str().map(str::trim).unwrap_or_default();
        let is_number = !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            let seconds: u64 = text.parse().expect("15 digits");
            assert_eq!(wait, Duration::from_secs(seconds.clamp(1, 3600)));
        }
    }
    let text = mend_json(body);
    let Ok(envelope) = serde_json::from_str::<ErrorEnvelope>(&text) else { return };
    assert!(envelope.error.code.len() + envelope.error.message.len() <= text.len().max(64));
    let written = serde_json::to_string(&envelope).expect("an envelope can always be written");
    assert_eq!(serde_json::from_str::<ErrorEnvelope>(&written).ok(), Some(envelope), "reads as it was written");
}

const ORIGINS: [&str; 3] = ["https://storage.example", "https://[2001:db8::1]:8443", "http://localhost:8082"];

/// A URL as the upstream may sign it: what passes points to an allowed origin, by its text as by the parser's word, and what plainly does, passes.
pub fn signed_url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let origins = StorageOrigins::parse(&ORIGINS.join(",")).expect("origins");
    match storage::check(text, &origins) {
        Ok(url) => {
            let rest = ORIGINS.iter().find_map(|origin| url.strip_prefix(origin));
            assert!(rest.is_some_and(|rest| rest.starts_with('/')), "{text:?} became {url:?}");
            assert!(url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#'), "{url:?}");
            assert!(HeaderValue::from_str(&url).is_ok());
            // The parsed form is settled, and has no one's name in it.
            let parsed = Url::parse(&url).expect("a URL");
            assert_eq!(parsed.as_str(), url);
            assert_eq!((parsed.username(), parsed.password(), parsed.fragment()), ("", None, None));
            assert_eq!(Url::parse(text).expect("a URL").origin(), parsed.origin(), "{text:?}");
        }
        Err(failure) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-~.?&=%+".contains(&byte);
            let rest = ORIGINS.iter().find_map(|origin| text.strip_prefix(origin)).filter(|_| text.len() <= 8192);
            let is_plain = rest.is_some_and(|rest| rest.starts_with('/') && rest.bytes().all(plain));
            assert!(!is_plain, "{text:?} is refused: {failure:?}");
        }
    }
}

/// A file's name as its uploader wrote it: one visible, bounded line that does not mislead, made of nothing but what was there.
pub fn name(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(clean) = clean_name(&text) else {
        assert!(!text.bytes().any(|byte| byte.is_ascii_graphic()), "nothing is left of {text:?}");
        return;
    };
    is_clean(&clean);
    assert_eq!(clean_name(&clean).as_deref(), Some(clean.as_str()), "cleaned again it is another");
    let there: HashSet<char> = text.chars().collect();
    assert!(clean.chars().all(|char| matches!(char, ' ' | '…') || there.contains(&char)), "{clean:?} out of {text:?}");
    // The ending tells the kind of file.
    let ascii_ending =
        text.rsplit('.').next().filter(|ending| ending.len() <= 10 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert!(ascii_ending.is_none_or(|ending| clean.ends_with(ending)), "{clean:?} out of {text:?}");
}

fn is_clean(name: &str) {
    assert!((1..=200).contains(&name.chars().count()), "{} characters", name.chars().count());
    assert!(!name.starts_with(' ') && !name.ends_with(' ') && !name.contains("  "), "{name:?}");
    // Unicode's bidirectional controls, and what ends a line.
    let misleads = |char: char| {
        char.is_control()
            || matches!(char, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    assert!(!name.contains(misleads), "{name:?}");
}
