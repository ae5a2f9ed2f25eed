//! Invariant 4: the upstream is called as often as is allowed, and no more.

use crate::harness::{Harness, anna, keep_nothing};
use crate::tokens::{EDDSA, claims};
use crate::world::Reply;
use futures_util::FutureExt;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn should_refuse_beyond_the_budget_without_a_call_and_keep_a_share_for_signing() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "10")], keep_nothing).await;
    for (customer, order) in [("cust_cleo", "ord_c1"), ("cust_dan", "ord_d1")] {
        harness.world.add(harness.world.file(&format!("file_{order}"), Some(order), Some(customer)));
    }
    let list = async |customer: &str, order: &str| {
        harness.get(&EDDSA.sign(&claims(customer, Some(&[order]))), &format!("/api/v1/files?orderId={order}")).await
    };
    // Of the 8 that may read, one customer gets no more than it leaves to the others.
    for (customer, order, calls) in [
        ("cust_anna", "ord_a1", 4),
        ("cust_bea", "ord_e1", 2),
        ("cust_cleo", "ord_c1", 1),
        ("cust_dan", "ord_d1", 1),
        ("cust_eve", "ord_f1", 0),
    ] {
        for _ in 0..calls {
            assert_eq!(list(customer, order).await.status, 200);
        }
        let answer = list(customer, order).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "RATE_LIMITED"));
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((50..=60).contains(&wait), "{wait}");
    }
    // The files were found by listing, so that only the signature costs. Two are left, and each who holds one already may have one of two.
    let sign = async |customer: &str, order: &str| {
        let body = json!({"fileId": format!("file_{order}"), "orderId": order});
        harness.sign(&EDDSA.sign(&claims(customer, Some(&[order]))), body).await.status.as_u16()
    };
    assert_eq!((sign("cust_cleo", "ord_c1").await, sign("cust_dan", "ord_d1").await), (200, 429));
    assert_eq!(harness.world.take_calls().len(), 9);
    let metrics = reqwest::get(format!("{}/metrics", harness.admin)).await.unwrap().text().await.unwrap();
    for line in [
        "order_documents_upstream_budget_used 9",
        "order_documents_upstream_budget_limit 10",
        "order_documents_upstream_calls_total{operation=\"list\",outcome=\"ok\"} 8",
        "order_documents_upstream_calls_total{operation=\"list\",outcome=\"own_share\"} 4",
        "order_documents_upstream_calls_total{operation=\"list\",outcome=\"budget\"} 1",
        "order_documents_requests_total{route=\"/api/v1/files\",status=\"429\",code=\"RATE_LIMITED\"} 5",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains(&harness.key));
}

#[tokio::test]
async fn should_hold_the_budget_against_many_at_once() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "20")], |_| {}).await;
    let token = anna();
    // Each wants another page, so that none shares the other's call.
    let pages: Vec<_> = (0..60).map(|offset| format!("/api/v1/files?orderId=ord_a1&offset={offset}")).collect();
    let answers = futures_util::future::join_all(pages.iter().map(|page| harness.get(&token, page))).await;
    // Half of the 16 that may read: the other half is left to other customers.
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 8);
    assert_eq!(harness.world.take_calls().len(), 8);
}

/// The time stands still but for what the test lets pass: a task that blocks keeps tokio from going on to the next timer by itself.
struct StoppedTime(std::sync::mpsc::Sender<()>);

impl StoppedTime {
    fn here() -> Self {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv().is_ok());
        tokio::time::pause();
        Self(end)
    }

    /// Lets time pass in small steps, with some of the machine's own between them, until it is done; and says how much it was.
    async fn until<T>(&self, work: impl Future<Output = T>) -> (T, Duration) {
        let _ = &self.0;
        let (begun, mut work) = (tokio::time::Instant::now(), std::pin::pin!(work));
        loop {
            for _ in 0..200 {
                if let Some(done) = work.as_mut().now_or_never() {
                    return (done, begun.elapsed());
                }
                tokio::task::yield_now().await;
            }
            tokio::time::advance(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn should_wait_for_all_calls_of_a_request_together_and_then_say_when_to_come_back() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "25")], keep_nothing).await;
    let time = StoppedTime::here();
    // A call every two seconds: from a minute later on, places come free as slowly.
    for order in 0..20 {
        let token = EDDSA.sign(&claims(&format!("cust_{order}"), Some(&[&format!("ord_{order}")])));
        let path = format!("/api/v1/files?orderId=ord_{order}");
        assert_eq!(time.until(harness.get(&token, &path)).await.0.status, 200);
        tokio::time::advance(Duration::from_secs(2)).await;
    }
    tokio::time::advance(Duration::from_millis(19_500)).await;
    harness.world.take_calls();
    // Its page needs ten more calls: whose is each of these orders?
    let records: Vec<_> = (0..9).map(|record| json!({"fileId": format!("f{record}"), "orderId": format!("o{record}")})).collect();
    let list = json!({"files": records});
    harness.world.answer_with(move |call| (call.path == "/v1/files").then(|| Reply::Json(200, list.clone())));
    let (answer, took) = time.until(harness.get(&EDDSA.sign(&claims("cust_anna", None)), "/api/v1/files")).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "RATE_LIMITED"), "{took:?}");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait) && took < Duration::from_secs(8), "{wait} {took:?}");
    assert!(harness.world.take_calls().len() > 1);
}
