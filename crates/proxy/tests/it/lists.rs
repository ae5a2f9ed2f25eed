//! What is remembered of lists, for how long, for whom, and how many share one question.

use crate::harness::{Answer, Harness, anna, anna_without_orders};
use crate::tokens::{EDDSA, claims};
use crate::world::Reply;
use futures_util::future::join_all;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

const LIST: &str = "/api/v1/files?orderId=ord_a1";
const MS: fn(u64) -> Duration = Duration::from_millis;

/// Lists that are fresh, stale and old for as long.
async fn keeping(fresh: Duration, stale: Duration, old: Duration) -> Harness {
    Harness::with(&[], |config| {
        (config.limits.list_fresh, config.limits.list_stale, config.limits.list_kept) = (fresh, stale, old);
    })
    .await
}

fn age(answer: &Answer) -> Option<u64> {
    answer.headers.get("age").map(|age| age.to_str().unwrap().parse().unwrap())
}

/// Asks again until the answer is as wanted.
async fn until(harness: &Harness, wanted: impl Fn(&Answer) -> bool) -> Answer {
    for _ in 0..500 {
        let answer = harness.get(&anna(), LIST).await;
        if wanted(&answer) {
            return answer;
        }
        tokio::time::sleep(MS(10)).await;
    }
    panic!("it never came");
}

#[tokio::test]
async fn should_ask_once_for_a_list_that_is_fresh() {
    let harness = Harness::new().await;
    let first = harness.get(&anna(), LIST).await;
    for _ in 0..5 {
        assert_eq!(harness.get(&anna(), LIST).await.appearance(), first.appearance());
    }
    assert_eq!((harness.world.take_calls().len(), first.header("cache-control"), age(&first)), (1, "no-store", None));
    // Each part of a list is a list of its own.
    for part in ["&limit=2", "&limit=2&offset=1", "&type=invoice", "&type=contract", "&limit=2&offset=1&type=invoice"] {
        assert_eq!(harness.get(&anna(), &format!("{LIST}{part}")).await.status, 200);
        assert_eq!(harness.world.take_calls().len(), 1, "{part}");
    }
}

