//! The documents of an order, inside the portal that the customer already uses.
//!
//! Hosts include the custom element `<order-documents>` (element.js, loader.js, [`element`]); a Leptos portal may start the
//! component itself with [`OrderDocuments`] and a [`host::Host`] of its own.

pub mod model;
pub mod text;

pub mod client;

mod component;
pub mod controller;
pub mod element;
pub mod host;
mod view;

mod browser;
mod later;
mod reactive;

pub use component::{Mounted, OrderDocuments};
