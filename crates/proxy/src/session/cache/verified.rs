//! What is kept of a verified token, and when it counts. Over a store of the parent's.

use super::{Cache, Claims, Session, Validity};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The most that is kept, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// What an entry costs beside its texts, in bytes: the library's own nodes, reference counts, allocations.
pub(super) const OVERHEAD: usize = 512;

/// What one more order of a token costs beside its text, in bytes.
pub(super) const ORDER_OVERHEAD: usize = 64;

/// What most entries cost, in bytes.
const TYPICAL: u32 = 1500;

/// A token is verified anew after this, however long it holds, and forgotten while others come: secrets of customers who have left are not kept.
const MAX_AGE: Duration = Duration::from_secs(300);

/// A moment, on two clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Since the epoch: what `exp` and `nbf` are compared with. It may be set back.
    pub wall: Duration,
    /// Only ever goes forward.
    pub steady: Instant,
}

impl Moment {
    /// Now. A wall clock before 1970 is broken, and no token holds by it.
    pub fn now() -> Self {
        Self { wall: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::MAX), steady: Instant::now() }
    }
}

/// The verified tokens, bounded in bytes.
pub struct TokenCache(pub(super) Cache<Arc<str>, Arc<Entry>>);

/// What is known of a token.
pub(super) struct Entry {
    session: Session,
    validity: Validity,
    /// Where the wall clock is set back, this ends it.
    until: Instant,
    /// Which set of keys verified it.
    generation: u64,
}

impl TokenCache {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::with_capacity(MAX_BYTES)
    }

    /// In so many bytes.
    pub(super) fn with_capacity(bytes: u64) -> Self {
        Self(Cache::new(bytes, TYPICAL, MAX_AGE, |token, entry| {
            let orders = entry.session.orders().into_iter().flatten().map(|order| order.as_str().len() + ORDER_OVERHEAD);
            u32::try_from(OVERHEAD + token.len() + orders.sum::<usize>()).unwrap_or(u32::MAX)
        }))
    }

    /// The session of a token that was verified under this generation of keys and holds now.
    pub fn get(&self, token: &str, generation: u64, now: Moment) -> Option<Session> {
        let entry = self.0.get(token)?;
        let holds = entry.generation == generation && now.steady < entry.until && entry.validity.check(now.wall).is_ok();
        if !holds {
            self.0.remove(token);
        }
        holds.then(|| entry.session.clone())
    }

    /// Keeps a token that was verified just now, under this generation of keys.
    pub fn insert(&self, token: &str, generation: u64, claims: &Claims, now: Moment) {
        let left = Duration::from_secs(claims.validity.expires).saturating_sub(now.wall).min(MAX_AGE);
        let entry = Entry { session: claims.session.clone(), validity: claims.validity, until: now.steady + left, generation };
        self.0.insert(token.into(), Arc::new(entry));
    }
}
