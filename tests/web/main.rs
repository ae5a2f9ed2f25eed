//! The element in a real browser: `cargo xtask test browser`.
//!
//! The element is the real one (element.js and everything in Rust); only the network is scripted (page.js).

#![cfg(target_arch = "wasm32")]

#[allow(dead_code, reason = "further tests use it")]
mod answer;
#[allow(dead_code, reason = "further tests use it")]
mod documents;
#[allow(dead_code, reason = "further tests use it")]
mod page;

mod loading;
mod start;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
