//! What a replica remembers of its own calls, and how many it may make when it is cut off from the others. Pure: time is handed in.

use crate::budget::{Ahead, Budget, Call, Purpose, Refused, Ticket, WINDOW};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Names a call of this replica.
pub type Number = u64;

/// One's own calls of the last minute.
#[derive(Debug)]
pub struct Mirror {
    /// Limited by the part that may be used alone.
    budget: Budget,
    part: u32,
    /// When the shared state was last heard of; never, where it is `None`.
    heard: Option<Duration>,
    /// So long after that the others' calls have left the window, and this one's part has been taken off their limit.
    silence: Duration,
    /// So long after that the others may have forgotten this one, and count without it.
    forgotten: Duration,
    calls: HashMap<Number, Held>,
    leaving: VecDeque<(Duration, Number)>,
}

#[derive(Debug)]
struct Held {
    purpose: Purpose,
    customer: String,
    /// While it is in flight.
    ticket: Option<Ticket>,
    leaves: Option<Duration>,
}

/// A call that still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Its name.
    pub number: Number,
    /// What for.
    pub purpose: Purpose,
    /// For whom, as the shared state knows customers.
    pub customer: String,
    /// After this it leaves the window; not known while it is in flight.
    pub leaves_in: Option<Duration>,
}

impl Mirror {
    /// Of a replica that has heard nothing yet.
    pub fn new(silence: Duration, forgotten: Duration) -> Self {
        Self { budget: Budget::new(0), part: 0, heard: None, silence, forgotten, calls: HashMap::new(), leaving: VecDeque::new() }
    }

    /// The shared state was heard of at `now`.
    pub fn heard(&mut self, now: Duration) {
        self.heard = self.heard.max(Some(now));
    }

    /// Whether the shared state was heard of so short a time ago.
    pub fn was_heard_within(&self, now: Duration, time: Duration) -> bool {
        self.heard.is_some_and(|heard| now < heard + time)
    }

    /// The part of the limit that this replica may use alone.
    pub fn set_part(&mut self, part: u32) {
        self.part = part;
        self.budget.set_limit(part);
    }

    /// That part.
    pub fn part(&self) -> u32 {
        self.part
    }

    /// A call was granted by the shared state.
    pub fn note(&mut self, now: Duration, number: Number, call: &Call, customer: String) {
        self.forget(now);
        let ticket = self.budget.hold(call);
        self.calls.insert(number, Held { purpose: call.purpose, customer, ticket: Some(ticket), leaves: None });
    }

    /// For how long no call may be made without the shared state. Who never had a part, or may have been forgotten, cannot say how long.
    pub fn silent_for(&self, now: Duration) -> Duration {
        let counts = self.part > 0 && self.heard.is_some_and(|heard| now < heard + self.forgotten);
        let from = self.heard.map(|heard| heard + self.silence).filter(|_| counts);
        from.map_or(WINDOW, |from| from.saturating_sub(now))
    }

    /// Takes a call without the shared state.
    ///
    /// # Errors
    /// [`Refused`], also while calls of the others may still be in the window.
    pub fn take_alone(
        &mut self,
        now: Duration,
        number: Number,
        call: &Call,
        ahead: Ahead,
        customer: String,
    ) -> Result<(), Refused> {
        self.forget(now);
        let wait = self.silent_for(now);
        if !wait.is_zero() {
            return Err(Refused { wait, own: false });
        }
        let ticket = self.budget.take_behind(now, call, ahead)?;
        self.calls.insert(number, Held { purpose: call.purpose, customer, ticket: Some(ticket), leaves: None });
        Ok(())
    }

    /// A call has ended. Says what it was for and for whom.
    pub fn settle(&mut self, now: Duration, number: Number) -> Option<(Purpose, String)> {
        let call = self.calls.get_mut(&number)?;
        self.budget.settle(call.ticket.take()?, now);
        call.leaves = Some(now + WINDOW);
        self.leaving.push_back((now + WINDOW, number));
        Some((call.purpose, call.customer.clone()))
    }

    /// A call that was noted and then not granted, or not made. Says what it was for and for whom.
    pub fn cancel(&mut self, number: Number) -> Option<(Purpose, String)> {
        let Held { purpose, customer, ticket, .. } = self.calls.remove(&number)?;
        self.budget.give_back(ticket?);
        Some((purpose, customer))
    }

    /// All calls that count at `now`.
    pub fn remembered(&mut self, now: Duration) -> Vec<Remembered> {
        self.forget(now);
        let remembered = |(number, call): (&Number, &Held)| Remembered {
            number: *number,
            purpose: call.purpose,
            customer: call.customer.clone(),
            leaves_in: call.leaves.map(|leaves| leaves.saturating_sub(now)),
        };
        self.calls.iter().map(remembered).collect()
    }

