//! How many upstream calls may be made, and when. Pure: time is handed in.

use std::collections::VecDeque;
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

/// At most `limit` calls in any sliding 60 seconds, of which reads get at most `limit - reserved`.
///
/// It remembers the moment of every call of the last 60 seconds. A token bucket would be smaller and would allow nearly twice the limit around
/// a burst.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    reads: usize,
    /// Moments since some fixed start, oldest first.
    taken: VecDeque<(Duration, Purpose)>,
}

impl Budget {
    /// A budget of `limit` calls, a fifth of them kept for signing (none of a budget below 5).
    pub fn new(limit: u32) -> Self {
        let limit = limit as usize;
        Self { limit, reads: limit - limit / 5, taken: VecDeque::new() }
    }

    /// Takes one call at the moment `now`, which never goes back.
    ///
    /// # Errors
    /// How long to wait, where nothing is left: by then, and not earlier, a call of this kind is free again.
    pub fn take(&mut self, now: Duration, purpose: Purpose) -> Result<(), Duration> {
        self.forget(now);
        // A call frees its place when it leaves the window. The one that must leave first is the oldest of as many as make the limit full.
        let blocking = |all: usize, limit: usize, mine: &dyn Fn(&Purpose) -> bool| {
            let mut moments = self.taken.iter().filter(|(_, purpose)| mine(purpose)).map(|(moment, _)| *moment);
            if all >= limit { moments.nth(all - limit) } else { None }
        };
        let mut wait = blocking(self.taken.len(), self.limit, &|_| true);
        if purpose == Purpose::Read {
            let reads = self.taken.iter().filter(|(_, purpose)| *purpose == Purpose::Read).count();
            wait = wait.max(blocking(reads, self.reads, &|purpose| *purpose == Purpose::Read));
        }
        match wait {
            Some(moment) => Err((moment + WINDOW).saturating_sub(now)),
            None => {
                self.taken.push_back((now, purpose));
                Ok(())
            }
        }
    }

    /// How many calls the window holds at `now`.
    pub fn used(&mut self, now: Duration) -> usize {
        self.forget(now);
        self.taken.len()
    }

    fn forget(&mut self, now: Duration) {
        while self.taken.front().is_some_and(|(moment, _)| *moment + WINDOW <= now) {
            self.taken.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn should_keep_a_share_for_signing() {
        let mut budget = Budget::new(10);
        let reads = (0..10).filter(|_| budget.take(MS(0), Purpose::Read).is_ok()).count();
        let signs = (0..10).filter(|_| budget.take(MS(0), Purpose::Sign).is_ok()).count();
        assert_eq!((reads, signs), (8, 2));
    }

    #[test]
    fn should_say_how_long_to_wait_and_be_right() {
        let mut budget = Budget::new(2);
        assert_eq!(budget.take(MS(1_000), Purpose::Sign), Ok(()));
        assert_eq!(budget.take(MS(11_000), Purpose::Sign), Ok(()));
        assert_eq!(budget.take(MS(21_000), Purpose::Read), Err(MS(40_000)));
        assert_eq!(budget.take(MS(60_999), Purpose::Read), Err(MS(1)));
        assert_eq!(budget.take(MS(61_000), Purpose::Read), Ok(()));
        assert_eq!(budget.used(MS(61_000)), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// The oracle keeps everything that was ever granted and counts by looking at all of it.
        #[test]
        fn should_never_exceed_the_limit_in_any_sliding_minute(
            limit in 1u32..=12,
            steps in proptest::collection::vec((0u64..20_000, any::<bool>()), 1..200),
        ) {
            let mut budget = Budget::new(limit);
            let mut granted: Vec<(u64, bool)> = Vec::new();
            let mut now = 0;
            for (step, sign) in steps {
                now += step;
                let in_window = |granted: &[(u64, bool)], at: u64, reads_only: bool| {
                    granted.iter().filter(|(moment, sign)| moment + 60_000 > at && !(reads_only && *sign)).count()
                };
                let free = |granted: &[(u64, bool)], at: u64| {
                    in_window(granted, at, false) < limit as usize
                        && (sign || in_window(granted, at, true) < (limit - limit / 5) as usize)
                };
                match budget.take(MS(now), if sign { Purpose::Sign } else { Purpose::Read }) {
                    Ok(()) => {
                        prop_assert!(free(&granted, now));
                        granted.push((now, sign));
                    }
                    Err(wait) => {
                        let then = now + wait.as_millis() as u64;
                        prop_assert!(!free(&granted, now) && !free(&granted, then - 1) && free(&granted, then));
                    }
                }
            }
            for &(start, _) in &granted {
                let within = granted.iter().filter(|(moment, _)| (start..start + 60_000).contains(moment)).count();
                prop_assert!(within <= limit as usize);
            }
        }
    }
}
