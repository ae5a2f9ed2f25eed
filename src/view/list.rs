//! The groups, and where the viewport is.

use super::dom::{El, Item};
use super::{group::group, row::is_plain, state};
use crate::controller::Controller;
use crate::model::GroupKey;
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, request_animation_frame};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event};

/// The list, or what stands in its place.
pub fn list(controller: Controller, list: El) -> El {
    let moved = viewport_moved();
    let arrangement = controller.arrangement;
    let item = move |key: GroupKey| Item::new(key.to_text(), String::new(), move |known| group(controller, key, moved, known));
    let items = move || arrangement.with(|arrangement| arrangement.groups.iter().map(|group| item(group.key.clone())).collect());
    list.at("groups")
        .each("data-group", items)
        .when(state::instead(controller))
        .on("click", move |event| clicked(controller, &event))
}

/// A click on what a row has to do. One listener hears all of them.
fn clicked(controller: Controller, event: &Event) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let closest = |selector: &str| target.closest(selector).ok().flatten();
    let Some(control) = closest(".action") else { return };
    let id = closest(".row").and_then(|row| row.get_attribute("data-file"));
    let Some(document) = id.and_then(|id| controller.document(&id)) else { return };
    if !is_plain(event) && control.has_attribute("href") {
        return;
    }
    event.prevent_default();
    match control.get_attribute("part").as_deref() {
        Some("preview-button") => controller.open(&document),
        _ => spawn_local(controller.download(document)),
    }
}

/// Changes at most once a frame, whenever something that scrolls has scrolled or the window has another size.
fn viewport_moved() -> ReadSignal<u32> {
    let (moved, set_moved) = signal(0_u32);
    let waiting = StoredValue::new(false);
    let tell = move || {
        if !waiting.try_get_value().unwrap_or(true) {
            waiting.set_value(true);
            request_animation_frame(move || {
                waiting.try_set_value(false);
                set_moved.try_update(|moved| *moved = moved.wrapping_add(1));
            });
        }
    };
    let resized: WindowListenerHandle = window_event_listener(ev::resize, move |_| tell());
    // Scrolling does not bubble; whichever ancestor scrolls, capturing hears it.
    let on_scroll = Closure::<dyn FnMut()>::new(tell);
    let options = web_sys::AddEventListenerOptions::new();
    options.set_capture(true);
    options.set_passive(true);
    let listener = on_scroll.as_ref().unchecked_ref();
    let _ = window().add_event_listener_with_callback_and_add_event_listener_options("scroll", listener, &options);
    let on_scroll = StoredValue::new_local(on_scroll);
    on_cleanup(move || {
        resized.remove();
        on_scroll.with_value(|on_scroll| {
            let listener = on_scroll.as_ref().unchecked_ref();
            let _ = window().remove_event_listener_with_callback_and_bool("scroll", listener, true);
        });
    });
    moved
}
