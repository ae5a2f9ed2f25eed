//! What is not needed before the list shows and answers: previews and downloads.
//!
//! A release puts it into a second WebAssembly module (`crates/module-split`), which shares memory and everything else with the
//! first. [`doors`] are the only ways into it, and each wants a [`Here`]: nobody can go through before the module has arrived, and
//! with it the styles of what it shows (`style/preview.css`).

use wasm_bindgen::prelude::*;
use web_sys::Node;

#[wasm_bindgen(module = "/src/later.js")]
extern "C" {
    #[wasm_bindgen(js_name = isHere)]
    fn is_here() -> bool;

    #[wasm_bindgen(catch)]
    async fn arrive() -> Result<(), JsValue>;

    /// Fetches the second module and its styles as soon as the browser has nothing else to do.
    #[wasm_bindgen(js_name = fetchAhead)]
    pub fn fetch_ahead();

    /// Gives the styles to the shadow root that the node is in. An element that was moved into another document can take none.
    #[wasm_bindgen(catch, js_name = adoptStyles)]
    pub fn adopt_styles(node: &Node) -> Result<(), JsValue>;
}

/// Shows that the second module and its styles are here. Only this module can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Here(());

/// At once, where all is here already.
pub fn now() -> Option<Here> {
    is_here().then_some(Here(()))
}

/// Waits until all is here; `None` when something cannot be had, offline say. The next call tries again.
pub async fn here() -> Option<Here> {
    arrive().await.ok().map(|()| Here(()))
}

/// Whoever adds a function here puts it, and all that only it needs, into the second module.
pub mod doors {
    use super::Here;
    use crate::controller::Controller;
    use crate::model::Document;
    use crate::view::El;
    use std::hint::black_box;
    use std::pin::Pin;

    /// The preview's dialog.
    #[inline(never)]
    pub fn dialog(_: Here, controller: Controller) -> El {
        crate::view::preview(controller)
    }

    /// Shows a document in it.
    #[inline(never)]
    pub fn show(_: Here, controller: Controller, document: Document) {
        controller.show(document);
    }

    /// Tries again what failed for want of a network.
    #[inline(never)]
    pub fn online(_: Here, controller: Controller) {
        controller.back_online();
    }

    /// Downloads.
    #[inline(never)]
    pub fn download(_: Here, controller: Controller, document: Document) -> Pin<Box<dyn Future<Output = ()>>> {
        // Else the compiler would know the future's type outside, and call it there.
        black_box(Box::pin(controller.saved(document)))
    }
}
