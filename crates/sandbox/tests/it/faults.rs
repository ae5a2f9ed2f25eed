//! Faults: of the orders that show a state, and on demand.

use crate::common::{Running, header, refusal, start};
use flexportal::FileList;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const LIST: &str = "/v1/files?orderId=ord_demo";

async fn list(running: &Running, order: &str) -> reqwest::Response {
    running.get(&format!("/v1/files?orderId={order}&limit=100")).await
}

#[tokio::test]
async fn should_show_each_state_on_its_order() {
    let running = start().await;
    assert_eq!(refusal(list(&running, "ord_failing").await).await, (500, "INTERNAL_ERROR".to_owned()));
    assert_eq!(refusal(list(&running, "ord_forbidden").await).await, (403, "FORBIDDEN".to_owned()));
    let garbled = list(&running, "ord_garbled").await;
    assert_eq!((garbled.status().as_u16(), header(&garbled, "content-type")), (200, "text/html; charset=utf-8"));
    let cut = list(&running, "ord_cut").await;
    assert_eq!(cut.status(), 200);
    let cut = cut.text().await.unwrap();
    assert!(cut.starts_with('{') && serde_json::from_str::<Value>(&cut).unwrap_err().is_eof(), "{cut}");

    let first: FileList = list(&running, "ord_partial").await.json().await.unwrap();
    assert_eq!((first.files.len(), first.count), (100, Some(250)));
    assert_eq!(running.get("/v1/files?orderId=ord_partial&offset=100").await.status(), 500);
    // The orders are there, and their files: only the list is at fault.
    assert_eq!(running.get("/v1/orders/ord_failing").await.status(), 200);
    assert_eq!(running.get("/v1/files/file_failing_001").await.status(), 200);
}

#[tokio::test]
async fn should_let_one_request_through_once_the_wait_was_kept() {
    let running = start().await;
    let again = json!({ "fault": "rate-limited-until-waited", "orderId": "ord_limited", "route": "list", "seconds": 1 });
    assert_eq!(header(&list(&running, "ord_limited").await, "retry-after"), "5", "as seeded");
    running.control("/control/fault", again).await;
    for _ in 0..2 {
        let answer = list(&running, "ord_limited").await;
        let limited = Instant::now();
        assert_eq!(header(&answer, "retry-after"), "1");
        assert_eq!(refusal(answer).await, (429, "RATE_LIMITED".to_owned()));
        assert_eq!(list(&running, "ord_limited").await.status(), 429, "who does not wait is not let through");
        tokio::time::sleep_until((limited + Duration::from_secs(1)).into()).await;
        let through: FileList = list(&running, "ord_limited").await.json().await.unwrap();
        assert_eq!(through.files.len(), 4);
    }
}

#[tokio::test]
async fn should_answer_late_and_right() {
    let running = start().await;
    running.control("/control/fault", json!({ "fault": "slow", "orderId": "ord_demo", "seconds": 0.4 })).await;
    let asked = Instant::now();
    let late: FileList = running.get(LIST).await.json().await.unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(400));
    assert_eq!(late.files.len(), 36);
    let seeded: Value = running.client.get(running.identity("/control/fault")).send().await.unwrap().json().await.unwrap();
    assert!(
        seeded.as_array().unwrap().contains(&json!({ "fault": "slow", "orderId": "ord_slow", "route": "list" })),
        "eight seconds by default"
    );
}

#[tokio::test]
async fn should_break_everything_on_demand_and_recover() {
    let running = start().await;
    for (fault, status) in [
        ("server-error", 500),
        ("bad-gateway", 502),
        ("unauthorized", 401),
        ("forbidden", 403),
        ("not-found", 404),
        ("rate-limited", 429),
        ("redirect", 302),
        ("not-json", 200),
    ] {
        running.fault(fault).await;
        for path in [LIST, "/v1/orders/ord_demo", "/v1/files/file_demo_001"] {
            assert_eq!(running.get(path).await.status(), status, "{fault}");
        }
        assert_eq!(running.sign(json!({ "fileId": "file_demo_001" })).await.status(), status, "{fault}");
        running.fault("none").await;
        assert_eq!(running.json(LIST).await["count"], 36, "after {fault}");
    }
}

