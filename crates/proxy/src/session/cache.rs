//! Tokens that were verified already. A signature costs 20 to 50 µs, and a page asks with the same token again and again.
//!
//! The key is the whole token, as text: two that differ in one character have nothing in common, and what was signed for one says nothing of the
//! other. Only good tokens are kept. One counts as long as it would count if it were verified anew, and no longer: the keys are still the ones that
//! verified it, and both clocks are within its time. Everything else that is asked of a request is asked before, every time.

mod verified;

use super::Session;
use super::claims::{Claims, Validity};
/// The store that [`verified`] uses; `schedules` compiles the same file with one of its own.
use crate::cache::Cache;
pub use verified::{Moment, TokenCache};

#[cfg(test)]
impl TokenCache {
    /// How many tokens are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests;
