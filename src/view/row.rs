//! One document's row.

use super::icon::{self, icon};
use crate::controller::Controller;
use crate::model::{Document, Preview, preview_of};
use crate::text::Key;
use flexportal::Category;
use leptos::either::Either;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Icon, name, category, date, size, and the two things to do.
pub fn row(controller: Controller, document: Document) -> impl IntoView {
    let text = controller.text;
    let document = StoredValue::new(document);
    let record = document.with_value(|document| document.record.clone());
    let name = move || document.with_value(|document| controller.name_of(document));
    let named = move |key: Key| text.filled(key, &[("name", &name())]);
    let (kind, ending) = document.with_value(|document| (badge_kind(document), badge_text(document)));
    let category = record.category.map(|category| match category {
        Category::Generated => Key::Generated,
        Category::Uploaded => Key::Uploaded,
    });
    let size = move || record.size.map_or_else(|| text.get(Key::SizeUnknown), |size| text.size(size));
    let created = record.created_at;
    let date = move || created.map_or_else(|| text.get(Key::DateUnknown), |created| text.date(created.millis()));
    view! {
        <li class="row" part="row" data-file=record.file_id.to_string()>
            <span class=format!("badge {kind}") part="icon" aria-hidden="true">{ending}</span>
            <span class="name" part="name" dir="auto" title=name>{name}</span>
            <span class="meta" part="meta">
                <span class="category" part="category">{move || category.map(|category| text.get(category))}</span>
                <time class="date" part="date" datetime=created.map(|created| created.to_string())>{date}</time>
                <span class="size" part="size" class:unknown=record.size.is_none()>{size}</span>
            </span>
            <span class="actions" part="actions">
                <button
                    class="action"
                    part="preview-button"
                    type="button"
                    aria-label=move || named(Key::PreviewOf)
                    title=move || text.get(Key::Preview)
                    on:click=move |_| document.with_value(|document| controller.open(document))
                >
                    {icon(icon::EYE)}
                </button>
                {download_control(controller, document, "action", move || named(Key::DownloadOf), || icon(icon::DOWNLOAD))}
            </span>
        </li>
    }
}

/// A link where our proxy gives one, which works in a new tab and without script; else a button that signs.
pub fn download_control<View: IntoView>(
    controller: Controller,
    document: StoredValue<Document>,
    class: &'static str,
    label: impl Fn() -> String + Copy + Send + Sync + 'static,
    content: impl FnOnce() -> View,
) -> impl IntoView {
    let text = controller.text;
    let title = move || text.get(Key::Download);
    let link = document.with_value(|document| document.record.links.as_ref().map(|links| links.download.clone()));
    match link {
        Some(link) => Either::Left(view! {
            <a
                class=class
                part="download-button"
                href=link
                download=""
                aria-label=label
                title=title
                on:click=move |event| {
                    if !document.with_value(|document| controller.may_download(document)) {
                        event.prevent_default();
                    }
                }
            >
                {content()}
            </a>
        }),
        None => Either::Right(view! {
            <button
                class=class
                part="download-button"
                type="button"
                aria-label=label
                title=title
                on:click=move |_| {
                    let document = document.get_value();
                    if controller.may_download(&document) {
                        spawn_local(controller.download(document));
                    }
                }
            >
                {content()}
            </button>
        }),
    }
}

/// The colour of a badge follows what the file is to a reader.
fn badge_kind(document: &Document) -> &'static str {
    match (preview_of(document), document.extension().as_str()) {
        (Preview::Pdf, _) => "pdf",
        (Preview::Image(_), _) => "image",
        (Preview::Csv, _) | (_, "xls" | "xlsx" | "ods") => "table",
        (Preview::Audio(_) | Preview::Video(_), _) => "media",
        (_, "doc" | "docx" | "odt" | "rtf") => "text",
        (Preview::Text | Preview::Json, _) => "text",
        _ => "other",
    }
}

/// The ending where the name has one, else the media type's last word.
fn badge_text(document: &Document) -> String {
    let ending = document.extension();
    let word = if ending.is_empty() {
        let subtype = document.record.content_type.as_deref().and_then(|kind| kind.rsplit(['/', '.', '+', '-']).next());
        subtype.filter(|word| word.len() <= 4).unwrap_or("file").to_owned()
    } else {
        ending
    };
    word.to_uppercase()
}
