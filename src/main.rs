//! Trunk's entry. The element is defined by loader.js, which calls what `order_documents::element` exports.

use order_documents as _;

fn main() {}
