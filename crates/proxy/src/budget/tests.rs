use super::Purpose::{Read, Sign};
use super::*;
use proptest::prelude::*;
use std::time::Instant;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn call(purpose: Purpose, customer: usize) -> Call {
    Call { purpose, customer: CustomerId::new(format!("cust_{customer}")).unwrap() }
}

/// Takes a call that ends at once, and says whether it was granted.
fn made(budget: &mut Budget, now: u64, purpose: Purpose, customer: usize) -> bool {
    budget.take(MS(now), &call(purpose, customer)).map(|ticket| budget.settle(ticket, MS(now))).is_ok()
}

fn count(budget: &mut Budget, purpose: Purpose, customers: impl Iterator<Item = usize>) -> usize {
    customers.filter(|customer| made(budget, 0, purpose, *customer)).count()
}

#[test]
fn should_keep_a_share_for_signing() {
    let mut budget = Budget::new(10);
    assert_eq!((count(&mut budget, Read, 0..20), count(&mut budget, Sign, 20..40)), (8, 2));
    assert_eq!([1, 4, 5, 9, 10, 100].map(read_share), [1, 4, 4, 8, 8, 80]);
}

#[test]
fn should_leave_as_much_to_others_as_one_customer_holds() {
    let mut budget = Budget::new(100);
    // 40 of the 80 that may read; then half of what is left, and so on.
    assert_eq!([1, 2, 3].map(|customer| count(&mut budget, Read, std::iter::repeat_n(customer, 99))), [40, 20, 10]);
    // Signing: as long as 30 are free, each may hold 15 of them; who holds more already may not.
    assert_eq!([1, 4].map(|customer| count(&mut budget, Sign, std::iter::repeat_n(customer, 99))), [0, 15]);
    assert_eq!(budget.take(MS(0), &call(Sign, 1)).unwrap_err(), Refused { wait: WINDOW, own: true });
}

#[test]
fn should_say_how_long_to_wait_and_be_right() {
    let mut budget = Budget::new(2);
    assert!(made(&mut budget, 1_000, Sign, 1) && made(&mut budget, 11_000, Sign, 2));
    assert_eq!(budget.take(MS(21_000), &call(Read, 3)).unwrap_err(), Refused { wait: MS(40_000), own: false });
    assert_eq!(budget.take(MS(60_999), &call(Read, 3)).unwrap_err().wait, MS(1));
    assert!(made(&mut budget, 61_000, Read, 3));
    assert_eq!((budget.used(MS(61_000)), budget.used(MS(121_000))), (2, 0));
}

#[test]
fn should_count_a_call_from_its_beginning_until_a_minute_after_its_end() {
    let mut budget = Budget::new(1);
    let ticket = budget.take(MS(0), &call(Read, 1)).unwrap();
    assert_eq!(ticket.purpose(), Read);
    assert_eq!(budget.take(MS(500_000), &call(Sign, 2)).unwrap_err(), Refused { wait: WINDOW, own: false });
    budget.settle(ticket, MS(500_000));
    assert_eq!(budget.take(MS(559_999), &call(Sign, 2)).unwrap_err().wait, MS(1));
    assert!(made(&mut budget, 560_000, Sign, 2));
}

#[test]
fn should_free_a_call_that_was_not_made_at_once() {
    let mut budget = Budget::new(1);
    let ticket = budget.take(MS(0), &call(Read, 1)).unwrap();
    budget.give_back(ticket);
    assert_eq!((budget.used(MS(0)), budget.customers.len()), (0, 0));
    assert!(made(&mut budget, 0, Read, 1));
    let (first, second) = (budget.hold(&call(Sign, 2)), budget.hold(&call(Read, 2)));
    budget.give_back(first);
    budget.settle(second, MS(0));
    assert_eq!((budget.used(MS(0)), budget.customers.len()), (2, 2));
}

#[test]
fn should_hold_what_another_has_granted_and_obey_another_limit() {
    let mut budget = Budget::new(1);
    let tickets = [1, 2, 3].map(|customer| budget.hold(&call(Read, customer)));
    assert_eq!(budget.used(MS(0)), 3);
    tickets.into_iter().for_each(|ticket| budget.settle(ticket, MS(1_000)));
    budget.set_limit(4);
    assert_eq!(budget.take(MS(1_000), &call(Sign, 4)).map(|ticket| budget.settle(ticket, MS(1_000))), Ok(()));
    budget.set_limit(0);
    assert_eq!(budget.take(MS(500_000), &call(Sign, 4)).unwrap_err(), Refused { wait: WINDOW, own: false });
}

#[test]
fn should_remember_what_was_called_before() {
    let mut budget = Budget::new(10);
    (1..=8).for_each(|number| budget.remember(Read, MS(number)));
    assert_eq!(budget.take(MS(0), &call(Read, 1)).unwrap_err(), Refused { wait: MS(1), own: false });
    assert_eq!((made(&mut budget, 0, Sign, 1), made(&mut budget, 1, Read, 2)), (true, true));
    assert_eq!(budget.used(MS(7)), 3);
}

#[test]
fn should_keep_no_customer_who_holds_nothing() {
    let mut budget = Budget::new(100);
    assert_eq!(count(&mut budget, Read, 0..50), 50);
    assert_eq!((budget.used(MS(59_999)), budget.customers.len()), (50, 50));
    assert_eq!((budget.used(MS(60_000)), budget.customers.len()), (0, 0));
}

