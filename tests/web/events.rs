//! What the host hears, and what it may do about it.

use crate::answer::{Answer, linked, record, three, with};
use crate::page::{Documents, Page, fixture};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

fn document_a() -> Value {
    json!({
        "fileId": "a", "filename": "a.txt", "type": "invoice", "category": "generated", "contentType": "text/plain",
        "fileSize": 1500, "createdAt": "2026-06-04T12:00:00.000Z", "orderId": "ord_1",
    })
}

fn assert_travels(event: &Value, is_cancelable: bool) {
    let expected = json!([true, true, is_cancelable, true]);
    assert_eq!(json!([event["bubbles"], event["composed"], event["cancelable"], event["isElement"]]), expected, "{event}");
}

#[wasm_bindgen_test]
async fn should_say_how_much_has_been_loaded() {
    let page = fixture();
    let unsized_one = with(record("d", "d.txt"), json!({ "fileSize": null }));
    page.answer("GET /api/v1/files", Answer::list(&[three(), vec![unsized_one]].concat()));
    page.listed().await;
    let event = page.event("load");
    assert_travels(&event, false);
    assert_eq!(event["detail"], json!({ "count": 4, "bytes": 4500 }));
}

#[wasm_bindgen_test]
async fn should_announce_a_preview_without_any_address() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three().into_iter().map(linked).collect::<Vec<_>>()));
    page.answer("POST", Answer::failure(500));
    let documents = page.listed().await;
    documents.click(".row [part='preview-button']");
    page.wait_for("the dialog", || documents.has("dialog[open]")).await;
    let event = page.event("preview");
    assert_travels(&event, true);
    assert_eq!(event["detail"], json!({ "document": document_a() }));
}

#[wasm_bindgen_test]
async fn should_open_nothing_when_a_preview_is_prevented() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    page.prevent("preview");
    let documents = page.listed().await;
    documents.click(".row [part='preview-button']");
    documents.call("preview", Some("b")).await.unwrap();
    page.settle().await;
    assert_eq!(page.events("preview").len(), 2);
    assert!(!documents.has("dialog[open]"));
    assert_eq!(page.calls("POST").len(), 0);
}

#[wasm_bindgen_test]
async fn should_follow_a_download_link_unless_that_is_prevented() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three().into_iter().map(linked).collect::<Vec<_>>()));
    let documents = page.listed().await;
    documents.click(".row a[part='download-button']");
    let event = page.event("download");
    assert_travels(&event, true);
    assert_eq!(event["detail"], json!({ "document": document_a() }));
    // The reader's own click stays in the page; a frame that nobody sees follows the link.
    let [followed, clicked] = page.links().try_into().unwrap();
    assert_eq!((&clicked["connected"], &clicked["prevented"]), (&true.into(), &true.into()));
    assert!(followed["href"].as_str().unwrap().ends_with("/api/v1/files/a/download"), "{followed}");
    assert_eq!(followed["connected"], false);
    page.wait_for("what a screen reader hears", || documents.html().contains("a.txt: download started")).await;

    page.prevent("download");
    documents.click(".row[data-file='b'] a[part='download-button']");
    assert_eq!(page.events("download").len(), 2);
    page.settle().await;
    assert_eq!(page.links().len(), 3, "the second click is followed nowhere");
    assert!(!documents.html().contains("b.txt: download started"));
}

#[wasm_bindgen_test]
async fn should_sign_nothing_when_a_download_is_prevented() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    page.prevent("download");
    let documents = page.listed().await;
    documents.click(".row [part='download-button']");
    documents.call("download", Some("b")).await.unwrap();
    page.settle().await;
    assert_eq!((page.events("download").len(), page.calls("POST").len(), page.links().len()), (2, 0, 0));
}

#[wasm_bindgen_test]
async fn should_reject_what_the_list_does_not_have() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.listed().await;
    for method in ["preview", "download"] {
        let error: js_sys::Error = documents.call(method, Some("zzz")).await.unwrap_err().unchecked_into();
        assert!(String::from(error.message()).contains("no such document"));
    }
    assert_eq!(page.events("preview").len() + page.events("download").len(), 0);
}

