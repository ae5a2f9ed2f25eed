//! The browser's own abilities that the interface needs (browser.js): numbers, dates, plural forms, collation.

use crate::reactive::keep;
use js_sys::{Array, Promise};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event};

#[wasm_bindgen(module = "/src/markup/list.js")]
extern "C" {
    /// A size in bytes, as the language writes it.
    #[wasm_bindgen(js_name = formatBytes)]
    pub fn format_bytes(lang: &str, bytes: f64) -> String;

    /// A moment in milliseconds since the epoch, as a date.
    #[wasm_bindgen(js_name = formatDate)]
    pub fn format_date(lang: &str, millis: f64) -> String;

    /// A number.
    #[wasm_bindgen(js_name = formatNumber)]
    pub fn format_number(lang: &str, number: f64) -> String;

    /// A text of a language's file; its key where the file lacks it.
    pub fn text(words: &JsValue, key: &str) -> String;

    /// The text with its one mark filled in.
    #[wasm_bindgen(js_name = fillIn)]
    pub fn fill_in(text: &str, value: &str) -> String;

    /// A text about a number of things, `{n}`, in its plural form.
    pub fn plural(text: &str, lang: &str, number: f64) -> String;

    /// A text about a part of a whole, `{n}` and `{total}`.
    pub fn part(text: &str, lang: &str, number: f64, total: f64) -> String;

    /// How many documents, and their size unless it is 0.
    #[wasm_bindgen(js_name = countAndSize)]
    pub fn count_and_size(words: &JsValue, lang: &str, count: f64, bytes: f64) -> String;

    /// The name of a type's group.
    #[wasm_bindgen(js_name = typeName)]
    pub fn type_name(words: &JsValue, word: &str) -> String;

    /// Puts more lines behind those that are there, and resolves in a later task.
    pub fn gather(lines: &Array, more: &str) -> Promise;

    /// Resolves with the place of each line when sorted as the language sorts, a `Uint32Array`. It takes many short tasks.
    pub fn rank(lang: &str, lines: &Array) -> Promise;

    /// Whether the browser shows PDFs inside a page.
    #[wasm_bindgen(js_name = pdfViewerEnabled)]
    pub fn pdf_viewer_enabled() -> bool;

    /// The text without case and accents, line by line.
    pub fn fold(text: &str) -> String;
}

// What the scripts import of each other has to be named for wasm-bindgen to bring it along.

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = formatNumber)]
    fn named(lang: &str, number: f64) -> String;
}

#[wasm_bindgen(module = "/src/forms.js")]
extern "C" {
    #[wasm_bindgen(js_name = formsOf)]
    fn forms_named(lang: &str) -> JsValue;
}

#[wasm_bindgen(module = "/src/markup/description.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = default)]
    static DESCRIPTION: JsValue;
}

#[wasm_bindgen(module = "/src/markup/kinds.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = default)]
    static KINDS: JsValue;
}

#[wasm_bindgen(module = "/src/markup/list.js")]
extern "C" {
    /// An element of `src/markup/description.js`, with what is in the object filled in.
    pub fn build(name: &str, values: &JsValue) -> Element;

    /// A document as hosts see it.
    #[allow(clippy::too_many_arguments, reason = "as below")]
    pub fn plain(
        file_id: &str,
        filename: Option<&str>,
        document_type: &str,
        category: Option<&str>,
        content_type: Option<&str>,
        size: Option<f64>,
        created: Option<f64>,
        order_id: Option<&str>,
    ) -> JsValue;

    /// The detail of `order-documents-load`.
    #[wasm_bindgen(js_name = loadDetail)]
    pub fn load_detail(count: f64, bytes: f64) -> JsValue;

    /// The detail of an event about a document.
    #[wasm_bindgen(js_name = documentDetail)]
    pub fn document_detail(document: &JsValue) -> JsValue;

    /// The detail of `order-documents-error`.
    #[wasm_bindgen(js_name = errorDetail)]
    pub fn error_detail(code: &str, status: u16, retryable: bool, message: &str) -> JsValue;

    /// A document's row; `known` is brought up to date instead, where there is one. Moments are milliseconds since the epoch.
    #[wasm_bindgen(js_name = rowOf)]
    #[allow(clippy::too_many_arguments, reason = "an object would cross into JavaScript once for each field")]
    pub fn row(
        known: Option<&Element>,
        words: &JsValue,
        lang: &str,
        file_id: &str,
        name: Option<&str>,
        category: Option<&str>,
        content_type: Option<&str>,
        size: Option<f64>,
        created: Option<f64>,
        view: Option<&str>,
        download: Option<&str>,
    ) -> Element;
}

/// Folds many names at once; names are single lines.
pub fn fold_all(names: &[&str]) -> Vec<String> {
    fold(&names.join("\n")).split('\n').map(str::to_owned).collect()
}

/// A listener on the window.
struct Listener {
    event: &'static str,
    listen: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let listen = self.listen.as_ref().unchecked_ref();
        let _ = window().remove_event_listener_with_callback_and_bool(self.event, listen, true);
    }
}

/// Listens on the window until the current owner ends, and to what happens in it as well, whether that bubbles or not.
pub fn on_window(event: &'static str, listen: impl Fn() + 'static) {
    on_window_boxed(event, Box::new(move |_| listen()));
}

fn on_window_boxed(event: &'static str, listen: Box<dyn FnMut(Event)>) {
    let listener = Listener { event, listen: Closure::wrap(listen) };
    // Nothing makes it fail.
    let _ = window().add_event_listener_with_callback_and_bool(event, listener.listen.as_ref().unchecked_ref(), true);
    keep(listener);
}
