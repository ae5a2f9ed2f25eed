//! Asks the upstream whose an order is, where the session itself does not say.

use crate::app::App;
use crate::error::Failure;
use crate::policy::{self, OrderDecision, Permitted, Scope};
use crate::session::Session;
use flexportal::OrderId;

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
