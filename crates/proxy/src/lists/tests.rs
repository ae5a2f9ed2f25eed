use super::*;
use crate::budget::gate::{Gate, Permit};
use crate::budget::{Call, Purpose};
use crate::config::UpstreamConfig;
use crate::policy::{self, OrderDecision};
use crate::session::Session;
use flexportal::{CustomerId, OrderId};
use futures_util::FutureExt;
use tokio::sync::oneshot;

const S: fn(u64) -> Duration = Duration::from_secs;
/// The shortest time that there is.
const TICK: Duration = Duration::from_nanos(1);
const PAGE: Page = Page { limit: 50, offset: 0, document_type: None };

/// Lists whose upstream may not be asked: the budget is used up, and stays so. What anybody else's run comes to is the test's to say.
struct Scene {
    lists: Arc<Lists>,
    scope: Permitted<Scope>,
    key: ListKey,
    _used_up: Permit,
}

impl Scene {
    async fn new() -> Self {
        let base = "http://127.0.0.1:9".parse().unwrap();
        let config = UpstreamConfig { base, api_key: "key".into(), tenant_id: "tenant".into(), requests_per_minute: 1 };
        let gate = Gate::local(1);
        let call = Call { purpose: Purpose::Sign, customer: CustomerId::new("other").unwrap() };
        let Ok(used_up) = gate.pass(call, Duration::ZERO).await else { panic!("it is free") };
        let (limits, metrics) = (Limits::default(), Arc::new(Metrics::default()));
        let upstream = Arc::new(Upstream::new(config, gate, &limits, Arc::clone(&metrics)).unwrap());
        let session = Session::for_test("anna", Some(&["o1"]));
        let OrderDecision::Permitted(scope) = policy::order(&session, OrderId::new("o1").unwrap()) else { panic!("she may") };
        let key = ListKey::of(&scope, &PAGE);
        Self { lists: Arc::new(Lists::new(upstream, metrics, &limits)), scope, key, _used_up: used_up }
    }

    fn keep(&self, age: Duration) -> Arc<Kept> {
        let kept = Arc::new(Kept::new(FileList::default(), age));
        self.lists.kept.insert(self.key.clone(), Arc::clone(&kept));
        kept
    }

    fn kept(&self) -> Option<Arc<Kept>> {
        self.lists.kept.get(&self.key)
    }

    async fn page(&self) -> Result<Arc<Kept>, UpstreamError> {
        self.lists.page(&self.scope, &PAGE, Patience::lasting(Limits::default().budget_wait)).await
    }

    /// What is answered to one who joins a run that comes to this.
    async fn joined(&self, asked: Asked) -> Result<Arc<Kept>, UpstreamError> {
        let (land, landing) = oneshot::channel();
        let mut leads = Box::pin(self.lists.flights.share(&self.key, || async { landing.await.unwrap() }));
        assert!(leads.as_mut().now_or_never().is_none());
        let mut joins = Box::pin(self.page());
        assert!(joins.as_mut().now_or_never().is_none());
        assert!(land.send(asked).is_ok());
        let (_, joined) = tokio::join!(leads, joins);
        joined
    }

