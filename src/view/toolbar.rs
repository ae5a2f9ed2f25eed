//! Search, sort, and which types are shown.

use super::dom::{El, Item, described};
use super::shown;
use crate::controller::Controller;
use crate::model::Sort;
use crate::reactive::memo;
use crate::text::Key;
use flexportal::DocumentType;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

/// The toolbar within `base`, as soon as there is something to search.
pub fn toolbar(controller: Controller, base: Element) -> impl Fn() -> Option<El> {
    let Controller { listing, .. } = controller;
    let has_documents = memo(move || listing.with(|listing| !listing.documents().is_empty()));
    move || {
        has_documents.get().then(|| {
            let toolbar = described("toolbar", shown(&base, ".toolbar"));
            let taken = toolbar.node().clone();
            toolbar
                .inside(".search-input", |it| search(controller, it))
                .inside(".sort-label", |it| it.says(move || controller.text.get(Key::Sort)))
                .inside(".sort-select", |it| sort(controller, it))
                .at("types")
                .when(types(controller, taken))
        })
    }
}

fn search(controller: Controller, input: El) -> El {
    let Controller { text, search, said, .. } = controller;
    // What was typed before this was there.
    let typed = input.node().unchecked_ref::<HtmlInputElement>().value();
    if !typed.is_empty() {
        search.set(typed);
    }
    input
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
        })
}

fn sort(controller: Controller, select: El) -> El {
    let Controller { text, settings, sort, .. } = controller;
    // What was chosen before this was there: the one that was painted is marked, whatever the host wants by now.
    let node: &HtmlSelectElement = select.node().unchecked_ref();
    let painted = shown(node, "[selected]").and_then(|option| option.get_attribute("value"));
    if painted.is_some_and(|painted| painted != node.value()) {
        sort.set(Sort::from_word(&node.value()));
    }
    let labels = [Key::SortNewest, Key::SortOldest, Key::SortName, Key::SortNameBack, Key::SortLargest, Key::SortSmallest];
    let option = move |(word, label): (&'static str, Key)| {
        Item::new(word.to_owned(), move |known| described("sort", known).attr("value", word).says(move || text.get(label)))
    };
    select
        .at("sorts")
        .each("value", move || Sort::ALL.into_iter().zip(labels).map(option).collect())
        .with(move |select: &HtmlSelectElement| {
            let chosen = sort.get().unwrap_or_else(|| settings.with(|settings| settings.sort));
            select.set_value(chosen.as_word());
        })
        .on("change", move |event| sort.set(Sort::from_word(&event_target::<HtmlSelectElement>(&event).value())))
}

/// One toggle for each type that there is, where there are several.
fn types(controller: Controller, toolbar: Element) -> impl Fn() -> Option<El> {
    let Controller { text, kinds, .. } = controller;
    let several = memo(move || kinds.with(|kinds| kinds.len() > 1));
    move || {
        several.get().then(|| {
            let item =
                move |kind: DocumentType| Item::new(kind.as_word().to_owned(), move |known| toggle(controller, kind, known));
            described("types", shown(&toolbar, ".types"))
                .bind("aria-label", move || Some(text.get(Key::Types)))
                .at("toggles")
                .each("data-type", move || kinds.with(|kinds| kinds.iter().map(|(kind, _)| item(kind.clone())).collect()))
        })
    }
}

fn toggle(controller: Controller, kind: DocumentType, known: Option<Element>) -> El {
    let Controller { text, kinds, hidden, said, .. } = controller;
    let (shown, named, counted) = (kind.clone(), kind.clone(), kind.clone());
    let count = move || {
        let count = kinds.with(|kinds| kinds.iter().find(|(kind, _)| *kind == counted).map_or(0, |(_, count)| *count));
        text.number(count as u64)
    };
    described("toggle", known)
        .attr("data-type", kind.as_word())
        .bind("aria-pressed", move || Some(hidden.with(|hidden| !hidden.contains(&shown)).to_string()))
        .on("click", move |_| {
            said.set(String::new());
            controller.toggle(&kind);
        })
        .inside(".type-name", |it| it.says(move || text.document_type(&named)))
        .inside(".type-count", |it| it.says(count))
}
