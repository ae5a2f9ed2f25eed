//! Invariants 2, 4 and 6: whose files are shown, whatever the upstream answers.

use crate::harness::{Harness, anna, anna_without_orders, keep_nothing};
use crate::tokens::{EDDSA, claims};
use crate::world::Reply;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn should_list_an_order_minimised() {
    let harness = Harness::new().await;
    let answer = harness.get(&anna(), "/api/v1/files?orderId=ord_a1").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let list = answer.json();
    assert_eq!(
        list["files"][0],
        json!({
            "fileId": "file_ord_a1_1", "orderId": "ord_a1", "type": "invoice", "category": "generated",
            "filename": format!("NAME-{}-cust_anna.pdf", harness.world.mark), "contentType": "application/pdf", "fileSize": 1234,
            "createdAt": "2025-01-15T11:30:00.000Z", "updatedAt": "2025-01-16T11:30:00.000Z",
            "links": {
                "view": "/api/v1/files/file_ord_a1_1/view?orderId=ord_a1",
                "download": "/api/v1/files/file_ord_a1_1/download?orderId=ord_a1",
            },
        })
    );
    assert_eq!(
        (&list["count"], &list["limit"], &list["offset"], &list["hasMore"]),
        (&json!(3), &json!(50), &json!(0), &json!(false))
    );
    assert_eq!(list.get("dropped"), None);
    let calls = harness.world.take_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].headers["authorization"], format!("Bearer {}", harness.key));
    assert_eq!(calls[0].headers["tenant-id"], "tenant_demo");
    for (name, value) in &calls[0].headers {
        assert!(name == "authorization" || !value.to_str().unwrap().contains(&harness.key), "{name}");
        assert!(!["cookie", "x-forwarded-for", "origin", "referer"].contains(&name.as_str()), "{name} travelled on");
    }
}

