//! The only door to FlexPortal: fixed request templates, deadlines, bounded answers, one budget, a breaker.
//!
//! A call goes through `pauses` (did the upstream say to wait?), the breaker of its operation (did it fail too often just now?) and the budget
//! (may one more be made?), in this order, and after a wait for the budget through the first two once more. What is refused takes nothing from it.

mod json;
mod list;
mod pauses;
mod probe;
mod retry_after;
mod templates;
#[cfg(test)]
mod tests;

pub use probe::{ProbeError, Shape};

use crate::breaker::{Breaker, Position};
use crate::budget::gate::Gate;
use crate::budget::{Call, Purpose, Refused};
use crate::config::{Limits, UpstreamConfig};
use crate::http::{Answer, BodyError, Cause, Client, Connector, Deadlines, Request};
use crate::metrics::{Metrics, outcome};
use crate::patience::Patience;
use crate::policy::{AskOrder, Permitted, Scope, Sign};
use crate::shared::Shared;
use crate::telemetry;
use flexportal::{Action, CustomerId, FileList, Order, SignedUrl};
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use pauses::{Pass, Pauses};
use serde::de::DeserializeOwned;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use templates::Templates;
use tokio::task::JoinError;
use tokio::time::Instant;

/// Before a read is tried again, in milliseconds: at least, and at most.
const RETRY_AFTER_MILLIS: std::ops::RangeInclusive<u64> = 50..=250;

/// Why the upstream gave no answer that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The budget is used up for as long; no call was made.
    #[error("the budget is used up")]
    Budget(Duration),
    /// The customer's share of the budget is used up for as long; no call was made.
    #[error("the customer's share of the budget is used up")]
    OwnShare(Duration),
    /// The upstream says to wait.
    #[error("rate-limited")]
    RateLimited(Duration),
    /// The upstream said a moment ago to wait; no call was made.
    #[error("paused, since the upstream said to wait")]
    Paused(Duration),
    /// The upstream failed too often a moment ago; no call was made.
    #[error("left alone, since it failed too often")]
    Resting(Duration),
    /// No connection, or it ended before the answer.
    #[error("unavailable")]
    Unavailable,
    /// No whole answer within the deadline.
    #[error("timed out")]
    Timeout,
    /// An answer that cannot be used, for the reason given.
    #[error("unreadable: {0}")]
    Unreadable(&'static str),
    /// Our own key is not accepted.
    #[error("the API key is refused")]
    KeyRefused,
    /// 403.
    #[error("forbidden")]
    Forbidden,
    /// 404.
    #[error("not found")]
    NotFound,
    /// Any other status.
    #[error("answered {0}")]
    Failed(u16),
    /// The task that made the call for several who asked has panicked.
    #[error("abandoned")]
    Abandoned,
}

impl From<Refused> for UpstreamError {
    fn from(refused: Refused) -> Self {
        if refused.own { Self::OwnShare(refused.wait) } else { Self::Budget(refused.wait) }
    }
}

impl UpstreamError {
    /// The upstream is not well: this counts towards the breaker. What it says of the question, of the key or of the pace is an answer.
    fn is_failure(self) -> bool {
        match self {
            Self::Unavailable | Self::Timeout | Self::Unreadable(_) => true,
            Self::Failed(status) => status >= 500,
            _ => false,
        }
    }

    /// A second try may go well, and soon. After a deadline there is no time for one.
    fn is_transient(self) -> bool {
        matches!(self, Self::Unavailable | Self::Failed(502..=504))
    }

    /// It was decided here, and no call was made.
    fn is_ours(self) -> bool {
        matches!(self, Self::Budget(_) | Self::OwnShare(_) | Self::Paused(_) | Self::Resting(_))
    }

