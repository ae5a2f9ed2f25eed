//! Who waits, and who comes before whom. Pure.

use crate::budget::{Ahead, Call, Purpose};
use flexportal::CustomerId;
use std::collections::VecDeque;
use std::time::Duration;

/// One who waits.
pub type Place = u64;

/// The waiting callers of both purposes.
#[derive(Debug)]
pub struct Line {
    capacity: usize,
    signs: Side,
    reads: Side,
    last: Place,
}

/// The waiting callers of one purpose: customers in the order of their turns, each with its callers in the order in which they came.
#[derive(Debug, Default)]
struct Side(Vec<Turn>);

#[derive(Debug)]
struct Turn {
    customer: CustomerId,
    places: VecDeque<Place>,
    /// Until then this customer may take nothing, however much is free, and nobody waits behind it.
    passed_over_until: Duration,
}

impl Side {
    fn len(&self) -> usize {
        self.0.iter().map(|turn| turn.places.len()).sum()
    }

    fn turn(&mut self, customer: &CustomerId) -> Option<&mut Turn> {
        self.0.iter_mut().find(|turn| turn.customer == *customer)
    }

    fn own(&self, customer: &CustomerId) -> usize {
        self.0.iter().find(|turn| turn.customer == *customer).map_or(0, |turn| turn.places.len())
    }

    /// How many can take a place at `now`.
    fn ready(&self, now: Duration) -> usize {
        self.0.iter().filter(|turn| turn.passed_over_until <= now).map(|turn| turn.places.len()).sum()
    }

    /// How many come before the place, or before a newcomer of this customer: those of its own before it, and of each other customer as many
    /// as have had their turn by then.
    fn before(&self, customer: &CustomerId, place: Option<Place>, now: Duration) -> usize {
        let mine = self.0.iter().position(|turn| turn.customer == *customer);
        let rounds = match (mine, place) {
            (Some(mine), Some(place)) => self.0[mine].places.iter().take_while(|own| **own != place).count(),
            (Some(mine), None) => self.0[mine].places.len(),
            (None, _) => 0,
        };
        let others = self.0.iter().enumerate().filter(|(index, turn)| Some(*index) != mine && turn.passed_over_until <= now);
        let turns = others.map(|(index, turn)| turn.places.len().min(rounds + usize::from(mine.is_none_or(|mine| index < mine))));
        rounds + turns.sum::<usize>()
    }
}

