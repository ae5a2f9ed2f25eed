//! The documents of Nordlicht Energie's customers, and which order has which.

use super::record;
use crate::store::StoredFile;
use flexportal::Timestamp;

/// A document as it is seeded: type, file, the name that people know it by, and when it came.
struct Document(&'static str, &'static str, &'static str, &'static str);

const DEMO: [Document; 36] = [
    Document("contract", "contract-anna.pdf", "Solar subscription contract.pdf", "2025-11-04T15:20:00Z"),
    Document("contract", "maintenance-contract.pdf", "Wartungsvertrag Photovoltaikanlage.pdf", "2025-11-18T16:05:00Z"),
    Document("contract", "amendment.pdf", "Contract amendment, storage.pdf", "2026-04-14T10:41:00Z"),
    Document("invoice", "invoice-anna-2025-12.pdf", "Invoice NE-2025-12-4711.pdf", "2025-12-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-01.pdf", "Invoice NE-2026-01-4724.pdf", "2026-01-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-02.pdf", "Invoice NE-2026-02-4737.pdf", "2026-02-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-03.pdf", "Invoice NE-2026-03-4750.pdf", "2026-03-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-04.pdf", "Invoice NE-2026-04-4763.pdf", "2026-04-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-05.pdf", "Invoice NE-2026-05-4776.pdf", "2026-05-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-06.pdf", "Invoice NE-2026-06-4789.pdf", "2026-06-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-07.pdf", "Invoice NE-2026-07-4802.pdf", "2026-07-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-08.pdf", "Invoice NE-2026-08-4815.pdf", "2026-08-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-09.pdf", "Invoice NE-2026-09-4828.pdf", "2026-09-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-10.pdf", "Invoice NE-2026-10-4841.pdf", "2026-10-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-11.pdf", "Invoice NE-2026-11-4854.pdf", "2026-11-01T05:00:00Z"),
    Document("document", "survey.pdf", "Site survey report.pdf", "2025-11-12T17:30:00Z"),
    Document("document", "grid-approval.pdf", "Grid connection approval.pdf", "2025-11-14T08:12:00Z"),
    Document("document", "handover.docx", "Übergabeprotokoll Lindenweg 12.docx", "2025-11-20T14:02:00Z"),
    Document("document", "readings.csv", "Zählerstände 2026.csv", "2026-11-02T07:45:00Z"),
    Document("document", "forecast.xlsx", "Yield forecast and measurement 2026.xlsx", "2026-11-03T09:30:00Z"),
    Document("document", "system-guide.md", "Your solar system in short.md", "2025-11-20T14:10:00Z"),
    Document("document", "safety-hi.txt", "सुरक्षा निर्देश.txt", "2025-11-20T14:11:00Z"),
    Document("document", "mounting-ru.txt", "Инструкция по монтажу.txt", "2026-06-08T11:00:00Z"),
    Document("document", "tariff.html", "Tarifübersicht 2026.html", "2026-01-02T10:00:00Z"),
    Document("document", "guide-ar.pdf", "دليل المستخدم للعاكس.pdf", "2025-11-20T14:12:00Z"),
    Document("attachment", "house.jpg", "House after the installation.jpg", "2025-11-18T15:41:00Z"),
    Document("attachment", "house-half-done.jpg", LONG_NAME, "2025-11-17T09:26:00Z"),
    Document("attachment", "roof-plan.png", "Roof plan NE-4711-02.png", "2025-11-12T17:31:00Z"),
    Document("attachment", "battery.webp", "Storage in the utility room 🔋.webp", "2026-04-30T13:15:00Z"),
    Document("attachment", "system-diagram.svg", "System diagram NE-4711-05.svg", "2026-04-30T13:20:00Z"),
    Document("attachment", "inverter.json", "Inverter configuration.json", "2026-04-30T13:22:00Z"),
    Document("attachment", "inverter-sound.mp3", "Inverter sound at night.mp3", "2026-07-19T22:48:00Z"),
    Document("attachment", "time-lapse.mp4", "Time-lapse of the installation.mp4", "2025-11-18T16:30:00Z"),
    Document("attachment", "data-sheets.zip", "All data sheets.zip", "2025-11-20T14:15:00Z"),
    Document("warranty", "warranty-ja.pdf", "太陽光モジュール保証書.pdf", "2025-11-18T16:00:00Z"),
    Document("warranty", "warranty-storage.pdf", "Storage warranty certificate.pdf", "2026-04-30T13:30:00Z"),
];

