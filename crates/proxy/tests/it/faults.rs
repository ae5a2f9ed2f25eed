//! What is answered when the upstream fails, and that it comes back without a restart.

use crate::harness::{Answer, Harness, anna, anna_without_orders, keep_nothing};
use crate::world::{Call, Reply};
use order_documents_proxy::config::Limits;
use serde_json::json;
use std::time::Duration;

const LIST: &str = "/api/v1/files?orderId=ord_a1";

/// An answer that every one of the calls takes.
const GOOD: &[u8] = br#"{"files":[{"fileId":"file_ord_a1_1","orderId":"ord_a1"}],"orderId":"ord_a1","url":"https://storage.example/f","customer":{"customerId":"cust_anna"}}"#;

/// Longer than any test waits.
const NEVER: Duration = Duration::from_secs(600);

/// An answer with a fault, by its name.
pub fn reply(fault: &str) -> Reply {
    let raw = |status, headers: &[(&'static str, &str)], body: &[u8]| {
        Reply::Raw(status, headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(), body.to_vec())
    };
    match fault {
        "hang" => Reply::Hang,
        "cut" => Reply::Cut(b"{\"files\":[".to_vec()),
        "not json" => raw(200, &[], b"<html>It works!</html>"),
        "half json" => raw(200, &[], b"{\"files\":[{\"fileId\":\"file_ord_a1_1\""),
        "other json" => Reply::Json(200, json!([1, 2, 3])),
        // Right in everything but the fault, so that it is the fault that is refused.
        "too long" => raw(200, &[], &[GOOD, &vec![b' '; 300 * 1024]].concat()),
        "too long, streamed" => Reply::Streamed([GOOD, &vec![b' '; 300 * 1024]].concat()),
        "encoded" => raw(200, &[("content-encoding", "gzip")], GOOD),
        "good" => raw(200, &[], GOOD),
        "nested" => raw(200, &[], &[&b"{\"files\":"[..], &b"[".repeat(100_000)].concat()),
        "redirect" => raw(302, &[("location", "https://evil.example/")], b""),
        "no content" => raw(204, &[], b""),
        "429 seconds" => raw(429, &[("retry-after", "7")], b""),
        "429 bare" => raw(429, &[], b""),
        "503 with a wait" => raw(503, &[("retry-after", "9")], b""),
        "400" | "401" | "403" | "404" | "409" | "418" | "500" | "502" | "503" => {
            Reply::Json(fault.parse().unwrap(), json!({"error": {"code": "X", "message": "UPSTREAM-m"}}))
        }
        other => panic!("no fault {other}"),
    }
}

#[tokio::test]
async fn should_tell_each_fault_of_each_call_and_recover() {
    let waiting = async |head| {
        Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "100000")], |config| {
            keep_nothing(config);
            // Each answer is looked at, so that none may be kept from being asked for.
            config.limits.breaker.failures = u32::MAX;
            (config.limits.upstream_head, config.limits.upstream_answer) = (head, NEVER);
            config.limits.upstream_bytes = 200 * 1024;
            config.limits.finding = Duration::ZERO;
            config.limits.upstream_pause = Duration::ZERO;
        })
        .await
    };
    // What comes has all the time that a busy machine needs; what never comes is not waited for long.
    let [patient, hasty] = [waiting(NEVER).await, waiting(Duration::from_millis(300)).await];
    let body = json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"});
    for (fault, status, code) in [
        ("hang", 504, "UPSTREAM_TIMEOUT"),
        ("cut", 502, "UPSTREAM_UNREADABLE"),
        ("not json", 502, "UPSTREAM_UNREADABLE"),
        ("half json", 502, "UPSTREAM_UNREADABLE"),
        ("other json", 502, "UPSTREAM_UNREADABLE"),
        ("too long", 502, "UPSTREAM_UNREADABLE"),
        ("too long, streamed", 502, "UPSTREAM_UNREADABLE"),
        ("good", 200, ""),
        ("encoded", 502, "UPSTREAM_UNREADABLE"),
        ("nested", 502, "UPSTREAM_UNREADABLE"),
        ("redirect", 502, "UPSTREAM_UNREADABLE"),
        ("no content", 502, "UPSTREAM_UNREADABLE"),
        ("429 seconds", 429, "RATE_LIMITED"),
        ("429 bare", 429, "RATE_LIMITED"),
        ("503 with a wait", 429, "RATE_LIMITED"),
        ("400", 502, "UPSTREAM_FAILED"),
        ("401", 502, "UPSTREAM_FAILED"),
        ("403", 403, "FORBIDDEN"),
        ("404", 404, "NOT_FOUND"),
        ("409", 502, "UPSTREAM_FAILED"),
        ("418", 502, "UPSTREAM_FAILED"),
        ("500", 502, "UPSTREAM_FAILED"),
        ("503", 502, "UPSTREAM_FAILED"),
    ] {
        type Hits = fn(&Call) -> bool;
        let list: Hits = |call| call.path == "/v1/files";
        let sign: Hits = |call| call.path == "/v1/files/url";
        let order: Hits = |call| call.path.starts_with("/v1/orders/");
        // About an id, "forbidden" is the answer of "not found".
        let about_order = if fault == "403" { (404, "NOT_FOUND") } else { (status, code) };
        let harness = if fault == "hang" { &hasty } else { &patient };
        for (what, hits, expected) in
            [("list", list, (status, code)), ("sign", sign, (status, code)), ("order", order, about_order)]
        {
            harness.world.answer_with(move |call| hits(call).then(|| reply(fault)));
            let answer = match what {
                "list" => harness.get(&anna(), LIST).await,
                "sign" => harness.sign(&anna(), body.clone()).await,
                _ => harness.get(&anna_without_orders(), LIST).await,
            };
            // An order that is an array, say, is an order of nobody.
            let status = answer.status.as_u16();
            let code = if status == 200 { String::new() } else { answer.code() };
            assert_eq!((status, code.as_str()), expected, "{fault} of {what}");
            match fault {
                "429 seconds" => assert_eq!(answer.header("retry-after"), "7"),
                "429 bare" => assert_eq!(answer.header("retry-after"), "60"),
                "503 with a wait" => assert_eq!(answer.header("retry-after"), "9"),
                _ => assert_eq!(answer.header("retry-after"), ""),
            }
            harness.world.be_honest_again();
            if fault == "hang" {
                // Only that it comes back at all: a busy machine may miss so short a deadline.
                while harness.get(&anna(), LIST).await.status != 200 || harness.sign(&anna(), body.clone()).await.status != 200 {}
                continue;
            }
            assert_eq!(harness.get(&anna(), LIST).await.status, 200, "after {fault} of {what}");
            assert_eq!(harness.sign(&anna(), body.clone()).await.status, 200, "after {fault} of {what}");
        }
    }
}

