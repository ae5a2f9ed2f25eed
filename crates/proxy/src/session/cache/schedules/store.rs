//! A store with [`crate::cache`]'s interface, as far as it is used, over a lock of shuttle's. What is over its bytes throws away what came first.

use shuttle::sync::Mutex;
use std::borrow::Borrow;
use std::time::Duration;

pub struct Cache<K, V> {
    entries: Mutex<Vec<(K, V)>>,
    most: u64,
    weigh: fn(&K, &V) -> u32,
}

impl<K: Clone + Eq, V: Clone> Cache<K, V> {
    /// Time stands still here: what the real one ends by itself comes on top.
    pub fn new(most: u64, _: u32, _: Duration, weigh: fn(&K, &V) -> u32) -> Self {
        Self { entries: Mutex::new(Vec::new()), most, weigh }
    }

    pub fn get<Q: ?Sized + Eq>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let entries = self.entries.lock().unwrap();
        entries.iter().find(|(known, _)| known.borrow() == key).map(|(_, value)| value.clone())
    }

    pub fn insert(&self, key: K, value: V) {
        let mut entries = self.entries.lock().unwrap();
        entries.retain(|(known, _)| *known != key);
        entries.push((key, value));
        while self.weigh(&entries) > self.most {
            entries.remove(0);
        }
    }

    pub fn remove<Q: ?Sized + Eq>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.entries.lock().unwrap().retain(|(known, _)| known.borrow() != key);
    }

    /// What is kept, in bytes.
    pub fn weight(&self) -> u64 {
        self.weigh(&self.entries.lock().unwrap())
    }

    fn weigh(&self, entries: &[(K, V)]) -> u64 {
        entries.iter().map(|(key, value)| u64::from((self.weigh)(key, value))).sum()
    }
}
