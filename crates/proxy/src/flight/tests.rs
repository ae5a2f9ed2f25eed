use super::*;
use futures_util::FutureExt;
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::sync::Notify;

/// An answer, or a failure that concerns everybody, or one that concerns its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Answer(usize),
    Failed,
    OwnShare,
}

/// Runs that wait until they are let go, and are counted.
#[derive(Clone)]
struct Scene {
    flights: Arc<Flights<&'static str, Told>>,
    go: Arc<Notify>,
    runs: Arc<AtomicUsize>,
}

impl Scene {
    fn new() -> Self {
        Self { flights: Arc::new(Flights::new(|told| *told == Told::OwnShare)), go: Arc::default(), runs: Arc::default() }
    }

    /// An asker in a task of its own, whose run answers with what `answer` makes of the run's number.
    fn ask(&self, key: &'static str, answer: fn(usize) -> Told) -> tokio::task::JoinHandle<Result<(Told, Role), Lost>> {
        let scene = self.clone();
        tokio::spawn(async move {
            let (go, runs) = (Arc::clone(&scene.go), Arc::clone(&scene.runs));
            let run = || async move {
                let number = runs.fetch_add(1, SeqCst) + 1;
                go.notified().await;
                answer(number)
            };
            scene.flights.share(&key, run).await
        })
    }

    /// Lets every task run that can.
    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    async fn let_go(&self) {
        self.settle().await;
        self.go.notify_waiters();
        self.settle().await;
    }

    fn runs(&self) -> usize {
        self.runs.load(SeqCst)
    }
}

#[tokio::test]
async fn should_share_one_run_among_those_who_ask_for_the_same() {
    let scene = Scene::new();
    let askers: Vec<_> = (0..20).map(|_| scene.ask("a", Told::Answer)).collect();
    let other = scene.ask("b", |_| Told::Answer(100));
    scene.settle().await;
    assert_eq!((scene.runs(), scene.flights.under_way()), (2, 2));
    scene.let_go().await;
    let answers: Vec<_> = join_all(askers).await.into_iter().map(|answer| answer.unwrap().unwrap()).collect();
    assert!(answers.iter().all(|(told, _)| *told == Told::Answer(1)), "{answers:?}");
    assert_eq!(answers.iter().filter(|(_, role)| *role == Role::Led).count(), 1);
    assert_eq!(other.await.unwrap(), Ok((Told::Answer(100), Role::Led)));
    // Nothing is kept: the next one runs anew.
    assert_eq!(scene.flights.under_way(), 0);
    let next = scene.ask("a", Told::Answer);
    scene.let_go().await;
    assert_eq!(next.await.unwrap(), Ok((Told::Answer(3), Role::Led)));
}

#[tokio::test]
async fn should_go_on_when_the_first_asker_leaves() {
    let scene = Scene::new();
    let first = scene.ask("a", Told::Answer);
    scene.settle().await;
    let second = scene.ask("a", Told::Answer);
    scene.settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    scene.let_go().await;
    assert_eq!(second.await.unwrap(), Ok((Told::Answer(1), Role::Joined)));
    // Even when nobody is left: what the run does besides answering, such as filling a cache, is done.
    let (done, ran) = (Arc::new(Notify::new()), Arc::clone(&scene.runs));
    let told = Arc::clone(&done);
    let asking = scene.flights.share(&"b", || async move {
        told.notified().await;
        ran.store(77, SeqCst);
        Told::Failed
    });
    assert!(asking.now_or_never().is_none());
    assert_eq!(scene.flights.under_way(), 1);
    scene.settle().await;
    done.notify_one();
    scene.settle().await;
    assert_eq!((scene.runs(), scene.flights.under_way()), (77, 0));
}

#[tokio::test]
async fn should_tell_all_of_a_panic_and_free_the_key() {
    let scene = Scene::new();
    // Quietly: the panic itself is wanted, its message in the tests' output is not.
    let boom = |_| std::panic::resume_unwind(Box::new("boom"));
    let askers: Vec<_> = (0..5).map(|_| scene.ask("a", boom)).collect();
    scene.let_go().await;
    for asker in askers {
        assert_eq!(asker.await.unwrap(), Err(Lost));
    }
    assert_eq!((scene.runs(), scene.flights.under_way()), (1, 0));
    let next = scene.ask("a", Told::Answer);
    scene.let_go().await;
    assert_eq!(next.await.unwrap(), Ok((Told::Answer(2), Role::Led)));
}

#[tokio::test]
async fn should_free_the_key_when_the_run_cannot_even_be_made() {
    let scene = Scene::new();
    let flights = Arc::clone(&scene.flights);
    let asker = tokio::spawn(async move {
        let run = || -> std::future::Ready<Told> { std::panic::resume_unwind(Box::new("boom")) };
        flights.share(&"a", run).await
    });
    assert!(asker.await.unwrap_err().is_panic());
    assert_eq!(scene.flights.under_way(), 0);
}

#[tokio::test]
async fn should_share_a_failure_with_those_who_waited_and_no_later_one() {
    let scene = Scene::new();
    let askers: Vec<_> = (0..3).map(|_| scene.ask("a", |_| Told::Failed)).collect();
    scene.let_go().await;
    for asker in askers {
        assert_eq!(asker.await.unwrap().unwrap().0, Told::Failed);
    }
    let next = scene.ask("a", Told::Answer);
    scene.let_go().await;
    assert_eq!((next.await.unwrap(), scene.runs()), (Ok((Told::Answer(2), Role::Led)), 2));
}

#[tokio::test]
async fn should_give_what_concerns_the_leader_to_nobody_else() {
    let scene = Scene::new();
    let first = scene.ask("a", |_| Told::OwnShare);
    scene.settle().await;
    let others: Vec<_> = (0..4).map(|_| scene.ask("a", Told::Answer)).collect();
    scene.let_go().await;
    assert_eq!(first.await.unwrap(), Ok((Told::OwnShare, Role::Led)));
    // One of the others leads now, and the rest have joined it.
    assert_eq!((scene.runs(), scene.flights.under_way()), (2, 1));
    scene.let_go().await;
    let answers: Vec<_> = join_all(others).await.into_iter().map(|answer| answer.unwrap().unwrap()).collect();
    assert!(answers.iter().all(|(told, _)| *told == Told::Answer(2)), "{answers:?}");
    assert_eq!(answers.iter().filter(|(_, role)| *role == Role::Led).count(), 1);
}

#[tokio::test]
async fn should_let_each_asker_lead_once_at_most_when_every_answer_is_personal() {
    let scene = Scene::new();
    let askers: Vec<_> = (0..6).map(|_| scene.ask("a", |_| Told::OwnShare)).collect();
    for _ in 0..6 {
        scene.let_go().await;
    }
    for asker in askers {
        assert_eq!(asker.now_or_never().expect("somebody waits still").unwrap(), Ok((Told::OwnShare, Role::Led)));
    }
    assert_eq!(scene.runs(), 6);
}

#[test]
fn should_lose_the_answer_when_the_runtime_ends() {
    let flights = Flights::<_, Told>::new(|_| false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut askers = [0, 1].map(|_| Box::pin(flights.share(&"a", std::future::pending::<Told>)));
    runtime.block_on(async { assert!(askers.iter_mut().all(|asker| asker.now_or_never().is_none())) });
    assert_eq!(flights.under_way(), 1);
    drop(runtime);
    assert_eq!(flights.under_way(), 0);
    assert_eq!(askers.map(|asker| asker.now_or_never()), [Some(Err(Lost)); 2]);
}
