//! One group: its heading, and of its rows those near the viewport.

use super::dom::{El, Item, described};
use super::row::row;
use super::shown;
use crate::controller::Controller;
use crate::model::{Document, Group, GroupKey, Metrics, Window, window as window_of};
use crate::reactive::{RwSignal, Signal, effect, memo};
use crate::text::Key;
use flexportal::Category;
use leptos::leptos_dom::helpers::request_animation_frame;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A group's section.
pub fn group(controller: Controller, key: GroupKey, moved: Signal<u32>, known: Option<Element>) -> El {
    let Controller { arrangement, .. } = controller;
    let (same, named, text) = (key.clone(), key.clone(), key.to_text());
    let this = memo(move || arrangement.with(|arrangement| arrangement.groups.iter().find(|group| group.key == same).cloned()));
    let section = described("group", known).attr("data-group", &text).bind("aria-label", move || Some(name(controller, &named)));
    let taken = section.node().clone();
    let has_heading = key != GroupKey::All;
    section
        .at("heading")
        .when(move || has_heading.then(|| heading(controller, key.clone(), this, &taken)))
        .inside(".rows", |list| rows(controller, this, moved, list))
}

fn name(controller: Controller, key: &GroupKey) -> String {
    let text = controller.text;
    match key {
        GroupKey::Type(kind) => text.document_type(kind),
        GroupKey::Order(order) if order.is_empty() => text.get(Key::NoOrderGroup),
        GroupKey::Order(order) => text.filled(Key::OrderGroup, &[("order", order)]),
        GroupKey::All => text.get(Key::Heading),
    }
}

fn heading(controller: Controller, key: GroupKey, this: Signal<Option<Group>>, section: &Element) -> El {
    let Controller { text, settings, .. } = controller;
    let level = move || settings.with(|settings| (settings.heading_level + 1).min(6).to_string());
    let summary = move || {
        let known = this.with(|group| group.as_ref().map(|group| (group.rows.len() as u64, group.bytes)));
        let (count, bytes) = known.unwrap_or_default();
        text.count_and_size(count, bytes)
    };
    described("heading", shown(section, ".group-heading"))
        .inside(".group-name", |title| title.bind("aria-level", move || Some(level())).says(move || name(controller, &key)))
        .inside(".group-summary", |it| it.says(summary))
}

fn rows(controller: Controller, this: Signal<Option<Group>>, moved: Signal<u32>, list: El) -> El {
    let Controller { arrangement, listing, .. } = controller;
    let count = move || this.with(|group| group.as_ref().map_or(0, |group| group.rows.len()));
    let all = memo(move || arrangement.with(|arrangement| arrangement.count()));
    let row_height = RwSignal::new(0.0_f64);
    // What is painted already stays until it is known what is seen.
    let painted = list.node().child_element_count() as usize;
    let shown = RwSignal::new(Window { first: 0, last: painted.max(40) });
    // No memo: an effect that reads a memo after another one made of it misses the change where the other stays the same
    // (reactive_graph 0.2.16).
    let range = move || {
        let (count, Window { first, last }) = (count(), shown.get());
        Window { first: first.min(count), last: last.min(count) }
    };
    let items = move || {
        let Window { first, last } = range();
        let item = |index: &u32| listing.with(|listing| Some(item(controller, listing.documents().get(*index as usize)?)));
        this.with(|group| group.as_ref().map_or_else(Vec::new, |group| group.rows[first..last].iter().filter_map(item).collect()))
    };
    let is_whole = move || range() == Window { first: 0, last: count() };
    let list = list
        .at("rows")
        .each("data-file", items)
        .bind("class", move || Some(if is_whole() { "rows" } else { "rows windowed" }.to_owned()))
        .with(move |list: &HtmlElement| {
            let Window { first, last } = range();
            // A list that was never longer needs no room, and no attribute that says so.
            if is_whole() && !list.has_attribute("style") {
                return;
            }
            let room = |rows: usize| format!("{}px", (rows as f64 * row_height.get()) as u32);
            let _ = list.style().set_property("padding-block-start", &room(first));
            let _ = list.style().set_property("padding-block-end", &room(count() - last));
        });

    // Where the rows are is known only when the rest of the page is laid out.
    let node = list.node().clone();
    effect(move || {
        moved.track();
        arrangement.track();
        let (count, all, node) = (count(), all.get(), node.clone());
        // In a turn of its own, so that all groups look before any of them changes: a look after a change lays the page out anew.
        spawn_local(async move {
            let (Some(known), Some(before)) = (row_height.try_get_untracked(), shown.try_get_untracked()) else { return };
            let height = node.first_element_child().map_or(known, |row| row.get_bounding_client_rect().height());
            let viewport = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
            let metrics = Metrics { row_height: height, top: node.get_bounding_client_rect().top(), viewport };
            let now = window_of(count, all, metrics);
            if height != known {
                row_height.set(height);
            }
            if now != before {
                shown.set(now);
            }
        });
    });
    // A list that is not whole tells assistive technology what it would be.
    let node = list.node().clone();
    effect(move || {
        let (range, count, is_whole) = (range(), count(), is_whole());
        this.track();
        let node = node.clone();
        request_animation_frame(move || number_rows(&node, range.first, count, is_whole));
    });
    list
}

/// A row stays the same element as long as what it shows is the same.
fn item(controller: Controller, document: Document) -> Item {
    let record = &document.record;
    let (id, name) = (document.id().to_owned(), record.name.as_deref().unwrap_or_default());
    let (size, created) = (record.size.unwrap_or(u64::MAX), document.created_millis().unwrap_or(0));
    let category = record.category.map_or("", Category::as_word);
    let kind = record.content_type.as_deref().unwrap_or_default();
    let link = record.links.as_ref().map_or("", |links| links.view.as_str());
    let version = format!("{size} {created} {category} {kind} {link} {name}");
    Item::new(id, version, move |known| row(controller, document, known))
}

fn number_rows(list: &Element, first: usize, count: usize, is_whole: bool) {
    let rows = list.children();
    for index in 0..rows.length() {
        let Some(row) = rows.item(index).and_then(|row| row.dyn_into::<Element>().ok()) else { continue };
        let _ = if is_whole {
            row.remove_attribute("aria-setsize").and_then(|()| row.remove_attribute("aria-posinset"))
        } else {
            let position = (first + index as usize + 1).to_string();
            row.set_attribute("aria-setsize", &count.to_string()).and_then(|()| row.set_attribute("aria-posinset", &position))
        };
    }
}
