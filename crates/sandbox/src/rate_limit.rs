//! The vendor's rate limit: so many requests in any sliding 60 seconds, for everyone together.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

/// A sliding window over the moments of the requests that were let through.
pub(crate) struct RateLimiter {
    limit: usize,
    admitted: Mutex<VecDeque<Instant>>,
}

impl RateLimiter {
    pub(crate) fn new(requests_per_minute: u32) -> Self {
        Self { limit: requests_per_minute as usize, admitted: Mutex::default() }
    }

    /// Lets a request through, or says in how many whole seconds (1 to 60) the next one may be.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), u64> {
        let mut admitted = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        while admitted.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            admitted.pop_front();
        }
        match admitted.front() {
            Some(first) if admitted.len() >= self.limit => {
                let wait = WINDOW - now.duration_since(*first);
                Err(wait.as_secs_f64().ceil() as u64)
            }
            _ => {
                admitted.push_back(now);
                Ok(())
            }
        }
    }

    /// Forgets what was let through, so that a test begins with a whole minute's budget.
    pub(crate) fn reset(&self) {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn should_say_when_the_oldest_request_leaves_the_window() {
        let (limiter, start) = (RateLimiter::new(2), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(limiter.admit(at(0)), Ok(()));
        assert_eq!(limiter.admit(at(10_000)), Ok(()));
        assert_eq!(limiter.admit(at(10_500)), Err(50));
        assert_eq!(limiter.admit(at(59_999)), Err(1));
        assert_eq!(limiter.admit(at(60_000)), Ok(()));
        assert_eq!(limiter.admit(at(60_001)), Err(10));
    }

    proptest! {
        #[test]
        fn should_never_admit_more_than_the_limit_in_any_minute(limit in 1_u32..20, gaps in prop::collection::vec(0_u64..20_000, 1..200)) {
            let (limiter, mut now) = (RateLimiter::new(limit), Instant::now());
            let mut admitted: Vec<Instant> = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                match limiter.admit(now) {
                    Ok(()) => admitted.push(now),
                    // Whoever waits as long as told is let through.
                    Err(seconds) => {
                        now += Duration::from_secs(seconds);
                        prop_assert_eq!(limiter.admit(now), Ok(()));
                        admitted.push(now);
                    }
                }
            }
            for (index, moment) in admitted.iter().enumerate() {
                let in_window = admitted[index..].iter().filter(|later| later.duration_since(*moment) < WINDOW).count();
                prop_assert!(in_window <= limit as usize);
            }
        }
    }
}