#[wasm_bindgen_test]
async fn should_tell_a_failure_and_the_end_of_a_session() {
    let page = fixture();
    page.answer("orderId=ord_1", Answer::failure(401));
    page.answer("orderId=ord_2", Answer::failure(502));
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the failure", || documents.is_state("error")).await;
    assert_travels(&page.event("session-expired"), false);
    let event = page.event("error");
    assert_travels(&event, false);
    let expected = json!({ "code": "signed-out", "status": 401, "retryable": false, "message": "Please sign in again" });
    assert_eq!(event["detail"], expected);

    documents.set("order-id", "ord_2");
    page.wait_for("the other failure", || page.events("error").len() == 2).await;
    let expected = json!({
        "code": "unavailable", "status": 502, "retryable": true, "message": "The documents cannot be loaded right now",
    });
    assert_eq!(page.events("error")[1]["detail"], expected);
    page.event("session-expired");
}

/// Lets a handler of the host do something with the element whenever one of its events is heard.
fn on_each(documents: &Documents, names: &[&str], act: impl FnMut(Documents) + Clone + 'static) {
    for name in names {
        let (mut act, same) = (act.clone(), documents.clone());
        let listener = Closure::<dyn FnMut()>::new(move || act(same.clone())).into_js_value();
        let name = format!("order-documents-{name}");
        documents.node.add_event_listener_with_callback(&name, listener.unchecked_ref()).unwrap();
    }
}

/// Goes through everything of which the element tells its host.
async fn use_everything(page: &Page, documents: &Documents) {
    for (selector, event) in [("[part='preview-button']", "preview"), ("[part='download-button']", "download")] {
        let before = page.events(event).len();
        if documents.node.is_connected() {
            documents.click(&format!(".row {selector}"));
            page.wait_for(event, || page.events(event).len() > before).await;
        }
    }
    page.settle().await;
}

#[wasm_bindgen_test]
async fn should_load_once_when_it_is_told_to_twice_at_once() {
    let page = fixture();
    page.answer("offset=0", Answer::list(&three()));
    let documents = page.listed().await;
    let (first, second) = (documents.start("refresh", None), documents.start("refresh", None));
    for refreshed in [first, second] {
        wasm_bindgen_futures::JsFuture::from(refreshed).await.unwrap();
    }
    assert!(documents.is_listed());
    assert_eq!((page.events("load").len(), page.calls("offset=0").len()), (2, 2));
}

#[wasm_bindgen_test]
async fn should_bear_a_refresh_in_the_midst_of_an_event() {
    let page = fixture();
    page.answer("offset=0", Answer::list(&three()));
    page.answer("POST", Answer::failure(401));
    let documents = page.listed().await;
    on_each(&documents, &["preview", "download", "error", "session-expired"], |documents| {
        documents.property("documents");
        let _ = documents.start("refresh", None);
    });
    use_everything(&page, &documents).await;
    assert!(page.events("session-expired").len() >= 2, "both signatures have failed");
    page.wait_for("the list", || documents.is_listed()).await;
    assert!(page.calls("offset=0").len() >= 5, "each event has loaded the list anew");
}

#[wasm_bindgen_test]
async fn should_bear_attributes_that_change_in_the_midst_of_an_event() {
    let page = fixture();
    page.answer("offset=0", Answer::list(&three()));
    page.answer("POST", Answer::failure(500));
    let documents = page.listed().await;
    on_each(&documents, &["load", "preview", "download", "error"], |documents| {
        documents.set("heading", "Changed");
        let next = if documents.property("orderId") == "ord_1" { "ord_2" } else { "ord_1" };
        // The list changes once only: each list tells of its end, which would change it again.
        if documents.property("sort") != "name" {
            documents.set("sort", "name");
            documents.set("order-id", next);
        }
    });
    use_everything(&page, &documents).await;
    page.wait_for("the list", || documents.is_listed() && documents.text(".heading") == "Changed").await;
    assert_eq!(page.calls("orderId=ord_2").len(), 1);
}

#[wasm_bindgen_test]
async fn should_bear_its_removal_in_the_midst_of_an_event() {
    for event in ["load", "preview", "download", "error", "session-expired"] {
        let page = fixture();
        page.answer("offset=0", Answer::list(&three()));
        page.answer("POST", Answer::failure(401));
        let documents = page.add(&[("order-id", "ord_1")]);
        on_each(&documents, &[event], |documents| documents.node.remove());
        if event != "load" {
            page.wait_for("the list", || documents.is_listed()).await;
            use_everything(&page, &documents).await;
        }
        page.wait_for("the end", || documents.html().is_empty()).await;
        page.settle().await;
        assert!(!page.events(event).is_empty(), "{event}");
    }
}
