//! What is seen. Views only read the controller's signals and call its verbs.

mod dom;
mod group;
mod icon;
mod list;
mod preview;
mod row;
mod rows;
mod state;
mod toolbar;

pub use dom::El;
pub use preview::preview;

use crate::controller::Controller;
use crate::later::doors;
use crate::model::{Phase, Problem, Theme, totals};
use crate::text::Key;
use dom::{described, el};
use leptos::prelude::*;
use web_sys::Element;

/// All of it; `painted` is the view of the first page that is shown already (`src/markup/list.js`, or the proxy's).
pub fn order_documents(controller: Controller, painted: Option<Element>) -> El {
    let Controller { settings, text, .. } = controller;
    let heading = move || settings.with(|settings| settings.heading.clone()).unwrap_or_else(|| text.get(Key::Heading));
    let level = move || settings.with(|settings| settings.heading_level.to_string());
    let theme = move || match settings.with(|settings| settings.theme) {
        Theme::Auto => "order-documents",
        Theme::Light => "order-documents light",
        Theme::Dark => "order-documents dark",
    };
    let base = described("view", painted);
    let taken = base.node().clone();
    base.bind("class", move || Some(theme().to_owned()))
        .inside(".heading", |title| title.bind("aria-level", move || Some(level())).says(heading))
        .inside(".summary", |it| it.says(move || summary(controller)))
        .at("toolbar")
        .when(toolbar::toolbar(controller, taken))
        .inside(".notices", |it| state::notices(controller, it))
        .inside(".list", |it| list::list(controller, it))
        .at("preview")
        .when(move || controller.here.get().map(|here| untrack(|| doors::dialog(here, controller))))
        .inside(".visually-hidden[role]", |it| it.says(move || spoken(controller)))
}

/// What the selector fits, so that the described element of that name is not made twice.
fn shown(within: &Element, selector: &str) -> Option<Element> {
    within.query_selector(selector).ok().flatten()
}

/// A place that a host may fill with something of its own.
fn slot(name: &str) -> El {
    el("slot", "").attr("name", name)
}

/// How many documents there are and how large they are, or how far they have arrived.
fn summary(controller: Controller) -> String {
    let Controller { text, listing, .. } = controller;
    let only = controller.settings.with(|settings| settings.types.clone());
    let (count, bytes, total, phase) = listing.with(|listing| {
        let (count, bytes) = totals(listing.documents(), &only);
        (count as u64, bytes, listing.total().filter(|_| only.is_empty()), listing.phase().clone())
    });
    match (phase, total) {
        _ if count == 0 => String::new(),
        (Phase::Loading, Some(total)) if total > count => text.part(Key::LoadedOf, count, total),
        (Phase::Loading, _) => text.filled(Key::LoadedSoFar, &text.number(count)),
        _ => text.count_and_size(count, bytes),
    }
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
