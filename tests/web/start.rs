//! From the element's definition to the component inside, and its attributes and properties.

use crate::answer::{Answer, record, three, with};
use crate::documents::Documents;
use crate::page::{Page, another_name, component, connected, create, define_as, document, fixture, focused, register};
use js_sys::{Array, Promise, Reflect};
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

#[wasm_bindgen_test]
fn should_be_defined_once_however_often_the_script_runs() {
    let _page = fixture();
    let registry = web_sys::window().unwrap().custom_elements();
    let before = registry.get("order-documents");
    register();
    register();
    assert!(!before.is_undefined() && before == registry.get("order-documents"));
}

#[wasm_bindgen_test]
async fn should_show_its_shell_until_the_component_is_there() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let (promise, resolve, _) = deferred();
    let name = another_name();
    define_as(&name, Closure::new(move || promise.clone()));
    let documents = create(&name, &[("order-id", "ord_1")]);
    page.place.append_child(&documents.node).unwrap();
    assert!(documents.has(".shell[role=status] .skeleton"));
    assert_eq!(documents.text(".shell p"), "Loading documents…");
    assert_eq!(documents.state(), "loading");
    page.wait_for("the first page's request", || page.calls("offset=0").len() == 1).await;
    assert!(documents.has(".shell"), "the answer alone shows nothing");

    resolve(&component());
    page.wait_for("the list", || documents.is_listed()).await;
    assert_eq!(documents.names(), ["a.txt", "b.txt", "c.txt"]);
    assert!(!documents.has(".shell"));
}

/// So many documents as our proxy lists them, each with its links.
fn linked(count: usize) -> Vec<Value> {
    let links = |id: &str| json!({ "links": { "view": format!("/v/{id}"), "download": format!("/d/{id}") } });
    (0..count).map(|n| format!("f{n:02}")).map(|id| with(record(&id, &format!("{id}.txt")), links(&id))).collect()
}

#[wasm_bindgen_test]
async fn should_take_over_the_list_that_is_painted() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&linked(60)));
    let (promise, resolve, _) = deferred();
    let name = another_name();
    define_as(&name, Closure::new(move || promise.clone()));
    let documents = create(&name, &[("order-id", "ord_1")]);
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the painted list", || documents.all(".row").len() == 60).await;
    assert_eq!(documents.state(), "loading");
    let rows = documents.all(".row");
    let control: HtmlElement = rows[59].query_selector(".action").unwrap().unwrap().unchecked_into();
    control.focus().unwrap();

    resolve(&component());
    page.wait_for("the component", || documents.state().is_empty()).await;
    page.settle().await;
    assert_eq!(documents.all(".row"), rows, "the rows are the same elements");
    assert_eq!(focused(), Some(control.into()));
    assert_eq!(page.calls("").len(), 1);
    assert!(!documents.has(".shell"));
}

/// A list that is painted without the component, which comes when it is told to.
async fn painted(page: &Page, answer: Answer, rows: usize) -> (Documents, impl Fn(&JsValue)) {
    page.answer("GET /api/v1/files?", answer);
    let (promise, resolve, _) = deferred();
    let name = another_name();
    define_as(&name, Closure::new(move || promise.clone()));
    let documents = create(&name, &[("order-id", "ord_1")]);
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the painted list", || documents.all(".row").len() >= rows).await;
    (documents, resolve)
}

#[wasm_bindgen_test]
async fn should_open_what_was_clicked_before_the_component_came() {
    let page = fixture();
    page.answer("POST", Answer::signed("https://storage.example/f01"));
    page.answer("GET https://storage.example/", Answer::text(200, "text/plain", "one"));
    let (documents, resolve) = painted(&page, Answer::list(&linked(3)), 3).await;
    documents.click(&format!("{} [part='preview-button']", documents.row("f01")));
    page.settle().await;
    assert!(page.calls("POST").is_empty() && !documents.has("dialog"));
    resolve(&component());
    page.wait_for("the text", || documents.text("[part='preview-text']") == "one").await;
    assert_eq!((documents.text(".preview-name").as_str(), page.calls("POST").len()), ("f01.txt", 1));
}

#[wasm_bindgen_test]
async fn should_forget_what_was_clicked_where_it_leaves_before_the_component_came() {
    let page = fixture();
    let (documents, resolve) = painted(&page, Answer::list(&linked(3)), 3).await;
    for part in ["preview", "download"] {
        documents.click(&format!("{} [part='{part}-button']", documents.row("f01")));
    }
    documents.node.remove();
    resolve(&component());
    page.settle().await;
    assert!(page.calls("POST").is_empty() && !documents.has("*"), "{}", documents.html());
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the list again", || documents.is_listed()).await;
    page.settle().await;
    assert!(!documents.has("dialog[open]") && page.calls("POST").is_empty());
}