impl Line {
    /// A line for at most `capacity` callers.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, signs: Side::default(), reads: Side::default(), last: 0 }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.signs.len() + self.reads.len()
    }

    /// Who comes before a waiting call, or before a new one.
    pub fn ahead(&self, call: &Call, place: Option<Place>, now: Duration) -> Ahead {
        match call.purpose {
            Purpose::Sign => Ahead { all: self.signs.before(&call.customer, place, now), reads: 0 },
            Purpose::Read => {
                let reads = self.reads.before(&call.customer, place, now);
                Ahead { all: self.signs.ready(now) + reads, reads }
            }
        }
    }

    /// Joins at the end. `None` where the line is full: for a customer, when it has as many in it as there is room left; for a read, earlier
    /// than for signing.
    pub fn join(&mut self, call: &Call) -> Option<Place> {
        let own = self.signs.own(&call.customer) + self.reads.own(&call.customer);
        let mut room = own + self.len() < self.capacity;
        if call.purpose == Purpose::Read {
            let capacity = self.capacity - self.capacity / 5;
            room &= self.reads.own(&call.customer) + self.reads.len() < capacity;
        }
        if !room {
            return None;
        }
        self.last += 1;
        let place = self.last;
        let side = self.side(call.purpose);
        match side.turn(&call.customer) {
            Some(turn) => turn.places.push_back(place),
            None => side.0.push(Turn {
                customer: call.customer.clone(),
                places: VecDeque::from([place]),
                passed_over_until: Duration::ZERO,
            }),
        }
        Some(place)
    }

    /// Leaves the line without having taken anything.
    pub fn leave(&mut self, call: &Call, place: Place) {
        let side = self.side(call.purpose);
        if let Some(turn) = side.turn(&call.customer) {
            turn.places.retain(|own| *own != place);
        }
        side.0.retain(|turn| !turn.places.is_empty());
    }

    /// Leaves the line with what it waited for: the customer's next turn comes after everybody else's.
    pub fn served(&mut self, call: &Call, place: Place) {
        let side = self.side(call.purpose);
        if let Some(index) = side.0.iter().position(|turn| turn.customer == call.customer) {
            let turn = side.0.remove(index);
            side.0.push(turn);
        }
        self.leave(call, place);
    }

    /// The customer has used up its own part until then. Says whether others can come before it now who could not before.
    pub fn pass_over(&mut self, call: &Call, place: Place, now: Duration, until: Duration) -> bool {
        // Only who is first of its customer knows: the others count what is before them.
        let turn = self.side(call.purpose).turn(&call.customer).filter(|turn| turn.places.front() == Some(&place));
        let Some(turn) = turn else { return false };
        let news = turn.passed_over_until <= now;
        turn.passed_over_until = until;
        news
    }

    fn side(&mut self, purpose: Purpose) -> &mut Side {
        match purpose {
            Purpose::Sign => &mut self.signs,
            Purpose::Read => &mut self.reads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Purpose::{Read, Sign};
    use proptest::prelude::*;

    fn call(purpose: Purpose, customer: usize) -> Call {
        Call { purpose, customer: CustomerId::new(format!("cust_{customer}")).unwrap() }
    }

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn should_leave_room_for_other_customers_and_for_signing() {
        let mut line = Line::new(256);
        let mut join = |purpose, customer| std::iter::from_fn(|| line.join(&call(purpose, customer))).count();
        // 205 may read: half of them for one, half of the rest for the next. Then 51 more may sign.
        assert_eq!([join(Read, 0), join(Read, 1), join(Sign, 0), join(Sign, 2)], [103, 51, 0, 51]);
        assert_eq!(line.len(), 205);
        let mut line = Line::new(256);
        assert_eq!((0..300).filter(|customer| line.join(&call(Read, *customer)).is_some()).count(), 205);
        assert_eq!((300..600).filter(|customer| line.join(&call(Sign, *customer)).is_some()).count(), 51);
    }

    #[test]
    fn should_not_wait_behind_who_is_passed_over() {
        let mut line = Line::new(9);
        let (first, second) = (line.join(&call(Sign, 1)).unwrap(), line.join(&call(Sign, 1)).unwrap());
        let ahead = |line: &Line, purpose, at| line.ahead(&call(purpose, 2), None, MS(at));
        assert_eq!((ahead(&line, Sign, 0).all, ahead(&line, Read, 0).all), (1, 2));
        // The second does not know: it counts the first as having been served.
        assert!(!line.pass_over(&call(Sign, 1), second, MS(0), MS(50)));
        assert_eq!(ahead(&line, Sign, 0).all, 1);
        assert!(line.pass_over(&call(Sign, 1), first, MS(0), MS(50)));
        assert!(!line.pass_over(&call(Sign, 1), first, MS(10), MS(60)));
        assert_eq!((ahead(&line, Sign, 59).all, ahead(&line, Read, 59).all), (0, 0));
        assert_eq!((ahead(&line, Sign, 60).all, ahead(&line, Read, 60).all), (1, 2));
        assert!(line.pass_over(&call(Sign, 1), first, MS(60), MS(70)));
    }

    proptest! {
        /// The oracle serves the line by going round, one of each customer.
        #[test]
        fn should_know_who_comes_before_whom(steps in prop::collection::vec((0u8..6, 0usize..5, any::<prop::sample::Index>()), 1..60)) {
            let mut line = Line::new(1000);
            let mut rounds: [Vec<(usize, Vec<Place>)>; 2] = Default::default();
            for (kind, customer, which) in steps {
                let purpose = if kind % 2 == 0 { Read } else { Sign };
                let side = &mut rounds[usize::from(purpose == Sign)];
                let waiting: Vec<(usize, Place)> =
                    side.iter().flat_map(|(customer, places)| places.iter().map(|place| (*customer, *place))).collect();
                if kind < 4 || waiting.is_empty() {
                    let place = line.join(&call(purpose, customer)).unwrap();
                    match side.iter_mut().find(|(known, _)| *known == customer) {
                        Some((_, places)) => places.push(place),
                        None => side.push((customer, vec![place])),
                    }
                } else {
                    let (customer, place) = waiting[which.index(waiting.len())];
                    let index = side.iter().position(|(known, _)| *known == customer).unwrap();
                    let mut turn = side.remove(index);
                    turn.1.retain(|own| *own != place);
                    let is_over = turn.1.is_empty();
                    if which.index(2) == 0 {
                        line.served(&call(purpose, customer), place);
                        side.push(turn);
                    } else {
                        line.leave(&call(purpose, customer), place);
                        side.insert(index, turn);
                    }
                    if is_over {
                        side.retain(|(known, _)| *known != customer);
                    }
                }
                let order = |side: &[(usize, Vec<Place>)]| {
                    let mut rest: std::collections::VecDeque<_> = side.iter().cloned().collect();
                    let mut order = Vec::new();
                    while let Some((customer, mut places)) = rest.pop_front() {
                        order.push((customer, places.remove(0)));
                        if !places.is_empty() {
                            rest.push_back((customer, places));
                        }
                    }
                    order
                };
                let (reads, signs) = (order(&rounds[0]), order(&rounds[1]));
                prop_assert_eq!(line.len(), reads.len() + signs.len());
                for (index, (customer, place)) in signs.iter().enumerate() {
                    let ahead = line.ahead(&call(Sign, *customer), Some(*place), MS(0));
                    prop_assert_eq!(ahead, Ahead { all: index, reads: 0 });
                }
                for (index, (customer, place)) in reads.iter().enumerate() {
                    let ahead = line.ahead(&call(Read, *customer), Some(*place), MS(0));
                    prop_assert_eq!(ahead, Ahead { all: signs.len() + index, reads: index });
                }
                // A newcomer comes where it would stand if it joined.
                let newcomer = line.ahead(&call(Read, 0), None, MS(0));
                let place = line.join(&call(Read, 0)).unwrap();
                prop_assert_eq!(line.ahead(&call(Read, 0), Some(place), MS(0)), newcomer);
                line.leave(&call(Read, 0), place);
            }
        }
    }
}
