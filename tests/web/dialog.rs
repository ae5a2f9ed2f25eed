//! The preview by keyboard: into it, through it, out of it.

use crate::answer::{Answer, record, three};
use crate::page::{Documents, Page, fixture, focused};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlDialogElement;

#[wasm_bindgen]
extern "C" {
    /// A dialog that is asked to close, as Escape asks it.
    #[wasm_bindgen(extends = HtmlDialogElement)]
    type Closable;
    #[wasm_bindgen(method, js_name = requestClose)]
    fn request_close(this: &Closable);
}

async fn opened(id: &str) -> (Page, Documents) {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    page.answer("POST", Answer::signed("https://storage.example/f"));
    page.answer("GET https://storage.example/", Answer::text(200, "text/plain", "A text"));
    let documents = page.listed().await;
    documents.push(&format!("{} [part='preview-button']", documents.row(id)));
    page.wait_for("the text", || documents.has("dialog[open] [part='preview-text']")).await;
    (page, documents)
}

fn holds_focus(documents: &Documents) -> bool {
    let dialog = documents.get("dialog");
    focused().is_some_and(|focused| dialog.contains(Some(&focused)))
}

#[wasm_bindgen_test]
async fn should_open_a_modal_dialog_with_the_focus_in_it() {
    let (page, documents) = opened("b").await;
    page.wait_for("the focus", || holds_focus(&documents)).await;
    assert!(documents.get("dialog").matches(":modal").unwrap());
    assert_eq!(documents.get("dialog").get_attribute("aria-label").as_deref(), Some("b.txt"));
    assert_eq!((documents.text(".preview-name").as_str(), documents.text(".position").as_str()), ("b.txt", "2 of 3"));
}

#[wasm_bindgen_test]
async fn should_turn_with_the_arrow_keys_and_stay_at_the_ends() {
    let (page, documents) = opened("b").await;
    let name = || documents.text(".preview-name");
    for (key, expected) in
        [("ArrowRight", "c.txt"), ("ArrowRight", "c.txt"), ("ArrowLeft", "b.txt"), ("ArrowLeft", "a.txt"), ("ArrowLeft", "a.txt")]
    {
        page.wait_for("the focus", || holds_focus(&documents)).await;
        assert!(documents.press(key), "the page would scroll");
        page.wait_for(expected, || name() == expected && documents.has("[part='preview-text']")).await;
        page.settle().await;
        assert!(holds_focus(&documents), "the focus has left the dialog at {expected}");
    }
    assert_eq!(documents.get("[part='previous-button']").get_attribute("aria-disabled").as_deref(), Some("true"));
    assert!(!documents.get("[part='next-button']").has_attribute("aria-disabled"));
    assert_eq!(page.events("preview").len(), 4, "one for each document that was opened");
}

#[wasm_bindgen_test]
async fn should_keep_the_focus_on_the_button_that_turns() {
    let (page, documents) = opened("a").await;
    for expected in ["b.txt", "c.txt", "c.txt"] {
        documents.push("[part='next-button']");
        page.wait_for(expected, || documents.text(".preview-name") == expected && documents.has("[part='preview-text']")).await;
        page.settle().await;
        let focused = documents.root().active_element().and_then(|it| it.get_attribute("part"));
        assert_eq!(focused.as_deref(), Some("next-button"));
    }
}

#[wasm_bindgen_test]
async fn should_leave_the_arrow_keys_to_a_text_that_scrolls() {
    let (page, documents) = opened("a").await;
    documents.get("[part='preview-text']").focus().unwrap();
    assert!(!documents.press("ArrowRight"));
    page.settle().await;
    assert_eq!(documents.text(".preview-name"), "a.txt");
}

#[wasm_bindgen_test]
async fn should_give_the_focus_back_to_the_button_it_came_from() {
    for way in ["escape", "button"] {
        let (page, documents) = opened("b").await;
        match way {
            "escape" => documents.get("dialog").unchecked_into::<Closable>().request_close(),
            _ => documents.push("[part='close-button']"),
        }
        page.wait_for("the end", || !documents.has("dialog[open]") && !documents.has(".sheet")).await;
        page.settle().await;
        let focused = documents.root().active_element().expect("the focus is lost");
        let button = documents.get(&format!("{} [part='preview-button']", documents.row("b")));
        assert!(button.is_same_node(Some(&focused)), "{way}: the focus is on {}", focused.outer_html());
        button.click();
        page.wait_for("the dialog again", || documents.has("dialog[open] [part='preview-text']")).await;
    }
}

#[wasm_bindgen_test]
async fn should_close_at_a_click_beside_it_and_not_in_it() {
    let (page, documents) = opened("b").await;
    documents.click(".preview-name");
    page.settle().await;
    assert!(documents.has("dialog[open]"));
    documents.click("dialog");
    page.wait_for("the end", || !documents.has("dialog[open]")).await;
}

#[wasm_bindgen_test]
async fn should_give_up_the_file_of_a_preview_that_is_closed_or_turned() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    page.answer("POST", Answer::signed("https://storage.example/f"));
    page.answer("GET https://storage.example/", Answer::text(200, "text/plain", "Too late").held());
    let documents = page.listed().await;
    documents.push(".row [part='preview-button']");
    let files = || page.calls("storage.example");
    page.wait_for("the first file's request", || files().len() == 1).await;
    assert!(documents.press("ArrowRight"));
    page.wait_for("the second file's request", || files().len() == 2 && files()[0].is_aborted()).await;
    documents.click("[part='close-button']");
    page.wait_for("its end", || files()[1].is_aborted()).await;
    page.release("");
    page.settle().await;
    assert!(!documents.html().contains("Too late"));
    assert_eq!(page.events("error").len(), 0, "giving up is no failure");
}

#[wasm_bindgen_test]
async fn should_close_when_the_order_changes() {
    let (page, documents) = opened("b").await;
    page.answer("orderId=ord_2", Answer::list(&[record("z", "z.txt")]));
    documents.set("order-id", "ord_2");
    page.wait_for("the end", || !documents.has("dialog[open]")).await;
}

#[wasm_bindgen_test]
async fn should_open_by_method_what_is_hidden_by_a_search() {
    let (page, documents) = opened("a").await;
    documents.click("[part='close-button']");
    page.wait_for("the end", || !documents.has("dialog[open]")).await;
    documents.search("c.txt");
    page.wait_for("the search", || documents.names() == ["c.txt"]).await;
    documents.call("preview", Some("b")).await.unwrap();
    page.wait_for("the dialog", || documents.text("dialog[open] .preview-name") == "b.txt").await;
}
