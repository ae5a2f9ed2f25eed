//! `ord_odd`: records that no API should answer, among good ones.

use super::record;
use crate::store::StoredFile;
use serde_json::json;

const ORDER: &str = "ord_odd";

/// 2026-03-02T09:00:00Z and an hour more for each next record.
fn hour(index: usize) -> i64 {
    1_772_442_000_000 + index as i64 * 3_600_000
}

/// JSON that is answered as it is, with whether a reader can make a row of it.
fn raw_records() -> Vec<String> {
    let id = |n: usize| format!("file_odd_raw_{n:02}");
    let created = "2026-03-01T08:00:00Z";
    vec![
        json!({ "orderId": ORDER, "type": "invoice", "filename": "no id.pdf", "fileSize": 10, "createdAt": created }).to_string(),
        json!({ "fileId": "", "orderId": ORDER, "type": "invoice", "filename": "empty id.pdf", "createdAt": created }).to_string(),
        json!({ "fileId": "../../etc/passwd", "orderId": ORDER, "type": "document", "filename": "path as id.pdf" }).to_string(),
        json!({ "fileId": { "nested": true }, "orderId": ORDER, "filename": "object as id.pdf" }).to_string(),
        "null".to_owned(),
        "\"a string where a record should be\"".to_owned(),
        "[1, 2, 3]".to_owned(),
        json!({ "fileId": id(7), "orderId": ORDER, "type": "document", "filename": "negative size.txt", "fileSize": -1, "createdAt": created }).to_string(),
        format!(r#"{{"fileId":"{}","orderId":"{ORDER}","type":"document","filename":"size of 2^64.txt","fileSize":18446744073709551616,"createdAt":"{created}"}}"#, id(8)),
        json!({ "fileId": id(9), "orderId": ORDER, "type": "document", "filename": "size in words.txt", "fileSize": "twelve", "createdAt": created }).to_string(),
        json!({ "fileId": id(10), "orderId": ORDER, "type": "document", "filename": "impossible date.txt", "fileSize": 11, "createdAt": "2026-02-30T25:61:00Z" }).to_string(),
        json!({ "fileId": id(11), "orderId": ORDER, "type": "document", "filename": "date in words.txt", "fileSize": 11, "createdAt": "yesterday" }).to_string(),
        format!(r#"{{"fileId":"{}","orderId":"{ORDER}","type":"document","filename":"date of 1e300.txt","fileSize":11,"createdAt":1e300}}"#, id(12)),
        json!({ "fileId": id(13), "orderId": ORDER, "type": 7, "filename": ["array", "as name"], "contentType": false, "createdAt": null }).to_string(),
        json!({ "fileId": id(14), "orderId": ORDER }).to_string(),
        json!({ "fileId": id(15), "orderId": ORDER, "type": "document", "filename": "<img src=x onerror=alert(1)>.html", "fileSize": 11, "createdAt": created }).to_string(),
        json!({ "fileId": id(16), "orderId": "ord_ben_home", "type": "invoice", "filename": "of another customer.pdf", "fileSize": 11, "createdAt": created }).to_string(),
        json!({ "fileId": id(17), "orderId": ORDER, "customerId": "cust_ben", "type": "invoice", "filename": "of another customer too.pdf", "fileSize": 11 }).to_string(),
    ]
}

/// Names of good records that must not mislead or break a row.
fn names() -> Vec<String> {
    vec![
        "Acceptance protocol.pdf".to_owned(),
        "invoice\u{202E}fdp.exe".to_owned(),
        format!("{}.txt", "A name of ten kilobytes ".repeat(427).trim_end()),
        "\u{200B}\u{200E}\u{202E}".to_owned(),
        "two\nlines\tand\u{0}controls.txt".to_owned(),
        "..\\..\\windows\\system32\\evil.txt".to_owned(),
        "\"quoted\"; filename=other.exe.txt".to_owned(),
        "Z\u{0351}\u{0352}\u{0353}\u{0354}\u{0355}a\u{0356}\u{0357}l\u{0358}\u{0359}g\u{035A}o.txt".to_owned(),
        "Roof plan.txt".to_owned(),
    ]
}

pub(super) fn files() -> Vec<StoredFile> {
    let raw = raw_records().into_iter().enumerate().map(|(index, raw)| StoredFile {
        raw: Some(raw),
        kind: "document".to_owned(),
        ..record(format!("file_odd_raw_{index:02}"), ORDER, "shift-notes.txt", "text/plain", hour(2 * index))
    });
    let named = names().into_iter().enumerate().map(|(index, name)| StoredFile {
        // Both, so that no dialect has a better name to offer.
        filename: name.clone(),
        original_filename: Some(name),
        kind: "document".to_owned(),
        category: "uploaded".to_owned(),
        ..record(format!("file_odd_{index:02}"), ORDER, "shift-notes.txt", "text/plain", hour(2 * index + 1))
    });
    raw.chain(named).collect()
}