#[tokio::test]
async fn should_compress_a_list_and_no_signed_url() {
    let harness = Harness::new().await;
    let bearer = format!("Bearer {}", anna());
    let headers = [("authorization", bearer.as_str()), ("accept-encoding", "gzip, br"), ("content-type", "application/json")];
    let list = harness.send(Method::GET, "/api/v1/files?orderId=ord_a1", &headers, None).await;
    assert_eq!((list.status.as_u16(), list.header("content-encoding"), list.header("vary")), (200, "gzip", "accept-encoding"));
    let body = json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"}).to_string().into_bytes();
    let signed = harness.send(Method::POST, "/api/v1/files/url", &headers, Some(body)).await;
    assert_eq!((signed.status.as_u16(), signed.header("content-encoding")), (200, ""));
    // Refusals look the same whether compression is accepted or not.
    let refused = harness.send(Method::GET, "/api/v1/files?orderId=ord_b1", &headers, None).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn should_page_and_say_whether_more_follows() {
    let harness = Harness::new().await;
    let first = harness.get(&anna(), "/api/v1/files?orderId=ord_a1&limit=2").await.json();
    assert_eq!((first["files"].as_array().unwrap().len(), &first["hasMore"]), (2, &json!(true)));
    let second = harness.get(&anna(), "/api/v1/files?orderId=ord_a1&limit=2&offset=2").await.json();
    assert_eq!((second["files"].as_array().unwrap().len(), &second["hasMore"]), (1, &json!(false)));
}

#[tokio::test]
async fn should_answer_anothers_order_exactly_as_one_that_does_not_exist() {
    let harness = Harness::uncached().await;
    for (token, calls_each) in [(anna(), 0), (anna_without_orders(), 1)] {
        let mut appearances = Vec::new();
        for order in ["ord_b1", "ord_nobody"] {
            appearances.push(harness.get(&token, &format!("/api/v1/files?orderId={order}")).await.appearance());
            let calls = harness.world.take_calls();
            assert_eq!(calls.len(), calls_each, "{order}: {calls:?}");
            let sign = harness.sign(&token, json!({"fileId": "file_ord_b1_1", "orderId": order})).await;
            assert_eq!(sign.appearance(), appearances[0]);
            assert_eq!(harness.world.take_calls().len(), calls_each);
            for action in ["view", "download"] {
                let link = harness.get(&token, &format!("/api/v1/files/file_ord_b1_1/{action}?orderId={order}")).await;
                assert_eq!(link.appearance(), appearances[0]);
                assert_eq!(harness.world.take_calls().len(), calls_each);
            }
        }
        // An id that is none is the same, and never costs a call.
        for order in ["", "..%2Ford_a1", "ord%20a1", "ord_a1%00", &"o".repeat(129)] {
            appearances.push(harness.get(&token, &format!("/api/v1/files?orderId={order}")).await.appearance());
            harness.no_upstream_call(order);
        }
        assert_eq!(appearances[0].0, 404);
        assert!(appearances.iter().all(|appearance| *appearance == appearances[0]), "{appearances:#?}");
    }
}

#[tokio::test]
async fn should_hold_back_what_an_upstream_without_filters_adds() {
    let harness = Harness::uncached().await;
    *harness.world.honest.lock().unwrap() = false;
    for token in [anna(), anna_without_orders()] {
        let answer = harness.get(&token, "/api/v1/files?orderId=ord_a1").await;
        assert_eq!(answer.file_ids(), ["file_ord_a1_1", "file_ord_a1_2", "file_ord_a1_3"]);
        assert_eq!(answer.json().get("dropped"), None);
        let answer = harness.get(&token, "/api/v1/files").await;
        assert_eq!(answer.file_ids().len(), 6, "{:?}", answer.file_ids());
        assert!(answer.file_ids().iter().all(|id| id.contains("_a")));
        assert_eq!(answer.json().get("dropped"), None);
    }
    let metrics = reqwest::get(format!("{}/metrics", harness.admin)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("order_documents_records_held_back_total 30"), "{metrics}");
}

#[tokio::test]
async fn should_hold_back_records_whose_owner_is_unclear() {
    let harness = Harness::new().await;
    let world = &harness.world;
    for (id, order, customer) in [
        ("odd_1", json!("ord_a1"), json!("cust_ben")),
        ("odd_2", json!("ord_a1 "), json!("cust_anna")),
        ("odd_3", json!(["ord_a1"]), json!("cust_anna")),
        ("odd_4", json!({"id": "ord_a1"}), json!("cust_anna")),
        ("odd_5", json!("ord_a1"), json!("cust anna")),
        ("odd_6", json!("ord_a1"), json!(true)),
        ("odd_7", json!(null), json!("cust_anna")),
        ("odd_8", json!("ORD_A1"), json!("cust_anna")),
    ] {
        let mut file = world.file(id, None, None);
        (file["orderId"], file["customerId"]) = (order, customer);
        world.add(file);
    }
    let mut without_customer = world.file("good_1", Some("ord_a1"), None);
    without_customer.as_object_mut().unwrap().remove("customerId");
    world.add(without_customer);
    *world.honest.lock().unwrap() = false;
    let answer = harness.get(&anna(), "/api/v1/files?orderId=ord_a1").await;
    assert_eq!(answer.file_ids(), ["file_ord_a1_1", "file_ord_a1_2", "file_ord_a1_3", "good_1"]);
    // Nor is any of them signed, not even by naming the order that it claims.
    for odd in 1..=8 {
        let answer = harness.sign(&anna(), json!({"fileId": format!("odd_{odd}"), "orderId": "ord_a1"})).await;
        assert_eq!(answer.status, 404, "odd_{odd}");
    }
}

#[tokio::test]
async fn should_list_the_customers_own_files_without_an_order() {
    let harness = Harness::new().await;
    let world = &harness.world;
    world.add(world.file("tenant_mine", None, Some("cust_anna")));
    world.add(world.file("tenant_bens", None, Some("cust_ben")));
    world.add(world.file("tenant_nobodys", None, None));
    // Her own by its customer, but of an order that her token does not name.
    world.add(world.file("unnamed_order", Some("ord_a9"), Some("cust_anna")));
    *world.honest.lock().unwrap() = false;
    let token = EDDSA.sign(&claims("cust_anna", Some(&["ord_a1"])));
    let answer = harness.get(&token, "/api/v1/files?customerId=cust_ben").await;
    assert_eq!(answer.file_ids(), ["file_ord_a1_1", "file_ord_a1_2", "file_ord_a1_3", "tenant_mine"]);
    assert_eq!(world.take_calls()[0].query["customerId"], "cust_anna");
    let list = answer.json();
    let links: Vec<_> = list["files"].as_array().unwrap().iter().map(|file| file["links"]["view"].as_str().unwrap()).collect();
    assert_eq!(links[3], "/api/v1/files/tenant_mine/view?customerOffset=0");
    for link in links {
        assert_eq!(harness.get(&token, link).await.status, 302, "{link}");
    }
}

#[tokio::test]
async fn should_not_believe_an_order_that_answers_for_another() {
    let harness = Harness::uncached().await;
    for (order, status) in [
        (json!({"orderId": "ord_a2", "customer": {"customerId": "cust_anna"}}), 404),
        // It may be the answer to another question.
        (json!({"customer": {"customerId": "cust_anna"}}), 404),
        (json!({"orderId": "ord_b1", "customerId": "cust_anna"}), 404),
        (json!({"orderId": "ord_b1", "customer": {"customerId": ["cust_anna"]}}), 404),
        (json!({"orderId": "ord_b1", "customer": null}), 404),
        // These are no orders at all.
        (json!([]), 502),
        (json!({"orderId": "ord_b1", "customer": "cust_anna"}), 502),
        (json!("cust_anna"), 502),
    ] {
        let shown = order.to_string();
        harness.world.answer_with(move |call| call.path.starts_with("/v1/orders/").then(|| Reply::Json(200, order.clone())));
        let answer = harness.get(&anna_without_orders(), "/api/v1/files?orderId=ord_b1").await;
        assert_eq!(answer.status, status, "{shown}");
        assert_eq!(harness.world.take_calls().len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn should_count_unreadable_records_and_show_the_rest() {
    let harness = Harness::new().await;
    let world = &harness.world;
    for (field, value) in [("fileId", json!(null)), ("fileId", json!("../x"))] {
        let mut file = world.file("x", Some("ord_a1"), Some("cust_anna"));
        file[field] = value;
        world.add(file);
    }
    let mut odd = world.file("odd", Some("ord_a1"), Some("cust_anna"));
    odd["fileSize"] = json!(-1);
    odd["createdAt"] = json!("yesterday");
    odd["originalFilename"] = json!("a\u{202E}fdp.exe");
    world.add(odd);
    world.add(json!("not a record"));
    let list = harness.get(&anna(), "/api/v1/files?orderId=ord_a1").await.json();
    // The honest filter compares `orderId`, so the text never gets this far; two records without an id do.
    assert_eq!((list["files"].as_array().unwrap().len(), &list["dropped"]), (4, &json!(2)));
    assert_eq!(list["files"][3]["filename"], "afdp.exe");
    assert_eq!(list["files"][3]["fileSize"], json!(null));
}

#[tokio::test]
async fn should_ask_whose_an_order_is_where_no_record_names_its_customer() {
    let harness = Harness::with(&[], |config| {
        keep_nothing(config);
        config.limits.ownership = Duration::from_secs(60);
    })
    .await;
    for file in harness.world.files.lock().unwrap().iter_mut() {
        file.as_object_mut().unwrap().remove("customerId");
    }
    *harness.world.honest.lock().unwrap() = false;
    for asked in [5, 1] {
        let answer = harness.get(&anna_without_orders(), "/api/v1/files").await;
        assert_eq!(answer.file_ids().len(), 6);
        assert!(answer.file_ids().iter().all(|id| id.contains("_a")), "{:?}", answer.file_ids());
        assert_eq!(answer.json().get("dropped"), None);
        // The answers of the first time hold for the second, within their bound.
        assert_eq!(harness.world.take_calls().len(), asked);
    }
    // A lookup that fails is told, and no record is shown on it.
    let harness = Harness::uncached().await;
    harness.world.add(json!({"fileId": "silent", "orderId": "ord_a1"}));
    *harness.world.honest.lock().unwrap() = false;
    harness.world.answer_with(|call| call.path.starts_with("/v1/orders/").then(|| Reply::Json(500, json!({}))));
    assert_eq!(harness.get(&anna_without_orders(), "/api/v1/files").await.status, 502);
}

#[tokio::test]
async fn should_count_nothing_of_others_towards_the_browser() {
    let harness = Harness::new().await;
    // Half a page is Ben's, two records cannot be read, and the upstream has its own word for how many are missing.
    harness.world.answer_with(|_| {
        let file = |id: &str, order: &str| json!({"fileId": id, "orderId": order});
        let files = json!([file("a", "ord_a1"), file("b", "ord_b1"), file("c", "ord_b1"), {"orderId": "ord_a1"}, 7]);
        Some(Reply::Json(200, json!({"files": files, "dropped": 40, "nextOffset": 77, "hasMore": true})))
    });
    let list = harness.get(&anna(), "/api/v1/files?orderId=ord_a1&limit=5").await.json();
    assert_eq!((&list["dropped"], &list["count"], &list["limit"], &list["offset"]), (&json!(2), &json!(1), &json!(5), &json!(0)));
    assert_eq!((&list["hasMore"], &list["nextOffset"]), (&json!(true), &json!(5)));
    // In a customer's list nobody knows whose the unreadable ones are.
    let list = harness.get(&anna(), "/api/v1/files?limit=5&offset=10").await.json();
    assert_eq!((list.get("dropped"), &list["nextOffset"], &list["offset"]), (None, &json!(15), &json!(10)));
}

#[tokio::test]
async fn should_lead_past_a_page_that_was_held_back_whole() {
    let harness = Harness::new().await;
    *harness.world.honest.lock().unwrap() = false;
    // The first records of an upstream without filters are of Anna's other order and of this one; Ben's stand at 6.
    let page = harness.get(&anna(), "/api/v1/files?orderId=ord_a1&limit=3&offset=6").await.json();
    assert_eq!((page["files"].as_array().unwrap().len(), &page["hasMore"], &page["nextOffset"]), (0, &json!(true), &json!(9)));
    let last = harness.get(&anna(), "/api/v1/files?orderId=ord_a1&limit=50").await.json();
    assert_eq!((&last["hasMore"], last.get("nextOffset")), (&json!(false), None));
}

#[tokio::test]
async fn should_answer_no_more_records_than_were_asked_for() {
    let harness = Harness::new().await;
    harness.world.answer_with(|_| {
        let files: Vec<_> = (0..1000).map(|number| json!({"fileId": format!("f{number}"), "orderId": "ord_a1"})).collect();
        Some(Reply::Json(200, json!({"files": files, "hasMore": false})))
    });
    let list = harness.get(&anna(), "/api/v1/files?orderId=ord_a1&limit=2&offset=4").await;
    assert_eq!(list.file_ids(), ["f0", "f1"]);
    assert_eq!((&list.json()["hasMore"], &list.json()["nextOffset"]), (&json!(true), &json!(6)));
}

#[tokio::test]
async fn should_ask_whose_an_order_is_though_the_record_names_the_customer() {
    let harness = Harness::new().await;
    harness.world.add(harness.world.file("lie", Some("ord_b1"), Some("cust_anna")));
    let token = anna_without_orders();
    let answer = harness.get(&token, "/api/v1/files").await;
    assert_eq!(answer.file_ids().len(), 6);
    assert!(!answer.file_ids().contains(&"lie".to_owned()));
    assert_eq!(harness.sign(&token, json!({"fileId": "lie"})).await.status, 404);
    assert!(!harness.world.take_calls().iter().any(|call| call.method == Method::POST));
}

#[tokio::test]
async fn should_end_a_customers_page_before_it_asks_about_too_many_orders() {
    let harness = Harness::new().await;
    harness.world.files.lock().unwrap().clear();
    for number in 0..25 {
        harness.world.add(harness.world.file(&format!("file_{number}"), Some(&format!("ord_{number}")), Some("cust_anna")));
    }
    harness.world.answer_with(|call| {
        let order = call.path.strip_prefix("/v1/orders/")?;
        Some(Reply::Json(200, json!({"orderId": order, "customer": {"customerId": "cust_anna"}})))
    });
    let (mut shown, mut offset, mut calls) = (Vec::new(), json!(0), Vec::new());
    while offset.is_u64() {
        let page = harness.get(&anna_without_orders(), &format!("/api/v1/files?limit=100&offset={offset}")).await;
        shown.extend(page.file_ids());
        offset = page.json()["nextOffset"].clone();
        calls.push(harness.world.take_calls().len());
    }
    assert_eq!(shown, (0..25).map(|number| format!("file_{number}")).collect::<Vec<_>>());
    assert_eq!(calls, [11, 11, 6]);
}

#[tokio::test]
async fn should_ask_again_whose_an_order_is_after_a_while() {
    let harness = Harness::with(&[], |config| {
        keep_nothing(config);
        config.limits.ownership = Duration::from_millis(100);
    })
    .await;
    assert_eq!(harness.get(&anna_without_orders(), "/api/v1/files").await.file_ids().len(), 6);
    // Both orders have changed hands.
    harness.world.answer_with(|call| {
        call.path.starts_with("/v1/orders").then(|| Reply::Json(200, json!({"customer": {"customerId": "cust_ben"}})))
    });
    for _ in 0..100 {
        if harness.get(&anna_without_orders(), "/api/v1/files").await.file_ids().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("an answer about an order is believed for ever");
}

#[tokio::test]
async fn should_not_hold_a_refusal_of_a_moment_against_a_customer_for_long() {
    let harness = Harness::with(&[], |config| config.limits.ownership_refusal = Duration::from_millis(100)).await;
    let list = async || harness.get(&anna_without_orders(), "/api/v1/files?orderId=ord_a1").await.status.as_u16();
    harness.world.answer_with(|call| call.path.starts_with("/v1/orders/").then(|| Reply::Json(404, json!({}))));
    assert_eq!(list().await, 404);
    harness.world.be_honest_again();
    for _ in 0..200 {
        if list().await == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a refusal is remembered for as long as a permission");
}