#[test]
fn should_stay_in_order_where_moments_were_read_in_another_order() {
    let mut budget = Budget::new(2);
    let (first, second) = (budget.take(MS(0), &call(Read, 1)).unwrap(), budget.take(MS(0), &call(Read, 2)).unwrap());
    budget.settle(first, MS(20));
    budget.settle(second, MS(10));
    assert_eq!((budget.used(MS(60_019)), budget.used(MS(60_020))), (2, 0));
}

/// A refusal that looked at each of the 100,000 calls would take minutes here.
#[test]
fn should_refuse_fast_however_large_the_limit_is() {
    let mut budget = Budget::new(100_000);
    assert_eq!(count(&mut budget, Sign, 0..100_000), 100_000);
    let start = Instant::now();
    assert_eq!(count(&mut budget, Read, 0..50_000), 0);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

/// The oracle: every call that was ever granted, looked at one by one.
#[derive(Default)]
struct Oracle(Vec<Granted>);

struct Granted {
    purpose: Purpose,
    customer: usize,
    taken: u64,
    ended: Option<u64>,
}

impl Oracle {
    /// How many hold a place at the moment `at`, if those still in flight at `now` end then.
    fn held(&self, at: u64, now: u64, counts: impl Fn(&Granted) -> bool) -> usize {
        let holds = |call: &&Granted| call.taken <= at && at < call.ended.unwrap_or(now) + 60_000;
        self.0.iter().filter(|call| counts(call)).filter(holds).count()
    }

    /// Whether the rules grant a call at `at`: total, share of reads, and own part of each.
    fn grants(&self, at: u64, now: u64, purpose: Purpose, customer: usize, limit: u32, ahead: Ahead) -> bool {
        let part = |limit: u32, ahead: usize, counts: &dyn Fn(&Granted) -> bool| {
            let free = i64::from(limit) - self.held(at, now, counts) as i64 - ahead as i64;
            (self.held(at, now, |call| counts(call) && call.customer == customer) as i64) < free
        };
        let reads = purpose == Sign || part(limit - limit / 5, ahead.reads, &|call| call.purpose == Read);
        reads && part(limit, ahead.all, &|_| true)
    }
}

#[derive(Debug, Clone)]
enum Step {
    Take { purpose: Purpose, customer: usize, ahead: Ahead },
    End { which: prop::sample::Index },
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let purpose = prop_oneof![2 => Just(Read), 1 => Just(Sign)];
    let ahead = prop_oneof![
        3 => Just(Ahead::default()),
        1 => (0usize..4, 0usize..4).prop_map(|(reads, signs)| Ahead { all: reads + signs, reads }),
    ];
    let step = prop_oneof![
        5 => (purpose, 0usize..4, ahead).prop_map(|(purpose, customer, ahead)| Step::Take { purpose, customer, ahead }),
        4 => any::<prop::sample::Index>().prop_map(|which| Step::End { which }),
        2 => (0u64..20_000).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..250)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn should_agree_with_an_oracle_that_keeps_everything(limit in 1u32..=24, before in 0usize..6, steps in steps()) {
        let (mut budget, mut oracle, mut now) = (Budget::new(limit), Oracle::default(), 60_000);
        let mut open: Vec<(usize, Ticket)> = Vec::new();
        for number in 0..before.min(limit as usize) {
            let ended = 1_000 + 9_000 * number as u64;
            budget.remember(Sign, MS(ended + 60_000));
            oracle.0.push(Granted { purpose: Sign, customer: usize::MAX, taken: 0, ended: Some(ended) });
        }
        for step in steps {
            match step {
                Step::Pass(millis) => now += millis,
                Step::End { which } if !open.is_empty() => {
                    let (granted, ticket) = open.swap_remove(which.index(open.len()));
                    budget.settle(ticket, MS(now));
                    oracle.0[granted].ended = Some(now);
                }
                Step::End { .. } => {}
                Step::Take { purpose, customer, ahead } => {
                    let grants = |at| oracle.grants(at, now, purpose, customer, limit, ahead);
                    match budget.take_behind(MS(now), &call(purpose, customer), ahead) {
                        Ok(ticket) => {
                            // A call in flight holds its place at this moment, whenever it began.
                            prop_assert!(grants(now));
                            open.push((oracle.0.len(), ticket));
                            oracle.0.push(Granted { purpose, customer, taken: now, ended: None });
                        }
                        Err(Refused { wait, own }) => {
                            let wait = wait.as_millis() as u64;
                            prop_assert!(wait >= 1 && !grants(now) && !grants(now + wait - 1));
                            // Those who wait before may be more than the whole limit; then there is only "a minute at least".
                            let possible =
                                ahead.all < limit as usize && (purpose == Sign || ahead.reads < (limit - limit / 5) as usize);
                            let right = if possible { grants(now + wait) } else { wait == 60_000 };
                            prop_assert!(right);
                            prop_assert_eq!(own, oracle.grants(now + wait - 1, now, purpose, 99, limit, ahead));
                        }
                    }
                }
            }
            let held = oracle.held(now, now, |_| true);
            prop_assert_eq!(budget.used(MS(now)), held);
            prop_assert!(held <= limit as usize);
            prop_assert!(oracle.held(now, now, |call| call.purpose == Read) <= (limit - limit / 5) as usize);
        }
        // Whatever 60 seconds the upstream looks at, and whenever between beginning and end it counts each call.
        let made = oracle.0.iter().filter(|call| call.customer != usize::MAX);
        let counted: Vec<u64> = made
            .zip([0, 2, 1].into_iter().cycle())
            .map(|(call, halves)| call.taken + (call.ended.unwrap_or(now) - call.taken) * halves / 2)
            .collect();
        for start in &counted {
            let within = counted.iter().filter(|moment| (*start..start + 60_000).contains(moment)).count();
            prop_assert!(within <= limit as usize);
        }
    }
}
