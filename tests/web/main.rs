//! The element in a real browser: `cargo xtask test browser`.
//!
//! The element is the real one (element.js and everything in Rust); only the network is scripted (page.js).

#![cfg(target_arch = "wasm32")]

mod answer;
mod documents;
mod page;

mod dialog;
mod events;
mod life;
mod list;
mod loading;
mod signing;
mod start;
mod states;
mod text;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