#[tokio::test]
async fn should_hang_up_and_break_off() {
    let running = start().await;
    running.fault("down").await;
    let error = running.api(reqwest::Method::GET, LIST).send().await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    running.fault("cut-off").await;
    let answer = running.get(LIST).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err(), "the body ends before its length");
    running.fault("half-json").await;
    assert!(running.get(LIST).await.json::<Value>().await.is_err());
    running.fault("none").await;
    assert_eq!(running.get(LIST).await.status(), 200);
}

#[tokio::test]
async fn should_meet_only_the_order_the_route_and_the_times_that_are_named() {
    let running = start().await;
    running
        .control("/control/fault", json!({ "fault": "server-error", "orderId": "ord_demo", "route": "sign", "times": 2 }))
        .await;
    assert_eq!(running.get(LIST).await.status(), 200);
    assert_eq!(running.sign(json!({ "fileId": "file_slow_001" })).await.status(), 200);
    for status in [500, 500, 200] {
        assert_eq!(running.sign(json!({ "fileId": "file_demo_001" })).await.status(), status);
    }
    // The more particular rule wins, and a rule of the whole API spares the storage.
    running.fault("server-error").await;
    running.control("/control/fault", json!({ "fault": "forbidden", "orderId": "ord_demo" })).await;
    assert_eq!(running.get(LIST).await.status(), 403);
    assert_eq!(list(&running, "ord_empty").await.status(), 500);
    running.control("/control/fault", json!({ "fault": "none" })).await;
    running.control("/control/fault", json!({ "fault": "none", "orderId": "ord_demo" })).await;

    let url = running.signed_url("file_demo_001", "view").await;
    running.fault("down").await;
    assert_eq!(running.client.get(&url).send().await.unwrap().status(), 200);
    running.control("/control/fault", json!({ "fault": "server-error", "route": "storage" })).await;
    assert_eq!(running.client.get(&url).send().await.unwrap().status(), 500);
}

#[tokio::test]
async fn should_end_and_restore_the_seeded_faults() {
    let running = start().await;
    running.control("/control/fault", json!({ "fault": "none", "orderId": "ord_failing" })).await;
    let recovered: FileList = list(&running, "ord_failing").await.json().await.unwrap();
    assert_eq!(recovered.files.len(), 4);
    running.client.delete(running.identity("/control/fault")).send().await.unwrap();
    assert_eq!(list(&running, "ord_failing").await.status(), 500);
}

#[tokio::test]
async fn should_return_others_files_where_filters_are_ignored() {
    let running = start().await;
    running.fault("ignores-filters").await;
    let whole = running.json(LIST).await;
    assert!(whole["count"].as_u64().unwrap() > 10_000);
    assert!(whole["files"].as_array().unwrap().iter().any(|file| file["orderId"] != "ord_demo"));
}

#[tokio::test]
async fn should_sign_urls_that_must_be_refused() {
    let running = start().await;
    for (fault, start) in [
        ("bad-signed-url", "https://elsewhere.example/"),
        ("script-signed-url", "javascript:"),
        ("plain-signed-url", "http://storage.example/"),
    ] {
        running.fault(fault).await;
        let url = running.signed_url("file_demo_001", "view").await;
        assert!(url.starts_with(start), "{url}");
    }
}

#[tokio::test]
async fn should_sign_an_url_that_is_long_and_right() {
    let running = start().await;
    running.fault("long-signed-url").await;
    let url = running.signed_url("file_demo_001", "view").await;
    assert_eq!((url.len(), running.client.get(&url).send().await.unwrap().status().as_u16()), (8100, 200));
}

#[tokio::test]
async fn should_refuse_a_fault_that_it_does_not_know() {
    let running = start().await;
    for body in [
        json!({}),
        json!({ "fault": "unknown" }),
        json!({ "fault": "down", "order": "ord_demo" }),
        json!({ "fault": "down", "times": -1 }),
    ] {
        let answer = running.client.put(running.identity("/control/fault")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 422, "{body}");
    }
    let answer =
        running.client.put(running.identity("/control/dialect")).json(&json!({ "dialect": "latin" })).send().await.unwrap();
    assert_eq!(answer.status(), 422);
}
