//! `ord_large` and `ord_partial`: many records that share a few files.

use super::record;
use crate::store::StoredFile;

/// The orders and how many records they have.
const ORDERS: [(&str, usize); 2] = [("ord_large", 10_000), ("ord_partial", 250)];

/// Type, file, media type, and the name's beginning and extension.
const KINDS: [(&str, &str, &str, &str, &str); 5] = [
    ("document", "readings.csv", "text/csv", "Meter readings", "csv"),
    ("attachment", "logo.svg", "image/svg+xml", "Module photo", "svg"),
    ("document", "readme.txt", "text/plain", "Shift notes", "txt"),
    ("attachment", "config.json", "application/json", "Inverter log", "json"),
    ("document", "manual.md", "text/markdown", "Maintenance report", "md"),
];

pub(super) fn files() -> Vec<StoredFile> {
    ORDERS.into_iter().flat_map(|(order_id, count)| of_order(order_id, count)).collect()
}

fn of_order(order_id: &str, count: usize) -> Vec<StoredFile> {
    let short = order_id.trim_start_matches("ord_");
    // One look-up of the customer is enough for all.
    let first = record(String::new(), order_id, "readme.txt", "text/plain", 0);
    let sizes = KINDS.map(|(_, blob, media, ..)| record(String::new(), order_id, blob, media, 0).size);
    (0..count)
        .map(|index| {
            let pick = index * 7 % KINDS.len();
            let (kind, blob, media, title, extension) = KINDS[pick];
            // A record an hour and a quarter, up to 2026-10-31T06:00:00Z.
            let created_at = 1_793_426_400_000 - index as i64 * 4_500_000;
            StoredFile {
                file_id: format!("file_{short}_{:05}", index + 1),
                kind: kind.to_owned(),
                category: if pick == 1 { "uploaded" } else { "generated" }.to_owned(),
                filename: format!("{}-{:05}.{extension}", kind, index + 1),
                original_filename: Some(format!("{title}, array {:02}, no. {:05}.{extension}", index % 48 + 1, index + 1)),
                content_type: Some(media.to_owned()),
                size: sizes[pick],
                blob: format!("seed/{blob}"),
                created_at,
                updated_at: created_at,
                ..first.clone()
            }
        })
        .collect()
}
