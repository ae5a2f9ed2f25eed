//! Asks the upstream whose an order is, where the session itself does not say.

use crate::app::App;
use crate::cache::Cache;
use crate::config::Limits;
use crate::error::Failure;
use crate::flight::{Flights, Lost};
use crate::metrics::Metrics;
use crate::patience::Patience;
use crate::policy::{self, AskOrder, OrderDecision, OwnerKey, Permitted, Scope};
use crate::session::Session;
use crate::upstream::{Upstream, UpstreamError};
use flexportal::{FileRecord, Order, OrderId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The most answers that are remembered.
const MAX_REMEMBERED: u64 = 50_000;

/// The most orders that are asked about for one page of a customer's list. The page ends before the first record of a further one.
const MAX_ASKED: usize = 10;

/// Whose orders are, as the upstream said within a short time, to each who asked. A customer who lost an order sees it for so long yet.
pub struct Owners {
    kept: Cache<OwnerKey, Known>,
    flights: Flights<OwnerKey, Told>,
    upstream: Arc<Upstream>,
    metrics: Arc<Metrics>,
    /// A refusal counts for no longer: the upstream may have been wrong for a moment.
    refusal: Duration,
}

type Answer = Result<Option<Order>, UpstreamError>;

/// An answer, and whether who asked had about as much patience with the budget as anybody.
type Told = (Answer, bool);

/// Who asked and about what is the key, so that a refusal for the asker's own share is one for all who join; unless they would wait and it did not.
fn is_personal((answer, is_patient): &Told) -> bool {
    !is_patient && matches!(answer, Err(UpstreamError::Budget(_) | UpstreamError::OwnShare(_)))
}

/// What the upstream said, and when.
#[derive(Clone)]
struct Known {
    order: Option<Order>,
    asked: Instant,
}

impl Owners {
    /// Nothing is known yet.
    pub fn new(upstream: Arc<Upstream>, metrics: Arc<Metrics>, limits: &Limits) -> Self {
        let kept = Cache::new(MAX_REMEMBERED, 1, limits.ownership, |_, _| 1);
        Self { kept, flights: Flights::new(is_personal), upstream, metrics, refusal: limits.ownership_refusal }
    }

    /// What the upstream says, or said to the same customer a short time ago. "It does not exist" and "it is another's" are remembered alike: the
    /// time that an answer takes must not tell one from the other.
    async fn answer(self: &Arc<Self>, question: &Permitted<AskOrder>, patience: Patience) -> Answer {
        if let Some(known) = self.known(question) {
            self.metrics.ownership(true);
            return Ok(known);
        }
        self.metrics.ownership(false);
        let (this, key, question) = (Arc::clone(self), OwnerKey::of(question), question.clone());
        let ask = move || async move {
            let (asked, is_patient) = (Instant::now(), patience.speaks_for_others());
            let answer = this.upstream.order(&question, patience).await;
            if let Ok(order) = &answer {
                this.kept.insert(OwnerKey::of(&question), Known { order: order.clone(), asked });
            }
            (answer, is_patient)
        };
        let ((answer, _), role) = self.flights.share(&key, ask).await.map_err(|Lost| UpstreamError::Abandoned)?;
        self.metrics.flight(role);
        answer
    }

    fn known(&self, question: &Permitted<AskOrder>) -> Option<Option<Order>> {
        let Known { order, asked } = self.kept.get(&OwnerKey::of(question))?;
        let permits = order.as_ref().is_some_and(|order| policy::order_answered(question, order).is_some());
        (permits || asked.elapsed() < self.refusal).then_some(order)
    }

    fn knows(&self, session: &Session, order: &OrderId) -> bool {
        match policy::order(session, order.clone()) {
            OrderDecision::Ask(question) => self.known(&question).is_some(),
            OrderDecision::Permitted(_) | OrderDecision::Refused => true,
        }
    }
}

/// The permission to see an order, by its id as the request names it. `patience`: the deadline of waits for the budget.
///
/// An id that is none, an order that does not exist and one that is another's give the same answer.
///
/// # Errors
/// [`Failure::NotFound`], or what the upstream failed with.
pub async fn permit_order(app: &App, session: &Session, id: &str, patience: Patience) -> Result<Permitted<Scope>, Failure> {
    let id = OrderId::new(id).map_err(|_| Failure::NotFound)?;
    match policy::order(session, id) {
        OrderDecision::Permitted(scope) => Ok(scope),
        OrderDecision::Refused => Err(Failure::NotFound),
        OrderDecision::Ask(question) => {
            let answer = app.owners.answer(&question, patience).await?.ok_or(Failure::NotFound)?;
            if answer.order_id.is_none() {
                tracing::warn!(
                    "the upstream's answer about an order does not say which order it is about, and counts for nothing"
                );
            }
            policy::order_answered(&question, &answer).ok_or(Failure::NotFound)
        }
    }
}

/// The customer's scope, enlarged by the orders of this page that are the customer's own, and how many of the records can be judged in it, from the
/// first one on: the rest names more orders than are asked about for one page, and belongs to the next.
///
/// # Errors
/// What the upstream failed with: a list that silently lacks records would be worse.
pub async fn ask_about_unclear(
    app: &App,
    session: &Session,
    scope: Permitted<Scope>,
    records: &[FileRecord],
    patience: Patience,
) -> Result<(Permitted<Scope>, usize), Failure> {
    let (mut permitted, mut judged) = (Vec::new(), records.len());
    let (mut met, mut asked) = (BTreeSet::new(), 0);
    for (index, record) in records.iter().enumerate() {
        let Some(order) = policy::unclear(&scope, record).filter(|order| met.insert(*order)) else { continue };
        if !app.owners.knows(session, order) {
            if asked == MAX_ASKED {
                judged = index;
                break;
            }
            asked += 1;
        }
        let known = match permit_order(app, session, order.as_str(), patience).await {
            Ok(order) => Some(order),
            Err(Failure::NotFound) => None,
            Err(failure) => return Err(failure),
        };
        permitted.extend(known);
    }
    Ok((policy::customer_and(&scope, &permitted), judged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::gate::Gate;
    use crate::config::UpstreamConfig;
    use serde_json::json;
    use tokio::time::advance;

    const S: fn(u64) -> Duration = Duration::from_secs;
    const JUST: Duration = Duration::from_millis(1);

    /// A refusal counts for ten seconds, a permission for a minute.
    fn owners() -> Owners {
        let limits = Limits { ownership: S(60), ownership_refusal: S(10), ..Limits::default() };
        let base = "http://127.0.0.1:9".parse().unwrap();
        let config = UpstreamConfig { base, api_key: "key".into(), tenant_id: "tenant".into(), requests_per_minute: 1 };
        let upstream = Upstream::new(config, Gate::local(1), &limits, Arc::default()).unwrap();
        Owners::new(Arc::new(upstream), Arc::default(), &limits)
    }

    fn anna(orders: Option<&[&str]>) -> Session {
        Session::for_test("cust_anna", orders)
    }

    fn question() -> Permitted<AskOrder> {
        let OrderDecision::Ask(question) = policy::order(&anna(None), OrderId::new("ord_a1").unwrap()) else { panic!("ask") };
        question
    }

    fn order_of(customer: &str) -> Order {
        serde_json::from_value(json!({"orderId": "ord_a1", "customer": {"customerId": customer}})).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn should_remember_a_refusal_for_a_short_time_and_a_permission_for_longer() {
        for (order, lasts) in [(None, 10), (Some(order_of("cust_ben")), 10), (Some(order_of("cust_anna")), 60)] {
            let owners = owners();
            assert!(owners.known(&question()).is_none());
            owners.kept.insert(OwnerKey::of(&question()), Known { order: order.clone(), asked: Instant::now() });
            advance(S(lasts) - JUST).await;
            let known = owners.known(&question()).expect("it is remembered");
            let customer = |order: Option<Order>| order.and_then(|order| order.customer_id);
            assert_eq!(customer(known), customer(order));
            advance(JUST).await;
            assert!(owners.known(&question()).is_none(), "after {lasts} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn should_know_whom_it_need_not_ask_about() {
        let owners = owners();
        let knows = |session: &Session, order: &str| owners.knows(session, &OrderId::new(order).unwrap());
        assert!(!knows(&anna(None), "ord_a1"));
        owners.kept.insert(OwnerKey::of(&question()), Known { order: None, asked: Instant::now() });
        assert_eq!(["ord_a1", "ord_a2"].map(|order| knows(&anna(None), order)), [true, false]);
        // Its token says it.
        assert_eq!(["ord_a1", "ord_a2"].map(|order| knows(&anna(Some(&["ord_a1"])), order)), [true; 2]);
    }

    #[test]
    fn should_share_every_answer_but_the_budgets_to_somebody_without_patience() {
        for answer in [Err(UpstreamError::Budget(S(1))), Err(UpstreamError::OwnShare(S(1)))] {
            assert_eq!([true, false].map(|is_patient| is_personal(&(answer.clone(), is_patient))), [false, true]);
        }
        for answer in [Ok(None), Err(UpstreamError::NotFound), Err(UpstreamError::Paused(S(1)))] {
            assert_eq!([true, false].map(|is_patient| is_personal(&(answer.clone(), is_patient))), [false; 2]);
        }
    }
}
