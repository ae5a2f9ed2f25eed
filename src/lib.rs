//! The documents of an order, as the custom element `<order-documents>`.
