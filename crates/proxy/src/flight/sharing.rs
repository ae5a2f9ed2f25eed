//! The sharing itself. What is asked before (may this customer have it?) and after (remember it) is the caller's.

use super::sync::Mutex;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;
use tracing::Instrument;

/// Starts a task of its own: `tokio::spawn`, or the spawner of a test that orders tasks itself.
pub type Spawn = fn(Pin<Box<dyn Future<Output = ()> + Send>>);

/// How an asker came by its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its own run made the answer.
    Led,
    /// Somebody else's run, which was under way, made it.
    Joined,
}

/// The run ended without an answer: it panicked, or the runtime is shutting down. Whoever asks next starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared run ended without an answer")]
pub struct Lost;

/// What is being run for one key: the place where its answer will appear.
type Answer<V> = watch::Receiver<Option<V>>;

type Running<K, V> = Arc<Mutex<HashMap<K, Answer<V>>>>;

/// The runs that are under way, one for a key. Nothing is kept beyond a run's end, so this is no cache; as many entries exist as runs, and each
/// lasts as long as its run, which has to have a deadline of its own.
pub struct Flights<K, V> {
    running: Running<K, V>,
    is_personal: fn(&V) -> bool,
    spawn: Spawn,
}

impl<K, V> Flights<K, V>
where
    K: Eq + Hash + Clone + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// No runs yet. `is_personal`: whether an answer concerns its leader alone, such as "your own share is used up". It is given to nobody who
    /// joined: of those, the first becomes the leader of a new run, and the others join that one.
    pub fn new(is_personal: fn(&V) -> bool) -> Self {
        // In the leader's span: what is logged in the run names the request that began it.
        Self::spawning(is_personal, |run| drop(tokio::spawn(run.in_current_span())))
    }

    /// As [`Flights::new`], with a spawner of one's own.
    pub fn spawning(is_personal: fn(&V) -> bool, spawn: Spawn) -> Self {
        Self { running: Arc::default(), is_personal, spawn }
    }

    /// The answer for `key`: of the run that is under way or, where none is, of `run`, which then becomes a task that goes on even if every asker
    /// leaves. A failure is an answer like any other: those who waited get it, and whoever asks later starts anew. `run` is called once at most.
    ///
    /// Of n askers at once each leads once at most, so that nobody joins more than n runs, however personal their answers are.
    ///
    /// # Errors
    /// [`Lost`] where the run panicked or was stopped. The key is free by then.
    pub async fn share<Run>(&self, key: &K, run: impl FnOnce() -> Run) -> Result<(V, Role), Lost>
    where
        Run: Future<Output = V> + Send + 'static,
    {
        loop {
            match self.board(key) {
                Boarding::Leads(flight, answer) => {
                    let run = run();
                    (self.spawn)(Box::pin(async move { flight.land(run.await) }));
                    return Ok((landed(answer).await?, Role::Led));
                }
                Boarding::Joined(answer) => {
                    let value = landed(answer).await?;
                    if !(self.is_personal)(&value) {
                        return Ok((value, Role::Joined));
                    }
                }
            }
        }
    }

    /// How many runs are under way.
    #[cfg(test)]
    pub fn under_way(&self) -> usize {
        lock(&self.running, |running| running.len())
    }

    fn board(&self, key: &K) -> Boarding<K, V> {
        lock(&self.running, |running| match running.entry(key.clone()) {
            Entry::Occupied(entry) => Boarding::Joined(entry.get().clone()),
            Entry::Vacant(entry) => {
                let (told, answer) = watch::channel(None);
                entry.insert(answer.clone());
                Boarding::Leads(Flight { running: Arc::clone(&self.running), key: key.clone(), told: Some(told) }, answer)
            }
        })
    }
}

enum Boarding<K: Eq + Hash, V> {
    Joined(Answer<V>),
    Leads(Flight<K, V>, Answer<V>),
}

/// A run's place among those under way. Dropped before it has landed, as a panic does it, it frees the key and loses the answer.
struct Flight<K: Eq + Hash, V> {
    running: Running<K, V>,
    key: K,
    told: Option<watch::Sender<Option<V>>>,
}

impl<K: Eq + Hash, V> Flight<K, V> {
    /// Frees the key, and only then tells: who hears of a failure and asks again must not meet the run that failed.
    fn land(mut self, value: V) {
        let told = self.told.take();
        drop(self);
        told.map(|told| told.send_replace(Some(value)));
    }
}

impl<K: Eq + Hash, V> Drop for Flight<K, V> {
    fn drop(&mut self) {
        // The entry that is taken out holds a receiver: it is dropped after the lock is free.
        drop(lock(&self.running, |running| running.remove(&self.key)));
    }
}

async fn landed<V: Clone>(mut answer: Answer<V>) -> Result<V, Lost> {
    let landed = answer.wait_for(Option::is_some).await.map_err(|_| Lost)?;
    landed.clone().ok_or(Lost)
}

/// Nothing in here panics with the lock held but `K`'s own `Hash` and `Eq`, which leave the map whole.
fn lock<K, V, R>(running: &Mutex<HashMap<K, Answer<V>>>, act: impl FnOnce(&mut HashMap<K, Answer<V>>) -> R) -> R {
    act(&mut running.lock().unwrap_or_else(PoisonError::into_inner))
}
