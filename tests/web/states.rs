//! Everything that may come instead of a list, and the way out of it.

use crate::answer::{Answer, pages, record, three, with};
use crate::page::{Documents, Page, fixture, set_online};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

/// The element for `ord_1`, whose list's first request is answered so.
async fn failed(answer: Answer) -> (Page, Documents) {
    let page = fixture();
    page.answer("GET /api/v1/files", answer.once());
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("a failure", || documents.has("[part~='error']")).await;
    (page, documents)
}

async fn assert_retry_helps(page: &Page, documents: &Documents) {
    documents.click("[part='retry-button']");
    page.wait_for("the list", || documents.is_listed()).await;
    assert_eq!((documents.names().len(), documents.state().as_str()), (3, ""));
    assert!(!documents.has("[part~='error']"));
    page.event("load");
}

#[wasm_bindgen_test]
async fn should_have_a_state_for_each_refusal() {
    for (status, title, code) in
        [(401, "Please sign in again", "signed-out"), (403, "No access", "forbidden"), (404, "Order not found", "not-found")]
    {
        let (page, documents) = failed(Answer::failure(status)).await;
        assert_eq!(documents.text("[role='alert'] .state-title"), title);
        assert_eq!(documents.state(), "error", "{status}");
        assert!(documents.has(&format!("[part~='{code}']")), "{}", documents.html());
        // Who has signed in again, elsewhere, comes back with it.
        assert_eq!(documents.has("[part='retry-button']"), status == 401, "{status}");
        let detail = page.event("error")["detail"].clone();
        assert_eq!((&detail["code"], &detail["status"]), (&code.into(), &status.into()));
        assert_eq!(page.events("session-expired").len(), usize::from(status == 401), "{status}");
        assert!(!documents.html().contains("For developers only"), "the server's words are not the customer's");
    }
}

#[wasm_bindgen_test]
async fn should_come_back_after_a_failure() {
    let whole = Answer::list(&three());
    let half = Answer { body: whole.body[..whole.body.len() / 2].to_owned(), ..whole.clone() };
    let failures = [
        (Answer::failure(500), "unavailable", 500),
        (Answer::failure(502), "unavailable", 502),
        (Answer::unreachable(), "unavailable", 0),
        (whole.broken_off(), "unavailable", 0),
        (Answer::text(200, "text/html", "<!doctype html><title>Sign in</title>"), "unreadable", 0),
        (half, "unreadable", 0),
        (Answer::json(&json!([])), "unreadable", 0),
        (Answer::json(&json!({ "count": 3 })), "unreadable", 0),
        (Answer::text(200, "application/json", ""), "unreadable", 0),
    ];
    for (answer, code, status) in failures {
        let (page, documents) = failed(answer).await;
        let detail = page.event("error")["detail"].clone();
        assert_eq!((&detail["code"], &detail["status"], &detail["retryable"]), (&code.into(), &status.into(), &true.into()));
        assert_eq!(documents.text(".state-title"), "The documents cannot be loaded right now");
        assert_eq!(documents.state(), "error", "{code} {status}");
        assert_retry_helps(&page, &documents).await;
    }
}

#[wasm_bindgen_test]
async fn should_count_down_and_go_on_by_itself_when_rate_limited() {
    let (page, documents) = failed(Answer::failure(429).with_header("retry-after", "2")).await;
    assert_eq!((documents.text(".state-title").as_str(), documents.state().as_str()), ("A short pause", "error"));
    assert!(documents.text(".state-text").ends_with("We go on in 2 seconds."), "{}", documents.text(".state-text"));
    page.wait_for("the countdown", || documents.text(".state-text").ends_with("We go on in 1 second.")).await;
    assert_eq!(page.calls("").len(), 1, "it asks before its time");
    page.wait_for("the list", || documents.is_listed()).await;
    assert_eq!((documents.names().len(), page.calls("").len()), (3, 2));
    assert_eq!(page.event("error")["detail"]["code"], "rate-limited");
}

#[wasm_bindgen_test]
async fn should_not_go_on_after_it_has_left_while_it_counts_down() {
    let (page, documents) = failed(Answer::failure(429).with_header("retry-after", "1")).await;
    let left = js_sys::Date::now();
    documents.node.remove();
    page.wait_for("the time of the next request", || js_sys::Date::now() > left + 1200.0).await;
    assert_eq!(page.calls("").len(), 1);
}

