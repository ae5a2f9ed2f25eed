//! The only door to FlexPortal: fixed request templates, deadlines, bounded answers, one budget.

mod list;
mod pauses;
mod probe;
mod retry_after;

pub use probe::{ProbeError, Shape};

use crate::budget::{Budget, Call, Purpose, Ticket};
use crate::config::{Limits, UpstreamConfig};
use crate::http;
use crate::http::BodyError;
use crate::metrics::Metrics;
use crate::policy::{AskOrder, Permitted, Scope, Sign};
use flexportal::{Action, CustomerId, FileList, Order, SignRequest, SignedUrl};
use pauses::Pauses;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use url::Url;

/// Why the upstream gave no answer that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The budget is used up for as long; no call was made.
    #[error("the budget is used up")]
    Budget(Duration),
    /// The upstream says to wait.
    #[error("rate-limited")]
    RateLimited(Duration),
    /// The upstream said a moment ago to wait; no call was made.
    #[error("paused, since the upstream said to wait")]
    Paused(Duration),
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
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    client: Client,
    base: String,
    /// The key appears in [`Upstream::request`] and nowhere else.
    api_key: SecretString,
    tenant: String,
    budget: Mutex<Budget>,
    pauses: Mutex<Pauses>,
    per_minute: u32,
    start: Instant,
    max_bytes: usize,
    metrics: Arc<Metrics>,
}

impl Upstream {
    /// A client out of the configuration; no call is made.
    ///
    /// # Errors
    /// Where no HTTP client can be made (no usable root certificates).
    pub fn new(config: UpstreamConfig, limits: &Limits, metrics: Arc<Metrics>) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: http::client(limits.connect, limits.upstream_answer)?,
            base: config.base.as_str().trim_end_matches('/').to_owned(),
            api_key: config.api_key,
            tenant: config.tenant_id,
            budget: Mutex::new(Budget::new(config.requests_per_minute)),
            pauses: Mutex::new(Pauses::new(limits.upstream_pause)),
            per_minute: config.requests_per_minute,
            start: Instant::now(),
            max_bytes: limits.upstream_bytes,
            metrics,
        })
    }

    /// One page of the scope's files, as the upstream answers it: not yet judged.
    ///
    /// # Errors
    /// [`UpstreamError`]
    pub async fn list(&self, scope: &Permitted<Scope>, page: &Page) -> Result<FileList, UpstreamError> {
        let mut url = self.url("/v1/files")?;
        let (name, subject) = match scope.what() {
            Scope::Order(order) => ("orderId", order.as_str()),
            Scope::Customer(_) => ("customerId", scope.customer().as_str()),
        };
        {
            let mut query = url.query_pairs_mut();
            query.append_pair(name, subject);
            if let Some(document_type) = &page.document_type {
                query.append_pair("type", document_type);
            }
            query.append_pair("limit", &page.limit.to_string()).append_pair("offset", &page.offset.to_string());
        }
        let list::UpstreamList(list) =
            self.call("list", (Purpose::Read, subject, scope.customer()), Method::GET, url, None).await?;
        Ok(list)
    }

    /// Whose the order is. `None` where the upstream does not know it, or does not tell.
    ///
    /// # Errors
    /// [`UpstreamError`]
    pub async fn order(&self, question: &Permitted<AskOrder>) -> Result<Option<Order>, UpstreamError> {
        let url = self.url(&format!("/v1/orders/{}", question.what().0))?;
        let subject = (Purpose::Read, question.what().0.as_str(), question.customer());
        known(self.call("order", subject, Method::GET, url, None).await)
    }

    /// A fresh signed URL, as the upstream answers it: where it points is not yet judged.
    ///
    /// # Errors
    /// [`UpstreamError`]
    pub async fn sign(&self, file: &Permitted<Sign>, action: Action, minutes: u32) -> Result<SignedUrl, UpstreamError> {
        let url = self.url("/v1/files/url")?;
        let Sign(file_id) = file.what();
        let body =
            SignRequest { file_id: Some(file_id.clone()), action, expires_in_minutes: Some(minutes), ..SignRequest::default() };
        let body = serde_json::to_vec(&body).map_err(|_| UpstreamError::Unreadable("request"))?;
        self.call("sign", (Purpose::Sign, file_id.as_str(), file.customer()), Method::POST, url, Some(body)).await
    }

    /// Upstream calls of the last 60 seconds, and how many are allowed.
    pub fn budget(&self) -> (usize, u32) {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        (budget.used(self.start.elapsed()), self.per_minute)
    }

    /// The templates are fixed and the ids are of an alphabet that needs no encoding, so this joins text.
    fn url(&self, path: &str) -> Result<Url, UpstreamError> {
        Url::parse(&format!("{}{path}", self.base)).map_err(|_| UpstreamError::Unreadable("address"))
    }

    fn request(&self, method: Method, url: Url, body: Option<Vec<u8>>) -> Result<Request, UpstreamError> {
        let mut key = HeaderValue::from_str(&format!("Bearer {}", self.api_key.expose_secret()))
            .map_err(|_| UpstreamError::Unreadable("API key"))?;
        key.set_sensitive(true);
        let tenant = HeaderValue::from_str(&self.tenant).map_err(|_| UpstreamError::Unreadable("tenant"))?;
        let mut request = Request::new(method, url);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, key);
        headers.insert("tenant-id", tenant);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.into());
        }
        Ok(request)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        (purpose, subject, customer): (Purpose, &str, &CustomerId),
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
    ) -> Result<T, UpstreamError> {
        let request = self.request(method, url, body)?;
        let question = format!("{operation} {subject}");
        let result = match self.may_ask(Call { purpose, customer: customer.clone() }, &question) {
            Ok(_taken) => self.send(request).await,
            Err(refused) => Err(refused),
        };
        if let Err(UpstreamError::RateLimited(wait)) = result {
            let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
            pauses.told(purpose, question, self.start.elapsed(), wait);
        }
        self.metrics.upstream(operation, result.as_ref().err());
        match &result {
            Ok(_) | Err(UpstreamError::NotFound) => {}
            Err(UpstreamError::KeyRefused) => {
                tracing::error!(
                    operation,
                    "the upstream refuses the API key (401): check FLEXPORTAL_API_KEY and FLEXPORTAL_TENANT_ID"
                );
            }
            Err(error) => tracing::warn!(operation, %error, "upstream"),
        }
        result
    }

    /// Takes a call out of the budget, unless the upstream said to wait.
    fn may_ask(&self, call: Call, question: &str) -> Result<Taken<'_>, UpstreamError> {
        let now = self.start.elapsed();
        if let Some(wait) = self.pauses.lock().unwrap_or_else(PoisonError::into_inner).wait(call.purpose, question, now) {
            return Err(UpstreamError::Paused(wait));
        }
        let ticket = self.budget.lock().unwrap_or_else(PoisonError::into_inner).take(now, &call);
        let ticket = Some(ticket.map_err(|refused| UpstreamError::Budget(refused.wait))?);
        Ok(Taken { upstream: self, ticket })
    }

    async fn send<T: DeserializeOwned>(&self, request: Request) -> Result<T, UpstreamError> {
        let response = self.client.execute(request).await.map_err(|error| match error.is_timeout() && !error.is_connect() {
            true => UpstreamError::Timeout,
            false => UpstreamError::Unavailable,
        })?;
        check(&response)?;
        let body = http::body(response, self.max_bytes).await.map_err(|error| match error {
            BodyError::Timeout => UpstreamError::Timeout,
            other => UpstreamError::Unreadable(other.reason()),
        })?;
        // The parser's message may quote what it read, so it is not kept.
        serde_json::from_str(&flexportal::mend_json(&body))
            .map_err(|_| UpstreamError::Unreadable("not the JSON that was expected"))
    }
}

