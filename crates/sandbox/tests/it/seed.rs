//! The seeded documents are what their records say.

use crate::common::{header, start, start_with};
use flexportal::{FileList, FileRecord};
use order_documents_sandbox::{Config, Sandbox, demo_customers};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn should_have_real_bytes_of_the_stated_kind_and_size_behind_every_document() {
    let running = start().await;
    let page: FileList = running.get("/v1/files?orderId=ord_demo&limit=100").await.json().await.unwrap();
    let mut kinds = BTreeMap::<String, usize>::new();
    for FileRecord { file_id, name, size, content_type, .. } in page.files {
        let answer = running.client.get(running.signed_url(file_id.as_str(), "view").await).send().await.unwrap();
        let sent_type = header(&answer, "content-type").to_owned();
        let bytes = answer.bytes().await.unwrap();
        let name = name.unwrap();
        if let Some(size) = size {
            assert_eq!(bytes.len() as u64, size, "{name}");
        }
        assert_eq!(sent_type.split(';').next().unwrap(), content_type.as_deref().unwrap_or("application/octet-stream"), "{name}");
        let extension = name.rsplit('.').next().unwrap().to_owned();
        let magic: (usize, &[u8]) = match extension.as_str() {
            "pdf" => (0, b"%PDF-1."),
            "jpg" => (0, &[0xFF, 0xD8, 0xFF]),
            "png" => (0, b"\x89PNG\r\n"),
            "webp" => (8, b"WEBP"),
            "docx" | "xlsx" | "zip" => (0, b"PK\x03\x04"),
            "mp4" => (4, b"ftyp"),
            "mp3" => (0, b"ID3"),
            "svg" => (0, b"<svg "),
            "html" => (0, b"<!doctype html>"),
            "csv" | "json" | "md" | "txt" => (0, b""),
            other => panic!("what is .{other}?"),
        };
        assert!(bytes[magic.0..].starts_with(magic.1), "{name}");
        if magic.1.is_empty() {
            assert!(std::str::from_utf8(&bytes).is_ok(), "{name}");
        }
        *kinds.entry(extension).or_default() += 1;
    }
    assert_eq!(kinds.len(), 15, "{kinds:?}");
}

#[tokio::test]
async fn should_cover_what_the_vendors_pages_leave_open() {
    let running = start().await;
    let page: FileList = running.get("/v1/files?orderId=ord_demo&limit=100").await.json().await.unwrap();
    let types: BTreeSet<&str> = page.files.iter().map(|file| file.document_type.as_word()).collect();
    assert_eq!(types, BTreeSet::from(["attachment", "contract", "document", "invoice", "warranty"]));
    let count = |test: &dyn Fn(&FileRecord) -> bool| page.files.iter().filter(|file| test(file)).count();
    assert_eq!(count(&|file| file.content_type.is_none()), 1);
    assert_eq!(count(&|file| file.size.is_none()), 1);
    assert_eq!(count(&|file| file.name.as_ref().is_some_and(|name| name.chars().count() > 150)), 1);
    let is_pdf = |file: &FileRecord| file.name.as_ref().is_some_and(|name| name.ends_with(".pdf"));
    assert_eq!(count(&|file| is_pdf(file) && file.content_type.as_deref() == Some("text/plain")), 1);
    for scripts in ['ü', '太', 'ع', 'И', 'स', '🔋'] {
        assert!(count(&|file| file.name.as_ref().is_some_and(|name| name.contains(scripts))) > 0, "{scripts}");
    }
    assert!(count(&|file| file.category == Some(flexportal::Category::Generated)) > 0);
    assert!(count(&|file| file.category == Some(flexportal::Category::Uploaded)) > 0);
}

#[tokio::test]
async fn should_mix_good_and_unreadable_records_in_the_odd_order() {
    let running = start().await;
    let page: FileList = running.get("/v1/files?orderId=ord_odd&limit=100").await.json().await.unwrap();
    assert_eq!((page.dropped, page.files.len()), (7, 20));
    let named =
        |name: &str| page.files.iter().find(|file| file.name.as_deref() == Some(name)).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(named("negative size.txt").size, None);
    assert_eq!(named("size of 2^64.txt").size, None);
    assert_eq!(named("impossible date.txt").created_at, None);
    assert_eq!(named("of another customer.pdf").order_id.as_ref().unwrap().as_str(), "ord_ben_home");
    assert_eq!(named("Roof plan.txt").size, named("Acceptance protocol.pdf").size);
    assert!(page.files.iter().any(|file| file.name.is_none()));
}

#[tokio::test]
async fn should_keep_what_was_uploaded_when_it_starts_again() {
    let running = start().await;
    let asked = json!({ "action": "upload", "fileName": "kept.txt", "contentType": "text/plain", "orderId": "ord_empty" });
    let signed: flexportal::SignedUrl = running.sign(asked).await.json().await.unwrap();
    running.client.put(&signed.url).header("content-type", "text/plain").body("kept").send().await.unwrap();
    let directory = running.directory;
    drop(running.sandbox);
    let again = start_with(|config| config.data = directory.path().to_owned()).await;
    let listed = again.json("/v1/files?orderId=ord_empty").await;
    assert_eq!((&listed["count"], &listed["files"][0]["originalFilename"]), (&json!(1), &json!("kept.txt")));
}

#[tokio::test]
async fn should_say_which_directory_it_cannot_use() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Sandbox::start(Config::on_free_ports(file.path())).await.err().unwrap().to_string();
    assert!(error.contains(file.path().to_str().unwrap()) && error.contains("--data"), "{error}");
}

#[tokio::test]
async fn should_know_the_orders_of_every_customer() {
    let running = start().await;
    for customer in demo_customers() {
        for order in customer.orders {
            let answer: flexportal::Order = running.get(&format!("/v1/orders/{}", order.id)).await.json().await.unwrap();
            assert_eq!(answer.customer_id.unwrap().as_str(), customer.id);
        }
    }
    let written = serde_json::to_value(demo_customers()).unwrap();
    assert_eq!(written[0]["orders"][0], json!({ "id": "ord_demo", "title": "Solar roof and storage, Lindenweg 12" }));
    assert_eq!(written[0]["orders"][1]["note"], "Ordered yesterday: no documents yet");
}
