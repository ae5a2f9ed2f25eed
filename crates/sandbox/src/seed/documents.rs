//! The documents of the other orders.

use super::record;
use crate::store::StoredFile;
use flexportal::Timestamp;

/// A document as it is seeded.
struct Document(&'static str, &'static str, &'static str, &'static str, &'static str);

const DEMO: [Document; 6] = [
    Document("contract", "generated", "readme.txt", "Contract.txt", "2025-11-03T09:12:00Z"),
    Document("invoice", "generated", "readings.csv", "Rechnung, März.csv", "2026-01-05T06:00:00Z"),
    Document("document", "uploaded", "manual.md", "Handbuch.md", "2026-02-05T06:00:00Z"),
    Document("attachment", "uploaded", "logo.svg", "Logo.svg", "2026-03-05T06:00:00Z"),
    Document("warranty", "generated", "config.json", "保証書.json", "2026-04-05T06:00:00Z"),
    Document("attachment", "uploaded", "page.html", "Seite.html", "2026-05-05T06:00:00Z"),
];

/// The media type of a name's extension.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("pdf") => "application/pdf",
        Some("csv") => "text/csv",
        Some("txt") => "text/plain",
        Some("md") => "text/markdown",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("html") => "text/html",
        _ => "application/octet-stream",
    }
}

pub(super) fn files() -> Vec<StoredFile> {
    let orders = [
        "ord_demo",
        "ord_slow",
        "ord_failing",
        "ord_limited",
        "ord_forbidden",
        "ord_garbled",
        "ord_cut",
        "ord_ben_home",
        "ord_ben_office",
    ];
    orders
        .into_iter()
        .flat_map(|order_id| {
            DEMO.iter().enumerate().map(move |(index, Document(kind, category, blob, name, created))| StoredFile {
                kind: (*kind).to_owned(),
                category: (*category).to_owned(),
                original_filename: Some((*name).to_owned()),
                ..record(
                    format!("file_{}_{:03}", order_id.trim_start_matches("ord_"), index + 1),
                    order_id,
                    blob,
                    media_type(blob),
                    Timestamp::from_text(created).map_or(0, Timestamp::millis),
                )
            })
        })
        .collect()
}
