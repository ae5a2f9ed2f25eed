//! The list's way into the element.

use crate::answer::{Answer, pages, record, three};
use crate::page::{Documents, Page, fixture};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn should_use_the_first_page_that_the_loader_asked_for() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.listed().await;
    page.settle().await;
    assert_eq!(documents.names().len(), 3);
    let calls = page.calls("");
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0].line(), "GET /api/v1/files?orderId=ord_1&limit=100&offset=0");
    let options = [calls[0].word("credentials"), calls[0].word("cache"), calls[0].0["headers"]["accept"].as_str().unwrap()];
    assert_eq!(options, ["same-origin", "no-store", "application/json"]);
}

#[wasm_bindgen_test]
async fn should_ask_anew_for_another_order() {
    let page = fixture();
    page.answer("orderId=ord_1&", Answer::list(&three()));
    page.answer("orderId=ord_2&", Answer::list(&[record("z", "z.txt")]));
    let documents = page.listed().await;
    documents.search("b");
    documents.set("order-id", "ord_2");
    page.wait_for("the other list", || documents.names() == ["z.txt"]).await;
    assert_eq!(page.calls("").len(), 2);
    let options = [page.calls("ord_2")[0].word("credentials").to_owned(), page.calls("ord_2")[0].word("cache").to_owned()];
    assert_eq!(options, ["same-origin", "no-store"]);
}

#[wasm_bindgen_test]
async fn should_drop_an_answer_about_the_order_before() {
    let page = fixture();
    page.answer("orderId=ord_1&", Answer::list(&three()).held());
    page.answer("orderId=ord_2&", Answer::list(&[record("y", "y.txt")]).held());
    page.answer("orderId=ord_3&", Answer::list(&[record("z", "z.txt")]));
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the component", || documents.has("[part='base']")).await;
    documents.set("order-id", "ord_2");
    page.wait_for("the second request", || page.calls("ord_2").len() == 1).await;
    documents.set("order-id", "ord_3");
    page.wait_for("the third list", || documents.names() == ["z.txt"]).await;
    page.release("");
    page.settle().await;
    assert_eq!(documents.names(), ["z.txt"]);
    assert!(page.calls("ord_2")[0].is_aborted());
    assert_eq!(page.event("load")["detail"]["count"], 1);
}

#[wasm_bindgen_test]
async fn should_show_the_first_page_at_once_and_the_rest_behind_it() {
    let page = fixture();
    page.answer("offset=0", pages(250, 0));
    page.answer("offset=100", pages(250, 100).held());
    page.answer("offset=200", pages(250, 200).held());
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the first page", || documents.names().len() == 100).await;
    assert_eq!(documents.text(".summary"), "100 of 250 loaded");
    assert!(documents.is_state("loading"));
    assert_eq!(page.events("load").len(), 0);
    page.wait_for("both other requests", || page.calls("").len() == 3).await;
    page.release("offset=200");
    page.wait_for("the last page", || documents.text(".summary") == "150 of 250 loaded").await;
    page.release("offset=100");
    page.wait_for("all pages", || documents.is_listed()).await;
    assert_eq!(documents.text(".summary"), "250 documents · 375 kB");
    assert_eq!(page.event("load")["detail"], json!({ "count": 250, "bytes": 375_000 }));
    let names = documents.names();
    assert_eq!((names[0].as_str(), names[249].as_str()), ("File 0.txt", "File 249.txt"), "newest first");
}

#[wasm_bindgen_test]
async fn should_ask_for_nothing_beyond_a_length_that_it_was_told() {
    let page = fixture();
    for offset in (0..1000).step_by(100) {
        page.answer(&format!("limit=100&offset={offset}"), pages(1000, offset));
    }
    page.listed().await;
    let asked: Vec<String> = page.calls("").iter().map(crate::answer::Call::line).collect();
    assert_eq!(asked.len(), 10, "{asked:?}");
}

