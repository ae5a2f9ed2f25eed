//! `ord_large` and `ord_partial`: many records that share a few files.

use super::documents::media_type;
use super::record;
use crate::store::StoredFile;

/// The orders and how many records they have.
const ORDERS: [(&str, usize); 2] = [("ord_large", 10_000), ("ord_partial", 250)];

/// Type, file, and the name's beginning. The number is coprime to the one of the arrays, so that names vary.
const KINDS: [(&str, &str, &str); 11] = [
    ("document", "inverter-day.csv", "Inverter log"),
    ("document", "shift-notes.txt", "Shift notes"),
    ("attachment", "house.jpg", "Photo"),
    ("document", "maintenance.md", "Maintenance report"),
    ("invoice", "invoice-anna-2026-11.pdf", "Invoice"),
    ("document", "readings.csv", "Zählerstände"),
    ("attachment", "inverter.json", "Inverter configuration"),
    ("document", "grid-approval.pdf", "Inspection"),
    ("attachment", "roof-plan.png", "Plan"),
    ("warranty", "warranty-ja.pdf", "保証書"),
    ("contract", "amendment.pdf", "Amendment"),
];

pub(super) fn files() -> Vec<StoredFile> {
    ORDERS.into_iter().flat_map(|(order_id, count)| of_order(order_id, count)).collect()
}

fn of_order(order_id: &str, count: usize) -> Vec<StoredFile> {
    let short = order_id.trim_start_matches("ord_");
    // One look-up of the customer and of the sizes is enough for all.
    let kinds = KINDS.map(|(kind, blob, title)| (kind, title, record(String::new(), order_id, blob, media_type(blob), 0)));
    (0..count)
        .map(|index| {
            let (kind, title, ref file) = kinds[index * 7 % KINDS.len()];
            let extension = file.blob.rsplit('.').next().unwrap_or_default();
            // A record every hour and a quarter, back from 2026-10-31T06:00:00Z.
            let created_at = 1_793_426_400_000 - index as i64 * 4_500_000;
            StoredFile {
                file_id: format!("file_{short}_{:05}", index + 1),
                kind: kind.to_owned(),
                category: if kind == "attachment" { "uploaded" } else { "generated" }.to_owned(),
                filename: format!("{kind}-{:05}.{extension}", index + 1),
                original_filename: Some(format!("{title}, array {:02}, no. {:05}.{extension}", index % 48 + 1, index + 1)),
                created_at,
                updated_at: created_at,
                ..file.clone()
            }
        })
        .collect()
}
