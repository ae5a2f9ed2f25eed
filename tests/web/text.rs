//! What is said, in the language of the page around the element; and that names are nothing but text.

use crate::answer::{Answer, record, three, with};
use crate::page::{create, document, fixture};
use order_documents::Mounted;
use order_documents::host::{Event, Host};
use order_documents::model::Settings;
use serde_json::json;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ShadowRootInit, ShadowRootMode};

#[wasm_bindgen(module = "/tests/web/forms.js")]
extern "C" {
    fn differences(lang: &str) -> String;
    #[wasm_bindgen(js_name = isWithoutIntl)]
    fn is_without_intl(lang: &str) -> bool;
}

#[wasm_bindgen_test]
fn should_write_as_the_browser_does() {
    for lang in ["en", "en-US", "de", "de-DE", "es", "es-ES", "fr", "fr-FR"] {
        assert!(is_without_intl(lang), "{lang} keeps the first list waiting for Intl");
        assert_eq!(differences(lang), "", "{lang}");
    }
    for lang in ["en-GB", "en-DE", "de-CH", "es-419", "fr-CA", "it", "de-DE-u-nu-arab"] {
        assert!(!is_without_intl(lang), "{lang} is Intl's to know");
        assert_eq!(differences(lang), "", "{lang}");
    }
}

#[wasm_bindgen_test]
async fn should_follow_the_language_around_it_at_run_time() {
    let page = fixture();
    page.answer("GET", Answer::list(&three()));
    let documents = page.listed().await;
    let row = documents.row("a");
    let shown = || {
        let of = |selector: &str| documents.text(selector).replace('\u{a0}', " ");
        [of(".heading"), of(".group-name"), of(".summary"), of(&format!("{row} .size")), of(&format!("{row} .date"))]
    };
    let english = ["Documents", "Invoices", "3 documents · 4.5 kB", "1.5 kB", "Jun 4, 2026"];
    let german = ["Dokumente", "Rechnungen", "3 Dokumente · 4,5 kB", "1,5 kB", "04.06.2026"];
    assert_eq!(shown(), english);
    page.place.set_attribute("lang", "de-AT").unwrap();
    page.wait_for("German", || documents.text(".heading") == "Dokumente").await;
    page.place.set_attribute("lang", "de").unwrap();
    page.wait_for("German dates", || shown() == german).await;
    let named = |name: &str| documents.get(&format!("{row} [part='{name}']")).get_attribute("aria-label").unwrap();
    assert_eq!(named("preview-button"), "a.txt: Vorschau");
    assert_eq!(documents.get(".search-input").get_attribute("placeholder").unwrap(), "Nach Namen suchen");
    page.place.remove_attribute("lang").unwrap();
    page.wait_for("English", || shown() == english).await;
    assert_eq!(page.calls("").len(), 1);
}

#[wasm_bindgen_test]
async fn should_prefer_a_language_of_its_own_and_bear_one_that_is_none() {
    let page = fixture();
    page.answer("GET", Answer::list(&three()));
    page.place.set_attribute("lang", "de").unwrap();
    let documents = page.listed().await;
    page.wait_for("German", || documents.text(".heading") == "Dokumente").await;
    for lang in ["en-GB", "not a language!", "x"] {
        documents.set("lang", lang);
        page.wait_for(lang, || documents.text(".heading") == "Documents").await;
        page.settle().await;
        assert_eq!(documents.names().len(), 3, "{lang}");
        documents.node.remove_attribute("lang").unwrap();
        page.wait_for("German", || documents.text(".heading") == "Dokumente").await;
    }
}

#[wasm_bindgen_test]
async fn should_find_the_language_outside_of_a_shadow_root() {
    let page = fixture();
    page.answer("GET", Answer::list(&three()));
    let outer = document().create_element("div").unwrap();
    outer.set_attribute("lang", "de").unwrap();
    page.place.append_child(&outer).unwrap();
    let root = outer.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
    let documents = create("order-documents", &[("order-id", "ord_1")]);
    root.append_child(&documents.node).unwrap();
    assert_eq!(documents.text(".shell p"), "Dokumente werden geladen …");
    page.wait_for("the list in German", || documents.is_listed() && documents.text(".heading") == "Dokumente").await;
    assert!(!page.events("load").is_empty(), "events leave the outer shadow root too");
    outer.set_attribute("lang", "en").unwrap();
    page.wait_for("English", || documents.text(".heading") == "Documents").await;
}

#[wasm_bindgen_test]
async fn should_take_names_and_types_for_text() {
    let page = fixture();
    let evil = "<img src=x onerror=\"document.title='run'\">.txt";
    let bad = with(record("a", evil), json!({ "type": "<script>document.title='run'</script>", "orderId": "ord_1" }));
    page.answer("GET /api", Answer::list(&[bad, record("b", "{name}.txt")]));
    page.answer("POST", Answer::signed("https://storage.example/a"));
    page.answer("GET https://storage.example/", Answer::text(200, "text/plain", evil));
    let documents = page.listed().await;
    let row = documents.row("a");
    assert_eq!(documents.text(&format!("{row} .name")), evil);
    documents.click(&format!("{row} [part='preview-button']"));
    page.wait_for("the text", || documents.text("[part='preview-text']") == evil).await;
    assert_eq!(documents.text(".preview-name"), evil);
    documents.set("heading", evil);
    page.wait_for("the heading", || documents.text(".heading") == evil).await;
    page.settle().await;
    assert!(!documents.has("img, script, b"), "{}", documents.html());
    assert_ne!(document().title(), "run");
    let label = documents.get(&format!("{} [part='preview-button']", documents.row("b"))).get_attribute("aria-label");
    assert_eq!(label.as_deref(), Some("{name}.txt: preview"));
}

#[wasm_bindgen_test]
async fn should_let_a_name_run_in_its_own_direction() {
    let page = fixture();
    page.answer("GET", Answer::list(&[record("a", "\u{202e}fdp.تقرير\u{2066}.txt")]));
    let documents = page.listed().await;
    let name = documents.get(".row .name");
    assert_eq!(name.get_attribute("dir").as_deref(), Some("auto"));
    let controls = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    assert!(!name.text_content().unwrap().contains(controls), "{name:?} turns the text around it");
}

#[wasm_bindgen_test]
fn should_show_a_name_where_a_language_has_no_text() {
    struct Nobody;
    impl Host for Nobody {
        fn emit(&self, _: &Event<'_>) -> bool {
            true
        }
    }
    let page = fixture();
    let words = js_sys::JSON::parse(r#"{"Heading":"Unterlagen"}"#).unwrap();
    let _mounted = Mounted::new(&page.place, Settings::default(), Rc::new(Nobody), None, words);
    let said = |selector: &str| page.place.query_selector(selector).unwrap().unwrap().text_content().unwrap();
    assert_eq!((said(".heading"), said(".state-title")), ("Unterlagen".to_owned(), "IdleTitle".to_owned()));
}

#[wasm_bindgen_test]
async fn should_take_no_type_for_a_property_of_every_object() {
    let page = fixture();
    page.answer("GET", Answer::list(&[with(record("a", "a.txt"), json!({ "type": "constructor" }))]));
    let documents = page.listed().await;
    assert_eq!(documents.text(".group-name"), "Constructor");
}
