//! The element's coming, going and moving.

use crate::answer::{Answer, pages, three};
use crate::page::{Listeners, another_name, component, create, define_as, document, fixture, frame};
use crate::start::deferred;
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

#[wasm_bindgen_test]
async fn should_come_back_in_the_same_shadow_root() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.listed().await;
    let root = documents.root();
    documents.node.remove();
    page.wait_for("the end", || documents.html().is_empty()).await;
    page.place.append_child(&documents.node).unwrap();
    assert!(documents.has(".shell"));
    page.wait_for("the list", || documents.is_listed()).await;
    assert!(root == documents.root());
    assert_eq!((documents.names().len(), page.calls("offset=0").len()), (3, 2));
    assert_eq!(documents.all("[part='base']").len(), 1);
}

#[wasm_bindgen_test]
async fn should_keep_its_state_when_it_is_moved() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.listed().await;
    let row = documents.get(".row[data-file='b']");
    documents.search("b");
    page.wait_for("the search", || documents.names() == ["b.txt"]).await;
    let elsewhere = new_place(&page.place);
    elsewhere.append_child(&documents.node).unwrap();
    page.settle().await;
    assert_eq!(documents.names(), ["b.txt"]);
    assert!(row.is_same_node(documents.find(".row").as_deref().map(AsRef::as_ref)), "the row is another one");
    assert_eq!(page.calls("").len(), 1);
}

#[wasm_bindgen_test]
async fn should_keep_its_state_when_it_is_moved_as_a_whole() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.listed().await;
    let elsewhere = new_place(&page.place);
    elsewhere.set_attribute("lang", "de").unwrap();
    let Ok(move_before) = Reflect::get(&elsewhere, &"moveBefore".into()).unwrap().dyn_into::<Function>() else {
        return; // This browser has no moveBefore().
    };
    documents.search("b");
    page.wait_for("the search", || documents.names() == ["b.txt"]).await;
    documents.get(".search-input").focus().unwrap();
    move_before.call2(&elsewhere, &documents.node, &JsValue::NULL).unwrap();
    page.wait_for("the language of the new place", || documents.text(".heading") == "Dokumente").await;
    assert_eq!(documents.names(), ["b.txt"]);
    assert!(documents.root().active_element().is_some(), "the focus was lost");
    assert_eq!(page.calls("").len(), 1);
}

#[wasm_bindgen_test]
async fn should_mount_nothing_when_it_has_left_before_the_component_came() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let (promise, resolve, _) = deferred();
    let name = another_name();
    define_as(&name, Closure::new(move || promise.clone()));
    let documents = create(&name, &[("order-id", "ord_1")]);
    page.place.append_child(&documents.node).unwrap();
    frame().await;
    documents.node.remove();
    frame().await;
    let listeners = Listeners::new();
    resolve(&component());
    page.settle().await;
    assert_eq!((documents.html().as_str(), listeners.open().as_str()), ("", "{}"));
    assert_eq!(page.all_events(), "[]");
}

#[wasm_bindgen_test]
async fn should_say_nothing_when_it_has_left_before_the_component_failed() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let (promise, _, reject) = deferred();
    let name = another_name();
    define_as(&name, Closure::new(move || promise.clone()));
    let documents = create(&name, &[("order-id", "ord_1")]);
    page.place.append_child(&documents.node).unwrap();
    frame().await;
    documents.node.remove();
    frame().await;
    reject(&js_sys::Error::new("no such file"));
    page.settle().await;
    assert_eq!((documents.html().as_str(), page.all_events().as_str()), ("", "[]"));
}