/// Connecting, the first byte and the whole answer have deadlines of their own, each longer than the one before.
#[tokio::test]
async fn should_wait_less_for_the_first_byte_than_for_the_last() {
    let limits = Limits::default();
    assert!(limits.connect < limits.upstream_head && limits.upstream_head < limits.upstream_answer, "{limits:?}");
    assert!(limits.upstream_answer < limits.request, "{limits:?}");
    for (head, answer, late, status) in [
        // Nothing comes: the first byte's deadline ends it, whatever the other is.
        (Duration::from_millis(50), NEVER, None, 504),
        // The head came in time: the body may take longer than that.
        (Duration::from_secs(2), NEVER, Some(Duration::from_secs(3)), 200),
        // The head came, and the body never does.
        (NEVER, Duration::from_millis(300), Some(NEVER), 504),
    ] {
        let harness = Harness::with(&[], |config| {
            keep_nothing(config);
            (config.limits.upstream_head, config.limits.upstream_answer, config.limits.request) = (head, answer, NEVER);
        })
        .await;
        harness.world.answer_with(move |_| Some(late.map_or(Reply::Hang, |late| Reply::Late(late, GOOD.to_vec()))));
        let token = anna();
        let asked = tokio::time::timeout(Duration::from_secs(60), harness.get(&token, LIST)).await;
        assert_eq!(asked.unwrap_or_else(|_| panic!("{head:?} {answer:?} {late:?} hangs")).status.as_u16(), status);
    }
}

