//! The API's routes, filters, bounds and refusals.

use crate::common::{header, refusal, start, start_with};
use flexportal::{FileList, Order, SignedUrl, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

#[tokio::test]
async fn should_refuse_all_but_the_right_key_and_tenant() {
    let running = start().await;
    let url = format!("{}/v1/files", running.sandbox.origins().api);
    for headers in [
        vec![],
        vec![("authorization", "Bearer fp_sandbox_key")],
        vec![("tenant-id", "tenant_demo")],
        vec![("authorization", "Bearer wrong"), ("tenant-id", "tenant_demo")],
        vec![("authorization", "fp_sandbox_key"), ("tenant-id", "tenant_demo")],
        vec![("authorization", "Basic fp_sandbox_key"), ("tenant-id", "tenant_demo")],
        vec![("authorization", "Bearer fp_sandbox_key"), ("tenant-id", "tenant_other")],
        vec![("authorization", "Bearer fp_sandbox_key"), ("tenant-id", "tenant_demo"), ("tenant-id", "tenant_other")],
        vec![("authorization", "Bearer fp_sandbox_key"), ("authorization", "Bearer x"), ("tenant-id", "tenant_demo")],
    ] {
        let request = headers.iter().fold(running.client.get(&url), |request, (name, value)| request.header(*name, *value));
        assert_eq!(refusal(request.send().await.unwrap()).await, (401, "UNAUTHORIZED".to_owned()), "{headers:?}");
    }
    assert_eq!(running.get("/v1/files").await.status(), 200);
}

#[tokio::test]
async fn should_filter_by_order_type_and_customer_and_by_nothing_else() {
    let running = start().await;
    let count = async |query: &str| running.json(&format!("/v1/files{query}")).await["count"].as_u64().unwrap();
    let whole = count("").await;
    assert!(whole > 10_300, "{whole}");
    assert_eq!(count("?orderId=ord_demo").await, 36);
    assert_eq!(count("?orderId=ord_demo&type=invoice").await, 12);
    assert_eq!(count("?orderId=ord_demo&type=warranty").await, 2);
    assert_eq!(count("?orderId=ord_empty").await, 0);
    assert_eq!(count("?orderId=ord_unknown").await, 0);
    assert_eq!(count("?orderId=ord_large").await, 10_000);
    assert_eq!(count("?customerId=cust_ben").await, 8);
    assert_eq!(count("?customerId=cust_ben&type=invoice").await, 3);
    assert_eq!(count("?customerId=cust_ben&orderId=ord_demo").await, 0);
    // CONTRACT.md warns of it: a filter that is not known is no filter.
    assert_eq!(count("?orderID=ord_demo").await, whole);
    assert_eq!(count("?status=active").await, whole);

    for file in running.json("/v1/files?orderId=ord_demo&type=contract&limit=100").await["files"].as_array().unwrap() {
        assert_eq!((&file["orderId"], &file["type"]), (&json!("ord_demo"), &json!("contract")));
    }
}

#[tokio::test]
async fn should_page_newest_first_without_gap_or_overlap() {
    let running = start().await;
    let first = running.json("/v1/files?orderId=ord_large").await;
    assert_eq!((&first["limit"], &first["offset"]), (&json!(50), &json!(0)));
    assert_eq!(first["filters"], json!({ "orderId": "ord_large" }));
    assert_eq!(first["files"].as_array().unwrap().len(), 50);

    let mut ids: Vec<String> = Vec::new();
    let mut last = None;
    for offset in (0..36).step_by(10) {
        let page: FileList =
            running.get(&format!("/v1/files?orderId=ord_demo&limit=10&offset={offset}")).await.json().await.unwrap();
        for file in page.files {
            assert!(last.is_none_or(|last| file.created_at <= last), "newest first");
            last = Some(file.created_at);
            ids.push(file.file_id.to_string());
        }
    }
    assert_eq!(ids.len(), 36);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 36, "no file twice");
    assert_eq!(running.json("/v1/files?orderId=ord_demo&offset=36").await["files"], json!([]));
}

#[tokio::test]
async fn should_keep_the_bounds_of_limit_and_offset() {
    let running = start().await;
    for (query, status) in [
        ("limit=1", 200),
        ("limit=100", 200),
        ("limit=0", 422),
        ("limit=101", 422),
        ("limit=-1", 422),
        ("limit=ten", 422),
        ("limit=", 422),
        ("limit=1.5", 422),
        ("offset=0", 200),
        ("offset=999999999", 200),
        ("offset=-1", 422),
        ("offset=x", 422),
        ("offset=99999999999999999999", 422),
    ] {
        let answer = running.get(&format!("/v1/files?{query}")).await;
        assert_eq!(answer.status(), status, "{query}");
        if status == 422 {
            assert_eq!(refusal(answer).await.1, "VALIDATION_ERROR");
        }
    }
}