    fn forget(&mut self, now: Duration) {
        while let Some((_, number)) = self.leaving.pop_front_if(|(leaves, _)| *leaves <= now) {
            self.calls.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Purpose::{Read, Sign};
    use crate::config::Limits;
    use crate::shared::{forgotten, silence};
    use flexportal::CustomerId;

    const S: fn(u64) -> Duration = Duration::from_secs;

    /// As the program makes one, whose numbers README.md tells: 87 seconds of silence, and then alone for up to 28 minutes.
    fn mirror() -> Mirror {
        let limits = Limits::default();
        Mirror::new(silence(&limits), forgotten(&limits))
    }

    fn call(purpose: Purpose, customer: u64) -> Call {
        Call { purpose, customer: CustomerId::new(format!("cust_{customer}")).unwrap() }
    }

    fn alone(mirror: &mut Mirror, now: u64, number: Number) -> Result<(), Refused> {
        mirror.take_alone(S(now), number, &call(Sign, number), Ahead::default(), "c".into())
    }

    #[test]
    fn should_make_no_call_alone_before_the_others_calls_have_left_the_window() {
        let mut mirror = mirror();
        mirror.heard(S(100));
        mirror.set_part(2);
        mirror.heard(S(90));
        assert_eq!(alone(&mut mirror, 110, 1), Err(Refused { wait: S(77), own: false }));
        assert_eq!(alone(&mut mirror, 186, 1), Err(Refused { wait: S(1), own: false }));
        assert_eq!([1, 2, 3].map(|number| alone(&mut mirror, 187, number).is_ok()), [true, true, false]);
        assert_eq!(mirror.part(), 2);
    }

    #[test]
    fn should_make_no_call_without_a_part() {
        let mut mirror = mirror();
        mirror.set_part(5);
        assert_eq!(alone(&mut mirror, 500, 1), Err(Refused { wait: WINDOW, own: false }));
        mirror.heard(S(500));
        mirror.set_part(0);
        // However long the silence has lasted.
        assert_eq!(alone(&mut mirror, 510, 1), Err(Refused { wait: WINDOW, own: false }));
        assert_eq!((alone(&mut mirror, 900, 1), mirror.part()), (Err(Refused { wait: WINDOW, own: false }), 0));
    }

    #[test]
    fn should_make_no_call_alone_when_the_others_may_have_forgotten_it() {
        let mut mirror = mirror();
        mirror.heard(S(100));
        mirror.set_part(5);
        assert_eq!(alone(&mut mirror, 1821, 1), Ok(()));
        assert_eq!(alone(&mut mirror, 1822, 2), Err(Refused { wait: WINDOW, own: false }));
        assert_eq!([103, 104].map(|now| mirror.was_heard_within(S(now), S(4))), [true, false]);
    }

    #[test]
    fn should_count_what_was_shared_before_against_its_own_part() {
        let mut mirror = mirror();
        mirror.heard(S(0));
        mirror.set_part(2);
        // More than its part, by the others' leave.
        (1..=3).for_each(|number| mirror.note(S(0), number, &call(Read, number), number.to_string()));
        (1..=3).for_each(|number| assert_eq!(mirror.settle(S(40), number), Some((Read, number.to_string()))));
        assert_eq!(mirror.settle(S(41), 1), None);
        assert_eq!(alone(&mut mirror, 90, 4), Err(Refused { wait: S(10), own: false }));
        assert_eq!(alone(&mut mirror, 100, 4), Ok(()));
    }

    #[test]
    fn should_remember_what_still_counts() {
        let mut mirror = mirror();
        mirror.note(S(0), 1, &call(Read, 1), "a".into());
        mirror.note(S(5), 2, &call(Sign, 2), "b".into());
        mirror.settle(S(10), 1);
        let mut remembered = mirror.remembered(S(30));
        remembered.sort_by_key(|call| call.number);
        let first = Remembered { number: 1, purpose: Read, customer: "a".into(), leaves_in: Some(S(40)) };
        let second = Remembered { number: 2, purpose: Sign, customer: "b".into(), leaves_in: None };
        assert_eq!(remembered, [first, second.clone()]);
        assert_eq!(mirror.remembered(S(69)).len(), 2);
        assert_eq!(mirror.remembered(S(70)), [second]);
        mirror.cancel(2);
        assert_eq!((mirror.remembered(S(70)), mirror.budget.used(S(70))), (vec![], 0));
    }
}
