//! The same `turns.rs` once more, over locks that [`shuttle`] makes: it tries the orders in which threads may come to them.
//!
//! Time stands still while anybody can run, and then goes on to where the first sleeper wakes. So a wake-up that is lost shows: somebody gets its
//! place later than it could, or never.

#[allow(dead_code, clippy::duplicate_mod, reason = "the code that runs is the code that is tried, as far as it waits")]
#[path = "turns.rs"]
mod turns;

/// What `turns.rs` shares between callers by, here.
mod sync {
    pub use shuttle::sync::{Mutex, MutexGuard};
}

use super::line;
use crate::budget::{Ahead, Budget, Call, NotYet, Purpose, Ticket};
use flexportal::CustomerId;
use futures_util::FutureExt;
use shuttle::sync::Mutex;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use turns::{Clock, Ledger, Turns};

const MS: fn(u64) -> Duration = Duration::from_millis;

/// The time, and who sleeps.
#[derive(Default)]
struct World {
    now: std::sync::Mutex<Duration>,
    sleepers: std::sync::Mutex<BTreeMap<(Duration, usize), Waker>>,
    /// Tasks that can run.
    busy: AtomicUsize,
    names: AtomicUsize,
}

impl World {
    /// A task has nothing to do. If it was the last, time goes on.
    fn rest(&self) {
        if self.busy.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let mut sleepers = self.sleepers.lock().unwrap();
        let Some(moment) = sleepers.keys().next().map(|(moment, _)| *moment) else { return };
        let later = sleepers.split_off(&(moment, usize::MAX));
        let due = std::mem::replace(&mut *sleepers, later);
        drop(sleepers);
        *self.now.lock().unwrap() = moment;
        due.into_values().for_each(Waker::wake);
    }
}

struct Sleep {
    world: Arc<World>,
    until: Duration,
    name: usize,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if *self.world.now.lock().unwrap() >= self.until {
            return Poll::Ready(());
        }
        self.world.sleepers.lock().unwrap().insert((self.until, self.name), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.world.sleepers.lock().unwrap().remove(&(self.until, self.name));
    }
}

impl Clock for Arc<World> {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    async fn sleep_until(&self, until: Duration) {
        Sleep { world: Arc::clone(self), until, name: self.names.fetch_add(1, Ordering::SeqCst) }.await;
    }
}

/// A task whose rest and wake-ups the world counts.
struct Watched<F> {
    world: Arc<World>,
    task: Pin<Box<F>>,
    alarm: Option<Arc<Alarm>>,
}

struct Alarm {
    world: Arc<World>,
    waker: Waker,
    rung: AtomicBool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        if !self.rung.swap(true, Ordering::SeqCst) {
            self.world.busy.fetch_add(1, Ordering::SeqCst);
        }
        self.waker.wake_by_ref();
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // Woken by something that is not the task's own, it was at rest until now.
        if self.alarm.take().is_some_and(|alarm| !alarm.rung.swap(true, Ordering::SeqCst)) {
            self.world.busy.fetch_add(1, Ordering::SeqCst);
        }
        let alarm =
            Arc::new(Alarm { world: Arc::clone(&self.world), waker: context.waker().clone(), rung: AtomicBool::new(false) });
        let polled = self.task.as_mut().poll(&mut Context::from_waker(&Arc::clone(&alarm).into()));
        self.world.rest();
        match &polled {
            // Woken while it ran, it was counted once more, and can run no more.
            Poll::Ready(_) if alarm.rung.swap(true, Ordering::SeqCst) => self.world.rest(),
            Poll::Ready(_) => {}
            Poll::Pending => self.alarm = Some(alarm),
        }
        polled
    }
}

/// Where calls are taken: the real budget, which holds its own tests, behind a lock.
struct Book {
    world: Arc<World>,
    budget: Mutex<Budget>,
}

impl Ledger for Arc<Book> {
    type Permit = Ticket;

