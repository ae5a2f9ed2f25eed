//! Asks the upstream whose an order is, where the session itself does not say.

use crate::app::App;
use crate::error::Failure;
use crate::policy::{self, OrderDecision, Permitted, Scope};
use crate::session::Session;
use flexportal::{CustomerId, FileRecord, OrderId};
use moka::sync::Cache;
use std::collections::BTreeSet;
use std::time::Duration;

/// The most orders that are asked about for one page of a customer's list. The page ends before the first record of a further one.
const MAX_ASKED: usize = 10;

/// The permission to see an order, by its id as the request names it.
///
/// An id that is none, an order that does not exist and one that is another's give the same answer.
///
/// # Errors
/// [`Failure::NotFound`], or what the upstream failed with.
pub async fn permit_order(app: &App, session: &Session, id: &str) -> Result<Permitted<Scope>, Failure> {
    let id = OrderId::new(id).map_err(|_| Failure::NotFound)?;
    match policy::order(session, id) {
        OrderDecision::Permitted(scope) => Ok(scope),
        OrderDecision::Refused => Err(Failure::NotFound),
        OrderDecision::Ask(question) => {
            let answer = app.upstream.order(&question).await?.ok_or(Failure::NotFound)?;
            policy::order_answered(&question, &answer).ok_or(Failure::NotFound)
        }
    }
}

/// Whose the orders of a customer's list are, as the upstream said within a short time. It is consulted for that list only: an order's own
/// page, and every signature, asks anew.
pub struct Owners(Cache<(CustomerId, OrderId), Option<Permitted<Scope>>>);

impl Owners {
    /// `valid`: for how long an answer is taken as said.
    pub fn new(valid: Duration) -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(valid).build())
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
) -> Result<(Permitted<Scope>, usize), Failure> {
    let (mut permitted, mut judged) = (Vec::new(), records.len());
    let (mut met, mut asked) = (BTreeSet::new(), 0);
    for (index, record) in records.iter().enumerate() {
        let Some(order) = policy::unclear(&scope, record).filter(|order| met.insert(*order)) else { continue };
        let key = (session.customer().clone(), order.clone());
        let known = match app.owners.0.get(&key) {
            Some(known) => known,
            None if asked == MAX_ASKED => {
                judged = index;
                break;
            }
            None => {
                asked += 1;
                let answer = match permit_order(app, session, order.as_str()).await {
                    Ok(order) => Some(order),
                    Err(Failure::NotFound) => None,
                    Err(failure) => return Err(failure),
                };
                app.owners.0.insert(key, answer.clone());
                answer
            }
        };
        permitted.extend(known);
    }
    Ok((policy::customer_and(&scope, &permitted), judged))
}
