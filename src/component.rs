//! The Leptos component.

use crate::browser::on_window;
use crate::client::{Answer, FirstPage};
use crate::controller::Controller;
use crate::host::Host;
use crate::later;
use crate::model::{Phase, Problem, Settings};
use crate::reactive::{StoredValue, effect, memo};
use crate::view::{self, El};
use any_spawner::Executor;
use leptos::html;
use leptos::leptos_dom::helpers::set_timeout_with_handle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};

/// The component in a page. Dropping it ends its requests and takes it out of the page.
pub struct Mounted {
    controller: Controller,
    view: Option<El>,
    owner: Owner,
}

impl Mounted {
    /// Shows the component in `stage`. `first_page` is the first page's answer where it was asked for already. If it is shown as
    /// well, its view is in `stage` and is taken over. `words` is the language's catalogue as an object of strings.
    pub fn new(stage: &Node, settings: Settings, host: Rc<dyn Host>, first_page: Option<FirstPage>, words: JsValue) -> Self {
        // It says no where another component has done it already.
        let _ = Executor::init_wasm_bindgen();
        let owner = Owner::new();
        let (controller, view) = owner.with(|| {
            let is_shown = first_page.as_ref().is_some_and(|first| matches!(first.answer, Answer::Shown(_)));
            let controller = Controller::new(settings, host, first_page, words);
            follow_settings(controller);
            go_on_after_waiting(controller);
            follow_network(controller);
            let painted = if is_shown { painted(stage, controller) } else { None };
            (controller, view::order_documents(controller, painted))
        });
        if !stage.contains(Some(view.node())) {
            // An element takes any node; this one is new.
            let _ = stage.append_child(view.node());
        }
        Self { controller, view: Some(view), owner }
    }

    /// The component's state and verbs.
    pub fn controller(&self) -> Controller {
        self.controller
    }
}

/// The view in `stage`, where it shows the documents that there are. Otherwise it is taken away.
fn painted(stage: &Node, controller: Controller) -> Option<Element> {
    let view = stage.first_child()?.dyn_into::<Element>().ok()?;
    let rows = view.query_selector_all(".row").ok()?.length() as usize;
    // Of a long list only the first rows are painted.
    let is_the_list = controller.listing.with_untracked(|listing| {
        let count = listing.documents().len();
        if listing.awaited().is_some() { (1..=count).contains(&rows) } else { rows > 0 && rows == count }
    });
    if !is_the_list {
        view.remove();
    }
    is_the_list.then_some(view)
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // First what reads signals, then the signals.
        drop(self.view.take());
        self.owner.cleanup();
    }
}

/// The component inside a Leptos portal, which also includes `style/element.css` and `style/preview.css`.
#[component]
pub fn OrderDocuments(
    /// What is shown, and how.
    #[prop(into)]
    settings: Signal<Settings>,
    /// Hears events.
    host: Rc<dyn Host>,
) -> impl IntoView {
    let stage = NodeRef::<html::Div>::new();
    let mounted = StoredValue::new(None::<Mounted>);
    effect(move || {
        if let Some(stage) = stage.get() {
            let english = js_sys::JSON::parse(include_str!("text/en.json")).unwrap_or_default();
            let settings = settings.get_untracked();
            mounted.set_value(Some(Mounted::new(&stage, settings, host.clone(), None, english)));
        }
    });
    effect(move || {
        let settings = settings.get();
        mounted.try_with_value(|mounted| mounted.as_ref().map(|mounted| mounted.controller.configure(settings)));
    });
    on_cleanup(move || mounted.set_value(None));
    view! { <div class="order-documents-stage" node_ref=stage></div> }
}

/// Loads what the settings name, in the language that they name, and tells the host how it goes.
fn follow_settings(controller: Controller) {
    let source = controller.source();
    // At once, so that whoever asks for a document next finds its list on the way.
    let loaded = RefCell::new(source.get_untracked());
    controller.load(&loaded.borrow());
    effect(move || {
        let source = source.get();
        if *loaded.borrow() != source {
            untrack(|| controller.load(&source));
            *loaded.borrow_mut() = source;
        }
    });

    let lang = controller.text.lang;
    effect(move || {
        let lang = lang.get();
        spawn_local(controller.learn(lang));
    });

    effect(move || {
        if controller.lacks_ranks() {
            spawn_local(controller.rank());
        }
    });

    let state = memo(move || view::state_word(controller));
    effect(move || controller.show_state(state.get()));
}

/// Counts a 429's seconds down and goes on at zero.
fn go_on_after_waiting(controller: Controller) {
    let Controller { listing, countdown, .. } = controller;
    let wait = memo(move || {
        listing.with(|listing| match listing.phase() {
            Phase::Stopped(Problem::RateLimited(seconds)) => Some(*seconds),
            _ => None,
        })
    });
    effect(move || countdown.set(wait.get().unwrap_or(0)));
    effect(move || {
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
    let go_on_after = move |problem: Problem| {
        if listing.with_untracked(|listing| *listing.phase() == Phase::Stopped(problem)) {
            controller.resume();
        }
    };
    offline.set(!window().navigator().on_line());
    on_window("offline", move || offline.set(true));
    on_window("online", move || {
        offline.set(false);
        go_on_after(Problem::Offline);
        // What was never opened has not failed.
        if let Some(here) = controller.here.get_untracked() {
            later::doors::online(here, controller);
        }
    });
    // Who comes back to this page may have signed in again in another one.
    on_window("focus", move || go_on_after(Problem::SignedOut));
}
