//! Search, sort, and which types are shown.

use super::icon::{self, icon};
use crate::controller::Controller;
use crate::model::Sort;
use crate::text::Key;
use flexportal::DocumentType;
use leptos::prelude::*;

/// The toolbar, as soon as there is something to search.
pub fn toolbar(controller: Controller) -> impl IntoView {
    let Controller { listing, .. } = controller;
    let has_documents = Memo::new(move |_| listing.with(|listing| !listing.documents().is_empty()));
    move || has_documents.get().then(|| tools(controller))
}

fn tools(controller: Controller) -> impl IntoView {
    let Controller { text, settings, search, sort, kinds, .. } = controller;
    let chosen = move || sort.get().unwrap_or_else(|| settings.with(|settings| settings.sort)).as_word();
    let options = move || {
        let labels = [Key::SortNewest, Key::SortOldest, Key::SortName, Key::SortNameBack, Key::SortLargest, Key::SortSmallest];
        let option = |(word, label): (&'static str, Key)| {
            view! { <option value=word selected=move || chosen() == word>{text.get(label)}</option> }
        };
        Sort::ALL.into_iter().zip(labels).map(option).collect_view()
    };
    view! {
        <div class="toolbar" part="toolbar">
            <div class="search" part="search" role="search">
                {icon(icon::SEARCH)}
                <input
                    class="search-input"
                    part="search-input"
                    type="search"
                    autocomplete="off"
                    spellcheck="false"
                    aria-label=move || text.get(Key::Search)
                    placeholder=move || text.get(Key::SearchHint)
                    prop:value=search
                    on:input=move |event| {
                        controller.said.set(String::new());
                        search.set(event_target_value(&event));
                    }
                />
            </div>
            <label class="sort" part="sort">
                <span class="sort-label">{move || text.get(Key::Sort)}</span>
                <select
                    class="sort-select"
                    part="sort-select"
                    prop:value=chosen
                    on:change=move |event| sort.set(Sort::from_word(&event_target_value(&event)))
                >
                    {options}
                </select>
            </label>
            {move || kinds.with(|kinds| (kinds.len() > 1).then(|| types(controller, kinds)))}
        </div>
    }
}

/// One toggle for each type that there is.
fn types(controller: Controller, kinds: &[(DocumentType, usize)]) -> impl IntoView + use<> {
    let Controller { text, hidden, .. } = controller;
    let toggle = |(kind, count): &(DocumentType, usize)| {
        let (kind, count) = (kind.clone(), text.number(*count as u64));
        let name = text.document_type(&kind);
        let shown = {
            let kind = kind.clone();
            move || !hidden.with(|hidden| hidden.contains(&kind))
        };
        view! {
            <button
                class="type"
                part="type-toggle"
                type="button"
                aria-pressed=move || shown().to_string()
                on:click=move |_| {
                    controller.said.set(String::new());
                    controller.toggle(&kind);
                }
            >
                {name}
                <span class="type-count">{count}</span>
            </button>
        }
    };
    view! {
        <div class="types" part="types" role="group" aria-label=move || text.get(Key::Types)>
            {kinds.iter().map(toggle).collect_view()}
        </div>
    }
}
