//! One document's row.

use super::dom::{El, el};
use crate::browser;
use crate::controller::Controller;
use crate::model::Document;
use crate::text::{Key, Text};
use flexportal::Category;
use leptos::task::spawn_local;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent};

/// Fills a document's row in (`src/markup/list.js`), in the language in use: `known`, where there is one, or else a new one. What is
/// to be done with it the list hears (`list.rs`).
pub fn fill(controller: Controller, document: &Document, known: Option<&Element>) -> Element {
    let Text { words, lang, .. } = controller.text;
    let record = &document.record;
    let links = record.links.as_ref();
    lang.with_untracked(|lang| {
        words.with_untracked(|words| {
            browser::row(
                known,
                words,
                lang,
                document.id(),
                record.name.as_deref(),
                record.category.map(Category::as_word),
                record.content_type.as_deref(),
                record.size.map(|size| size as f64),
                record.created_at.map(|created| created.millis() as f64),
                links.map(|links| links.view.as_str()),
                links.map(|links| links.download.as_str()),
            )
        })
    })
}

/// With a key held down the reader asks the browser for something of its own: a new tab, say.
pub fn is_plain(event: &Event) -> bool {
    let held = |it: &MouseEvent| it.ctrl_key() || it.meta_key() || it.shift_key() || it.alt_key();
    !event.dyn_ref::<MouseEvent>().is_some_and(held)
}

/// A control's name: the file's first, since that is what tells one from another.
fn label(controller: Controller, key: Key, document: &Document) -> String {
    controller.text.filled(key, &controller.name_of(document))
}

/// The control that downloads: a link where our proxy gives one, which works in a new tab too; else a button that signs.
pub fn download(controller: Controller, document: &Rc<Document>, class: &str) -> El {
    let text = controller.text;
    let (named, wanted) = (document.clone(), document.clone());
    let control = match &document.record.links {
        Some(links) => el("a", class).attr("href", &links.download).attr("download", "").on("click", move |event| {
            if is_plain(&event) {
                event.prevent_default();
                spawn_local(controller.download(Document::clone(&wanted)));
            }
        }),
        None => el("button", class)
            .attr("type", "button")
            .on("click", move |_| spawn_local(controller.download(Document::clone(&wanted)))),
    };
    control
        .part("download-button")
        .bind("aria-label", move || Some(label(controller, Key::DownloadOf, &named)))
        .bind("title", move || Some(text.get(Key::Download)))
}
