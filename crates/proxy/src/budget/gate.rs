//! Where callers wait for a place in the budget: customers in turn, and who signs before who reads.

mod line;
mod turns;

/// What `turns.rs` shares between callers by.
mod sync {
    pub use std::sync::{Mutex, MutexGuard};
}

use super::journal::{Journal, Past, Slot};
use super::{Ahead, Budget, Call, Refused, Ticket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use turns::{Clock, Ledger, Turns};

/// How many callers may wait at once, in all.
const WAITING: usize = 256;

/// The way to every upstream call.
pub struct Gate {
    turns: Turns,
    local: Arc<Local>,
    limit: u32,
}

/// The right to make one call. When it is dropped, the call counts as ended.
#[must_use = "the call ends when the permit is dropped"]
pub struct Permit {
    local: Arc<Local>,
    ticket: Option<(Ticket, Option<Slot>)>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some((ticket, slot)) = self.ticket.take() else { return };
        let now = self.local.now();
        let mut book = self.local.book();
        if let (Some(journal), Some(slot)) = (&book.journal, slot) {
            journal.ended(slot, ticket.purpose());
        }
        book.budget.settle(ticket, now);
    }
}

impl Gate {
    /// At most `limit` calls in any sliding 60 seconds, counted in this process.
    pub fn local(limit: u32) -> Self {
        Self::with_journal(limit, None, &[])
    }

    /// The same, with calls of before the start, in the order in which they leave the window, and a file for those that come.
    pub(super) fn with_journal(limit: u32, journal: Option<Journal>, past: &[Past]) -> Self {
        let mut budget = Budget::new(limit);
        past.iter().for_each(|past| budget.remember(past.purpose, past.leaves_in));
        let local = Arc::new(Local { start: Instant::now(), book: Mutex::new(Book { budget, journal }) });
        Self { turns: Turns::new(WAITING), local, limit }
    }

    /// Takes a call, waiting for its turn where that comes within `patience`; with a patience of zero it never waits.
    ///
    /// Dropping the future gives up the turn, and nobody else's.
    ///
    /// # Errors
    /// [`Refused`], at once, where the turn would come later than that or too many wait already.
    pub async fn pass(&self, call: Call, patience: Duration) -> Result<Permit, Refused> {
        self.turns.pass(&self.local, &*self.local, &call, patience).await
    }

    /// How many places of the last 60 seconds are held.
    pub fn used(&self) -> usize {
        let now = self.local.now();
        self.local.book().budget.used(now)
    }

    /// How many calls are allowed in 60 seconds.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// How many callers wait now.
    pub fn waiting(&self) -> usize {
        self.turns.waiting()
    }
}

/// The account of this process.
struct Local {
    start: Instant,
    book: Mutex<Book>,
}

struct Book {
    budget: Budget,
    journal: Option<Journal>,
}

impl Local {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for Arc<Local> {
    type Permit = Permit;

    async fn take(&self, call: &Call, ahead: Ahead) -> Result<Permit, Refused> {
        let mut book = self.book();
        let ticket = book.budget.take_behind(self.now(), call, ahead)?;
        let slot = book.journal.as_mut().map(|journal| journal.taken(call.purpose));
        drop(book);
        Ok(Permit { local: Arc::clone(self), ticket: Some((ticket, slot)) })
    }
}

impl Clock for Local {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep_until(&self, moment: Duration) {
        tokio::time::sleep_until(self.start + moment).await;
    }
}

#[cfg(test)]
mod explored;
#[cfg(test)]
mod tests;