    /// How lists were come by so far.
    fn outcomes(&self) -> Vec<String> {
        let text = self.lists.metrics.render();
        let outcomes = text.lines().filter_map(|line| line.strip_prefix("order_documents_lists_total{outcome=\""));
        outcomes.map(|line| line.replace("\"} ", " ")).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn should_be_fresh_stale_and_old_until_the_very_moment() {
    let Limits { list_fresh, list_stale, list_kept, .. } = Limits::default();
    for (age, outcome) in [
        (Duration::ZERO, "fresh 1"),
        (list_fresh - TICK, "fresh 1"),
        (list_fresh, "stale 1"),
        (list_stale - TICK, "stale 1"),
        (list_stale, "old 1"),
        (list_kept - TICK, "old 1"),
        (list_kept, "failed 1"),
    ] {
        let scene = Scene::new().await;
        let kept = scene.keep(age);
        let answer = scene.page().await;
        assert_eq!(scene.outcomes(), [outcome], "{age:?}");
        match answer {
            Ok(page) => assert!(Arc::ptr_eq(&page, &kept), "{age:?}"),
            Err(error) => assert_eq!(error, UpstreamError::Budget(S(60)), "{age:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn should_find_a_page_that_is_younger_than_asked_for_and_no_other() {
    let scene = Scene::new().await;
    assert!(scene.lists.recent(&scene.scope, &PAGE, S(100)).is_none());
    scene.keep(S(7));
    let is_found = |oldest| scene.lists.recent(&scene.scope, &PAGE, oldest).is_some();
    assert_eq!([is_found(S(7) - TICK), is_found(S(7)), is_found(S(7) + TICK)], [false, false, true]);
    // To look something up in, it must be fresh besides.
    let fresh = |oldest| scene.lists.fresh(&scene.scope, &PAGE, oldest, Patience::none());
    assert!(fresh(S(7)).await.is_err() && fresh(S(100)).await.is_ok());
    scene.keep(Limits::default().list_fresh);
    assert!(fresh(S(100)).await.is_err());
}

#[test]
fn should_keep_to_the_asker_what_is_its_own() {
    for (error, is_patient, is_personal) in [
        (UpstreamError::OwnShare(S(1)), true, true),
        (UpstreamError::OwnShare(S(1)), false, true),
        (UpstreamError::Budget(S(1)), true, false),
        (UpstreamError::Budget(S(1)), false, true),
        (UpstreamError::NotFound, true, false),
        (UpstreamError::NotFound, false, false),
    ] {
        assert_eq!(Asked::failed(error, is_patient).is_personal(), is_personal, "{error:?} {is_patient}");
    }
}

#[tokio::test(start_paused = true)]
async fn should_give_a_joiner_no_refusal_that_was_the_leaders_own() {
    let scene = Scene::new().await;
    // A joiner's own refusal says 60 seconds.
    for (error, is_patient, wait) in [
        (UpstreamError::OwnShare(S(7)), true, 60),
        (UpstreamError::Budget(S(7)), false, 60),
        (UpstreamError::Budget(S(7)), true, 7),
    ] {
        let answer = scene.joined(Asked::failed(error, is_patient)).await;
        assert_eq!(answer.err(), Some(UpstreamError::Budget(S(wait))), "{error:?} {is_patient}");
    }
}

#[tokio::test(start_paused = true)]
async fn should_speak_for_others_while_it_is_patient_and_keep_its_page_when_refused() {
    let scene = Scene::new().await;
    scene.keep(S(100));
    let ask = |patience| Arc::clone(&scene.lists).ask(scene.scope.clone(), PAGE, patience);
    assert_eq!([ask(Patience::none()).await.is_personal(), ask(Patience::lasting(S(4))).await.is_personal()], [true, false]);
    let patience = Patience::lasting(S(4));
    tokio::time::advance(S(3)).await;
    assert!(ask(patience).await.is_personal());
    assert!(scene.kept().is_some());
}

#[tokio::test(start_paused = true)]
async fn should_show_nothing_old_where_the_upstream_answered() {
    let scene = Scene::new().await;
    // Kept by somebody else in the meantime.
    let kept = scene.keep(Limits::default().list_stale);
    let answer = scene.joined(Asked::failed(UpstreamError::NotFound, true)).await;
    assert_eq!(answer.err(), Some(UpstreamError::NotFound));
    let answer = scene.joined(Asked::failed(UpstreamError::Failed(500), true)).await;
    assert!(Arc::ptr_eq(&answer.unwrap(), &kept));
    assert_eq!(scene.outcomes().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn should_take_over_from_another_replica_what_is_newer() {
    let Limits { list_fresh, list_kept, .. } = Limits::default();
    for (own, others, is_taken, is_shown) in [
        (None, list_fresh - TICK, true, true),
        (None, list_fresh, true, false),
        (None, list_kept - TICK, true, false),
        (None, list_kept, false, false),
        (Some(S(5)), S(5) - TICK, true, true),
        // As new as one's own: that has what was made of it already.
        (Some(S(5)), S(5), false, true),
        (Some(S(5)), S(5) + TICK, false, true),
        (Some(list_kept + TICK), list_kept, false, false),
    ] {
        let scene = Scene::new().await;
        let own = own.map(|age| scene.keep(age));
        let shown = scene.lists.take_over(&scene.key, Kept::new(FileList::default(), others));
        let is_kept = scene.kept().is_some_and(|kept| own.is_none_or(|own| !Arc::ptr_eq(&kept, &own)));
        assert_eq!((is_kept, shown.is_some()), (is_taken, is_shown), "{others:?}");
    }
}
