//! What is kept in memory for a time: bounded by weight, and forgotten by age. Over `quick_cache`, which knows of no age.
//!
//! A key is hashed with the standard library's hash, whose seed nobody knows: some keys are made of what requests name.

use quick_cache::sync::{Cache as Weighed, DefaultLifecycle};
use quick_cache::{Equivalent, OptionsBuilder, Weighter};
use std::hash::{Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Parts with a lock each, which is held for well below a microsecond. What is heavier than nearly all of a part is not kept.
const SHARDS: usize = 1;

/// Values by their keys.
pub struct Cache<K, V> {
    kept: Weighed<K, Aged<V>, ByWeight, RandomState>,
    weigh: fn(&K, &V) -> u32,
    lives: Duration,
    /// When all that was too old was last thrown away.
    swept: Mutex<Instant>,
}

#[derive(Clone)]
struct Aged<V> {
    value: V,
    weight: u32,
    until: Instant,
}

#[derive(Clone)]
struct ByWeight;

impl<K, V> Weighter<K, Aged<V>> for ByWeight {
    fn weight(&self, _: &K, aged: &Aged<V>) -> u64 {
        // What weighs nothing would never be thrown away for want of room.
        u64::from(aged.weight.max(1))
    }
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// For values that weigh at most `capacity` together, of which one weighs about `typical`, each for as long as it `lives`.
    pub fn new(capacity: u64, typical: u32, lives: Duration, weigh: fn(&K, &V) -> u32) -> Self {
        let items = usize::try_from(capacity / u64::from(typical.max(1))).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new().shards(SHARDS).estimated_items_capacity(items).weight_capacity(capacity).build();
        let options = options.expect("both capacities are set");
        let kept = Weighed::with_options(options, ByWeight, RandomState::new(), DefaultLifecycle::default());
        Self { kept, weigh, lives, swept: Mutex::new(Instant::now()) }
    }

    /// The value, unless it was thrown away or is too old.
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.kept.get(key).filter(|aged| Instant::now() < aged.until).map(|aged| aged.value)
    }

    /// Keeps it, from now on, in the place of what had the same key.
    pub fn insert(&self, key: K, value: V) {
        let now = Instant::now();
        self.sweep(now);
        let weight = (self.weigh)(&key, &value);
        self.kept.insert(key, Aged { value, weight, until: now + self.lives });
    }

    /// Forgets it.
    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) {
        self.kept.remove(key);
    }

    /// Throws away what is too old, once in a lifetime: what nobody asks for is not kept for longer than two of them while others come.
    fn sweep(&self, now: Instant) {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(*swept) < self.lives {
            return;
        }
        *swept = now;
        drop(swept);
        self.kept.retain(|_, aged| now < aged.until);
    }
}

#[cfg(test)]
impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// How many values are kept, those that are too old included.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// What they weigh.
    pub fn weight(&self) -> u64 {
        self.kept.weight()
    }

    /// What they may weigh.
    pub fn capacity(&self) -> u64 {
        self.kept.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[tokio::test(start_paused = true)]
    async fn should_tell_a_value_for_as_long_as_it_lives() {
        let cache = Cache::new(100, 1, S(60), |_, _| 1);
        cache.insert("key", 1);
        advance(S(60) - Duration::from_nanos(1)).await;
        assert_eq!([cache.get("key"), cache.get("other")], [Some(1), None]);
        advance(Duration::from_nanos(1)).await;
        assert_eq!(cache.get("key"), None);
        cache.insert("key", 2);
        advance(S(59)).await;
        // As said anew: it lives as long again.
        cache.insert("key", 3);
        advance(S(59)).await;
        assert_eq!(cache.get("key"), Some(3));
        cache.remove("key");
        assert_eq!(cache.get("key"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn should_not_keep_what_is_too_old_while_others_come() {
        let cache = Cache::new(1000, 1, S(60), |_, _| 1);
        cache.insert(0, ());
        advance(S(59)).await;
        cache.insert(1, ());
        assert_eq!(cache.len(), 2);
        advance(S(1)).await;
        cache.insert(2, ());
        assert_eq!((cache.len(), cache.get(&1)), (2, Some(())));
        advance(S(59)).await;
        cache.insert(3, ());
        assert_eq!(cache.len(), 3, "it is not looked through each time");
        advance(S(1)).await;
        cache.insert(4, ());
        assert_eq!(cache.len(), 2);
    }

    #[test]
    fn should_stay_within_its_weight() {
        let cache = Cache::new(1000, 10, S(60), |_: &u32, weight: &u32| *weight);
        for key in 0..1000 {
            cache.insert(key, 1 + key % 40);
            assert!(cache.weight() <= cache.capacity());
        }
        assert!(cache.weight() >= 800, "{}", cache.weight());
        // Heavy, and kept.
        cache.insert(8, 900);
        assert_eq!(cache.get(&8), Some(900));
        // Too heavy, and what it would replace is no longer true.
        cache.insert(7, 3);
        cache.insert(7, 1001);
        assert_eq!(cache.get(&7), None);
        // What weighs nothing takes its place, too.
        let nothing = Cache::new(100, 1, S(60), |_: &u32, ()| 0);
        (0..1000).for_each(|key| nothing.insert(key, ()));
        assert!(nothing.len() <= 100, "{}", nothing.len());
    }
}