#[wasm_bindgen_test]
async fn should_take_over_a_long_list_of_which_a_part_is_painted() {
    let page = fixture();
    page.answer("offset=100", Answer::json(&json!({ "files": linked(160)[100..], "hasMore": false })));
    let first = Answer::json(&json!({ "files": linked(100), "hasMore": true }));
    let (documents, resolve) = painted(&page, first, 5).await;
    let painted = documents.all(".row");
    assert!(painted.len() < 100, "more than what is seen is painted");
    documents.node.scroll_into_view();
    resolve(&component());
    page.wait_for("the whole list", || documents.is_listed() && documents.all(".row").len() == 160).await;
    assert_eq!(documents.all(".row")[0], painted[0], "the rows are the same elements");
    assert_eq!(documents.names()[159], "f159.txt");
    assert_eq!(page.calls("GET").len(), 2);
}

#[wasm_bindgen_test]
async fn should_paint_as_many_rows_as_are_seen_however_low_a_host_makes_them() {
    let page = fixture();
    let style = document().create_element("style").unwrap();
    style.set_text_content(Some(
        "[data-fixture] ::part(row) { min-block-size: 1rem; max-block-size: 1rem; padding-block: 0; overflow: hidden }",
    ));
    page.place.append_child(&style).unwrap();
    let first = Answer::json(&json!({ "files": linked(100), "hasMore": true }));
    let (documents, _) = painted(&page, first, 1).await;
    let (rows, seen) = (documents.all(".row"), web_sys::window().unwrap().inner_height().unwrap().as_f64().unwrap());
    let bottom = rows.last().unwrap().get_bounding_client_rect().bottom();
    assert!(rows.len() == 100 || bottom >= seen, "{} rows end at {bottom} of {seen}", rows.len());
}

#[wasm_bindgen_test]
async fn should_follow_what_the_host_wants_after_the_list_was_painted() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&linked(3)));
    let (promise, resolve, _) = deferred();
    let name = another_name();
    define_as(&name, Closure::new(move || promise.clone()));
    let documents = create(&name, &[("order-id", "ord_1")]);
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the painted list", || documents.all(".row").len() == 3).await;
    documents.set("sort", "-name");
    resolve(&component());
    page.wait_for("the component", || documents.names() == ["f02.txt", "f01.txt", "f00.txt"]).await;
}

#[wasm_bindgen_test]
async fn should_say_that_it_could_not_start_and_start_again() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let attempts = Rc::new(Cell::new(0));
    let count = attempts.clone();
    let connect = Closure::new(move || {
        count.set(count.get() + 1);
        match count.get() {
            1 => Promise::reject(&js_sys::Error::new("no such file")),
            _ => Promise::resolve(&component()),
        }
    });
    let name = another_name();
    define_as(&name, connect);
    let documents = create(&name, &[("order-id", "ord_1"), ("lang", "de")]);
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the failure", || documents.has("[role=alert] .retry-button")).await;
    assert_eq!(documents.state(), "error");
    assert_eq!(documents.text(".retry-button"), "Erneut versuchen");
    let detail = &page.events("error")[0]["detail"];
    assert_eq!((&detail["code"], &detail["status"], &detail["retryable"]), (&"not-started".into(), &0.into(), &true.into()));

    documents.click(".retry-button");
    page.wait_for("the list", || documents.is_listed()).await;
    assert_eq!((attempts.get(), documents.names().len()), (2, 3));
}

#[wasm_bindgen_test]
async fn should_take_properties_that_were_set_before_it_was_defined() {
    let page = fixture();
    page.answer("GET /portal/files/files?orderId=ord_1", Answer::list(&three()));
    let name = another_name();
    let documents = create(&name, &[("heading", "Until the script is there")]);
    page.place.append_child(&documents.node).unwrap();
    documents.set_property("orderId", "ord_1");
    documents.set_property("endpoint", "/portal/files");
    documents.set_property("headingLevel", 3);
    assert!(!documents.node.has_attribute("order-id"), "they are plain properties yet");

    define_as(&name, connected());
    page.wait_for("the list", || documents.is_listed()).await;
    assert_eq!(documents.node.get_attribute("order-id").as_deref(), Some("ord_1"));
    assert_eq!(documents.get(".heading").get_attribute("aria-level").as_deref(), Some("3"));
    documents.set("heading-level", "4");
    assert_eq!(documents.property("headingLevel").as_string().as_deref(), Some("4"), "the accessor is not hidden");
    page.wait_for("the level", || documents.get(".heading").get_attribute("aria-level").as_deref() == Some("4")).await;
}