/// A call that was taken; it has ended when this is dropped, however that comes.
struct Taken<'a> {
    upstream: &'a Upstream,
    ticket: Option<Ticket>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let mut budget = self.upstream.budget.lock().unwrap_or_else(PoisonError::into_inner);
            budget.settle(ticket, self.upstream.start.elapsed());
        }
    }
}

/// What fuzz targets reach for.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed {
    pub use super::list::UpstreamList;
    pub use super::retry_after::read as retry_after;
}

fn check(response: &Response) -> Result<(), UpstreamError> {
    match response.status() {
        StatusCode::OK | StatusCode::CREATED => Ok(()),
        StatusCode::UNAUTHORIZED => Err(UpstreamError::KeyRefused),
        StatusCode::FORBIDDEN => Err(UpstreamError::Forbidden),
        StatusCode::NOT_FOUND => Err(UpstreamError::NotFound),
        StatusCode::TOO_MANY_REQUESTS => {
            Err(UpstreamError::RateLimited(retry_after::read(response.headers().get(RETRY_AFTER), SystemTime::now())))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_keep_the_key_out_of_debug_output() {
        let base = Url::parse("https://api.example").unwrap();
        let config = UpstreamConfig { base, api_key: "KEY".into(), tenant_id: "tenant".into(), requests_per_minute: 1 };
        let upstream = Upstream::new(config, &Limits::default(), Arc::default()).unwrap();
        let request = upstream.request(Method::GET, upstream.url("/v1/files").unwrap(), None).unwrap();
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer KEY");
        assert!(request.headers()[AUTHORIZATION].is_sensitive() && !format!("{request:?}").contains("KEY"));
    }
}
