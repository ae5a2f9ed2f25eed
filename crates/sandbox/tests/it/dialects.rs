//! The dialects: the same records, written in every documented way.

use crate::common::{Running, start_with};
use flexportal::{FileList, FileRecord, SignedUrl};
use order_documents_sandbox::Dialect;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn everything(running: &Running) -> (Vec<FileRecord>, u64, Vec<Value>) {
    let (mut files, mut dropped, mut raw) = (Vec::new(), 0, Vec::new());
    for offset in (0..).step_by(100) {
        let text = running.get(&format!("/v1/files?limit=100&offset={offset}")).await.text().await.unwrap();
        let page: FileList = serde_json::from_str(&text).unwrap();
        // The sizes beyond 2^64 are for lenient readers only.
        raw.extend(serde_json::from_str::<Value>(&text).unwrap()["files"].as_array().unwrap().clone());
        let more = page.may_continue(offset, 100);
        dropped += page.dropped;
        files.extend(page.files);
        if !more {
            break;
        }
    }
    (files, dropped, raw)
}

fn is_raw(file: &FileRecord) -> bool {
    file.file_id.as_str().starts_with("file_odd_raw")
}

#[tokio::test]
async fn should_say_the_same_of_every_record_in_every_dialect() {
    let running = start_with(|config| config.dialect = Dialect::Schema).await;
    let (schema, dropped, _) = everything(&running).await;
    assert!(schema.len() > 10_300);
    assert_eq!(dropped, 7, "the records of ord_odd that nobody can read");
    for dialect in ["guide", "mixed"] {
        running.control("/control/dialect", json!({ "dialect": dialect })).await;
        let (files, dropped, _) = everything(&running).await;
        assert_eq!((files.len(), dropped), (schema.len(), 7), "{dialect}");
        for (one, other) in schema.iter().zip(&files).filter(|(one, _)| !is_raw(one)) {
            // Where a dialect has no word for something it says nothing; it never says something else.
            let silent = FileRecord {
                category: other.category.or(one.category),
                customer_id: one.customer_id.clone(),
                updated_at: other.updated_at.or(one.updated_at),
                size: if dialect == "mixed" { other.size.or(one.size) } else { other.size },
                ..other.clone()
            };
            assert_eq!(*one, silent, "{dialect}");
        }
        assert!(files.iter().any(|file| file.customer_id.is_some()));
    }
}

#[tokio::test]
async fn should_write_each_dialect_with_its_own_words() {
    let running = start_with(|config| config.dialect = Dialect::Schema).await;
    let keys = |record: &Value| record.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let record = async || running.json("/v1/files/file_demo_001").await;
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();

    let schema = record().await;
    let words = "fileId tenantId orderId type category filename contentType fileSize storagePath uploadedBy createdAt updatedAt originalFilename metadata";
    assert_eq!(keys(&schema), set(&words.split(' ').collect::<Vec<_>>()));
    assert!(schema["createdAt"].is_string() && schema["fileSize"].is_u64());

    running.control("/control/dialect", json!({ "dialect": "guide" })).await;
    let guide = record().await;
    assert_eq!(keys(&guide), set(&["fileId", "fileName", "fileType", "mimeType", "size", "orderId", "customerId", "createdAt"]));

    running.control("/control/dialect", json!({ "dialect": "mixed" })).await;
    let (_, _, records) = everything(&running).await;
    let has = |test: &dyn Fn(&Value) -> bool| assert!(records.iter().filter(|record| record.is_object()).any(test));
    for word in words.split(' ').chain(["fileName", "fileType", "mimeType", "size", "customerId"]) {
        has(&|record| record.get(word).is_some());
        if word != "orderId" {
            has(&|record| record.get(word).is_none());
        }
    }
    for size in ["size", "fileSize"] {
        has(&|record| record[size].is_string());
        has(&|record| record[size].is_u64());
    }
    has(&|record| record.get("fileSize").is_some_and(Value::is_null));
    for time in ["createdAt", "updatedAt"] {
        has(&|record| record[time].as_i64().is_some_and(|number| number < 10_000_000_000));
        has(&|record| record[time].as_i64().is_some_and(|number| number > 1_000_000_000_000));
        has(&|record| record[time].as_str().is_some_and(|text| text.ends_with('Z')));
        has(&|record| record[time].as_str().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit())));
    }
}

#[tokio::test]
async fn should_count_the_page_or_the_total() {
    let running = start_with(|config| config.dialect = Dialect::Mixed).await;
    let count =
        async |offset: u64| running.json(&format!("/v1/files?orderId=ord_demo&limit=10&offset={offset}")).await["count"].clone();
    assert_eq!(count(0).await, 36);
    assert_eq!(count(10).await, "10");
    running.control("/control/dialect", json!({ "dialect": "guide" })).await;
    assert_eq!(running.json("/v1/files?orderId=ord_demo&limit=10").await["count"], 10);
    running.control("/control/dialect", json!({ "dialect": "schema" })).await;
    assert_eq!(count(30).await, 36);
}

#[tokio::test]
async fn should_sign_the_same_in_every_dialect() {
    let running = start_with(|config| config.dialect = Dialect::Schema).await;
    let mut forms = BTreeSet::new();
    for dialect in ["schema", "guide", "mixed"] {
        running.control("/control/dialect", json!({ "dialect": dialect })).await;
        for number in 1..=36 {
            let file_id = format!("file_demo_{number:03}");
            let answer: Value = running.sign(json!({ "fileId": file_id, "expiresInMinutes": 30 })).await.json().await.unwrap();
            let signed: SignedUrl = serde_json::from_value(answer.clone()).unwrap();
            let expires = signed.expires_at.unwrap().millis();
            assert!(
                signed.url.contains(&format!("/files/{file_id}?action=view&expires={}&", expires / 1000)),
                "{dialect}: {answer}"
            );
            forms.insert(match &answer["expiresAt"] {
                Value::Number(number) if number.as_i64().unwrap() > 1_000_000_000_000 => "milliseconds",
                Value::Number(_) => "seconds",
                Value::String(text) if text.ends_with('Z') => "ISO 8601",
                _ => "digits",
            });
            if dialect == "schema" {
                for required in ["success", "url", "filename", "contentType", "fileSize", "expiresAt"] {
                    assert!(!answer[required].is_null(), "{required}");
                }
            }
        }
    }
    assert_eq!(forms.len(), 4, "{forms:?}");
}
