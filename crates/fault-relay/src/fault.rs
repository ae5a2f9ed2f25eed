//! What can go wrong between two ends of a TCP connection.

use std::time::Duration;

/// Which way the bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From who connected to the relay: requests.
    ToUpstream,
    /// From the server behind the relay: answers.
    ToClient,
}

/// One direction's fault. Bytes are counted by connection, from the moment the fault is set (or the connection is made, if that is later), so
/// that a connection that is kept open for several requests meets it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// None: bytes pass as they come.
    #[default]
    None,
    /// Each piece that arrives is held for `delay`, and by chance up to `jitter` longer.
    Latency {
        /// At least so long.
        delay: Duration,
        /// At most so much longer.
        jitter: Duration,
    },
    /// No more bytes than this in a second.
    Bandwidth {
        /// 1 at least.
        bytes_per_second: u32,
    },
    /// Pieces of 1 to `most` bytes, by chance, with a pause before each.
    Slicer {
        /// The longest piece, 1 at least.
        most: u32,
        /// Before each piece.
        pause: Duration,
    },
    /// After so many bytes the connection is closed in order (FIN) on both sides, whatever is still to come.
    LimitData {
        /// 0 closes at once.
        bytes: u64,
    },
    /// After so many bytes the connection is reset (RST) on both sides.
    Reset {
        /// 0 resets at once.
        bytes: u64,
    },
    /// After so many bytes nothing passes any more, and the connection stays open: the peer waits until it has had enough.
    Silence {
        /// 0 is silent at once.
        bytes: u64,
    },
    /// After so many bytes this direction is closed (FIN), and the other one stays open.
    HalfClose {
        /// 0 closes at once.
        bytes: u64,
    },
}

/// What happens once as many bytes have passed as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Close,
    Reset,
    Silence,
    HalfClose,
}

impl Fault {
    /// How many more bytes may pass after `passed`, and what happens then.
    pub(crate) fn limit(self, passed: u64) -> Option<(u64, Limit)> {
        let (bytes, limit) = match self {
            Self::LimitData { bytes } => (bytes, Limit::Close),
            Self::Reset { bytes } => (bytes, Limit::Reset),
            Self::Silence { bytes } => (bytes, Limit::Silence),
            Self::HalfClose { bytes } => (bytes, Limit::HalfClose),
            Self::None | Self::Latency { .. } | Self::Bandwidth { .. } | Self::Slicer { .. } => return None,
        };
        Some((bytes.saturating_sub(passed), limit))
    }

    /// The next piece of `available` bytes, and how long to hold it first.
    pub(crate) fn piece(self, available: usize, chance: &mut fastrand::Rng) -> (usize, Duration) {
        match self {
            Self::Latency { delay, jitter } => (available, delay + jitter.mul_f64(chance.f64())),
            Self::Bandwidth { bytes_per_second } => {
                // A twentieth of a second's worth at a time, so that bytes trickle instead of coming in bursts.
                let rate = bytes_per_second.max(1);
                let piece = available.min((rate as usize).div_ceil(20));
                (piece, Duration::from_secs_f64(piece as f64 / f64::from(rate)))
            }
            Self::Slicer { most, pause } => (available.min(chance.usize(1..=most.max(1) as usize)), pause),
            _ => (available, Duration::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_leave_the_same_to_chance_for_the_same_seed() {
        let pieces = |seed| {
            let mut chance = fastrand::Rng::with_seed(seed);
            let slicer = Fault::Slicer { most: 100, pause: Duration::ZERO };
            let latency = Fault::Latency { delay: Duration::from_secs(1), jitter: Duration::from_secs(1) };
            (0..50).map(|_| (slicer.piece(1000, &mut chance).0, latency.piece(1000, &mut chance).1)).collect::<Vec<_>>()
        };
        assert_eq!(pieces(7), pieces(7));
        assert_ne!(pieces(7), pieces(8));
        for (piece, held) in pieces(7) {
            assert!((1..=100).contains(&piece) && (Duration::from_secs(1)..=Duration::from_secs(2)).contains(&held));
        }
    }

    #[test]
    fn should_let_as_much_through_in_a_second_as_the_bandwidth_says() {
        for rate in [1, 19, 1000, 1_000_000] {
            let (piece, held) = Fault::Bandwidth { bytes_per_second: rate }.piece(1 << 30, &mut fastrand::Rng::with_seed(1));
            let per_second = piece as f64 / held.as_secs_f64();
            assert!((per_second / f64::from(rate) - 1.0).abs() < 1e-6, "{rate}: {per_second}");
        }
    }
}
