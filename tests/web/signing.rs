//! Signed URLs: asked for when they are needed, used once, and nowhere to be seen.

use crate::answer::{Answer, three, with};
use crate::page::{Documents, Page, Witness, document, fixture};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

const SIGNATURE: &str = "5ecre7-51gnature";

fn signed_url(number: u32) -> String {
    format!("https://storage.example/tenant/a.txt?expires=4000000000&n={number}&signature={SIGNATURE}")
}

/// A page with a list of text files without links, and somebody who watches everything that is shown.
async fn watched() -> (Page, Documents, Witness) {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&three()));
    let documents = page.add(&[("order-id", "ord_1")]);
    let witness = Witness::new();
    witness.watch(&document());
    witness.watch(&documents.root());
    page.wait_for("the list", || documents.is_listed()).await;
    (page, documents, witness)
}

/// Looks for the signature wherever a page keeps something.
fn assert_unseen(page: &Page, documents: &Documents, witness: &Witness, pages_before: u32) {
    let window = web_sys::window().unwrap();
    assert!(witness.has_seen("a.txt"), "nobody watches");
    assert!(!witness.has_seen(SIGNATURE), "in the DOM for a moment");
    assert!(!documents.html().contains(SIGNATURE), "in the shadow root");
    assert!(!document().document_element().unwrap().outer_html().contains(SIGNATURE), "in the page");
    assert!(!window.location().href().unwrap().contains(SIGNATURE), "in the address");
    assert_eq!(window.history().unwrap().length().unwrap(), pages_before, "in the history");
    for storage in [window.local_storage(), window.session_storage()] {
        let storage = js_sys::JSON::stringify(&storage.unwrap().unwrap()).unwrap();
        assert!(!String::from(storage).contains(SIGNATURE), "in a storage");
    }
    assert!(!page.all_events().contains(SIGNATURE), "in an event");
}

fn history() -> u32 {
    web_sys::window().unwrap().history().unwrap().length().unwrap()
}

#[wasm_bindgen_test]
async fn should_download_by_a_url_that_is_used_once_and_never_seen() {
    let (page, documents, witness) = watched().await;
    page.answer("POST /api/v1/files/url", Answer::signed(&signed_url(1)).once());
    page.answer("POST /api/v1/files/url", Answer::signed(&signed_url(2)).once());
    documents.set("link-minutes", "30");
    let before = history();
    for number in [1, 2] {
        documents.click(&format!("{} [part='download-button']", documents.row("a")));
        page.wait_for("the download", || page.links().len() as u32 == number).await;
    }
    let call = &page.calls("POST")[0];
    assert_eq!(call.line(), "POST /api/v1/files/url");
    assert_eq!(call.body(), json!({ "fileId": "a", "action": "download", "expiresInMinutes": 30, "orderId": "ord_1" }));
    let headers = &call.0["headers"];
    assert_eq!((&headers["content-type"], &headers["accept"]), (&"application/json".into(), &"application/json".into()));
    assert_eq!([call.word("credentials"), call.word("cache")], ["same-origin", "no-store"]);
    let links = page.links();
    let link =
        |number| json!({ "href": signed_url(number), "download": "", "referrerPolicy": "no-referrer", "connected": false });
    assert_eq!(links, [link(1), link(2)], "each download has a URL of its own");
    assert!(documents.html().contains("a.txt: download started"));
    page.settle().await;
    assert_unseen(&page, &documents, &witness, before);
}

#[wasm_bindgen_test]
async fn should_preview_by_a_url_that_is_never_seen() {
    let (page, documents, witness) = watched().await;
    page.answer("POST /api/v1/files/url", Answer::signed(&signed_url(1)));
    page.answer("GET https://storage.example/", Answer::text(200, "text/plain", "Dear customer,\n<b>thank you</b>."));
    let before = history();
    documents.click(&format!("{} [part='preview-button']", documents.row("a")));
    page.wait_for("the text", || documents.text("[part='preview-text']").starts_with("Dear customer")).await;
    assert_eq!(documents.text("[part='preview-text']"), "Dear customer,\n<b>thank you</b>.");
    let body = page.calls("POST")[0].body();
    assert_eq!(body, json!({ "fileId": "a", "action": "view", "expiresInMinutes": 5, "orderId": "ord_1" }));
    let gets = page.calls("GET https://storage.example/");
    assert_eq!(gets.len(), 1);
    assert_eq!(gets[0].word("url"), signed_url(1));
    let options = ["credentials", "referrerPolicy", "redirect", "cache"].map(|name| gets[0].word(name).to_owned());
    assert_eq!(options, ["omit", "no-referrer", "error", "no-store"]);
    page.settle().await;
    assert_unseen(&page, &documents, &witness, before);
}

#[wasm_bindgen_test]
async fn should_show_a_picture_without_its_url() {
    let page = fixture();
    let picture = with(three().remove(0), json!({ "filename": "a.svg", "contentType": "image/svg+xml" }));
    page.answer("GET /api/v1/files", Answer::list(&[picture]));
    page.answer("POST", Answer::signed(&signed_url(1)));
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    page.answer("GET https://storage.example/", Answer::text(200, "text/html", svg));
    let documents = page.listed().await;
    documents.click("[part='preview-button']");
    page.wait_for("the picture", || documents.has("img.picture[src]")).await;
    let source = documents.get("img.picture").get_attribute("src").unwrap();
    assert!(source.starts_with("blob:"), "{source}");
    documents.click("[part='close-button']");
    page.wait_for("the end", || !documents.has("img.picture")).await;
}