const LONG_NAME: &str = "Photo documentation of the south-east slope while the second row of modules goes up, seen from the garden in the \
    morning of 17 November 2025, taken for the insurance (second attempt, approved).jpg";

/// What the orders have that show a state: little, but something to come back once the fault is over.
const STATE: [Document; 4] = [
    Document("contract", "maintenance-contract.pdf", "Wartungsvertrag.pdf", "2026-02-03T09:00:00Z"),
    Document("invoice", "invoice-anna-2026-10.pdf", "Invoice October.pdf", "2026-10-01T05:00:00Z"),
    Document("invoice", "invoice-anna-2026-11.pdf", "Invoice November.pdf", "2026-11-01T05:00:00Z"),
    Document("attachment", "roof-plan.png", "Plan.png", "2026-02-01T12:00:00Z"),
];

const STATE_ORDERS: [&str; 6] = ["ord_slow", "ord_failing", "ord_limited", "ord_forbidden", "ord_garbled", "ord_cut"];

const BEN_HOME: [Document; 5] = [
    Document("contract", "contract-ben.pdf", "Solar subscription contract.pdf", "2026-02-09T11:30:00Z"),
    Document("invoice", "invoice-ben-2026-03.pdf", "Invoice NE-2026-03-5230.pdf", "2026-03-01T05:00:00Z"),
    Document("invoice", "invoice-ben-2026-04.pdf", "Invoice NE-2026-04-5243.pdf", "2026-04-01T05:00:00Z"),
    Document("invoice", "invoice-ben-2026-05.pdf", "Invoice NE-2026-05-5256.pdf", "2026-05-01T05:00:00Z"),
    Document("attachment", "house.jpg", "Neighbour's house, for comparison.jpg", "2026-02-02T10:00:00Z"),
];

const BEN_OFFICE: [Document; 3] = [
    Document("document", "mounting-ru.txt", "Инструкция по монтажу.txt", "2026-05-11T08:00:00Z"),
    Document("document", "inverter-day.csv", "Charging log 2026-06-21.csv", "2026-06-22T04:00:00Z"),
    Document("attachment", "system-diagram.svg", "Wiring.svg", "2026-05-11T08:05:00Z"),
];

/// The media type of a file's extension.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv") => "text/csv",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("html") => "text/html",
        Some("jpg") => "image/jpeg",
        Some("json") => "application/json",
        Some("md") => "text/markdown",
        Some("mp3") => "audio/mpeg",
        Some("mp4") => "video/mp4",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webp") => "image/webp",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

pub(super) fn files() -> Vec<StoredFile> {
    let states = STATE_ORDERS.into_iter().flat_map(|order_id| of_order(order_id, &STATE));
    let mut demo = of_order("ord_demo", &DEMO);
    for file in &mut demo {
        match file.blob.as_str() {
            // What the vendor's pages leave open, each once: no media type, no size, and a type that is wrong for the name.
            "seed/invoice-anna-2026-02.pdf" => file.content_type = None,
            "seed/invoice-anna-2026-03.pdf" => file.size = None,
            "seed/grid-approval.pdf" => file.content_type = Some("text/plain".to_owned()),
            // The record was corrected later.
            "seed/amendment.pdf" => file.updated_at += 3 * 86_400_000,
            _ => {}
        }
    }
    demo.into_iter()
        .chain(states)
        .chain(of_order("ord_ben_home", &BEN_HOME))
        .chain(of_order("ord_ben_office", &BEN_OFFICE))
        .collect()
}

fn of_order(order_id: &str, documents: &[Document]) -> Vec<StoredFile> {
    let short = order_id.trim_start_matches("ord_");
    let numbered = documents.iter().enumerate();
    numbered
        .map(|(index, Document(kind, blob, name, created))| {
            let created = Timestamp::from_text(created).map_or(0, Timestamp::millis);
            let mut file = record(format!("file_{short}_{:03}", index + 1), order_id, blob, media_type(blob), created);
            file.kind = (*kind).to_owned();
            file.category = if ["document", "attachment"].contains(kind) { "uploaded" } else { "generated" }.to_owned();
            // Contracts and uploads keep a technical name beside the one that people know.
            if file.category == "uploaded" || *kind == "contract" {
                file.original_filename = Some((*name).to_owned());
            } else {
                file.filename = (*name).to_owned();
            }
            file
        })
        .collect()
}