#[wasm_bindgen_test]
async fn should_keep_the_rows_until_a_refresh_brings_new_ones() {
    let page = fixture();
    page.answer("offset=0", Answer::list(&three()).once());
    page.answer("offset=0", Answer::list(&[record("z", "z.txt")]).held());
    let documents = page.listed().await;
    let refreshed = documents.start("refresh", None);
    page.wait_for("the request", || page.calls("offset=0").len() == 2).await;
    assert_eq!(documents.names().len(), 3);
    assert!(documents.is_state("loading"));
    page.release("offset=0");
    wasm_bindgen_futures::JsFuture::from(refreshed).await.unwrap();
    assert_eq!(documents.names(), ["z.txt"], "the promise settles when the list is there");
    assert_eq!(page.events("load").len(), 2);
}

#[wasm_bindgen_test]
async fn should_settle_a_refresh_that_fails() {
    let page = fixture();
    page.answer("offset=0", Answer::list(&three()).once());
    page.answer("offset=0", Answer::failure(500));
    let documents = page.listed().await;
    documents.call("refresh", None).await.unwrap();
    page.wait_for("the failure", || documents.is_state("error")).await;
    assert_eq!(documents.names().len(), 3, "what was here stays");
}

async fn asked(attributes: &[(&str, &str)]) -> (Page, Documents) {
    let page = fixture();
    page.answer("/files", Answer::list(&three()));
    let documents = page.add(attributes);
    page.wait_for("an end of loading", || documents.has("[part='base']") && !documents.is_state("loading")).await;
    page.settle().await;
    (page, documents)
}

#[wasm_bindgen_test]
async fn should_ask_for_all_files_of_a_customer() {
    let (page, documents) = asked(&[("scope", "customer"), ("order-id", "ord_1"), ("group-by", "order")]).await;
    assert_eq!(page.calls("")[0].line(), "GET /api/v1/files?limit=100&offset=0");
    assert_eq!((page.calls("").len(), documents.text(".group-name").as_str()), (1, "Order ord_1"));
}

#[wasm_bindgen_test]
async fn should_ask_for_the_one_type_that_is_wanted() {
    let (page, documents) = asked(&[("order-id", "ord_1"), ("type", "invoice")]).await;
    assert_eq!(page.calls("")[0].line(), "GET /api/v1/files?orderId=ord_1&type=invoice&limit=100&offset=0");
    documents.set("type", "contract, attachment");
    page.wait_for("the list of all types", || page.calls("").len() == 2).await;
    assert_eq!(page.calls("")[1].line(), "GET /api/v1/files?orderId=ord_1&limit=100&offset=0");
    page.wait_for("what is left of it", || documents.has("[part~='nothing-found']")).await;
}

#[wasm_bindgen_test]
async fn should_ask_for_nothing_without_an_order() {
    let (page, documents) = asked(&[]).await;
    assert_eq!(page.calls("").len(), 0);
    assert_eq!((documents.text(".state-title").as_str(), documents.state().as_str()), ("No order chosen", "empty"));
}

#[wasm_bindgen_test]
async fn should_answer_an_id_that_cannot_exist_as_one_that_does_not() {
    let (page, documents) = asked(&[("order-id", "../../admin")]).await;
    assert_eq!(page.calls("").len(), 0);
    assert_eq!((documents.text(".state-title").as_str(), documents.state().as_str()), ("Order not found", "error"));
    assert_eq!(page.event("error")["detail"]["code"], "not-found");
}

#[wasm_bindgen_test]
async fn should_never_ask_another_origin_for_the_list() {
    for endpoint in ["https://elsewhere.example/api", "//elsewhere.example/api", "/\\elsewhere.example"] {
        let (page, documents) = asked(&[("order-id", "ord_1"), ("endpoint", endpoint)]).await;
        let lines: Vec<String> = page.calls("").iter().map(crate::answer::Call::line).collect();
        assert_eq!(lines, ["GET /api/v1/files?orderId=ord_1&limit=100&offset=0"], "{endpoint}");
        assert_eq!(documents.names().len(), 3);
    }
}
