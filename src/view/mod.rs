//! What is seen. Views only read the controller's signals and call its verbs.
//!
//! Under `require-trusted-types-for 'script'` a page may not parse strings as HTML. Leptos's `view!` turns an inner element
//! that is static through and through into such a string, so each of ours has something dynamic: a text out of the
//! catalogue, or an attribute's value in braces.

mod group;
mod icon;
mod list;
mod preview;
mod row;
mod state;
mod toolbar;

use crate::controller::Controller;
use crate::model::{Phase, Problem, Theme};
use crate::text::Key;
use leptos::prelude::*;

/// All of it.
pub fn order_documents(controller: Controller) -> impl IntoView {
    let Controller { settings, text, .. } = controller;
    let heading = move || settings.with(|settings| settings.heading.clone()).unwrap_or_else(|| text.get(Key::Heading));
    let level = move || settings.with(|settings| settings.heading_level.to_string());
    let theme = move || match settings.with(|settings| settings.theme) {
        Theme::Auto => "order-documents",
        Theme::Light => "order-documents light",
        Theme::Dark => "order-documents dark",
    };
    view! {
        <div class=theme part="base">
            <header class="header" part="header">
                <slot name={"heading"}>
                    <div class="heading" part="heading" role="heading" attr:aria-level=level>{heading}</div>
                </slot>
                {summary(controller)}
            </header>
            {toolbar::toolbar(controller)}
            {state::notices(controller)}
            {list::list(controller)}
            {preview::preview(controller)}
            <p class="visually-hidden" role="status">{move || spoken(controller)}</p>
        </div>
    }
}

/// How many documents there are and how large they are, or how far they have arrived.
fn summary(controller: Controller) -> impl IntoView {
    let Controller { text, listing, .. } = controller;
    let sentence = move || {
        let (count, bytes, total, phase) = listing.with(|listing| {
            let bytes: u64 = listing.documents().iter().filter_map(|document| document.record.size).sum();
            (listing.documents().len() as u64, bytes, listing.total(), listing.phase().clone())
        });
        match (phase, total) {
            _ if count == 0 => String::new(),
            (Phase::Loading, Some(total)) if total > count => text.part(Key::LoadedOf, count, total),
            (Phase::Loading, _) => text.filled(Key::LoadedSoFar, &[("n", &text.number(count))]),
            _ => format!("{} · {}", text.plural(Key::Documents, count), text.size(bytes)),
        }
    };
    view! { <p class="summary" part="summary">{sentence}</p> }
}

/// What a screen reader is told when it changes: the end of loading, what a search found, a download's start.
fn spoken(controller: Controller) -> String {
    let Controller { text, listing, arrangement, said, .. } = controller;
    let said = said.get();
    if !said.is_empty() {
        return said;
    }
    match listing.with(|listing| listing.phase().clone()) {
        Phase::Loading => text.get(Key::Loading),
        Phase::Complete => text.plural(Key::Documents, arrangement.with(|arrangement| arrangement.count()) as u64),
        Phase::Idle | Phase::Stopped(_) => String::new(),
    }
}

/// The word for `:state(…)`.
pub fn state_word(controller: Controller) -> &'static str {
    controller.listing.with(|listing| match listing.phase() {
        _ if controller.offline.get() => "offline",
        Phase::Loading => "loading",
        Phase::Stopped(Problem::Offline) => "offline",
        Phase::Stopped(_) => "error",
        Phase::Complete | Phase::Idle if listing.documents().is_empty() => "empty",
        Phase::Complete | Phase::Idle => "",
    })
}
