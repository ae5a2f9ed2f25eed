//! What is signed, for whom, and where a signed URL may point.

use crate::harness::{Harness, anna, anna_without_orders, keep_nothing};
use crate::world::{Call, Reply};
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
        (call.method == Method::POST)
            .then(|| Reply::Json(200, json!({"url": "https://storage.example/x", "fileId": "file_ord_a1_1"})))
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
async fn should_not_hand_out_what_was_signed_for_another_file() {
    let harness = Harness::new().await;
    for marks in [
        json!({"fileId": "file_ord_b1_1", "filename": "Bens.pdf"}),
        json!({"filename": "Bens.pdf", "contentType": "application/pdf", "fileSize": 4321}),
    ] {
        harness.world.answer_with(move |call| {
            let mut answer = marks.clone();
            answer["url"] = json!("https://storage.example/x");
            (call.method == Method::POST).then_some(Reply::Json(200, answer))
        });
        let answer = harness.sign(&anna(), json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "UPSTREAM_UNREADABLE"));
        let link = harness.get(&anna(), "/api/v1/files/file_ord_a1_1/view?orderId=ord_a1").await;
        assert_eq!((link.status.as_u16(), link.header("location")), (502, ""));
    }
}

#[tokio::test]
async fn should_find_a_file_that_comes_without_an_order_in_the_customers_list() {
    let harness = Harness::uncached().await;
    for (token, asked) in [(anna(), &[][..]), (anna_without_orders(), &["GET /v1/orders/ord_a2"])] {
        assert_eq!(harness.sign(&token, json!({"fileId": "file_ord_a2_1"})).await.status, 200);
        assert_eq!(paths(&harness), [&["GET /v1/files"], asked, &["POST /v1/files/url"]].concat());
    }
}

#[tokio::test]
async fn should_tell_nothing_by_a_file_that_comes_without_an_order() {
    for token in [anna(), anna_without_orders()] {
        for fault in [200, 500, 429, 403] {
            let (mut appearances, mut calls) = (Vec::new(), Vec::new());
            for file in ["file_ord_b1_1", "file_none", "tenant_bens"] {
                // A proxy of its own each time, so that none learns from what the one before was asked.
                let harness = Harness::new().await;
                harness.world.add(harness.world.file("tenant_bens", None, Some("cust_ben")));
                let fails = move |call: &Call| fault != 200 && call.path.split('/').count() == 4 && call.method == Method::GET;
                harness.world.answer_with(move |call| fails(call).then(|| Reply::Json(fault, json!({}))));
                appearances.push(harness.sign(&token, json!({"fileId": file})).await.appearance());
                calls.push(paths(&harness));
                appearances.push(harness.get(&token, &format!("/api/v1/files/{file}/view")).await.appearance());
                harness.no_upstream_call("the file is known not to be there");
            }
            assert_eq!(appearances[0].0, 404);
            assert!(appearances.iter().all(|appearance| *appearance == appearances[0]), "{appearances:#?}");
            assert!(calls.iter().all(|calls| calls == &["GET /v1/files"]), "{calls:?}");
        }
    }
}

#[tokio::test]
async fn should_not_believe_a_files_own_record() {
    let harness = Harness::new().await;
    let world = &harness.world;
    // Asked for on its own, each says that it is Anna's; in the lists it is not.
    world.add(world.file("secret", Some("ord_other"), Some("cust_anna")));
    world.answer_with(|call| {
        let id = call.path.strip_prefix("/v1/files/").filter(|id| *id != "url")?;
        let order = (id == "file_ord_b1_1").then_some("ord_a1");
        Some(Reply::Json(200, json!({"fileId": id, "orderId": order, "customerId": "cust_anna"})))
    });
    for honest in [true, false] {
        *world.honest.lock().unwrap() = honest;
        for file in ["secret", "file_ord_b1_1"] {
            assert_eq!(harness.sign(&anna(), json!({"fileId": file})).await.status, 404, "{file}");
            for query in ["", "?orderId=ord_a1", "?orderId=ord_other", "?customerOffset=0", "?orderId=ord_a1&customerOffset=0"] {
                let link = harness.get(&anna(), &format!("/api/v1/files/{file}/view{query}")).await;
                assert_eq!(link.status, 404, "{file} {query}");
            }
        }
    }
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

/// `count` files of Anna's second order, after the three that are there.
fn long_list(harness: &Harness, count: usize) {
    for number in 0..count {
        harness.world.add(harness.world.file(&format!("long_{number}"), Some("ord_a2"), Some("cust_anna")));
    }
}

#[tokio::test]
async fn should_find_a_file_of_a_long_list_where_its_link_says() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "1000")], |config| {
        keep_nothing(config);
        config.limits.finding = Duration::ZERO;
    })
    .await;
    long_list(&harness, 9_990);
    for list in ["orderId=ord_a2&", "orderId=ord_a2&type=invoice&", "", "type=invoice&"] {
        for token in [anna(), anna_without_orders()] {
            let page = harness.get(&token, &format!("/api/v1/files?{list}limit=50&offset=9900")).await.json();
            let record = &page["files"][40];
            let file = record["fileId"].as_str().unwrap();
            let view = record["links"]["view"].as_str().unwrap();
            let place = if list.contains("orderId") { "offset=9900" } else { "customerOffset=9900" };
            assert!(view.contains(place) && view.contains("orderId=ord_a2"), "{view}");
            assert_eq!(view.contains("type=invoice"), list.contains("type"), "{view}");
            harness.world.take_calls();
            assert_eq!(harness.get(&token, view).await.status, 302, "{view}");
            let reads = harness.world.take_calls().iter().filter(|call| call.path == "/v1/files").count();
            assert_eq!(reads, 1, "{view}");
            // The page's script says the same in its query, with and without the order there.
            let query = view.split_once('?').unwrap().1;
            for query in [query.to_owned(), query.replace("orderId=ord_a2&", "")] {
                let answer = harness.sign_at(&token, &query, json!({"fileId": file, "orderId": "ord_a2"})).await;
                assert_eq!(answer.status, 200, "{query}");
                let reads = harness.world.take_calls().iter().filter(|call| call.path == "/v1/files").count();
                assert_eq!(reads, 1, "{query}");
            }
        }
    }
}

