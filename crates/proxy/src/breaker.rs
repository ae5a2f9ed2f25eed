//! A circuit breaker: an upstream that fails again and again is left alone for a while, and then asked by one call alone.

mod machine;
mod shared;

/// The lock that [`shared`] uses; `schedules` compiles the same file with shuttle's.
mod sync {
    pub use std::sync::Mutex;
}

pub use machine::{Position, Rules};
pub use shared::{Admission, Breaker};

#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests;
