//! The same code under shuttle, which runs the tasks in thousands of orders and stops with the schedule that failed.

mod sync {
    pub use shuttle::sync::Mutex;
}

#[allow(dead_code, clippy::duplicate_mod, reason = "compiled once more on purpose, for another lock")]
#[path = "sharing.rs"]
mod sharing;

use sharing::{Flights, Lost, Role};
use shuttle::future::{block_on, spawn, yield_now};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Orders that are tried by each test.
const SCHEDULES: usize = 3000;

/// What was run and how often, by key.
#[derive(Default)]
struct Runs {
    started: [AtomicUsize; 2],
    under_way: [AtomicUsize; 2],
}

impl Runs {
    /// A run that notices when it is not alone, and that others can come between.
    async fn run(self: Arc<Self>, key: usize, end: End) -> Told {
        assert_eq!(self.under_way[key].fetch_add(1, SeqCst), 0, "two runs at once");
        let alone = Alone(&self.under_way[key]);
        let number = self.started[key].fetch_add(1, SeqCst);
        yield_now().await;
        drop(alone);
        match end {
            End::Answers => Told::Answer { key, number },
            End::IsPersonal => Told::OwnShare,
            // Quietly, and caught by the spawner as tokio does it.
            End::Panics => std::panic::resume_unwind(Box::new("boom")),
        }
    }
}

struct Alone<'a>(&'a AtomicUsize);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Answers,
    IsPersonal,
    Panics,
}

#[derive(Debug, Clone, PartialEq)]
enum Told {
    Answer { key: usize, number: usize },
    OwnShare,
}

/// What an asker heard; `None` where it left before.
type Heard = Option<Result<(Told, Role), Lost>>;

fn flights() -> Arc<Flights<usize, Told>> {
    let spawning = |run| {
        drop(spawn(async move {
            let _ = futures_util::FutureExt::catch_unwind(AssertUnwindSafe(run)).await;
        }));
    };
    Arc::new(Flights::spawning(|told| *told == Told::OwnShare, spawning))
}

/// Asks, and leaves after `patience` looks, if it is given.
async fn ask(flights: Arc<Flights<usize, Told>>, runs: Arc<Runs>, key: usize, end: End, patience: Option<usize>) -> Heard {
    let mut asking = Box::pin(flights.share(&key, || runs.run(key, end)));
    let Some(patience) = patience else { return Some(asking.await) };
    for _ in 0..patience {
        if let Some(answer) = futures_util::FutureExt::now_or_never(&mut asking) {
            return Some(answer);
        }
        yield_now().await;
    }
    None
}

/// Lets the askers go at once, in every order, and looks at what all of them were told. Shuttle itself stops where somebody hangs.
fn check<const N: usize>(askers: [(usize, End, Option<usize>); N], judge: fn(&[Heard; N], [usize; 2])) {
    let test = move || {
        block_on(async move {
            let (flights, runs) = (flights(), Arc::new(Runs::default()));
            let tasks =
                askers.map(|(key, end, patience)| spawn(ask(Arc::clone(&flights), Arc::clone(&runs), key, end, patience)));
            let mut told = [const { None }; N];
            for (told, task) in told.iter_mut().zip(tasks) {
                *told = task.await.unwrap();
            }
            for ((key, end, _), told) in askers.iter().zip(&told) {
                match told {
                    Some(Ok((Told::Answer { key: of, .. }, _))) => assert_eq!(of, key, "another key's answer"),
                    Some(Ok((Told::OwnShare, role))) => {
                        assert_eq!((*role, *end), (Role::Led, End::IsPersonal), "another's share")
                    }
                    Some(Err(Lost)) | None => {}
                }
            }
            // Runs that nobody waits for go on; in the end nothing is left.
            while flights.under_way() > 0 {
                yield_now().await;
            }
            judge(&told, [0, 1].map(|key| runs.started[key].load(SeqCst)));
        });
    };
    shuttle::check_random(test, SCHEDULES);
    shuttle::check_pct(test, SCHEDULES, 3);
}

#[test]
fn should_answer_everybody_by_their_own_key_in_any_order() {
    check([(0, End::Answers, None), (0, End::Answers, None), (1, End::Answers, None)], |told, [first, second]| {
        assert!((1..=2).contains(&first) && second == 1);
        assert!(told.iter().all(|told| matches!(told, Some(Ok(_)))), "{told:?}");
        let led = told.iter().filter(|told| matches!(told, Some(Ok((_, Role::Led))))).count();
        assert_eq!(led, first + second);
    });
}

#[test]
fn should_lose_nobody_when_an_asker_leaves_in_any_order() {
    check([(0, End::Answers, Some(1)), (0, End::Answers, None), (0, End::Answers, Some(2))], |told, _| {
        assert!(matches!(told[1], Some(Ok(_))), "{told:?}");
    });
}

#[test]
fn should_tell_of_a_panic_and_free_the_key_in_any_order() {
    check([(0, End::Panics, None), (0, End::Answers, None), (0, End::Answers, Some(1))], |told, _| {
        let [Some(first), Some(second), _] = told else { panic!("somebody was told nothing: {told:?}") };
        // Either the first one led, panicked and lost, or it joined another's run; only then can nobody have lost.
        assert!(matches!(first, Err(Lost) | Ok((_, Role::Joined))), "{told:?}");
        assert!(first.is_err() || second.is_ok(), "{told:?}");
    });
}

#[test]
fn should_hand_on_no_personal_answer_in_any_order() {
    check([(0, End::IsPersonal, None), (0, End::Answers, None), (0, End::IsPersonal, Some(2))], |told, _| {
        assert!(matches!(told[1], Some(Ok((Told::Answer { .. }, _)))), "{told:?}");
        assert!(matches!(told[0], Some(Ok(_))), "{told:?}");
    });
}
