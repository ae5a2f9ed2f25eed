//! One group: its heading and its rows.

use super::dom::{El, described};
use super::rows::rows;
use super::shown;
use crate::controller::Controller;
use crate::model::{Group, GroupKey};
use crate::reactive::{Signal, memo};
use crate::text::Key;
use web_sys::Element;

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
        GroupKey::Order(order) => text.filled(Key::OrderGroup, order),
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