#[tokio::test]
async fn should_permit_before_it_looks_at_what_is_kept() {
    let harness = Harness::new().await;
    assert_eq!(harness.get(&anna(), LIST).await.file_ids().len(), 3);
    harness.world.take_calls();
    let ben = EDDSA.sign(&claims("cust_ben", Some(&["ord_b1"])));
    let refused = harness.get(&ben, LIST).await;
    assert_eq!(refused.status, 404);
    assert_eq!(refused.appearance(), harness.get(&ben, "/api/v1/files?orderId=ord_none").await.appearance());
    assert_eq!(harness.get("no.token.here", LIST).await.status, 401);
    let elsewhere = harness.get_with_cookie(&anna(), LIST, &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(elsewhere.status, 403);
    harness.no_upstream_call("nobody of them may see it");
}

#[tokio::test]
async fn should_judge_what_is_kept_anew_for_each_who_asks() {
    let harness = Harness::new().await;
    harness.world.add(json!({"fileId": "of_the_order", "orderId": "ord_a1"}));
    let both = harness.get(&anna(), LIST).await;
    assert_eq!(both.file_ids(), ["file_ord_a1_1", "file_ord_a1_2", "file_ord_a1_3", "of_the_order"]);
    // The portal gave Ben the order, too; three of its records say that they are Anna's.
    let ben = EDDSA.sign(&claims("cust_ben", Some(&["ord_a1"])));
    assert_eq!(harness.get(&ben, LIST).await.file_ids(), ["of_the_order"]);
    assert_eq!(harness.get(&anna(), LIST).await.file_ids(), both.file_ids());
    assert_eq!(harness.world.take_calls().len(), 1);
}

#[tokio::test]
async fn should_keep_each_customers_own_list_apart() {
    let harness = Harness::new().await;
    harness.world.files.lock().unwrap().retain(|file| file["customerId"] != "cust_ben");
    harness.world.add(json!({"fileId": "bens", "orderId": "ord_b1", "customerId": "cust_ben"}));
    let ben = EDDSA.sign(&claims("cust_ben", Some(&["ord_b1"])));
    for _ in 0..2 {
        assert!(harness.get(&anna(), "/api/v1/files").await.file_ids().iter().all(|id| id.contains("_a")));
        assert_eq!(harness.get(&ben, "/api/v1/files").await.file_ids(), ["bens"]);
    }
    // The same customer with a token that names fewer orders sees fewer, out of the same page.
    let fewer = EDDSA.sign(&claims("cust_anna", Some(&["ord_a2"])));
    assert_eq!(harness.get(&fewer, "/api/v1/files").await.file_ids(), ["file_ord_a2_1", "file_ord_a2_2", "file_ord_a2_3"]);
    assert_eq!(harness.world.take_calls().len(), 2);
}

#[tokio::test]
async fn should_show_a_stale_list_and_ask_again_behind_it() {
    let harness = keeping(MS(30), MS(60_000), MS(60_000)).await;
    assert_eq!(harness.get(&anna(), LIST).await.file_ids().len(), 3);
    let release = Arc::new(Notify::new());
    let held = Arc::clone(&release);
    harness.world.answer_with(move |_| {
        let record = json!({"fileId": "new", "orderId": "ord_a1"});
        Some(Reply::Held(Arc::clone(&held), Box::new(Reply::Json(200, json!({"files": [record]})))))
    });
    // The upstream is slow, and nobody waits for it; however many see the stale list, it is asked once.
    until(&harness, |_| harness.world.calls.lock().unwrap().len() > 1).await;
    for _ in 0..5 {
        assert_eq!(harness.get(&anna(), LIST).await.file_ids().len(), 3);
    }
    assert_eq!(harness.world.calls.lock().unwrap().len(), 2);
    release.notify_one();
    until(&harness, |answer| answer.file_ids() == ["new"]).await;
}

#[tokio::test]
async fn should_show_an_old_list_and_say_its_age_while_the_upstream_fails() {
    let harness = keeping(Duration::ZERO, Duration::ZERO, MS(3_000)).await;
    let good = harness.get(&anna(), LIST).await;
    for fault in [500, 429, 503] {
        harness.world.answer_with(move |_| Some(Reply::Json(fault, json!({}))));
        let answer = until(&harness, |answer| age(answer).is_some()).await;
        assert_eq!((answer.status.as_u16(), answer.file_ids()), (200, good.file_ids()), "{fault}");
        assert!(age(&answer).unwrap() <= 3, "{fault}");
    }
    // Only to those who may see it, and not for ever.
    let ben = EDDSA.sign(&claims("cust_ben", Some(&["ord_b1"])));
    assert_eq!(harness.get(&ben, LIST).await.status, 404);
    let gone = until(&harness, |answer| answer.status != 200).await;
    assert!([429, 502, 503].contains(&gone.status.as_u16()), "{gone:?}");
}

#[tokio::test]
async fn should_not_show_an_old_list_where_nobody_can_say_whose_it_is() {
    let harness = Harness::with(&[], |config| {
        (config.limits.list_fresh, config.limits.ownership) = (Duration::ZERO, Duration::ZERO);
    })
    .await;
    assert_eq!(harness.get(&anna_without_orders(), LIST).await.status, 200);
    harness.world.answer_with(|_| Some(Reply::Json(500, json!({}))));
    assert_eq!(harness.get(&anna_without_orders(), LIST).await.status, 502);
    assert_eq!(harness.get(&anna(), LIST).await.status, 200);
}

#[tokio::test]
async fn should_forget_a_list_that_the_upstream_takes_back() {
    for (fault, status) in [(404, 404), (403, 403), (401, 502)] {
        let harness = keeping(Duration::ZERO, Duration::ZERO, MS(60_000)).await;
        assert_eq!(harness.get(&anna(), LIST).await.status, 200);
        harness.world.answer_with(move |_| Some(Reply::Json(fault, json!({}))));
        assert_eq!(harness.get(&anna(), LIST).await.status, status);
        harness.world.answer_with(|_| Some(Reply::Json(500, json!({}))));
        assert_eq!(harness.get(&anna(), LIST).await.status, 502, "the list was remembered after {fault}");
    }
}

#[tokio::test]
async fn should_ask_once_for_all_who_want_the_same_and_go_on_when_the_first_leaves() {
    let harness = Harness::new().await;
    let release = Arc::new(Notify::new());
    let held = Arc::clone(&release);
    harness.world.answer_with(move |_| {
        let files = json!([{"fileId": "shared", "orderId": "ord_a1"}]);
        Some(Reply::Held(Arc::clone(&held), Box::new(Reply::Json(200, json!({"files": files})))))
    });
    // The first one asks, and leaves once the upstream has been asked.
    let mut first = TcpStream::connect(harness.public).await.unwrap();
    let request = format!("GET {LIST} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", anna());
    first.write_all(request.as_bytes()).await.unwrap();
    while harness.world.calls.lock().unwrap().is_empty() {
        tokio::time::sleep(MS(5)).await;
    }
    let others = async { join_all((0..20).map(|_| async { harness.get(&anna(), LIST).await })).await };
    let leave = async {
        drop(first);
        tokio::time::sleep(MS(50)).await;
        release.notify_one();
    };
    let (answers, ()) = tokio::join!(others, leave);
    assert!(answers.iter().all(|answer| answer.file_ids() == ["shared"]), "{answers:?}");
    assert_eq!(harness.world.take_calls().len(), 1);
}

#[tokio::test]
async fn should_share_a_failure_with_those_who_waited_and_with_nobody_else() {
    let harness = Harness::new().await;
    let release = Arc::new(Notify::new());
    let held = Arc::clone(&release);
    harness.world.answer_with(move |_| Some(Reply::Held(Arc::clone(&held), Box::new(Reply::Json(500, json!({}))))));
    let asked = async { join_all((0..20).map(|_| async { harness.get(&anna(), LIST).await })).await };
    let fail = async {
        while harness.world.calls.lock().unwrap().is_empty() {
            tokio::time::sleep(MS(5)).await;
        }
        tokio::time::sleep(MS(50)).await;
        harness.world.be_honest_again();
        release.notify_one();
    };
    let (answers, ()) = tokio::join!(asked, fail);
    assert!(answers.iter().all(|answer| answer.status == 502), "{answers:?}");
    assert_eq!(harness.world.take_calls().len(), 1);
    assert_eq!(harness.get(&anna(), LIST).await.status, 200);
}

#[tokio::test]
async fn should_sign_anew_for_each_who_asks() {
    let harness = Harness::new().await;
    let body = json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"});
    let token = anna();
    let asked = join_all((0..5).map(|_| harness.sign(&token, body.clone()))).await;
    assert!(asked.iter().all(|answer| answer.status == 200));
    let calls = harness.world.take_calls();
    let signed = calls.iter().filter(|call| call.path == "/v1/files/url").count();
    assert_eq!((signed, calls.len()), (5, 6), "five signatures, out of one list");
}

#[tokio::test]
async fn should_not_sign_out_of_a_list_that_is_too_old() {
    let harness = Harness::with(&[], |config| {
        config.limits.finding = MS(100);
        (config.limits.list_fresh, config.limits.list_stale) = (MS(60_000), MS(60_000));
    })
    .await;
    let body = json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"});
    assert_eq!(harness.sign(&anna(), body.clone()).await.status, 200);
    harness.world.files.lock().unwrap().clear();
    for _ in 0..200 {
        // The list itself is shown all the time, and does not make the file be signed for longer.
        assert_eq!(harness.get(&anna(), LIST).await.status, 200);
        if harness.sign(&anna(), body.clone()).await.status == 404 {
            return;
        }
        tokio::time::sleep(MS(10)).await;
    }
    panic!("a file that has gone is signed on what is kept");
}

#[tokio::test]
async fn should_try_a_read_once_more_where_it_failed_in_passing() {
    let harness = Harness::new().await;
    for (fault, calls, status) in [(502, 2, 200), (503, 2, 200), (504, 2, 200), (500, 1, 502), (400, 1, 502), (404, 1, 404)] {
        let times = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        harness.world.answer_with(move |_| {
            let first = times.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            first.then(|| Reply::Json(fault, json!({})))
        });
        let answer = harness.get(&anna(), &format!("{LIST}&offset={fault}")).await;
        assert_eq!((answer.status.as_u16(), harness.world.take_calls().len()), (status, calls), "{fault}");
    }
    // Twice is enough, and a signature is never asked for again.
    harness.world.answer_with(|_| Some(Reply::Json(503, json!({}))));
    assert_eq!(harness.get(&anna(), &format!("{LIST}&offset=7")).await.status, 502);
    assert_eq!(harness.world.take_calls().len(), 2);
    harness.world.answer_with(|call| (call.path == "/v1/files/url").then(|| Reply::Json(503, json!({}))));
    assert_eq!(harness.sign(&anna(), json!({"fileId": "file_ord_a2_1", "orderId": "ord_a2"})).await.status, 502);
    assert_eq!(harness.world.take_calls().len(), 2, "one list, one signature");
}