#[wasm_bindgen_test]
async fn should_mount_once_when_it_has_left_and_come_back_before_the_component_came() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let (promise, resolve, _) = deferred();
    let name = another_name();
    define_as(&name, Closure::new(move || promise.clone()));
    let documents = create(&name, &[("order-id", "ord_1")]);
    let listeners = Listeners::new();
    page.place.append_child(&documents.node).unwrap();
    frame().await;
    documents.node.remove();
    frame().await;
    page.place.append_child(&documents.node).unwrap();
    resolve(&component());
    page.wait_for("the list", || documents.is_listed()).await;
    page.settle().await;
    page.event("load");
    documents.node.remove();
    page.settle().await;
    assert_eq!(listeners.open(), "{}", "a component that nobody holds is still listening");
}

#[wasm_bindgen_test]
async fn should_leave_nothing_behind() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let listeners = Listeners::new();
    for _ in 0..30 {
        let documents = page.listed().await;
        assert_ne!(listeners.open(), "{}", "the count counts nothing");
        documents.push(".row [part='preview-button']");
        documents.node.remove();
        page.wait_for("the end", || documents.html().is_empty()).await;
    }
    page.settle().await;
    assert_eq!(listeners.open(), "{}");
    assert!(!document().document_element().unwrap().matches(":has(dialog[open])").unwrap());
}

#[wasm_bindgen_test]
async fn should_end_its_requests_when_it_leaves() {
    let page = fixture();
    page.answer("offset=0", pages(1000, 0));
    page.answer("GET /api/v1/files", Answer::list(&three()).held());
    page.answer("POST /api/v1/files/url", Answer::signed("https://storage.example/f").held());
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the first page and the next requests", || page.calls("GET").len() > 2).await;
    documents.click(".row [part='preview-button']");
    page.wait_for("the signature's request", || page.calls("POST").len() == 1).await;
    documents.node.remove();
    let under_way = || page.calls("").into_iter().filter(|call| !call.line().ends_with("offset=0"));
    page.wait_for("the requests' end", || under_way().all(|call| call.is_aborted())).await;
    page.release("");
    page.settle().await;
    assert_eq!(page.events("load").len() + page.events("error").len(), 0);
}

#[wasm_bindgen_test]
async fn should_end_the_first_request_when_it_leaves() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()).held());
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the request", || page.calls("offset=0").len() == 1).await;
    documents.node.remove();
    page.wait_for("its end", || page.calls("offset=0")[0].is_aborted()).await;
}

#[wasm_bindgen_test]
async fn should_bear_a_change_after_it_has_left() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.listed().await;
    documents.node.remove();
    documents.set("order-id", "ord_2");
    page.settle().await;
    documents.set("heading", "x");
    document().document_element().unwrap().set_attribute("lang", "de").unwrap();
    documents.call("refresh", None).await.unwrap();
    page.settle().await;
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the list", || documents.is_listed()).await;
    assert_eq!((documents.text(".heading").as_str(), !page.calls("orderId=ord_2").is_empty()), ("x", true));
}

#[wasm_bindgen_test]
async fn should_bear_a_change_of_language_as_it_leaves() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    for lang in ["de", "en", "de"] {
        let documents = page.listed().await;
        documents.node.remove();
        document().document_element().unwrap().set_attribute("lang", lang).unwrap();
        documents.set("heading", lang);
        page.wait_for("the end", || documents.html().is_empty()).await;
    }
    page.settle().await;
    // What panics once takes every element of the page with it.
    page.listed().await;
}

#[wasm_bindgen_test]
async fn should_bear_an_answer_to_a_download_after_it_has_left() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    page.answer("POST", Answer::failure(500).held());
    let documents = page.listed().await;
    documents.click(".row [part='download-button']");
    page.wait_for("the signature's request", || page.calls("POST").len() == 1).await;
    documents.node.remove();
    page.wait_for("its end", || page.calls("POST")[0].is_aborted()).await;
    page.release("POST");
    page.settle().await;
    assert_eq!(page.events("error").len(), 0);
    page.listed().await;
}

fn new_place(beside: &HtmlElement) -> HtmlElement {
    let place: HtmlElement = document().create_element("section").unwrap().unchecked_into();
    beside.append_child(&place).unwrap();
    place
}
