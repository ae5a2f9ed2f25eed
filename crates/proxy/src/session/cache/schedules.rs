//! The same code under shuttle, over a store that comes to each of its locks in thousands of orders: whoever verifies, replaces keys, asks and
//! lets time go on meanwhile, a session is told only under the keys that verified it and within its time, and the store stays within its bytes.

mod store;

#[allow(dead_code, clippy::duplicate_mod, reason = "compiled once more on purpose, for another store")]
#[path = "verified.rs"]
mod verified;

use super::{Claims, Session, Validity};
use shuttle::sync::Mutex;
use shuttle::thread;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Cache;
use verified::{Moment, TokenCache};

/// Orders that are tried by each scheduler.
const SCHEDULES: usize = 3000;

/// The bytes of two short tokens.
const BYTES: u64 = 2 * (verified::OVERHEAD as u64 + 10);

/// What threads share: the cache, the keys' generation, and the time in seconds, by the wall clock and the steady one.
struct Shared {
    cache: TokenCache,
    generation: Mutex<u64>,
    time: Mutex<[u64; 2]>,
    start: Instant,
}

/// Who a token is taken for under a generation of keys, and until when: the same text under other keys is somebody else's.
fn claims(generation: u64) -> Claims {
    let session = Session::for_test(&format!("cust_{generation}"), None);
    Claims { session, validity: Validity { not_before: 0, expires: 2 + generation } }
}

impl Shared {
    fn new() -> Arc<Self> {
        let (generation, time) = (Mutex::new(0), Mutex::new([0; 2]));
        Arc::new(Self { cache: TokenCache::with_capacity(BYTES), generation, time, start: Instant::now() })
    }

    fn generation(&self) -> u64 {
        *self.generation.lock().unwrap()
    }

    /// Now, and the second that it is by the clock that is ahead.
    fn now(&self) -> (Moment, u64) {
        let [wall, steady] = *self.time.lock().unwrap();
        (Moment { wall: Duration::from_secs(wall), steady: self.start + Duration::from_secs(steady) }, wall.max(steady))
    }

    /// As a session does: under the keys of now, which may be those of before when it is done.
    fn verify(&self, token: &str) {
        let generation = self.generation();
        let claims = claims(generation);
        let (now, _) = self.now();
        if claims.validity.check(now.wall).is_ok() {
            self.cache.insert(token, generation, &claims, now);
        }
    }

    /// Asks, and looks at what is told; whether something was.
    fn ask(&self, token: &str) -> bool {
        let generation = self.generation();
        let (now, time) = self.now();
        let told = self.cache.get(token, generation, now);
        if let Some(session) = &told {
            let Claims { session: right, validity } = claims(generation);
            assert_eq!(*session, right, "told under other keys than these");
            assert!(time < validity.expires, "told at {time}, and it ended at {}", validity.expires);
        }
        told.is_some()
    }
}

/// Lets threads go at once, in every order.
fn check<const N: usize>(threads: [fn(&Shared); N], judge: fn(&Shared)) {
    let test = move || {
        let shared = Shared::new();
        let threads = threads.map(|act| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || act(&shared))
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        judge(&shared);
        assert!(shared.cache.0.weight() <= BYTES, "{} bytes are kept", shared.cache.0.weight());
    };
    shuttle::check_random(test, SCHEDULES);
    shuttle::check_pct(test, SCHEDULES, 3);
}

fn replace_keys(shared: &Shared) {
    *shared.generation.lock().unwrap() += 1;
}

const VERIFY: fn(&Shared) = |shared| shared.verify("token");

const ASK_TWICE: fn(&Shared) = |shared| {
    let _ = (shared.ask("token"), shared.ask("token"));
};

#[test]
fn should_tell_nothing_of_replaced_keys_in_any_order() {
    check([VERIFY, replace_keys, VERIFY, ASK_TWICE], |shared| {
        // However it went, what is verified now is known from now on.
        shared.verify("token");
        assert!(shared.ask("token"));
    });
}

#[test]
fn should_tell_nothing_after_exp_by_either_clock_in_any_order() {
    let wall: fn(&Shared) = |shared| (0..3).for_each(|_| shared.time.lock().unwrap()[0] += 1);
    check([VERIFY, wall, ASK_TWICE, VERIFY], |shared| assert!(!shared.ask("token"), "it is over"));
    // The wall clock stands still, as one that is set back again and again.
    let verify_and_wait: fn(&Shared) = |shared| {
        shared.verify("token");
        (0..3).for_each(|_| shared.time.lock().unwrap()[1] += 1);
    };
    check([verify_and_wait, ASK_TWICE, ASK_TWICE], |shared| assert!(!shared.ask("token"), "it is over"));
}

#[test]
fn should_stay_within_its_bytes_in_any_order() {
    let verify: fn(&Shared) = |shared| ["one", "two"].into_iter().for_each(|token| shared.verify(token));
    let more: fn(&Shared) = |shared| ["three", "four"].into_iter().for_each(|token| shared.verify(token));
    let ask: fn(&Shared) = |shared| {
        let _ = (shared.ask("one"), shared.ask("three"));
    };
    check([verify, more, replace_keys, ask], |shared| {
        shared.verify("five");
        assert!(shared.ask("five"));
    });
}
