//! The same code under shuttle: whatever the order, two never probe at once, and the probe is never lost.

mod sync {
    pub use shuttle::sync::Mutex;
}

#[allow(dead_code, clippy::duplicate_mod, reason = "compiled once more on purpose, for another lock")]
#[path = "shared.rs"]
mod shared;

use super::machine;
use machine::{Position, Rules};
use shared::Breaker;
use shuttle::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// Orders that are tried by each scheduler.
const SCHEDULES: usize = 2000;

#[test]
fn should_let_one_of_three_probe_in_any_order() {
    let test = || {
        let at = Duration::from_secs(1);
        let breaker = Arc::new(Breaker::new(Rules { failures: 1, ..Rules::default() }));
        breaker.admit(Duration::ZERO).unwrap().failed(Duration::ZERO);
        let (under_way, probes) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let threads = [0, 1, 2].map(|number| {
            let (breaker, under_way, probes) = (Arc::clone(&breaker), Arc::clone(&under_way), Arc::clone(&probes));
            thread::spawn(move || {
                let Ok(probe) = breaker.admit(at) else { return };
                assert_eq!(under_way.fetch_add(1, SeqCst), 0, "two probes at once");
                thread::yield_now();
                under_way.fetch_sub(1, SeqCst);
                probes.fetch_add(1, SeqCst);
                // The second one leaves without a verdict, so that the others may come after it.
                match number {
                    1 => drop(probe),
                    _ => probe.failed(at),
                }
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        // One probe failed, or the only one left: then, and only then, somebody may probe still.
        let left = breaker.admit(at);
        match probes.load(SeqCst) {
            1 | 2 => assert_eq!(left.is_ok(), breaker.position(at) == Position::HalfOpen),
            other => panic!("{other} probes"),
        }
        // The pause was doubled once at most: no verdict counted twice.
        drop(left);
        assert!(breaker.admit(at + Duration::from_secs(2)).is_ok());
    };
    shuttle::check_random(test, SCHEDULES);
    shuttle::check_pct(test, SCHEDULES, 3);
}
