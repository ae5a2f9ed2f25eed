//! Search, sort, and which types are shown.

use super::dom::{El, Item, el, icon};
use super::icon;
use crate::controller::Controller;
use crate::model::Sort;
use crate::reactive::memo;
use crate::text::Key;
use flexportal::DocumentType;
use leptos::prelude::*;
use web_sys::{HtmlInputElement, HtmlSelectElement};

/// The toolbar, as soon as there is something to search.
pub fn toolbar(controller: Controller) -> impl Fn() -> Option<El> {
    let Controller { listing, .. } = controller;
    let has_documents = memo(move || listing.with(|listing| !listing.documents().is_empty()));
    move || {
        has_documents
            .get()
            .then(|| el("div", "toolbar").child(search(controller)).child(sort(controller)).when(types(controller)))
    }
}

fn search(controller: Controller) -> El {
    let Controller { text, search, said, .. } = controller;
    let input = el("input", "search-input")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .bind("aria-label", move || Some(text.get(Key::Search)))
        .bind("placeholder", move || Some(text.get(Key::SearchHint)))
        .with(move |input: &HtmlInputElement| {
            let wanted = search.get();
            // Setting it to what it is would move the caret.
            if input.value() != wanted {
                input.set_value(&wanted);
            }
        })
        .on("input", move |event| {
            said.set(String::new());
            search.set(event_target::<HtmlInputElement>(&event).value());
        });
    el("div", "search").attr("role", "search").child(icon(icon::SEARCH)).child(input)
}

fn sort(controller: Controller) -> El {
    let Controller { text, settings, sort, .. } = controller;
    let labels = [Key::SortNewest, Key::SortOldest, Key::SortName, Key::SortNameBack, Key::SortLargest, Key::SortSmallest];
    let option = |(word, label)| el("option", "").attr("value", word).says(move || text.get(label));
    let select = el("select", "sort-select")
        .children(Sort::ALL.into_iter().zip(labels).map(option))
        .with(move |select: &HtmlSelectElement| {
            let chosen = sort.get().unwrap_or_else(|| settings.with(|settings| settings.sort));
            select.set_value(chosen.as_word());
        })
        .on("change", move |event| sort.set(Sort::from_word(&event_target::<HtmlSelectElement>(&event).value())));
    el("label", "sort").child(el("span", "sort-label").says(move || text.get(Key::Sort))).child(select)
}

/// One toggle for each type that there is, where there are several.
fn types(controller: Controller) -> impl Fn() -> Option<El> {
    let Controller { text, kinds, .. } = controller;
    let several = memo(move || kinds.with(|kinds| kinds.len() > 1));
    move || {
        several.get().then(|| {
            let item = move |kind: DocumentType| Item::new(kind.as_word().to_owned(), move || toggle(controller, kind));
            el("div", "types")
                .attr("role", "group")
                .bind("aria-label", move || Some(text.get(Key::Types)))
                .each(move || kinds.with(|kinds| kinds.iter().map(|(kind, _)| item(kind.clone())).collect()))
        })
    }
}

fn toggle(controller: Controller, kind: DocumentType) -> El {
    let Controller { text, kinds, hidden, said, .. } = controller;
    let (shown, named, counted) = (kind.clone(), kind.clone(), kind.clone());
    let count = move || {
        let count = kinds.with(|kinds| kinds.iter().find(|(kind, _)| *kind == counted).map_or(0, |(_, count)| *count));
        text.number(count as u64)
    };
    el("button", "type")
        .part("type-toggle")
        .attr("type", "button")
        .bind("aria-pressed", move || Some(hidden.with(|hidden| !hidden.contains(&shown)).to_string()))
        .on("click", move |_| {
            said.set(String::new());
            controller.toggle(&kind);
        })
        .child(el("span", "type-name").says(move || text.document_type(&named)))
        .child(el("span", "type-count").says(count))
}
