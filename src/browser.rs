//! The browser's own abilities that the interface needs (browser.js): numbers, dates, plural forms, collation.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/browser.js")]
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

    /// Which plural form a number takes, counted from 0.
    #[wasm_bindgen(js_name = pluralForm)]
    pub fn plural_form(lang: &str, number: f64) -> usize;

    /// The place of each line when sorted as the language sorts.
    pub fn rank(lang: &str, lines: &str) -> Vec<u32>;

    /// Whether the browser shows PDFs inside a page.
    #[wasm_bindgen(js_name = pdfViewerEnabled)]
    pub fn pdf_viewer_enabled() -> bool;

    /// The text without case and accents, line by line.
    pub fn fold(text: &str) -> String;
}

/// Folds many names at once; names are single lines.
pub fn fold_all(names: &[&str]) -> Vec<String> {
    fold(&names.join("\n")).split('\n').map(str::to_owned).collect()
}