#[tokio::test]
async fn should_answer_one_file_and_one_order() {
    let running = start().await;
    let file = running.json("/v1/files/file_demo_001").await;
    assert_eq!(file["originalFilename"], "Solar subscription contract.pdf");
    assert_eq!(file["filename"], "contract-anna.pdf");
    for internal in ["tenantId", "storagePath", "uploadedBy", "metadata"] {
        assert!(!file[internal].is_null(), "{internal}: the proxy must have something to take away");
    }
    let order: Order = running.get("/v1/orders/ord_ben_home").await.json().await.unwrap();
    assert_eq!(order.customer_id.unwrap().as_str(), "cust_ben");
    assert_eq!(order.order_id.unwrap().as_str(), "ord_ben_home");
    for path in ["/v1/files/file_unknown", "/v1/orders/ord_unknown", "/v1/unknown", "/v2/files", "/"] {
        assert_eq!(refusal(running.get(path).await).await, (404, "NOT_FOUND".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn should_sign_for_as_long_as_asked_within_the_bounds() {
    let running = start().await;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    for (asked, minutes) in [(json!(1), 1), (json!(1440), 1440), (Value::Null, 60)] {
        let mut body = json!({ "fileId": "file_demo_001" });
        if !asked.is_null() {
            body["expiresInMinutes"] = asked;
        }
        let before = now();
        let signed: SignedUrl = running.sign(body).await.json().await.unwrap();
        let life = signed.expires_at.map_or(0, Timestamp::millis) - before;
        assert!((minutes * 60_000 - 2000..=minutes * 60_000 + 2000).contains(&life), "{life}");
        assert_eq!(signed.filename.as_deref(), Some("Solar subscription contract.pdf"));
        assert!(signed.url.starts_with(&running.sandbox.origins().storage));
    }
}

#[tokio::test]
async fn should_refuse_what_cannot_be_signed() {
    let running = start().await;
    for (body, status) in [
        (json!({}), 422),
        (json!({ "fileId": "" }), 422),
        (json!({ "fileId": 7 }), 422),
        (json!({ "fileId": "file_unknown" }), 404),
        (json!({ "fileId": "../file_demo_001" }), 404),
        (json!({ "fileId": "file_demo_001", "action": "delete" }), 422),
        (json!({ "fileId": "file_demo_001", "expiresInMinutes": 0 }), 422),
        (json!({ "fileId": "file_demo_001", "expiresInMinutes": 1441 }), 422),
        (json!({ "fileId": "file_demo_001", "expiresInMinutes": "60" }), 422),
        (json!({ "action": "upload", "fileName": "a.txt" }), 422),
        (json!({ "action": "upload", "contentType": "text/plain" }), 422),
        (json!({ "action": "upload", "fileName": "a.txt", "contentType": "text/plain\r\nX: y" }), 422),
        (json!({ "action": "upload", "fileName": "a.txt", "contentType": "text/plain", "orderId": "ord_unknown" }), 404),
        (json!([]), 400),
    ] {
        let (answered, _) = refusal(running.sign(body.clone()).await).await;
        assert_eq!(answered, status, "{body}");
    }
    let half = running.api(Method::POST, "/v1/files/url").body("{\"fileId\":").send().await.unwrap();
    assert_eq!(refusal(half).await, (400, "BAD_REQUEST".to_owned()));
}

#[tokio::test]
async fn should_limit_the_requests_of_a_minute_for_everyone_together() {
    let running = start_with(|config| config.requests_per_minute = 5).await;
    for _ in 0..5 {
        assert_eq!(running.get("/v1/orders/ord_demo").await.status(), 200);
    }
    let answer = running.get("/v1/files").await;
    let wait: u64 = header(&answer, "retry-after").parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    assert_eq!(refusal(answer).await, (429, "RATE_LIMITED".to_owned()));
    // Who has no key uses up nothing, and is told nothing of the limit.
    let stranger = running.client.get(format!("{}/v1/files", running.sandbox.origins().api)).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
}

#[tokio::test]
async fn should_count_the_calls_without_keeping_credentials() {
    let running = start().await;
    running.get("/v1/files?orderId=ord_demo").await;
    running.get("/v1/files/file_demo_001").await;
    running.sign(json!({ "fileId": "file_unknown" })).await;
    let log = running.client.get(running.identity("/control/calls")).send().await.unwrap().text().await.unwrap();
    assert!(!log.contains("fp_sandbox_key"), "{log}");
    let log: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(log["total"], 3);
    assert_eq!(log["routes"], json!({ "GET /v1/files": 1, "GET /v1/files/{file_id}": 1, "POST /v1/files/url": 1 }));
    assert_eq!(log["statuses"], json!({ "200": 2, "404": 1 }));
    assert_eq!(log["recent"][0]["uri"], "/v1/files?orderId=ord_demo");
    assert_eq!(log["recent"][0]["headers"], json!(["accept", "authorization", "host", "tenant-id"]));

    running.client.delete(running.identity("/control/calls")).send().await.unwrap();
    let log: Value = running.client.get(running.identity("/control/calls")).send().await.unwrap().json().await.unwrap();
    assert_eq!(log["total"], 0);
}
