//! The groups, and where the viewport is.

use super::dom::{El, Item};
use super::{group::group, row::is_plain, state};
use crate::browser::on_window;
use crate::controller::Controller;
use crate::model::GroupKey;
use crate::reactive::{RwSignal, Signal, StoredValue};
use leptos::leptos_dom::helpers::request_animation_frame;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

/// The list, or what stands in its place.
pub fn list(controller: Controller, list: El) -> El {
    let moved = viewport_moved();
    let arrangement = controller.arrangement;
    let item = move |key: GroupKey| Item::new(key.to_text(), move |known| group(controller, key, moved, known));
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
fn viewport_moved() -> Signal<u32> {
    let (moved, waiting) = (RwSignal::new(0_u32), StoredValue::new(false));
    let tell = move || {
        if waiting.try_update_value(|waiting| std::mem::replace(waiting, true)) == Some(false) {
            request_animation_frame(move || {
                waiting.set_value(false);
                moved.update(|moved| *moved = moved.wrapping_add(1));
            });
        }
    };
    on_window("resize", tell);
    on_window("scroll", tell);
    *moved
}
