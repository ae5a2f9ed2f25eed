//! Where callers wait for a place in the budget: customers in turn, and who signs before who reads.

mod line;
mod turns;

/// What `turns.rs` shares between callers by.
mod sync {
    pub use std::sync::{Mutex, MutexGuard};
}

use super::journal::{Journal, Past, Slot};
use super::{Ahead, Budget, Call, NotYet, Refused, Ticket};
use crate::shared::{Shared, Taken};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use turns::{Clock, Ledger, Turns};

/// How many callers may wait at once, in all.
const WAITING: usize = 256;

/// The way to every upstream call.
pub struct Gate {
    turns: Arc<Turns>,
    clock: Since,
    ledger: Counted,
}

/// Where calls are counted.
enum Counted {
    /// In this process.
    Here(Arc<Local>),
    /// Together with other replicas.
    Together(Arc<Shared>),
}

/// The right to make one call. When it is dropped, the call counts as ended.
#[must_use = "the call ends when the permit is dropped"]
pub struct Permit {
    held: Held,
}

/// What gives the place back when it is dropped.
enum Held {
    Here { place: Place },
    Together { taken: Taken },
}

struct Place {
    local: Arc<Local>,
    ticket: Option<(Ticket, Option<Slot>)>,
}

impl Place {
    fn give_back(mut self) {
        let Some((ticket, slot)) = self.ticket.take() else { return };
        let mut book = self.local.book();
        if let (Some(journal), Some(slot)) = (&mut book.journal, slot) {
            journal.unmade(slot);
        }
        book.budget.give_back(ticket);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((ticket, slot)) = self.ticket.take() else { return };
        let now = self.local.clock.now();
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
        let clock = Since(Instant::now());
        let local = Arc::new(Local { clock, limit, book: Mutex::new(Book { budget, journal }) });
        Self { turns: Arc::new(Turns::new(WAITING)), clock, ledger: Counted::Here(local) }
    }

    /// The budget that all replicas share.
    pub fn shared(shared: Arc<Shared>) -> Self {
        Self { turns: Arc::new(Turns::new(WAITING)), clock: Since(Instant::now()), ledger: Counted::Together(shared) }
    }

    /// What replicas share, where they share something.
    pub fn together(&self) -> Option<&Arc<Shared>> {
        match &self.ledger {
            Counted::Here(_) => None,
            Counted::Together(shared) => Some(shared),
        }
    }

    /// Takes a call, waiting for its turn where that comes within `patience`; with a patience of zero it never waits.
    ///
    /// Dropping the future gives up the turn, and nobody else's.
    ///
    /// # Errors
    /// [`Refused`], at once, where the turn would come later than that or too many wait already.
    pub async fn pass(&self, call: Call, patience: Duration) -> Result<Permit, Refused> {
        self.turns.pass(&self.ledger, &self.clock, &call, patience).await
    }

    /// Takes a permit back with which no call was made: it counts no more, and those who wait look whether it is their turn.
    pub fn give_back(&self, permit: Permit) {
        match permit.held {
            Held::Here { place } => {
                place.give_back();
                self.turns.look_again();
            }
            Held::Together { taken } => {
                let turns = Arc::clone(&self.turns);
                taken.give_back(move || turns.look_again());
            }
        }
    }

    /// How many places of the last 60 seconds are held.
    pub fn used(&self) -> usize {
        match &self.ledger {
            Counted::Here(local) => local.book().budget.used(local.clock.now()),
            Counted::Together(shared) => shared.used(),
        }
    }

    /// How many calls are allowed in 60 seconds.
    pub fn limit(&self) -> u32 {
        match &self.ledger {
            Counted::Here(local) => local.limit,
            Counted::Together(shared) => shared.limit(),
        }
    }

    /// How many callers wait now.
    pub fn waiting(&self) -> usize {
        self.turns.waiting()
    }
}

/// The account of this process.
struct Local {
    clock: Since,
    limit: u32,
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

    fn take(self: &Arc<Self>, call: &Call, ahead: Ahead) -> Result<Place, Refused> {
        let mut book = self.book();
        let ticket = book.budget.take_behind(self.clock.now(), call, ahead)?;
        let slot = book.journal.as_mut().map(|journal| journal.taken(call.purpose));
        drop(book);
        Ok(Place { local: Arc::clone(self), ticket: Some((ticket, slot)) })
    }
}

impl Ledger for Counted {
    type Permit = Permit;

    async fn take(&self, call: &Call, ahead: Ahead) -> Result<Permit, NotYet> {
        let held = match self {
            Self::Here(local) => Held::Here { place: local.take(call, ahead)? },
            Self::Together(shared) => Held::Together { taken: shared.take(call, ahead).await? },
        };
        Ok(Permit { held })
    }
}

/// Time since the start.
#[derive(Clone, Copy)]
struct Since(Instant);

impl Clock for Since {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep_until(&self, moment: Duration) {
        tokio::time::sleep_until(self.0 + moment).await;
    }
}

#[cfg(test)]
mod explored;
#[cfg(test)]
mod tests;