#[wasm_bindgen_test]
fn should_have_a_property_for_each_attribute_and_the_other_way_round() {
    let _page = fixture();
    let documents = create("order-documents", &[]);
    let pairs = [
        ("order-id", "orderId", "", "ord_9"),
        ("scope", "scope", "order", "customer"),
        ("endpoint", "endpoint", "/api/v1", "/portal"),
        ("type", "type", "", "invoice"),
        ("group-by", "groupBy", "type", "none"),
        ("sort", "sort", "-created", "name"),
        ("theme", "theme", "auto", "dark"),
        ("link-minutes", "linkMinutes", "5", "60"),
        ("heading", "heading", "", "My files"),
        ("heading-level", "headingLevel", "2", "4"),
    ];
    for (attribute, property, absent, value) in pairs {
        let read = || documents.property(property).as_string().unwrap();
        assert_eq!(read(), absent, "{property} without an attribute");
        documents.set(attribute, value);
        assert_eq!(read(), value, "{property}");
        for nothing in [JsValue::NULL, JsValue::UNDEFINED] {
            documents.set_property(property, value);
            assert_eq!(documents.node.get_attribute(attribute).as_deref(), Some(value), "{attribute}");
            documents.set_property(property, nothing);
            assert!(!documents.node.has_attribute(attribute), "{attribute} is taken away");
        }
    }
}

#[wasm_bindgen_test]
async fn should_follow_attributes_at_run_time() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.listed().await;
    documents.set("heading", "My papers");
    documents.set("heading-level", "4");
    documents.set("theme", "dark");
    documents.set("sort", "created");
    page.wait_for("the heading", || documents.text(".heading") == "My papers").await;
    assert_eq!(documents.get(".heading").get_attribute("aria-level").as_deref(), Some("4"));
    assert_eq!(documents.get(".group-name").get_attribute("aria-level").as_deref(), Some("5"));
    assert!(documents.has(".order-documents.dark"));
    assert_eq!(documents.names(), ["c.txt", "b.txt", "a.txt"]);
    documents.node.remove_attribute("heading").unwrap();
    page.wait_for("the heading", || documents.text(".heading") == "Documents").await;
    assert_eq!(page.calls("GET").len(), 1, "nothing of this needs the list anew");
}

#[wasm_bindgen_test]
async fn should_let_documents_be_read_and_bear_their_assignment() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = create("order-documents", &[("order-id", "ord_1")]);
    let read = || documents.property("documents").unchecked_into::<Array>();
    assert_eq!(read().length(), 0, "before it is in a page");
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the list", || documents.is_listed()).await;
    documents.set_property("documents", Array::new());
    assert_eq!(read().length(), 3);
    let first = js_sys::JSON::stringify(&read().get(0)).unwrap();
    let first: serde_json::Value = serde_json::from_str(&String::from(first)).unwrap();
    let expected = serde_json::json!({
        "fileId": "a", "filename": "a.txt", "type": "invoice", "category": "generated", "contentType": "text/plain",
        "fileSize": 1500, "createdAt": "2026-06-04T12:00:00.000Z", "orderId": "ord_1",
    });
    assert_eq!(first, expected);
    documents.node.remove();
    page.wait_for("the end", || documents.html().is_empty()).await;
    assert_eq!(read().length(), 0, "after it has left the page");
}

/// A promise with what settles it.
pub fn deferred() -> (Promise, impl Fn(&JsValue), impl Fn(&JsValue)) {
    let mut settle = None;
    let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
    let (resolve, reject) = settle.unwrap();
    let call = |function: js_sys::Function| move |value: &JsValue| drop(function.call1(&JsValue::UNDEFINED, value).unwrap());
    (promise, call(resolve), call(reject))
}

#[wasm_bindgen_test]
async fn should_keep_the_light_dom_out_of_sight_and_in_its_slots() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&[]));
    let documents = create("order-documents", &[("order-id", "ord_1")]);
    let own = document().create_element("p").unwrap();
    own.set_attribute("slot", "empty").unwrap();
    own.set_text_content(Some("Nothing to sign today"));
    documents.node.append_child(&own).unwrap();
    page.place.append_child(&documents.node).unwrap();
    page.wait_for("the empty state", || documents.is_state("empty")).await;
    let slot = Reflect::get(&own, &"assignedSlot".into()).unwrap();
    assert_eq!(slot.dyn_into::<web_sys::Element>().unwrap().get_attribute("name").as_deref(), Some("empty"));
}
