//! What is around the component: it hears events and shows states.

use crate::model::{Document, Problem};

/// Something that the host may want to know, as the `order-documents-…` events say it. None carries a signed URL.
#[derive(Debug)]
pub enum Event<'a> {
    /// The list is complete: how many documents, and the sum of their sizes in bytes.
    Load {
        /// How many documents.
        count: usize,
        /// The sum of the known sizes.
        bytes: u64,
    },
    /// A preview is about to open. Cancelable.
    Preview(&'a Document),
    /// A download is about to start. Cancelable.
    Download(&'a Document),
    /// A request has failed; the message is the one that the customer sees.
    Error(&'a Problem, &'a str),
    /// The session has ended.
    SessionExpired,
}

impl Event<'_> {
    /// The DOM event's type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Load { .. } => "order-documents-load",
            Self::Preview(_) => "order-documents-preview",
            Self::Download(_) => "order-documents-download",
            Self::Error(..) => "order-documents-error",
            Self::SessionExpired => "order-documents-session-expired",
        }
    }

    /// Whether the host may prevent what is about to happen.
    pub fn is_cancelable(&self) -> bool {
        matches!(self, Self::Preview(_) | Self::Download(_))
    }
}

/// The component's surroundings: the custom element, or a Leptos portal.
pub trait Host {
    /// Hears an event; false prevents what is about to happen.
    fn emit(&self, event: &Event<'_>) -> bool;

    /// Hears the state: `loading`, `empty`, `error`, `offline`, or nothing for a list that is shown.
    fn state(&self, _state: &'static str) {}

    /// The promise of a language's catalogue as an object of strings (`src/text/*.json`); English for a language without one.
    fn texts(&self, _language: &str) -> Option<js_sys::Promise> {
        None
    }
}