#[tokio::test]
async fn should_find_a_file_though_the_list_has_shifted() {
    let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "1000")], |config| {
        keep_nothing(config);
        config.limits.finding = Duration::ZERO;
    })
    .await;
    long_list(&harness, 997);
    // long_n stands at n + 3.
    for (offset, number, pages) in
        [(500, 497, 1), (500, 596, 1), (500, 597, 2), (500, 496, 3), (500, 397, 3), (500, 50, 4), (100, 96, 3)]
    {
        let body = json!({"fileId": format!("long_{number}")});
        let answer = harness.sign_at(&anna(), &format!("orderId=ord_a2&offset={offset}"), body).await;
        assert_eq!(answer.status, 200, "{number} at {offset}");
        assert_eq!(paths(&harness).len(), pages + 1, "{number} at {offset}");
    }
}

/// Four pages at most: the one that the link names, those beside it, and the plain list from its beginning.
#[tokio::test]
async fn should_look_first_at_the_page_of_a_filtered_list_that_its_link_names() {
    let harness = Harness::uncached().await;
    long_list(&harness, 990);
    for (place, looked) in [
        ("type=contract&offset=0", ["contract 0", "any 0", "any 100", "any 200"]),
        ("type=contract&offset=100", ["contract 100", "contract 0", "any 0", "any 100"]),
        ("type=invoice&offset=100", ["invoice 100", "invoice 200", "invoice 0", "any 0"]),
        ("offset=0", ["any 0", "any 100", "any 200", "any 300"]),
        ("offset=100", ["any 100", "any 200", "any 0", "any 100"]),
    ] {
        let body = json!({"fileId": format!("made_up_{}", place.replace(['=', '&'], "_"))});
        assert_eq!(harness.sign_at(&anna(), &format!("orderId=ord_a2&{place}"), body).await.status, 404);
        let page = |call: Call| {
            let of = |name: &str| call.query.get(name).cloned();
            format!("{} {}", of("type").unwrap_or("any".into()), of("offset").unwrap_or("0".into()))
        };
        assert_eq!(harness.world.take_calls().into_iter().map(page).collect::<Vec<_>>(), looked, "{place}");
    }
}

#[tokio::test]
async fn should_look_for_a_file_on_a_few_pages_and_remember_that_it_is_not_there() {
    let harness = Harness::uncached().await;
    long_list(&harness, 9_990);
    // Within the first pages it is found without being told where.
    assert_eq!(harness.sign(&anna(), json!({"fileId": "long_390", "orderId": "ord_a2"})).await.status, 200);
    assert_eq!(paths(&harness), ["GET /v1/files", "GET /v1/files", "GET /v1/files", "GET /v1/files", "POST /v1/files/url"]);
    // Within the bound the finding stands.
    assert_eq!(harness.sign(&anna(), json!({"fileId": "long_390", "orderId": "ord_a2"})).await.status, 200);
    assert_eq!(paths(&harness), ["POST /v1/files/url"]);
    // Further on, or nowhere: a few calls, whatever is said of the place, and none for the next time.
    for (file, place) in [("long_9000", ""), ("made_up", ""), ("made_up_2", "&offset=7000"), ("made_up_3", "&customerOffset=100")]
    {
        let link = format!("/api/v1/files/{file}/view?orderId=ord_a2{place}");
        assert_eq!(harness.get(&anna(), &link).await.status, 404, "{link}");
        assert_eq!(paths(&harness), ["GET /v1/files"; 4], "{link}");
        assert_eq!(harness.get(&anna(), &link).await.status, 404, "{link}");
        harness.no_upstream_call(&link);
    }
    // Once it was listed, it is there.
    assert_eq!(harness.get(&anna(), "/api/v1/files?orderId=ord_a2&offset=9000").await.status, 200);
    assert_eq!(harness.get(&anna(), "/api/v1/files/long_9000/view?orderId=ord_a2").await.status, 302);
    let links =
        ["/api/v1/files/long_8000/view?orderId=ord_a2&customerOffset=8000", "/api/v1/files/long_8000/view?customerOffset=8000"];
    for link in links {
        assert_eq!(harness.get(&anna(), link.split("customerOffset").next().unwrap()).await.status, 404, "{link}");
    }
    assert_eq!(harness.get(&anna(), "/api/v1/files?offset=8000").await.status, 200);
    for link in links {
        assert_eq!(harness.get(&anna(), link).await.status, 302, "{link}");
    }
}

