//! How many upstream calls may be made, and when. Pure: time is handed in.
//!
//! [`Budget`] is the account of one process; [`gate`] lets callers wait for their turn in it;
//! [`journal`] keeps it over a restart.

pub mod gate;
pub mod journal;

use flexportal::CustomerId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// The window in which calls are counted.
pub const WINDOW: Duration = Duration::from_secs(60);

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Reading lists, orders and records.
    Read,
    /// Signing a URL: what a customer waits for after having chosen. A share is kept for it.
    Sign,
}

/// A call that somebody wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What for.
    pub purpose: Purpose,
    /// For whom.
    pub customer: CustomerId,
}

/// The call must not be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// After this, and not earlier, the call is free, if nobody else takes one. Calls in flight are counted as if they ended now.
    pub wait: Duration,
    /// The customer's own part is used up: another one, who holds nothing, would be granted the call now, or sooner.
    pub own: bool,
}

/// A call that was refused, and when it is worth asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotYet {
    /// What is told.
    pub refused: Refused,
    /// After this the call may be free; sooner than was told, where only time tells.
    pub again: Duration,
}

impl From<Refused> for NotYet {
    fn from(refused: Refused) -> Self {
        Self { refused, again: refused.wait }
    }
}

/// The calls that others, who wait already, are to be granted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ahead {
    /// All of them.
    pub all: usize,
    /// Those that read.
    pub reads: usize,
}

/// The right to make one call, which holds its place until [`Budget::settle`] and for [`WINDOW`] after.
#[derive(Debug)]
#[must_use = "a ticket that is never settled holds its place for ever"]
pub struct Ticket {
    purpose: Purpose,
    customer: Arc<CustomerId>,
}

impl Ticket {
    /// What the call is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }
}

/// At most `limit` calls in any sliding 60 seconds, of which reads get at most `limit - limit / 5`.
///
/// A call counts from when it is taken until 60 seconds after it ended, so that the upstream, which counts it somewhere in between, never counts
/// more than the limit either. A customer is granted a call only while it holds fewer than are free: who asks most leaves as much to the others,
/// and with many who ask each gets an equal part. A token bucket would be smaller and would allow nearly twice the limit around a burst.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    reads: usize,
    everyone: Tally,
    customers: HashMap<Arc<CustomerId>, Tally>,
    /// Calls that ended, with the moment at which each leaves the window, in that order.
    leaving: VecDeque<(Duration, Purpose, Option<Arc<CustomerId>>)>,
}

/// The places that calls hold, all and those of reads.
#[derive(Debug, Default)]
struct Tally {
    all: Places,
    reads: Places,
}

#[derive(Debug, Default)]
struct Places {
    in_flight: usize,
    /// The moments at which ended calls give their places back, in order.
    leaving: VecDeque<Duration>,
}

impl Places {
    fn held(&self) -> usize {
        self.in_flight + self.leaving.len()
    }

    fn forget(&mut self) {
        self.leaving.pop_front();
    }

    fn given_back_by(&self, moment: Duration) -> usize {
        self.leaving.partition_point(|leaving| *leaving <= moment)
    }
}

impl Tally {
    /// Changes the places that a call of this purpose counts among.
    fn change(&mut self, purpose: Purpose, change: impl Fn(&mut Places)) {
        change(&mut self.all);
        if purpose == Purpose::Read {
            change(&mut self.reads);
        }
    }
}

/// How much of `limit` calls reads may use: a fifth is kept for signing (nothing of a limit below 5).
pub fn read_share(limit: u32) -> u32 {
    limit - limit / 5
}

impl Budget {
    /// A budget of `limit` calls.
    pub fn new(limit: u32) -> Self {
        Self {
            limit: limit as usize,
            reads: read_share(limit) as usize,
            everyone: Tally::default(),
            customers: HashMap::new(),
            leaving: VecDeque::new(),
        }
    }

    /// Takes one call at the moment `now`, which never goes back.
    ///
    /// # Errors
    /// [`Refused`], where the window or the customer's part of it is used up.
    pub fn take(&mut self, now: Duration, call: &Call) -> Result<Ticket, Refused> {
        self.take_behind(now, call, Ahead::default())
    }

