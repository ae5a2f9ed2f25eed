//! Faults on demand: what a real upstream does on a bad day, for one order, one route or everything.

use crate::api::error::ApiError;
use crate::server::HangUp;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// Nothing: removes the rule with the same order and route.
    None,
    /// The connection is closed without an answer.
    Down,
    /// The right answer, late: 8 seconds, or `seconds`.
    Slow,
    /// 429 with `Retry-After`: 5 seconds, or `seconds`.
    RateLimited,
    /// 429 with `Retry-After`, until somebody has waited that long: that one request is answered.
    RateLimitedUntilWaited,
    /// 500 in the vendor's envelope.
    ServerError,
    /// 502 with a load balancer's HTML.
    BadGateway,
    /// 401: the API key was revoked.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 200 with HTML.
    NotJson,
    /// 200 with the first half of the right answer.
    HalfJson,
    /// The right answer's headers and half of its body; then the connection breaks.
    CutOff,
    /// 302 to another host.
    Redirect,
    /// A list: every page but the first fails with 500.
    LaterPages,
    /// A list: filters are ignored, as the vendor's does with those that it does not know.
    IgnoresFilters,
    /// A signing: an URL of an origin that is no storage.
    BadSignedUrl,
    /// A signing: a `javascript:` URL.
    ScriptSignedUrl,
    /// A signing: plain `http:` on a host that is not this one.
    PlainSignedUrl,
    /// A signing: the right URL, of 8,100 characters, as a storage makes it that puts a session's token into it.
    LongSignedUrl,
    /// A signing: an URL that has expired.
    ExpiredSignedUrl,
}

/// Where it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Route {
    /// `GET /v1/files`.
    List,
    /// `POST /v1/files/url`.
    Sign,
    /// `GET /v1/files/{fileId}`.
    File,
    /// `GET /v1/orders/{orderId}`.
    Order,
    /// The signed URLs themselves.
    Storage,
}

/// The body of `PUT /control/fault`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) fault: Fault,
    /// Only where this order is concerned; else everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
    /// Only on this route; else on every route of the API (the storage is named, or spared).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) route: Option<Route>,
    /// How many requests it meets before it is gone; else all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u32>,
    /// The delay, or `Retry-After`, up to an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<f64>,
    #[serde(skip)]
    limited_until: Option<Instant>,
}

impl Rule {
    fn of_order(fault: Fault, order_id: &str) -> Self {
        let order_id = Some(order_id.to_owned());
        Self { fault, order_id, route: Some(Route::List), times: None, seconds: None, limited_until: None }
    }

    fn seconds_or(&self, default: f64) -> Duration {
        Duration::from_secs_f64(self.seconds.filter(|seconds| seconds.is_finite()).unwrap_or(default).clamp(0.0, 3600.0))
    }

    /// How particular the rule is about this request; `None` where it does not concern it.
    fn rank(&self, route: Route, order_id: Option<&str>) -> Option<u8> {
        let order = match &self.order_id {
            None => 0,
            Some(order) if Some(order.as_str()) == order_id => 2,
            Some(_) => return None,
        };
        match self.route {
            None if route != Route::Storage => Some(order),
            Some(own) if own == route => Some(order + 1),
            _ => None,
        }
    }
}

/// A fault that meets the request in hand.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Hit {
    fault: Fault,
    wait: Duration,
}