#[tokio::test]
async fn should_leave_an_upstream_alone_that_fails_again_and_again() {
    let harness = Harness::with(&[], |config| {
        keep_nothing(config);
        config.limits.breaker.first_pause = Duration::from_millis(400);
    })
    .await;
    harness.world.answer_with(|call| (call.path == "/v1/files").then(|| reply("500")));
    for _ in 0..5 {
        assert_eq!(harness.get(&anna(), LIST).await.status, 502);
    }
    harness.world.take_calls();
    let resting = harness.get(&anna(), LIST).await;
    assert_eq!((resting.status.as_u16(), resting.code().as_str()), (503, "UPSTREAM_RESTING"));
    assert_eq!(resting.header("retry-after"), "1");
    harness.no_upstream_call("it rests");
    let metrics = reqwest::get(format!("{}/metrics", harness.admin)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("order_documents_breaker_state{operation=\"list\"} 2"), "{metrics}");
    // Other operations go on, and this one comes back by itself.
    harness.world.be_honest_again();
    for _ in 0..200 {
        if harness.get(&anna(), LIST).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it rests for ever");
}

#[tokio::test]
async fn should_say_that_nobody_is_there() {
    let harness = Harness::with(&[("FLEXPORTAL_URL", "http://127.0.0.1:9")], |_| {}).await;
    let answer = harness.get(&anna(), LIST).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (504, "UPSTREAM_UNAVAILABLE"));
}

#[tokio::test]
async fn should_end_a_request_that_walks_too_long() {
    let harness = Harness::with(&[], |config| config.limits.request = Duration::from_millis(200)).await;
    harness.world.answer_with(|_| Some(Reply::Hang));
    let answer = harness.get(&anna(), LIST).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (504, "UPSTREAM_TIMEOUT"));
}

#[tokio::test]
async fn should_lose_no_list_for_one_name_that_was_cut_within_an_emoji() {
    let harness = Harness::new().await;
    let body = br#"{"files":[{"fileId":"file_1","orderId":"ord_a1","filename":"half \ud83d.pdf"},{"fileId":"file_2","orderId":"ord_a1"}]}"#;
    harness.world.answer_with(|_| Some(Reply::Raw(200, Vec::new(), body.to_vec())));
    assert_eq!(harness.get(&anna(), LIST).await.file_ids(), ["file_1", "file_2"]);
}

#[tokio::test]
async fn should_leave_the_upstream_alone_for_everybody_at_its_first_429() {
    let harness = Harness::uncached().await;
    let known = json!({"fileId": "file_ord_a2_1", "orderId": "ord_a2"});
    assert_eq!(harness.get(&anna(), "/api/v1/files?orderId=ord_a2").await.status, 200);
    harness.world.take_calls();
    harness.world.answer_with(|_| Some(reply("429 seconds")));
    let limited = |answer: &Answer| {
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "RATE_LIMITED"));
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((6..=7).contains(&wait), "{wait}");
    };
    limited(&harness.get(&anna(), LIST).await);
    assert_eq!(harness.world.take_calls().len(), 1);
    // The limit is for everyone together: other orders, other customers, signatures.
    limited(&harness.get(&anna(), LIST).await);
    limited(&harness.get(&anna(), "/api/v1/files?orderId=ord_a2").await);
    limited(&harness.get(&anna_without_orders(), "/api/v1/files?orderId=ord_b1").await);
    limited(&harness.sign(&anna(), known).await);
    harness.no_upstream_call("everybody waits");
}

#[tokio::test]
async fn should_go_on_with_one_call_when_the_wait_is_over() {
    let harness = Harness::with(&[], |config| {
        keep_nothing(config);
        config.limits.upstream_pause = Duration::ZERO;
    })
    .await;
    harness.world.answer_with(|call| call.query.get("orderId").is_some_and(|id| id == "ord_a1").then(|| reply("429 seconds")));
    assert_eq!(harness.get(&anna(), LIST).await.status, 429);
    // One order's 429 stops nobody else any more.
    assert_eq!(harness.get(&anna(), "/api/v1/files?orderId=ord_a2").await.status, 200);
    assert_eq!(harness.get(&anna(), LIST).await.status, 429);
    assert_eq!(harness.sign(&anna(), json!({"fileId": "file_ord_a2_1", "orderId": "ord_a2"})).await.status, 200);
}