#[tokio::test]
async fn should_end_a_search_in_a_list_that_never_ends() {
    let harness = Harness::new().await;
    harness.world.answer_with(|call| {
        let offset = call.query.get("offset")?;
        let file = json!({"fileId": format!("at_{offset}"), "orderId": "ord_a1"});
        Some(Reply::Json(200, json!({"files": [file], "hasMore": true})))
    });
    for token in [anna(), anna_without_orders()] {
        assert_eq!(harness.get(&token, "/api/v1/files/x/view?orderId=ord_a1&offset=5").await.status, 404);
        assert!(paths(&harness).len() <= 6);
        assert_eq!(harness.get(&token, "/api/v1/files/x/view").await.status, 404);
        assert!(paths(&harness).len() <= 6);
    }
}

#[tokio::test]
async fn should_end_a_search_at_an_empty_page_whatever_that_says_of_more() {
    let harness = Harness::uncached().await;
    let empty = json!({"files": [], "hasMore": true, "nextOffset": 500});
    harness.world.answer_with(move |call| (call.path == "/v1/files").then(|| Reply::Json(200, empty.clone())));
    assert_eq!(harness.get(&anna(), "/api/v1/files/x/view?orderId=ord_a1").await.status, 404);
    assert_eq!(paths(&harness), ["GET /v1/files"]);
}

#[tokio::test]
async fn should_look_again_after_a_while() {
    let harness = Harness::with(&[], |config| {
        keep_nothing(config);
        config.limits.finding = Duration::from_millis(100);
    })
    .await;
    let body = json!({"fileId": "late", "orderId": "ord_a1"});
    assert_eq!(harness.sign(&anna(), body.clone()).await.status, 404);
    harness.world.add(harness.world.file("late", Some("ord_a1"), Some("cust_anna")));
    let until = async |status: u16| {
        for _ in 0..100 {
            if harness.sign(&anna(), body.clone()).await.status == status {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    };
    assert!(until(200).await, "what was not there is never looked for again");
    // A file that has gone is not signed on an old finding.
    harness.world.files.lock().unwrap().retain(|file| file["fileId"] != "late");
    assert!(until(404).await, "what was there is signed for ever");
}

#[tokio::test]
async fn should_refuse_a_place_that_contradicts_itself() {
    let harness = Harness::new().await;
    let body = json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"});
    for (query, status) in [
        ("orderId=ord_a2", 400),
        ("orderId=ord_a1&orderId=ord_a1", 400),
        ("offset=0&customerOffset=0", 400),
        ("offset=x", 422),
        ("customerOffset=10000001", 422),
    ] {
        assert_eq!(harness.sign_at(&anna(), query, body.clone()).await.status, status, "{query}");
        harness.no_upstream_call(query);
    }
    assert_eq!(harness.sign_at(&anna(), "orderId=ord_a1&offset=0", body).await.status, 200);
    assert_eq!(harness.sign_at(&anna(), "orderId=ord_a1", json!({"fileId": "file_ord_a1_1"})).await.status, 200);
}

#[tokio::test]
async fn should_permit_the_order_again_before_an_earlier_finding_counts() {
    let harness = Harness::uncached().await;
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
        let minutes = if action == "view" { 15 } else { 5 };
        let call = harness.world.take_calls().pop().unwrap();
        assert_eq!(call.body, json!({"fileId": "file_ord_a1_1", "action": action, "expiresInMinutes": minutes}));
    }
    assert_eq!(harness.sign(&anna(), json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"})).await.status, 200);
    assert_eq!(harness.world.take_calls().pop().unwrap().body["expiresInMinutes"], 5);
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
    assert_eq!(answer.header("vary"), "accept");
    assert!(answer.text.contains("This was not found.") && answer.text.contains(answer.header("x-request-id")));
    let signed_out = harness.send(Method::GET, "/api/v1/files/file_none/view?orderId=ord_a1", &navigation, None).await;
    assert_eq!(signed_out.status, 401);
    assert!(signed_out.text.contains("Please sign in again."));
}