/// The rules in force.
pub(crate) struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    /// The rules of the demo's state orders.
    pub(crate) fn seeded() -> Self {
        let rules = crate::seed::STATE_FAULTS.iter().map(|(order_id, fault)| Rule::of_order(*fault, order_id)).collect();
        Self(Mutex::new(rules))
    }

    /// Adds a rule in the place of the one with the same order and route.
    pub(crate) fn put(&self, rule: Rule) {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rules.retain(|other| (&other.order_id, other.route) != (&rule.order_id, rule.route));
        // Without a route, "none" ends what was said of the order's single routes too: the seeded rules among it.
        if rule.fault == Fault::None && rule.route.is_none() {
            rules.retain(|other| other.order_id != rule.order_id);
        }
        if rule.fault != Fault::None && rule.times != Some(0) {
            rules.push(rule);
        }
    }

    /// Back to the seeded rules.
    pub(crate) fn reset(&self) {
        let seeded = Self::seeded().rules();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = seeded;
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fault that meets a request, by the most particular rule, and one of its times used up.
    fn take(&self, route: Route, order_id: Option<&str>, now: Instant) -> Option<Hit> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, index) = rules.iter().enumerate().filter_map(|(index, rule)| Some((rule.rank(route, order_id)?, index))).max()?;
        let rule = &mut rules[index];
        let wait = match rule.fault {
            Fault::Slow => rule.seconds_or(8.0),
            Fault::RateLimitedUntilWaited => match rule.limited_until {
                Some(until) if now >= until => {
                    rule.limited_until = None;
                    return None;
                }
                Some(until) => until - now,
                None => {
                    let wait = rule.seconds_or(5.0);
                    rule.limited_until = Some(now + wait);
                    wait
                }
            },
            _ => rule.seconds_or(5.0),
        };
        let hit = Hit { fault: rule.fault, wait };
        match rule.times.as_mut() {
            Some(times) if *times > 1 => *times -= 1,
            Some(_) => drop(rules.remove(index)),
            None => {}
        }
        Some(hit)
    }
}

/// Answers a request, with the fault that meets it: `answer` is told of it, for those that change what is answered.
pub(crate) async fn answer_or_fault<Answer, E>(
    faults: &Faults,
    route: Route,
    order_id: Option<&str>,
    answer: impl FnOnce(Option<Fault>) -> Answer,
) -> Result<Response, E>
where
    Answer: Future<Output = Result<Response, E>>,
{
    let Some(hit) = faults.take(route, order_id, Instant::now()) else { return answer(None).await };
    match hit.before().await {
        Some(response) => Ok(response),
        None => Ok(hit.after(answer(Some(hit.fault)).await?).await),
    }
}

impl Hit {
    /// Waits where the fault is a delay; answers where it is an answer.
    async fn before(self) -> Option<Response> {
        Some(match self.fault {
            Fault::Slow => {
                tokio::time::sleep(self.wait).await;
                return None;
            }
            Fault::Down => HangUp::response(),
            Fault::RateLimited | Fault::RateLimitedUntilWaited => {
                ApiError::RateLimited { retry_after: self.wait.as_secs_f64().ceil() as u64 }.into_response()
            }
            Fault::ServerError => ApiError::Internal("a fault on demand".to_owned()).into_response(),
            Fault::BadGateway => html(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
            Fault::NotJson => html(StatusCode::OK, "We will be back soon"),
            Fault::Unauthorized => ApiError::Unauthorized("The API key was revoked.").into_response(),
            Fault::Forbidden => ApiError::Forbidden.into_response(),
            Fault::NotFound => ApiError::NotFound("Not found.").into_response(),
            Fault::Redirect => (StatusCode::FOUND, [(LOCATION, "https://elsewhere.example/v1/files")]).into_response(),
            _ => return None,
        })
    }

    /// Spoils the right answer where the fault does that.
    async fn after(self, response: Response) -> Response {
        if !matches!(self.fault, Fault::HalfJson | Fault::CutOff) || !response.status().is_success() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let Ok(whole) = body.collect().await.map(|body| body.to_bytes()) else { return HangUp::response() };
        let half = whole.slice(..whole.len() / 2);
        parts
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(if self.fault == Fault::CutOff { whole.len() } else { half.len() }));
        if self.fault == Fault::HalfJson {
            return Response::from_parts(parts, Body::from(half));
        }
        // The pause between lets the server send what it has before it learns that there will be no more.
        let broken = async {
            tokio::task::yield_now().await;
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        };
        let body = stream::once(async { Ok(half) }).chain(stream::once(broken));
        Response::from_parts(parts, Body::from_stream(body))
    }
}

fn html(status: StatusCode, title: &str) -> Response {
    let page = format!("<!doctype html><title>{title}</title><h1>{title}</h1>");
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