    /// Takes one call, if the calls `ahead` could be taken as well.
    ///
    /// # Errors
    /// [`Refused`], with the wait until these, too, have found their places.
    pub fn take_behind(&mut self, now: Duration, call: &Call, ahead: Ahead) -> Result<Ticket, Refused> {
        self.forget(now);
        let nothing = Tally::default();
        let own = self.customers.get(&call.customer).unwrap_or(&nothing);
        let free_at = |own: &Tally| {
            let all = free_at(now, &self.everyone.all, &own.all, self.limit, ahead.all);
            match call.purpose {
                Purpose::Read => all.max(free_at(now, &self.everyone.reads, &own.reads, self.reads, ahead.reads)),
                Purpose::Sign => all,
            }
        };
        let free = free_at(own);
        if free > now {
            return Err(Refused { wait: free - now, own: free_at(&nothing) < free });
        }
        Ok(self.hold(call))
    }

    /// Counts a call that somebody else has granted, whether or not there is a place for it.
    pub fn hold(&mut self, call: &Call) -> Ticket {
        let customer = match self.customers.get_key_value(&call.customer) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::new(call.customer.clone()),
        };
        self.everyone.change(call.purpose, |places| places.in_flight += 1);
        self.customers.entry(Arc::clone(&customer)).or_default().change(call.purpose, |places| places.in_flight += 1);
        Ticket { purpose: call.purpose, customer }
    }

    /// From now on the limit is another; what is held stays held.
    pub fn set_limit(&mut self, limit: u32) {
        (self.limit, self.reads) = (limit as usize, read_share(limit) as usize);
    }

    /// The call ended at `now`; it holds its place for [`WINDOW`] more.
    pub fn settle(&mut self, ticket: Ticket, now: Duration) {
        self.land(&ticket);
        self.leave(now + WINDOW, ticket.purpose, Some(ticket.customer));
    }

    /// The call was not made: its place is free at once.
    pub fn give_back(&mut self, ticket: Ticket) {
        self.land(&ticket);
        self.drop_idle(&ticket.customer);
    }

    /// Counts a call that was made before this budget was, by nobody knows whom, and leaves the window at `leaves`.
    pub fn remember(&mut self, purpose: Purpose, leaves: Duration) {
        self.leave(leaves, purpose, None);
    }

    /// How many places of the window are held at `now`.
    pub fn used(&mut self, now: Duration) -> usize {
        self.forget(now);
        self.everyone.all.held()
    }

    fn land(&mut self, ticket: &Ticket) {
        self.everyone.change(ticket.purpose, |places| places.in_flight -= 1);
        if let Some(own) = self.customers.get_mut(&ticket.customer) {
            own.change(ticket.purpose, |places| places.in_flight -= 1);
        }
    }

    fn leave(&mut self, moment: Duration, purpose: Purpose, customer: Option<Arc<CustomerId>>) {
        // The queues are in order even where two threads ended at moments that they read in the other order.
        let moment = self.leaving.back().map_or(moment, |(last, ..)| moment.max(*last));
        self.everyone.change(purpose, |places| places.leaving.push_back(moment));
        if let Some(own) = customer.as_ref().and_then(|customer| self.customers.get_mut(customer)) {
            own.change(purpose, |places| places.leaving.push_back(moment));
        }
        self.leaving.push_back((moment, purpose, customer));
    }

    fn forget(&mut self, now: Duration) {
        while self.leaving.front().is_some_and(|(moment, ..)| *moment <= now) {
            let Some((_, purpose, customer)) = self.leaving.pop_front() else { return };
            self.everyone.change(purpose, Places::forget);
            let Some(customer) = customer else { continue };
            if let Some(own) = self.customers.get_mut(&customer) {
                own.change(purpose, Places::forget);
            }
            self.drop_idle(&customer);
        }
    }

    /// Who holds nothing is not kept.
    fn drop_idle(&mut self, customer: &CustomerId) {
        if self.customers.get(customer).is_some_and(|own| own.all.held() == 0) {
            self.customers.remove(customer);
        }
    }
}

/// From when on a customer who holds `own` of `everyone`'s places may take one more behind `ahead` others, if nobody else takes one: `now`, or later.
///
/// It may while `own < limit - everyone - ahead`. Each place that is given back brings that one nearer, and two where it is the customer's own.
fn free_at(now: Duration, everyone: &Places, own: &Places, limit: usize, ahead: usize) -> Duration {
    let missing = (own.held() + everyone.held() + ahead + 1).saturating_sub(limit);
    if missing == 0 {
        return now;
    }
    let gained_by = |moment| everyone.given_back_by(moment) + own.given_back_by(moment);
    let blocking = everyone.leaving.partition_point(|moment| gained_by(*moment) < missing);
    // What is in flight leaves a window after now at the earliest.
    everyone.leaving.get(blocking).map_or(now + WINDOW, |moment| *moment)
}

#[cfg(test)]
mod tests;
