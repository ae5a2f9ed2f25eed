//! A store with the library's interface, as far as it is used, over a lock of shuttle's. What is over its bytes throws away what came first.

use shuttle::sync::Mutex;
use std::borrow::Borrow;
use std::time::Duration;

type Weigh<K, V> = Box<dyn Fn(&K, &V) -> u32 + Send + Sync>;

pub struct Cache<K, V> {
    entries: Mutex<Vec<(K, V)>>,
    most: u64,
    weigh: Weigh<K, V>,
}

pub struct Builder<K, V> {
    most: u64,
    weigh: Weigh<K, V>,
}

impl<K: Clone + Eq, V: Clone> Cache<K, V> {
    pub fn builder() -> Builder<K, V> {
        Builder { most: 0, weigh: Box::new(|_, _| 1) }
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

    pub fn invalidate<Q: ?Sized + Eq>(&self, key: &Q)
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

impl<K, V> Builder<K, V> {
    pub fn max_capacity(self, most: u64) -> Self {
        Self { most, ..self }
    }

    pub fn weigher(self, weigh: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        Self { weigh: Box::new(weigh), ..self }
    }

    /// Time stands still here: what the library ends by itself comes on top.
    pub fn time_to_live(self, _: Duration) -> Self {
        self
    }

    pub fn build(self) -> Cache<K, V> {
        Cache { entries: Mutex::new(Vec::new()), most: self.most, weigh: self.weigh }
    }
}