    async fn take(&self, call: &Call, ahead: Ahead) -> Result<Ticket, NotYet> {
        let mut budget = self.budget.lock().unwrap();
        Ok(budget.take_behind(self.world.now(), call, ahead)?)
    }
}

/// Who asks, and whether it may leave while it waits.
type Caller = (Purpose, usize, bool);

/// Lets the callers loose at a budget of 6 that is full, and whose places become free at 10, 20 and so on; tells when each was served, and who
/// left.
fn race(callers: [Caller; 3], check: impl Fn([Option<u64>; 3]) + Send + Sync + 'static) {
    let check = Arc::new(check);
    let run = move || {
        let world = Arc::new(World::default());
        let mut budget = Budget::new(6);
        (1..=6).for_each(|number| budget.remember(Purpose::Sign, MS(number * 10)));
        let book = Arc::new(Book { world: Arc::clone(&world), budget: Mutex::new(budget) });
        let turns = Arc::new(Turns::new(8));
        // All are there before anybody rests.
        world.busy.store(callers.len(), Ordering::SeqCst);
        let tasks = callers.map(|(purpose, customer, leaves)| {
            let (world, book, turns) = (Arc::clone(&world), Arc::clone(&book), Arc::clone(&turns));
            let watched = Arc::clone(&world);
            let task = async move {
                let call = Call { purpose, customer: CustomerId::new(format!("cust_{customer}")).unwrap() };
                let mut pass = Box::pin(turns.pass(&book, &world, &call, MS(100)));
                let ticket = if leaves {
                    // It waits, or was served at once; then it leaves, at whatever point of the others' doings.
                    let first = pass.as_mut().now_or_never();
                    for _ in 0..3 {
                        shuttle::future::yield_now().await;
                    }
                    first
                } else {
                    Some(pass.await)
                };
                ticket.map(|ticket| {
                    let moment = world.now();
                    std::mem::forget(ticket.expect("everybody is patient"));
                    moment.as_millis() as u64
                })
            };
            shuttle::future::spawn(Watched { world: watched, task: Box::pin(task), alarm: None })
        });
        let mut moments = [None; 3];
        for (moment, task) in moments.iter_mut().zip(tasks) {
            *moment = shuttle::future::block_on(task).unwrap();
        }
        assert_eq!(turns.waiting(), 0);
        check(moments);
    };
    let run = Arc::new(run);
    let again = Arc::clone(&run);
    shuttle::check_random(move || run(), 1_000);
    shuttle::check_pct(move || again(), 1_000, 3);
}

use Purpose::{Read, Sign};

#[test]
fn should_serve_each_as_soon_as_a_place_is_free() {
    race([(Read, 1, false), (Read, 2, false), (Read, 3, false)], |mut moments| {
        moments.sort_unstable();
        assert_eq!(moments, [Some(10), Some(20), Some(30)]);
    });
}

#[test]
fn should_serve_signing_before_reading() {
    race([(Read, 1, false), (Sign, 2, false), (Read, 3, false)], |moments| {
        assert_eq!(moments[1], Some(10));
        assert!(matches!(moments, [Some(20), _, Some(30)] | [Some(30), _, Some(20)]), "{moments:?}");
    });
}

#[test]
fn should_serve_customers_in_turn() {
    race([(Read, 1, false), (Read, 1, false), (Read, 2, false)], |moments| {
        let [first, second, other] = moments.map(Option::unwrap);
        // Who holds one needs two that are free.
        assert!(other <= 20 && first.min(second) <= 20 && first.max(second) == 40, "{moments:?}");
    });
}

#[test]
fn should_lose_no_turn_when_one_leaves() {
    for leaves in 0..3 {
        let callers = [0, 1, 2].map(|number| (Read, number, number == leaves));
        race(callers, |moments| {
            let mut served: Vec<u64> = moments.into_iter().flatten().collect();
            served.sort_unstable();
            assert_eq!(served, [10, 20]);
        });
    }
}