    /// An older list is better than this: the upstream said nothing about the list itself.
    pub fn excuses_an_old_list(self) -> bool {
        self.is_failure() || self.is_ours() || matches!(self, Self::RateLimited(_) | Self::Abandoned)
    }
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GET /v1/files`
    List,
    /// `GET /v1/orders/{orderId}`
    Order,
    /// `POST /v1/files/url`
    Sign,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::List, Self::Order, Self::Sign];

    /// The operation in a word, for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Order => "order",
            Self::Sign => "sign",
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Self::List | Self::Order => Purpose::Read,
            Self::Sign => Purpose::Sign,
        }
    }
}

/// One call, before it is made.
struct Outgoing<'a> {
    operation: Operation,
    /// Who it is for.
    customer: &'a CustomerId,
    /// What is asked about: an order, a customer or a file.
    subject: &'a str,
    request: Request,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Page {
    /// Records on the page, 1 to 100.
    pub limit: u64,
    /// Records before it.
    pub offset: u64,
    /// Only this type, where the upstream obeys.
    pub document_type: Option<String>,
}

/// The FlexPortal client. Every call takes a [`Permitted`] value, and one from the budget.
pub struct Upstream {
    /// For lists, whose records say themselves whose they are.
    client: Client,
    /// For what says whose something is, and for what lets somebody in: an answer to another's question must not be taken for it.
    client_without_reuse: Client,
    templates: Templates,
    gate: Gate,
    pauses: Pauses,
    /// In the order of [`Operation::ALL`].
    breakers: [Breaker; 3],
    start: Instant,
    max_bytes: usize,
    metrics: Arc<Metrics>,
}

impl Upstream {
    /// A client out of the configuration; no call is made.
    ///
    /// # Errors
    /// Where no HTTP client can be made (no usable root certificates).
    pub fn new(config: UpstreamConfig, gate: Gate, limits: &Limits, metrics: Arc<Metrics>) -> io::Result<Self> {
        let connector = Connector::new(limits.connect)?;
        let deadlines = Deadlines { head: limits.upstream_head, whole: limits.upstream_answer };
        Ok(Self {
            client: Client::new(connector.clone(), deadlines),
            client_without_reuse: Client::without_reuse(connector, deadlines),
            templates: Templates::new(config),
            gate,
            pauses: Pauses::new(limits.upstream_pause),
            breakers: Operation::ALL.map(|_| Breaker::new(limits.breaker)),
            start: Instant::now(),
            max_bytes: limits.upstream_bytes,
            metrics,
        })
    }

    /// One page of the scope's files, as the upstream answers it: not yet judged. `patience` is the deadline of the wait for the budget.
    ///
    /// # Errors
    /// [`UpstreamError`]
    pub async fn list(&self, scope: &Permitted<Scope>, page: &Page, patience: Patience) -> Result<FileList, UpstreamError> {
        let subject = match scope.what() {
            Scope::Order(order) => order.as_str(),
            Scope::Customer(_) => scope.customer().as_str(),
        };
        let request = self.templates.list(scope, page)?;
        let call = Outgoing { operation: Operation::List, customer: scope.customer(), subject, request };
        let list::UpstreamList(list) = self.call(call, patience).await?;
        Ok(list)
    }

    /// Whose the order is. `None` where the upstream does not know it, or does not tell.
    ///
    /// # Errors
    /// [`UpstreamError`]
    pub async fn order(&self, question: &Permitted<AskOrder>, patience: Patience) -> Result<Option<Order>, UpstreamError> {
        let AskOrder(order) = question.what();
        let request = self.templates.order(question)?;
        let call = Outgoing { operation: Operation::Order, customer: question.customer(), subject: order.as_str(), request };
        known(self.call(call, patience).await)
    }

    /// A fresh signed URL, as the upstream answers it: where it points is not yet judged.
    ///
    /// # Errors
    /// [`UpstreamError`]
    pub async fn sign(
        &self,
        file: &Permitted<Sign>,
        action: Action,
        minutes: u32,
        patience: Patience,
    ) -> Result<SignedUrl, UpstreamError> {
        let file_id = &file.what().file;
        let request = self.templates.sign(file, action, minutes)?;
        let call = Outgoing { operation: Operation::Sign, customer: file.customer(), subject: file_id.as_str(), request };
        self.call(call, patience).await
    }

    /// Upstream calls of the last 60 seconds, and how many are allowed.
    pub fn budget(&self) -> (usize, u32) {
        (self.gate.used(), self.gate.limit())
    }

    /// What replicas share, where they share something.
    pub fn shared(&self) -> Option<&Arc<Shared>> {
        self.gate.together()
    }

    /// Where an operation's breaker stands.
    pub fn breaker(&self, operation: Operation) -> Position {
        self.breakers[operation as usize].position(self.start.elapsed())
    }

    /// Makes the call, and a read once more where it failed in passing.
    async fn call<T: DeserializeOwned>(&self, call: Outgoing<'_>, patience: Patience) -> Result<T, UpstreamError> {
        let first = self.once(&call, patience).await;
        match first {
            Err(error) if call.operation.purpose() == Purpose::Read && error.is_transient() => {
                // Not all at once: whatever made one call fail made others fail, too.
                tokio::time::sleep(Duration::from_millis(fastrand::u64(RETRY_AFTER_MILLIS))).await;
                match self.once(&call, Patience::none()).await {
                    // That no second call may be made is not what went wrong.
                    Err(second) if second.is_ours() => first,
                    second => second,
                }
            }
            first => first,
        }
    }

    /// Makes the call, if it may be made.
    async fn once<T: DeserializeOwned>(&self, call: &Outgoing<'_>, patience: Patience) -> Result<T, UpstreamError> {
        let begun = Instant::now();
        let (operation, question) = (call.operation, format!("{} {}", call.operation.name(), call.subject));
        let traced = telemetry::upstream(operation.name());
        let result = self.pass_and_send(call, &question, patience).await;
        telemetry::ended(&traced, outcome(result.as_ref().err()));
        self.metrics.upstream(operation, result.as_ref().err(), begun.elapsed());
        let operation = operation.name();
        match &result {
            Ok(_) | Err(UpstreamError::NotFound) => {}
            Err(UpstreamError::KeyRefused) => {
                tracing::error!(
                    operation,
                    "the upstream refuses the API key (401): check FLEXPORTAL_API_KEY and FLEXPORTAL_TENANT_ID"
                );
            }
            // There may be thousands of these, and the metrics count them.
            Err(error) if error.is_ours() => tracing::debug!(operation, %error, "no upstream call"),
            Err(error) => tracing::warn!(operation, %error, "upstream"),
        }
        result
    }

    async fn pass_and_send<T: DeserializeOwned>(
        &self,
        call: &Outgoing<'_>,
        question: &str,
        patience: Patience,
    ) -> Result<T, UpstreamError> {
        let (breaker, now) = (&self.breakers[call.operation as usize], || self.start.elapsed());
        if let Some(wait) = self.pauses.refuses(question, now()) {
            return Err(UpstreamError::Paused(wait));
        }
        if let Some(wait) = breaker.refuses(now()) {
            return Err(UpstreamError::Resting(wait));
        }
        let wanted = Call { purpose: call.operation.purpose(), customer: call.customer.clone() };
        let permit = self.gate.pass(wanted, patience.left()).await;
        // What another replica was told is as if it had been said here.
        if let Some(wait) = self.shared().and_then(|shared| shared.take_pause()) {
            self.pauses.heard(now(), wait);
        }
        let permit = permit.map_err(|refused| match self.pauses.refuses(question, now()) {
            Some(wait) => UpstreamError::Paused(wait.max(refused.wait)),
            None => refused.into(),
        })?;
        // Both once more, and now as one who goes: much may have come to pass while this one waited for its turn.
        let admitted = match self.pauses.admit(question, now()) {
            Ok(pass) => breaker.admit(now()).map(|admission| (pass, admission)).map_err(UpstreamError::Resting),
            Err(wait) => Err(UpstreamError::Paused(wait)),
        };
        let (pass, admission) = match admitted {
            Ok(admitted) => admitted,
            Err(refused) => {
                self.gate.give_back(permit);
                return Err(refused);
            }
        };
        let result = self.send(call.operation, call.request.clone()).await;
        match result.as_ref().err() {
            Some(UpstreamError::RateLimited(wait)) => {
                admission.succeeded();
                self.told(pass, question, *wait).await;
            }
            // Whether the wait is over, this does not tell.
            Some(error) if error.is_failure() => {
                drop(pass);
                admission.failed(now());
            }
            _ => {
                pass.answered();
                admission.succeeded();
            }
        }
        // Only now: who waits for this place is to know what became of the call.
        drop(permit);
        result
    }

    /// The upstream told to wait, which all replicas are to know.
    async fn told(&self, pass: Pass, question: &str, wait: Duration) {
        let now = self.start.elapsed();
        let Some(shared) = self.shared().map(Arc::clone) else {
            pass.told(now, wait, false);
            return;
        };
        let (question, time) = (question.to_owned(), wait + pauses::REMEMBERED);
        // In a task of its own: an asker who leaves does not take it along.
        let telling = tokio::spawn(async move {
            let elsewhere = shared.was_refused(&question, time).await;
            if let Some(everybody) = pass.told(now, wait, elsewhere) {
                shared.pause(everybody, pauses::REMEMBERED).await;
            }
        });
        let _: Result<(), JoinError> = telling.await;
    }

    async fn send<T: DeserializeOwned>(&self, operation: Operation, request: Request) -> Result<T, UpstreamError> {
        let client = match operation {
            Operation::List => &self.client,
            Operation::Order | Operation::Sign => &self.client_without_reuse,
        };
        let answer = client.send(request).await.map_err(|cause| match cause {
            Cause::Timeout => UpstreamError::Timeout,
            _ => UpstreamError::Unavailable,
        })?;
        check(&answer)?;
        let body = answer.body(self.max_bytes).await.map_err(|error| match error {
            BodyError::Timeout => UpstreamError::Timeout,
            other => UpstreamError::Unreadable(other.reason()),
        })?;
        json::read(&body).ok_or(UpstreamError::Unreadable("not the JSON that was expected"))
    }
}

/// What fuzz targets reach for.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed {
    pub use super::json::read as read_json;
    pub use super::list::UpstreamList;
    pub use super::retry_after::read as retry_after;
    pub use super::templates::Templates;
}

fn told_to_wait(answer: &Answer) -> UpstreamError {
    UpstreamError::RateLimited(retry_after::of(answer.headers()))
}

fn check(answer: &Answer) -> Result<(), UpstreamError> {
    match answer.status() {
        StatusCode::OK | StatusCode::CREATED => Ok(()),
        StatusCode::UNAUTHORIZED => Err(UpstreamError::KeyRefused),
        StatusCode::FORBIDDEN => Err(UpstreamError::Forbidden),
        StatusCode::NOT_FOUND => Err(UpstreamError::NotFound),
        StatusCode::SERVICE_UNAVAILABLE if answer.headers().contains_key(RETRY_AFTER) => Err(told_to_wait(answer)),
        StatusCode::TOO_MANY_REQUESTS => Err(told_to_wait(answer)),
        status if status.is_redirection() => Err(UpstreamError::Unreadable("a redirect")),
        status if status.is_success() => Err(UpstreamError::Unreadable("a status without an answer")),
        status => Err(UpstreamError::Failed(status.as_u16())),
    }
}

/// "Not found" and "forbidden" about an id are one answer: whoever asks for another's learns nothing from the difference.
fn known<T>(result: Result<T, UpstreamError>) -> Result<Option<T>, UpstreamError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(UpstreamError::NotFound | UpstreamError::Forbidden) => Ok(None),
        Err(error) => Err(error),
    }
}
