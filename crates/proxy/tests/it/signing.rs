//! What is signed, for whom, and where a signed URL may point.

use crate::harness::{Harness, anna, anna_without_orders};
use crate::world::Reply;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

fn paths(harness: &Harness) -> Vec<String> {
    harness.world.take_calls().iter().map(|call| format!("{} {}", call.method, call.path)).collect()
}

#[tokio::test]
async fn should_sign_out_of_a_permitted_orders_list() {
    let harness = Harness::new().await;
    for (action, minutes) in [("view", 1), ("download", 1440)] {
        let body = json!({"fileId": "file_ord_a1_2", "orderId": "ord_a1", "action": action, "expiresInMinutes": minutes});
        let answer = harness.sign(&anna(), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        let signed = answer.json();
        assert!(signed["url"].as_str().unwrap().starts_with("https://storage.example/file_ord_a1_2?"));
        // Seconds came; milliseconds go.
        assert_eq!(signed["expiresAt"], 1_900_000_000_000_i64);
        let call = harness.world.take_calls().pop().unwrap();
        assert_eq!(call.body, json!({"fileId": "file_ord_a1_2", "action": action, "expiresInMinutes": minutes}));
    }
}

#[tokio::test]
async fn should_say_until_when_even_where_the_upstream_does_not() {
    let harness = Harness::new().await;
    harness.world.answer_with(|call| {
        (call.method == Method::POST).then(|| Reply::Json(200, json!({"url": "https://storage.example/x", "fileId": "other"})))
    });
    let before = crate::tokens::now() as i64;
    let answer =
        harness.sign(&anna(), json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1", "expiresInMinutes": 10})).await.json();
    let expires = answer["expiresAt"].as_i64().unwrap();
    assert!((before * 1000 + 599_000..before * 1000 + 630_000).contains(&expires), "{expires}");
    assert_eq!(answer.get("fileId"), None);
}

#[tokio::test]
async fn should_not_sign_what_is_not_in_the_orders_list() {
    let harness = Harness::new().await;
    // Her own order, and a file of Ben's, of her other order, and of nobody's.
    for file in ["file_ord_b1_1", "file_ord_a2_1", "file_none", "..%2Fx", ""] {
        let answer = harness.sign(&anna(), json!({"fileId": file, "orderId": "ord_a1"})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "NOT_FOUND"), "{file}");
        assert!(!paths(&harness).iter().any(|path| path.starts_with("POST")), "{file} was signed");
    }
}

#[tokio::test]
async fn should_find_the_order_of_a_file_that_comes_without_one() {
    let harness = Harness::new().await;
    for token in [anna(), anna_without_orders()] {
        assert_eq!(harness.sign(&token, json!({"fileId": "file_ord_a2_1"})).await.status, 200);
        let calls = paths(&harness);
        assert_eq!(calls[0], "GET /v1/files/file_ord_a2_1");
        let mut appearances = Vec::new();
        for file in ["file_ord_b1_1", "file_none"] {
            appearances.push(harness.sign(&token, json!({"fileId": file})).await.appearance());
            appearances.push(harness.get(&token, &format!("/api/v1/files/{file}/view")).await.appearance());
            assert!(!paths(&harness).iter().any(|path| path.starts_with("POST") || path == "GET /v1/files"), "{file}");
        }
        assert_eq!(appearances[0].0, 404);
        assert!(appearances.iter().all(|appearance| *appearance == appearances[0]), "{appearances:#?}");
    }
}

#[tokio::test]
async fn should_not_believe_a_record_about_its_order() {
    let harness = Harness::new().await;
    // The upstream says that Ben's file is in Anna's order; the order's own list does not have it.
    let lie = harness.world.file("file_ord_b1_1", Some("ord_a1"), None);
    harness.world.answer_with(move |call| (call.path == "/v1/files/file_ord_b1_1").then(|| Reply::Json(200, lie.clone())));
    assert_eq!(harness.sign(&anna(), json!({"fileId": "file_ord_b1_1"})).await.status, 404);
    assert!(!paths(&harness).iter().any(|path| path.starts_with("POST")));
    // It answers with another file's record than was asked for.
    let other = harness.world.file("file_ord_a1_1", None, Some("cust_anna"));
    harness.world.answer_with(move |call| (call.path == "/v1/files/file_ord_b1_1").then(|| Reply::Json(200, other.clone())));
    assert_eq!(harness.sign(&anna(), json!({"fileId": "file_ord_b1_1"})).await.status, 404);
    assert!(!paths(&harness).iter().any(|path| path.starts_with("POST")));
}

#[tokio::test]
async fn should_sign_a_tenant_level_file_only_for_its_customer() {
    let harness = Harness::new().await;
    let world = &harness.world;
    world.add(world.file("tenant_mine", None, Some("cust_anna")));
    world.add(world.file("tenant_bens", None, Some("cust_ben")));
    world.add(world.file("tenant_nobodys", None, None));
    assert_eq!(harness.sign(&anna(), json!({"fileId": "tenant_mine"})).await.status, 200);
    for file in ["tenant_bens", "tenant_nobodys"] {
        assert_eq!(harness.sign(&anna(), json!({"fileId": file})).await.status, 404, "{file}");
    }
}

#[tokio::test]
async fn should_walk_a_long_list_until_found_and_remember_the_place() {
    let harness = Harness::with(&[], |config| config.limits.finding = Duration::from_millis(200)).await;
    let world = &harness.world;
    for number in 0..250 {
        world.add(world.file(&format!("long_{number}"), Some("ord_a2"), Some("cust_anna")));
    }
    let body = json!({"fileId": "long_240", "orderId": "ord_a2"});
    assert_eq!(harness.sign(&anna(), body.clone()).await.status, 200);
    let walk = ["GET /v1/files", "GET /v1/files/long_240", "GET /v1/files", "GET /v1/files", "POST /v1/files/url"];
    assert_eq!(paths(&harness), walk);
    // Within the bound the finding stands.
    assert_eq!(harness.sign(&anna(), body.clone()).await.status, 200);
    assert_eq!(paths(&harness), ["POST /v1/files/url"]);
    // After it the file is looked for again, first where it was.
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(harness.sign(&anna(), body.clone()).await.status, 200);
    assert_eq!(paths(&harness), ["GET /v1/files", "POST /v1/files/url"]);
    // A file that has gone is not signed on an old finding.
    tokio::time::sleep(Duration::from_millis(250)).await;
    harness.world.files.lock().unwrap().retain(|file| file["fileId"] != "long_240");
    assert_eq!(harness.sign(&anna(), body).await.status, 404);
    // An id that is made up costs two calls, not a walk.
    harness.world.take_calls();
    assert_eq!(harness.sign(&anna(), json!({"fileId": "made_up", "orderId": "ord_a2"})).await.status, 404);
    assert_eq!(paths(&harness), ["GET /v1/files", "GET /v1/files/made_up"]);
}

#[tokio::test]
async fn should_permit_the_order_again_before_an_earlier_finding_counts() {
    let harness = Harness::new().await;
    let token = anna_without_orders();
    assert_eq!(harness.get(&token, "/api/v1/files?orderId=ord_a1").await.status, 200);
    harness.world.take_calls();
    assert_eq!(harness.sign(&token, json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"})).await.status, 200);
    assert_eq!(paths(&harness), ["GET /v1/orders/ord_a1", "POST /v1/files/url"]);
    // The order has changed hands.
    harness.world.answer_with(|call| {
        call.path.starts_with("/v1/orders").then(|| Reply::Json(200, json!({"customer": {"customerId": "cust_ben"}})))
    });
    assert_eq!(harness.sign(&token, json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"})).await.status, 404);
    assert_eq!(paths(&harness), ["GET /v1/orders/ord_a1"]);
}

#[tokio::test]
async fn should_redirect_a_link_to_a_fresh_url() {
    let harness = Harness::new().await;
    for action in ["view", "download"] {
        let answer = harness.get(&anna(), &format!("/api/v1/files/file_ord_a1_1/{action}?orderId=ord_a1")).await;
        assert_eq!(answer.status, 302);
        assert!(answer.header("location").starts_with(&format!("https://storage.example/file_ord_a1_1?action={action}")));
        assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"));
        assert_eq!(answer.text, "");
    }
}

#[tokio::test]
async fn should_refuse_a_url_that_points_elsewhere() {
    let harness = Harness::new().await;
    for (url, status, code) in [
        ("http://storage.example/f", 502, "STORAGE_ORIGIN_REFUSED"),
        ("https://evil.example/f", 502, "STORAGE_ORIGIN_REFUSED"),
        ("https://storage.example@evil.example/f", 502, "STORAGE_ORIGIN_REFUSED"),
        ("https://storage.example.evil.example/f", 502, "STORAGE_ORIGIN_REFUSED"),
        ("javascript:alert(1)", 502, "STORAGE_ORIGIN_REFUSED"),
        ("not a url", 502, "UPSTREAM_UNREADABLE"),
        ("", 502, "UPSTREAM_UNREADABLE"),
    ] {
        harness.world.answer_with(move |call| (call.method == Method::POST).then(|| Reply::Json(200, json!({"url": url}))));
        let answer = harness.sign(&anna(), json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{url}");
        assert!(url.is_empty() || !answer.text.contains(url), "{url} was told");
        let link = harness.get(&anna(), "/api/v1/files/file_ord_a1_1/view?orderId=ord_a1").await;
        assert_eq!((link.status.as_u16(), link.header("location")), (status, ""), "{url}");
    }
}

#[tokio::test]
async fn should_show_people_a_page_where_a_link_fails() {
    let harness = Harness::new().await;
    let accept = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let navigation = [accept, ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")];
    let answer = harness.get_with_cookie(&anna(), "/api/v1/files/file_none/view?orderId=ord_a1", &navigation).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(answer.text.contains("This was not found.") && answer.text.contains(answer.header("x-request-id")));
    let signed_out = harness.send(Method::GET, "/api/v1/files/file_none/view?orderId=ord_a1", &navigation, None).await;
    assert_eq!(signed_out.status, 401);
    assert!(signed_out.text.contains("Please sign in again."));
}
