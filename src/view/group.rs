//! One group: its heading, and of its rows those near the viewport.

use super::row::row;
use crate::controller::Controller;
use crate::model::{Document, Group, GroupKey, Metrics, Window, window as window_of};
use crate::text::Key;
use leptos::html;
use leptos::leptos_dom::helpers::request_animation_frame;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A group's section.
pub fn group(controller: Controller, key: GroupKey, moved: Signal<u32>) -> impl IntoView {
    let Controller { text, settings, arrangement, listing, .. } = controller;
    let same = key.clone();
    let this =
        Memo::new(move |_| arrangement.with(|arrangement| arrangement.groups.iter().find(|group| group.key == same).cloned()));
    let rows = move || this.with(|group| group.as_ref().map_or(0, |group| group.rows.len()));
    let all = Memo::new(move |_| arrangement.with(|arrangement| arrangement.count()));
    let list = NodeRef::<html::Ul>::new();
    let row_height = RwSignal::new(0.0_f64);
    let shown = RwSignal::new(Window { first: 0, last: 40 });

    // Where the rows are is known only when the rest of the page is laid out.
    Effect::new(move || {
        moved.track();
        let (count, all) = (rows(), all.get());
        arrangement.track();
        if let Some(list) = list.get() {
            let height = measured_row(&list).unwrap_or_else(|| row_height.get_untracked());
            if height != row_height.get_untracked() {
                row_height.set(height);
            }
            let viewport = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
            let now = window_of(count, all, Metrics { row_height: height, top: list.get_bounding_client_rect().top(), viewport });
            if now != shown.get_untracked() {
                shown.set(now);
            }
        }
    });

    let range = Memo::new(move |_| {
        let (count, Window { first, last }) = (rows(), shown.get());
        first.min(count)..last.min(count)
    });
    let documents = move || {
        let range = range.get();
        this.with(|group| {
            let rows = group.as_ref().map_or(&[][..], |Group { rows, .. }| &rows[range]);
            listing.with(|listing| {
                rows.iter().filter_map(|&row| listing.documents().get(row as usize).cloned()).collect::<Vec<Document>>()
            })
        })
    };
    // A list that is not whole tells assistive technology what it would be.
    let is_whole = Memo::new(move |_| range.get() == (0..rows()));
    Effect::new(move || {
        let (range, count, is_whole) = (range.get(), rows(), is_whole.get());
        this.track();
        if let Some(list) = list.get() {
            request_animation_frame(move || number_rows(&list, range.start, count, is_whole));
        }
    });
    let room = move |rows: usize| format!("{}px", rows as f64 * row_height.get());

    let name = {
        let key = key.clone();
        move || match &key {
            GroupKey::Type(kind) => text.document_type(kind),
            GroupKey::Order(order) if order.is_empty() => text.get(Key::NoOrderGroup),
            GroupKey::Order(order) => text.filled(Key::OrderGroup, &[("order", order)]),
            GroupKey::All => String::new(),
        }
    };
    let has_heading = key != GroupKey::All;
    let summary = move || {
        this.with(|group| {
            let (count, bytes) = group.as_ref().map_or((0, 0), |group| (group.rows.len() as u64, group.bytes));
            format!("{} · {}", text.plural(Key::Documents, count), text.size(bytes))
        })
    };
    let level = move || settings.with(|settings| (settings.heading_level + 1).min(6).to_string());
    let label = name.clone();
    view! {
        <section class="group" part="group" aria-label=label>
            {has_heading.then(|| view! {
                <div class="group-heading" part="group-heading">
                    <div class="group-name" part="group-name" role="heading" attr:aria-level=level>{name}</div>
                    <p class="group-summary" part="group-summary">{summary}</p>
                </div>
            })}
            <ul
                class="rows"
                part="rows"
                role="list"
                class:windowed=move || !is_whole.get()
                node_ref=list
                style:padding-block-start=move || room(range.get().start)
                style:padding-block-end=move || room(rows() - range.get().end)
            >
                <For each=documents key=row_key children=move |document| row(controller, document) />
            </ul>
        </section>
    }
}

/// A row stays the same element as long as what it shows is the same.
fn row_key(document: &Document) -> (String, Option<String>, Option<u64>, Option<i64>) {
    let record = &document.record;
    (document.id().to_owned(), record.name.clone(), record.size, document.created_millis())
}

fn measured_row(list: &web_sys::HtmlUListElement) -> Option<f64> {
    let row = list.first_element_child()?;
    Some(row.get_bounding_client_rect().height())
}

fn number_rows(list: &web_sys::HtmlUListElement, first: usize, count: usize, is_whole: bool) {
    let rows = list.children();
    for index in 0..rows.length() {
        let Some(row) = rows.item(index).and_then(|row| row.dyn_into::<web_sys::Element>().ok()) else { continue };
        let _ = if is_whole {
            row.remove_attribute("aria-setsize").and_then(|()| row.remove_attribute("aria-posinset"))
        } else {
            let position = (first + index as usize + 1).to_string();
            row.set_attribute("aria-setsize", &count.to_string()).and_then(|()| row.set_attribute("aria-posinset", &position))
        };
    }
}