#[wasm_bindgen_test]
async fn should_go_on_when_the_network_is_back() {
    let page = fixture();
    set_online(false);
    page.answer("GET", Answer::unreachable().once());
    page.answer("GET", Answer::list(&three()));
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the failure", || documents.has("[part~='offline']")).await;
    assert_eq!((documents.text(".state-title").as_str(), documents.state().as_str()), ("You are offline", "offline"));
    assert_eq!(page.event("error")["detail"]["code"], "offline");
    set_online(true);
    page.wait_for("the list", || documents.is_listed()).await;
    assert_eq!((documents.names().len(), documents.state().as_str()), (3, ""));
}

#[wasm_bindgen_test]
async fn should_keep_a_list_that_is_there_when_the_network_goes() {
    let page = fixture();
    page.answer("GET", Answer::list(&three()));
    let documents = page.listed().await;
    set_online(false);
    page.wait_for("the notice", || documents.text(".notice") == "You are offline").await;
    assert_eq!((documents.state().as_str(), documents.names().len()), ("offline", 3));
    set_online(true);
    page.wait_for("its end", || !documents.has(".notice")).await;
    assert_eq!(documents.state(), "");
    assert_eq!(page.calls("").len(), 1, "nothing was missing");
}

#[wasm_bindgen_test]
async fn should_say_that_there_is_nothing_yet() {
    let page = fixture();
    page.answer("GET", Answer::list(&[]));
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the empty state", || documents.is_state("empty")).await;
    assert_eq!(documents.text("[part~='empty'] .state-title"), "No documents yet");
    assert!(!documents.has(".toolbar"), "there is nothing to search");
    assert_eq!(page.event("load")["detail"], json!({ "count": 0, "bytes": 0 }));
}

#[wasm_bindgen_test]
async fn should_keep_what_has_arrived_and_complete_it() {
    let page = fixture();
    page.answer("offset=0", pages(250, 0));
    page.answer("offset=100", Answer::failure(503).once());
    page.answer("offset=100", pages(250, 100));
    page.answer("offset=200", pages(250, 200));
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("what is partly there", || documents.is_state("error")).await;
    page.wait_for("the page after it", || documents.names().len() == 150).await;
    let notice = documents.text(".notice[role='alert'] .notice-text");
    assert_eq!(notice, "150 of 250 documents are here; the others could not be loaded.");
    assert!(documents.has(".toolbar"), "what is there can be searched");
    assert_eq!(page.events("load").len(), 0);

    documents.click(".notice [part='retry-button']");
    page.wait_for("the rest", || documents.is_listed()).await;
    assert_eq!((documents.names().len(), page.calls("offset=100").len(), page.calls("").len()), (250, 2, 4));
    assert!(!documents.has(".notice"));
    assert_eq!(page.event("load")["detail"]["count"], 250);
}

#[wasm_bindgen_test]
async fn should_count_what_cannot_be_read_and_show_the_rest_right() {
    let page = fixture();
    let nameless = json!({ "fileId": "n", "type": "invoice", "filename": "  ", "fileSize": -1, "createdAt": "2026-13-40" });
    let records = [
        record("a", "a.txt"),
        with(record("x", "x.txt"), json!({ "fileId": null })),
        json!("no record at all"),
        with(record("b", "b.txt"), json!({ "fileId": "../../etc" })),
        with(record("h", "huge.txt"), json!({ "fileSize": 1.8446744073709552e19 })),
        nameless,
    ];
    page.answer("GET", Answer::json(&json!({ "files": records, "count": 6, "hasMore": false })));
    let documents = page.listed().await;
    assert_eq!(documents.names(), ["a.txt", "huge.txt", "Unnamed document"]);
    assert_eq!(documents.text(".notice[role='note']"), "3 entries could not be read and are not shown.");
    let meta = |id: &str, part: &str| documents.text(&format!("{} .{part}", documents.row(id)));
    assert_eq!((meta("a", "size").as_str(), meta("a", "date").as_str()), ("1.5 kB", "Mar 4, 2026"));
    assert_eq!((meta("h", "size").as_str(), meta("n", "size").as_str()), ("Size unknown", "Size unknown"));
    assert_eq!(meta("n", "date"), "Date unknown");
    assert_eq!(page.event("load")["detail"]["count"], 3);
}
