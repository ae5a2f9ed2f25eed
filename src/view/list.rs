//! The groups, and where the viewport is.

use super::dom::{El, Item, el};
use super::{group::group, state};
use crate::controller::Controller;
use crate::model::GroupKey;
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, request_animation_frame};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The list, or what stands in its place.
pub fn list(controller: Controller) -> El {
    let moved = viewport_moved();
    let arrangement = controller.arrangement;
    let item = move |key: GroupKey| Item::new(key.to_text(), move || group(controller, key, moved));
    let items = move || arrangement.with(|arrangement| arrangement.groups.iter().map(|group| item(group.key.clone())).collect());
    el("div", "list").when(state::instead(controller)).each(items)
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