#[wasm_bindgen_test]
async fn should_make_what_holds_a_picture_while_it_is_on_its_way() {
    let page = fixture();
    page.answer("GET /api/v1/files", Answer::list(&[with(three().remove(0), json!({ "contentType": "image/svg+xml" }))]));
    page.answer("POST", Answer::signed(&signed_url(1)));
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    page.answer("GET https://storage.example/", Answer::text(200, "text/html", svg).held().once());
    page.answer("GET https://storage.example/", Answer::text(404, "text/html", ""));
    let documents = page.listed().await;
    documents.click("[part='preview-button']");
    page.wait_for("the picture's request", || page.calls("storage.example").len() == 1).await;
    page.wait_for("what will hold it", || documents.has(".file-loading") && documents.has("img[hidden]:not([src])")).await;
    let made = documents.get("img");
    page.release("");
    page.wait_for("the picture", || documents.has("img[src^='blob:']:not([hidden])")).await;
    assert!(made.is_same_node(Some(&documents.get("img"))), "it was made anew");
    page.wait_for("nothing else", || !documents.has(".file-loading")).await;

    documents.click("[part='close-button']");
    page.wait_for("the end", || !documents.has("img")).await;
    documents.click("[part='preview-button']");
    page.wait_for("why not", || documents.has("[part~='not-shown']")).await;
    page.wait_for("nothing that holds nothing", || !documents.has("img")).await;
}

#[wasm_bindgen_test]
async fn should_ask_anew_once_for_a_url_that_has_expired() {
    let (page, documents, witness) = watched().await;
    page.answer("POST", Answer::signed(&signed_url(1)).once());
    page.answer("POST", Answer::signed(&signed_url(2)));
    page.answer("n=1", Answer::text(403, "application/xml", "<Error><Code>AccessDenied</Code></Error>"));
    page.answer("n=2", Answer::text(200, "text/plain", "Here it is"));
    let before = history();
    documents.click(".row [part='preview-button']");
    page.wait_for("the text", || documents.text("[part='preview-text']") == "Here it is").await;
    assert_eq!((page.calls("POST").len(), page.calls("storage.example").len()), (2, 2));
    assert_unseen(&page, &documents, &witness, before);
}

#[wasm_bindgen_test]
async fn should_ask_anew_only_once() {
    let (page, documents, _) = watched().await;
    page.answer("POST", Answer::signed(&signed_url(1)));
    page.answer("storage.example", Answer::text(403, "application/xml", "<Error/>").once());
    page.answer("storage.example", Answer::text(403, "application/xml", "<Error/>").once());
    page.answer("storage.example", Answer::text(200, "text/plain", "After a retry"));
    documents.click(".row [part='preview-button']");
    page.wait_for("the failure", || documents.has("dialog [part~='not-shown']")).await;
    page.settle().await;
    assert_eq!((page.calls("POST").len(), page.calls("storage.example").len()), (2, 2));
    assert_eq!(page.event("error")["detail"]["code"], "unavailable");

    documents.click("dialog [part='retry-button']");
    page.wait_for("the text", || documents.text("[part='preview-text']") == "After a retry").await;
}

#[wasm_bindgen_test]
async fn should_refuse_a_url_that_is_not_safe() {
    for url in [
        "http://storage.example/a.txt?signature=5ecre7-51gnature",
        "javascript:alert('5ecre7-51gnature')",
        "https://user:5ecre7-51gnature@storage.example/a.txt",
        "data:text/html,5ecre7-51gnature",
        "http://localhost.storage.example/5ecre7-51gnature",
        "/api/v1/5ecre7-51gnature",
        "",
    ] {
        let (page, documents, witness) = watched().await;
        page.answer("POST", Answer::signed(url));
        let before = history();
        documents.click(".row [part='download-button']");
        page.wait_for("the refusal", || documents.html().contains("a.txt: the download did not start")).await;
        let code = |event: &Value| event["detail"]["code"].as_str().unwrap().to_owned();
        let expected = if url.is_empty() { "unreadable" } else { "unsafe-url" };

        documents.click(".row [part='preview-button']");
        page.wait_for("the other refusal", || page.events("error").len() == 2).await;
        assert_eq!(page.events("error").iter().map(code).collect::<Vec<_>>(), [expected, expected], "{url}");
        page.wait_for("what is said", || documents.has("dialog [part~='not-shown']")).await;
        if expected == "unsafe-url" {
            let said = documents.text("dialog .state-text");
            assert!(said.starts_with("For your safety it was not opened"), "{said}");
            assert!(!documents.has("dialog [part~='not-shown'] [part='download-button']"), "it is offered after all");
        }
        assert_eq!((page.links().len(), page.calls("").len()), (0, 3), "something was fetched: {url}");
        if !url.is_empty() {
            assert_unseen(&page, &documents, &witness, before);
        }
    }
}

#[wasm_bindgen_test]
async fn should_take_a_url_of_this_machine_as_in_the_demo() {
    let (page, documents, _) = watched().await;
    page.answer("POST", Answer::signed("http://localhost:8082/a?signature=1"));
    page.answer("GET http://localhost:8082/", Answer::text(200, "text/plain", "From the sandbox"));
    documents.click(".row [part='preview-button']");
    page.wait_for("the text", || documents.text("[part='preview-text']") == "From the sandbox").await;
}

#[wasm_bindgen_test]
async fn should_say_that_a_signature_was_refused() {
    let (page, documents, _) = watched().await;
    page.answer("POST", Answer::failure(401));
    documents.click(".row [part='preview-button']");
    page.wait_for("what is said", || documents.text("dialog .state-title") == "Please sign in again").await;
    page.event("session-expired");
    assert_eq!(documents.names().len(), 3, "the list stays");
}
