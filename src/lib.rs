//! The documents of an order, as the custom element `<order-documents>` and as a Leptos component.

pub mod model;
