//! The breaker as many tasks use it.

use super::machine::{Machine, Position, Rules, Ticket};
use super::sync::Mutex;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// The breaker of one operation. Moments are durations since a start that is the same for all of its calls.
///
/// What counts as a failure is the caller's to say: no connection, no answer in time, a 5xx, an answer that cannot be read. A 404, 403 or 429 is an
/// answer: [`Admission::succeeded`].
#[derive(Debug)]
pub struct Breaker(Arc<Mutex<Machine>>);

impl Breaker {
    /// A closed breaker.
    pub fn new(rules: Rules) -> Self {
        Self(Arc::new(Mutex::new(Machine::new(rules))))
    }

    /// For how long surely no call may be made at the moment `now`, as [`Breaker::admit`] would say; `None` where one may be, or be the probe.
    pub fn refuses(&self, now: Duration) -> Option<Duration> {
        with(&self.0, |machine| machine.refuses(now))
    }

    /// Lets a call be made at the moment `now`. After a pause one call at a time is let through as the probe.
    ///
    /// # Errors
    /// Where no call may be made, for how long surely not. While a probe is on its way, whose end nobody knows, it is the first pause.
    pub fn admit(&self, now: Duration) -> Result<Admission, Duration> {
        let ticket = with(&self.0, |machine| machine.admit(now))?;
        Ok(Admission { machine: Arc::clone(&self.0), ticket: Some(ticket) })
    }

    /// Where the breaker stands at the moment `now`.
    pub fn position(&self, now: Duration) -> Position {
        with(&self.0, |machine| machine.position(now))
    }
}

/// A call that may be made. Dropped without a verdict it counts neither way, and if it was the probe, the next call is.
#[derive(Debug)]
#[must_use = "the breaker waits for the verdict"]
pub struct Admission {
    machine: Arc<Mutex<Machine>>,
    ticket: Option<Ticket>,
}

impl Admission {
    /// The upstream answered.
    pub fn succeeded(mut self) {
        self.end(Machine::succeeded);
    }

    /// The upstream failed, at the moment `now`.
    pub fn failed(mut self, now: Duration) {
        self.end(|machine, ticket| machine.failed(ticket, now));
    }

    fn end(&mut self, act: impl FnOnce(&mut Machine, Ticket)) {
        if let Some(ticket) = self.ticket.take() {
            with(&self.machine, |machine| act(machine, ticket));
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.end(Machine::abandoned);
    }
}

fn with<R>(machine: &Mutex<Machine>, act: impl FnOnce(&mut Machine) -> R) -> R {
    act(&mut machine.lock().unwrap_or_else(PoisonError::into_inner))
}
