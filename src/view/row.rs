//! One document's row.

use super::dom::{El, el, icon};
use super::icon;
use crate::controller::Controller;
use crate::model::{Document, Preview, preview_of};
use crate::text::Key;
use flexportal::Category;
use leptos::task::spawn_local;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::MouseEvent;

/// Icon, name, category, date, size, and the two things to do.
pub fn row(controller: Controller, document: &Document) -> El {
    let text = controller.text;
    let document = Rc::new(document.clone());
    let record = &document.record;
    let (category, size, created) = (record.category, record.size, record.created_at);
    let (named, titled, previewed, opened) = (document.clone(), document.clone(), document.clone(), document.clone());

    let badge = el("span", &format!("badge badge-{}", badge_kind(&document)))
        .part("icon")
        .attr("aria-hidden", "true")
        .text(&badge_text(&document));
    let name = el("span", "name")
        .attr("dir", "auto")
        .bind("title", move || Some(controller.name_of(&titled)))
        .says(move || controller.name_of(&named));
    let category = el("span", "category").says(move || match category {
        Some(Category::Generated) => text.get(Key::Generated),
        Some(Category::Uploaded) => text.get(Key::Uploaded),
        None => String::new(),
    });
    let date = el("time", "date")
        .bind("datetime", move || created.map(|created| created.to_string()))
        .says(move || created.map_or_else(|| text.get(Key::DateUnknown), |created| text.date(created.millis())));
    let size = el("span", "size").says(move || size.map_or_else(|| text.get(Key::SizeUnknown), |size| text.size(size)));
    let preview = el("button", "action")
        .part("preview-button")
        .attr("type", "button")
        .bind("aria-label", move || Some(label(controller, Key::PreviewOf, &previewed)))
        .bind("title", move || Some(text.get(Key::Preview)))
        .on("click", move |_| controller.open(&opened))
        .child(icon(icon::EYE));

    el("li", "row")
        .attr("data-file", document.id())
        .child(badge)
        .child(name)
        .child(el("span", "meta").child(category).child(date).child(size))
        .child(el("span", "actions").child(preview).child(download(controller, &document, "action").child(icon(icon::DOWNLOAD))))
}

/// A control's name: the file's first, since that is what tells one from another.
fn label(controller: Controller, key: Key, document: &Document) -> String {
    controller.text.filled(key, &[("name", &controller.name_of(document))])
}

/// The control that downloads: a link where our proxy gives one, which works in a new tab too; else a button that signs.
pub fn download(controller: Controller, document: &Rc<Document>, class: &str) -> El {
    let text = controller.text;
    let (named, wanted) = (document.clone(), document.clone());
    let control = match &document.record.links {
        Some(links) => el("a", class).attr("href", &links.download).attr("download", "").on("click", move |event| {
            // With a key held down the reader asks the browser for something of its own: a new tab, say.
            let is_plain = event
                .dyn_ref::<MouseEvent>()
                .is_none_or(|it| !(it.ctrl_key() || it.meta_key() || it.shift_key() || it.alt_key()));
            if is_plain {
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

/// The colour of a badge follows what the file is to a reader.
fn badge_kind(document: &Document) -> &'static str {
    match (preview_of(document), document.extension().as_str()) {
        (Preview::Pdf, _) => "pdf",
        (Preview::Image(_), _) => "image",
        (Preview::Csv, _) | (_, "xls" | "xlsx" | "ods") => "table",
        (Preview::Audio(_) | Preview::Video(_), _) => "media",
        (Preview::Text | Preview::Json, _) | (_, "doc" | "docx" | "odt" | "rtf") => "text",
        _ => "other",
    }
}

/// The ending where the name has one, else the media type's last word; the style sheet writes it in capitals.
fn badge_text(document: &Document) -> String {
    let ending = document.extension();
    if !ending.is_empty() {
        return ending;
    }
    let subtype = document.record.content_type.as_deref().and_then(|kind| kind.rsplit(['/', '.', '+', '-']).next());
    subtype.filter(|word| word.len() <= 4).unwrap_or("file").to_owned()
}
