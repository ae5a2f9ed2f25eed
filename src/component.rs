//! The Leptos component.

use crate::client::FirstPage;
use crate::controller::Controller;
use crate::host::Host;
use crate::model::{Phase, Problem, Settings};
use crate::view;
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;
use std::time::Duration;

/// Starts the component in the current reactive owner: returns its state, and its view.
///
/// `first_page` is an answer to the first page's request that is on its way already, if any.
pub fn order_documents(
    settings: Signal<Settings>,
    host: Rc<dyn Host>,
    first_page: Option<FirstPage>,
) -> (Controller, impl IntoView) {
    let controller = Controller::new(settings, host, first_page);

    let source = controller.source();
    Effect::new(move || source.with(|source| untrack(|| controller.load(source))));

    let lang = controller.text.lang;
    Effect::new(move || {
        let lang = Some(lang.get()).filter(|lang| !lang.is_empty()).or_else(|| window().navigator().language());
        spawn_local(controller.learn(lang.unwrap_or_default()));
    });

    let state = Memo::new(move |_| view::state_word(controller));
    Effect::new(move || controller.show_state(state.get()));

    go_on_after_waiting(controller);
    follow_network(controller);
    (controller, view::order_documents(controller))
}

/// Counts a 429's seconds down and goes on at zero.
fn go_on_after_waiting(controller: Controller) {
    let Controller { listing, countdown, .. } = controller;
    let wait = Memo::new(move |_| {
        listing.with(|listing| match listing.phase() {
            Phase::Stopped(Problem::RateLimited(seconds)) => Some(*seconds),
            _ => None,
        })
    });
    Effect::new(move || countdown.set(wait.get().unwrap_or(0)));
    Effect::new(move || {
        let seconds = countdown.get();
        if wait.get_untracked().is_none() || seconds == 0 {
            return;
        }
        let tick = move || {
            countdown.set(seconds - 1);
            if seconds == 1 {
                controller.resume();
            }
        };
        if let Ok(timer) = set_timeout_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
}

/// Says that there is no network, and goes on when it is back.
fn follow_network(controller: Controller) {
    let Controller { listing, offline, .. } = controller;
    offline.set(!window().navigator().on_line());
    let went: WindowListenerHandle = window_event_listener(ev::offline, move |_| offline.set(true));
    let came: WindowListenerHandle = window_event_listener(ev::online, move |_| {
        offline.set(false);
        if listing.with_untracked(|listing| *listing.phase() == Phase::Stopped(Problem::Offline)) {
            controller.resume();
        }
    });
    on_cleanup(move || {
        went.remove();
        came.remove();
    });
}
