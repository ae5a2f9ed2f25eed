//! Requests for the same thing share one run, which survives its first asker's leaving, its panic and its failure.

mod sharing;

/// The lock that [`sharing`] uses; `schedules` compiles the same file with shuttle's.
mod sync {
    pub use std::sync::Mutex;
}

pub use sharing::{Flights, Lost, Role};

#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests;
