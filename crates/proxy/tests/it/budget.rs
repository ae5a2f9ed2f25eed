//! Invariant 4: the upstream is called as often as is allowed, and no more.

use crate::harness::{Harness, anna};
use serde_json::json;

#[tokio::test]
async fn should_refuse_beyond_the_budget_without_a_call_and_keep_a_share_for_signing() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "10")], |_| {}).await;
    let list = async || harness.get(&anna(), "/api/v1/files?orderId=ord_a1").await;
    for _ in 0..8 {
        assert_eq!(list().await.status, 200);
    }
    for _ in 0..5 {
        let answer = list().await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "RATE_LIMITED"));
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((50..=60).contains(&wait), "{wait}");
    }
    // The files were found by listing, so that only the signatures cost.
    let body = json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"});
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(harness.sign(&anna(), body.clone()).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(harness.world.take_calls().len(), 10);
    let metrics = reqwest::get(format!("{}/metrics", harness.admin)).await.unwrap().text().await.unwrap();
    for line in [
        "order_documents_upstream_budget_used 10",
        "order_documents_upstream_budget_limit 10",
        "order_documents_upstream_calls_total{operation=\"list\",outcome=\"ok\"} 8",
        "order_documents_upstream_calls_total{operation=\"list\",outcome=\"budget\"} 5",
        "order_documents_requests_total{route=\"/api/v1/files\",status=\"429\"} 5",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains(&harness.key));
}

#[tokio::test]
async fn should_hold_the_budget_against_many_at_once() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "20")], |_| {}).await;
    let token = anna();
    let asked = (0..60).map(|_| harness.get(&token, "/api/v1/files?orderId=ord_a1"));
    let answers = futures_util::future::join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 16);
    assert_eq!(harness.world.take_calls().len(), 16);
}
