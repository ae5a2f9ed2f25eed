//! "It is another's" and "it does not exist" are one answer, whatever fails: for a session whose token names no orders, and an upstream that does
//! not filter, whose records name their order and no customer.

use crate::faults::reply;
use crate::harness::{Answer, Harness, anna_without_orders};
use crate::world::Reply;
use order_documents_proxy::config::Config;
use serde_json::{Value, json};
use std::time::Duration;

const BENS: &str = "file_ord_b1_1";
const NOBODYS: &str = "file_none";
const OWN: &str = "file_ord_a2_1";

/// Two pages of records, all three files' on the first.
async fn harness(values: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Harness {
    let harness = Harness::with(values, |config| {
        config.limits.budget_wait = Duration::ZERO;
        config.limits.upstream_pause = Duration::ZERO;
        config.limits.upstream_answer = Duration::from_millis(500);
        change(config);
    })
    .await;
    let world = &harness.world;
    *world.honest.lock().unwrap() = false;
    for number in 0..100 {
        world.add(world.file(&format!("more_{number}"), Some("ord_other"), None));
    }
    for file in world.files.lock().unwrap().iter_mut() {
        file["customerId"] = Value::Null;
    }
    harness
}

async fn sign(harness: &Harness, file: &str) -> Answer {
    harness.sign(&anna_without_orders(), json!({"fileId": file})).await
}

fn failing(harness: &Harness, path: &'static str, fault: &'static str) {
    harness.world.answer_with(move |call| call.path.starts_with(path).then(|| reply(fault)));
}

#[tokio::test]
async fn should_answer_alike_whatever_the_question_whose_an_order_is_fails_with() {
    for fault in ["500", "503", "429 seconds", "503 with a wait", "401", "403", "404", "hang", "cut", "not json", "redirect"] {
        let mut appearances = Vec::new();
        for file in [BENS, NOBODYS, OWN] {
            // A proxy of its own each time, so that none learns from what the one before was asked.
            let harness = harness(&[], |_| {}).await;
            failing(&harness, "/v1/orders/", fault);
            let mut answers = vec![sign(&harness, file).await];
            let link = format!("/api/v1/files/{file}/view");
            answers.push(harness.get(&anna_without_orders(), &link).await);
            // And when it is asked for again, though no list can be had by now.
            failing(&harness, "/v1/", fault);
            answers.push(sign(&harness, file).await);
            appearances.push(answers.iter().map(Answer::appearance).collect::<Vec<_>>());
        }
        assert!(appearances.iter().flatten().all(|appearance| appearance.0 == 404), "{fault}: {appearances:#?}");
        assert!(appearances.iter().all(|appearance| *appearance == appearances[0]), "{fault}: {appearances:#?}");
    }
}

#[tokio::test]
async fn should_ask_again_whose_a_file_is_when_that_can_be_said() {
    let harness = harness(&[], |config| config.limits.ownership_refusal = Duration::ZERO).await;
    failing(&harness, "/v1/orders/", "500");
    for file in [OWN, BENS, NOBODYS] {
        assert_eq!(sign(&harness, file).await.status, 404, "{file}");
    }
    harness.world.be_honest_again();
    harness.world.take_calls();
    assert_eq!(sign(&harness, OWN).await.status, 200);
    // What was met is remembered, so that no list is asked for.
    let paths: Vec<_> = harness.world.take_calls().into_iter().map(|call| call.path).collect();
    assert_eq!(paths, ["/v1/orders/ord_a2", "/v1/files/url"]);
    assert_eq!(
        (sign(&harness, BENS).await.status, sign(&harness, NOBODYS).await.status),
        (404.try_into().unwrap(), 404.try_into().unwrap())
    );
    // Now it is known to be another's, for a while.
    harness.world.take_calls();
    assert_eq!(sign(&harness, BENS).await.status, 404);
    harness.no_upstream_call("it is known not to be hers");
}

#[tokio::test]
async fn should_not_go_by_what_was_met_longer_than_a_finding_counts() {
    let harness = harness(&[], |config| config.limits.finding = Duration::from_millis(200)).await;
    failing(&harness, "/v1/orders/", "500");
    assert_eq!(sign(&harness, OWN).await.status, 404);
    // Meanwhile the file is somewhere else.
    harness.world.files.lock().unwrap().clear();
    harness.world.be_honest_again();
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(sign(&harness, OWN).await.status, 404);
    assert!(harness.world.take_calls().iter().all(|call| call.path != "/v1/files/url"));
}

/// However much of the share is used up, to the last call, and whether lists are kept or not.
#[tokio::test]
async fn should_answer_alike_while_the_share_is_used_up() {
    let mut statuses = std::collections::BTreeSet::new();
    for kept in [false, true] {
        for used in 0..=8 {
            let mut appearances = Vec::new();
            for file in [BENS, NOBODYS] {
                let harness = harness(&[("PROXY_REQUESTS_PER_MINUTE", "20")], |config| {
                    // What is kept may be shown, and is not fresh.
                    config.limits.list_fresh = Duration::ZERO;
                })
                .await;
                if kept {
                    assert_eq!(sign(&harness, "file_zero").await.status, 404);
                }
                for number in 0..used {
                    let answer = harness.get(&anna_without_orders(), &format!("/api/v1/files?orderId=zz{number}")).await;
                    assert!([404, 429].contains(&answer.status.as_u16()), "{}", answer.text);
                }
                let (once, again) = (sign(&harness, file).await, sign(&harness, file).await);
                appearances.push([once, again].map(|answer| (answer.status.as_u16(), answer.code())));
            }
            assert_eq!(appearances[0], appearances[1], "{used} calls used, lists kept: {kept}");
            statuses.extend(appearances[0].iter().map(|(status, _)| *status));
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [404, 429]);
}

#[tokio::test]
async fn should_answer_alike_where_the_lists_next_page_fails() {
    let mut appearances = Vec::new();
    for file in [BENS, NOBODYS, OWN] {
        let harness = harness(&[], |_| {}).await;
        harness.world.answer_with(|call| {
            let is_next = call.query.get("offset").is_some_and(|offset| offset != "0");
            is_next.then(|| Reply::Json(500, json!({})))
        });
        appearances.push(sign(&harness, file).await.appearance());
    }
    assert_eq!(appearances[0].0, 502);
    assert!(appearances.iter().all(|appearance| *appearance == appearances[0]), "{appearances:#?}");
}
