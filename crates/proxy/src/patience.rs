//! How long a request waits for the budget, in all.

use std::time::Duration;
use tokio::time::Instant;

/// The one deadline of all of a request's waits for the budget, however many calls it needs: it is handed from each to the next, so that together
/// they end long before the request's own deadline does, and who must come back is told when.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    until: Instant,
    whole: Duration,
}

impl Patience {
    /// From now on for so long.
    pub fn lasting(whole: Duration) -> Self {
        Self { until: Instant::now() + whole, whole }
    }

    /// Never waits.
    pub fn none() -> Self {
        Self::lasting(Duration::ZERO)
    }

    /// What is left of it.
    pub fn left(self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// At least half of it is left: others, who have all of theirs, would mostly be told the same.
    pub fn speaks_for_others(self) -> bool {
        !self.whole.is_zero() && self.left() * 2 >= self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[tokio::test(start_paused = true)]
    async fn should_be_used_up_once_for_all() {
        let patience = Patience::lasting(MS(100));
        assert_eq!((patience.left(), patience.speaks_for_others()), (MS(100), true));
        tokio::time::advance(MS(50)).await;
        assert_eq!((patience.left(), patience.speaks_for_others()), (MS(50), true));
        tokio::time::advance(MS(1)).await;
        assert_eq!((patience.left(), patience.speaks_for_others()), (MS(49), false));
        tokio::time::advance(MS(100)).await;
        assert_eq!((patience.left(), patience.speaks_for_others()), (MS(0), false));
        assert_eq!((Patience::none().left(), Patience::none().speaks_for_others()), (MS(0), false));
    }
}
