//! Waiting for one's turn. What callers share is the line, behind a lock of the parent's, and a bell that rings when somebody's turn may come earlier.

use super::line::{Line, Place};
use super::sync::{Mutex, MutexGuard};
use crate::budget::{Ahead, Call, NotYet, Refused};
use std::pin::pin;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::Notify;

/// For this long everybody waits who wants to ask, with whatever patience.
const LEAST: Duration = Duration::from_secs(1);

/// Where calls are taken.
pub trait Ledger {
    /// What is taken.
    type Permit;

    /// Takes a call, if those `ahead` could be taken as well.
    fn take(&self, call: &Call, ahead: Ahead) -> impl Future<Output = Result<Self::Permit, NotYet>> + Send;
}

/// Time as those who wait see it.
pub trait Clock {
    /// Since some fixed start.
    fn now(&self) -> Duration;

    /// Returns at that moment.
    fn sleep_until(&self, moment: Duration) -> impl Future<Output = ()> + Send;
}

/// The waiting callers.
pub struct Turns {
    line: Mutex<Line>,
    /// Rings when somebody who waited left without taking anything, or is passed over, or gave back what it took: those behind look again.
    bell: Notify,
    /// One asks at a time: who is asking stands in the line and may hold a place already, and would be counted twice by others.
    asking: tokio::sync::Mutex<()>,
}

impl Turns {
    /// For at most `capacity` callers.
    pub fn new(capacity: usize) -> Self {
        Self { line: Mutex::new(Line::new(capacity)), bell: Notify::new(), asking: tokio::sync::Mutex::default() }
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.line().len()
    }

    /// A place has become free earlier than anybody could know.
    pub fn look_again(&self) {
        self.bell.notify_waiters();
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call out of the ledger, within `patience`.
    ///
    /// Each caller takes for itself, and leaves free as many places as there are callers before it: so nobody has to be served by another,
    /// nobody who comes late snatches what became free for one who waits, and who leaves takes nothing along.
    pub async fn pass<L: Ledger>(
        &self,
        ledger: &L,
        clock: &impl Clock,
        call: &Call,
        patience: Duration,
    ) -> Result<L::Permit, Refused> {
        let deadline = clock.now() + patience;
        let mut waiting: Option<Waiting<'_>> = None;
        loop {
            // Before the line is looked at: who leaves from here on is heard.
            let bell = self.bell.notified();
            // Whoever asks may wait for an answer from elsewhere: nobody waits behind it for longer than for a turn.
            let until = deadline.max(clock.now() + LEAST);
            let asking = tokio::select! {
                biased;
                asking = self.asking.lock() => asking,
                () = clock.sleep_until(until) => return Err(Refused { wait: LEAST, own: false }),
            };
            let ahead = self.line().ahead(call, waiting.as_ref().map(|waiting| waiting.place), clock.now());
            let NotYet { refused, again } = match ledger.take(call, ahead).await {
                Ok(permit) => {
                    if let Some(mut waiting) = waiting.take() {
                        waiting.served = true;
                    }
                    drop(asking);
                    return Ok(permit);
                }
                Err(not_yet) => not_yet,
            };
            let now = clock.now();
            let turn = now + again;
            if turn > deadline {
                return Err(refused);
            }
            let place = match &waiting {
                Some(waiting) => waiting.place,
                None => {
                    let place = self.line().join(call).ok_or(refused)?;
                    waiting.insert(Waiting { turns: self, call, place, served: false }).place
                }
            };
            if refused.own && self.line().pass_over(call, place, now, turn) {
                self.bell.notify_waiters();
                // One's own ringing is heard as well, and is no news.
                continue;
            }
            drop(asking);
            let (bell, sleep) = (pin!(bell), pin!(clock.sleep_until(turn)));
            tokio::select! {
                biased;
                () = bell => {}
                () = sleep => {}
            }
        }
    }
}

/// A place in the line, given up when this is dropped, however that comes.
struct Waiting<'a> {
    turns: &'a Turns,
    call: &'a Call,
    place: Place,
    served: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.served {
            // The place that was taken makes up for the one who is no longer ahead: nobody's turn changes.
            self.turns.line().served(self.call, self.place);
        } else {
            self.turns.line().leave(self.call, self.place);
            self.turns.bell.notify_waiters();
        }
    }
}
