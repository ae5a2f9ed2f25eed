//! What surrounds every request: its id, its checks at the edge, its deadline, its one log line; and on every answer the headers and, where
//! something failed, the body.

use crate::app::App;
use crate::edge::{self, Answers};
use crate::error::Failure;
use crate::headers::Kind;
use crate::routes;
use crate::telemetry;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flexportal::{ErrorBody, ErrorEnvelope};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::any::Any;
use std::sync::Arc;
use std::time::Instant;
use tower_http::catch_panic::{CatchPanic, ResponseForPanic};
use tracing::Instrument;
use uuid::Uuid;

/// The error page's only style; the CSP names its hash.
pub const STYLE: &str =
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}h1{font-size:1.25rem}";

/// Tells the customer what the log tells the operator.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The public listener's answers.
///
/// What surrounds them is around the router as a whole: a layer of the router's would be built anew for each request.
pub struct Public {
    app: Arc<App>,
    routes: TowerToHyperService<CatchPanic<Router, OnPanic>>,
}

/// A panic is told like every other failure, without what it says.
#[derive(Clone, Copy)]
struct OnPanic;

impl ResponseForPanic for OnPanic {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, _: Box<dyn Any + Send>) -> Response {
        Failure::Internal.into_response()
    }
}

impl Public {
    /// Of these routes, any of which may panic.
    pub fn new(app: Arc<App>, routes: Router) -> Self {
        Self { app, routes: TowerToHyperService::new(CatchPanic::custom(routes, OnPanic)) }
    }

    async fn routed(&self, request: Request) -> Response {
        let Ok(response) = self.routes.call(request).await;
        response.map(Body::new)
    }
}

impl Answers for Public {
    async fn answer(&self, request: Request) -> Response {
        let (app, begun) = (&self.app, Instant::now());
        let id = Uuid::new_v4().simple().to_string();
        let method = request.method().clone();
        let wants_page = prefers_html(request.headers());
        let route = routes::template(request.uri().path());

        let traced = telemetry::request(&method, route, &id);
        let span = tracing::info_span!(parent: &traced, "request", id);
        let work = async {
            match edge::check(&request) {
                Ok(()) => tokio::time::timeout(app.limits.request, self.routed(request)).await,
                Err(failure) => Ok(failure.into_response()),
            }
        };
        let result = work.instrument(span.clone()).await;
        let mut response = result.unwrap_or_else(|_| Failure::UpstreamTimeout.into_response());

        let failure = response.extensions_mut().remove::<Failure>();
        let kind = match (&failure, response.extensions().get::<Kind>()) {
            // A page that says itself what failed.
            (_, Some(kind)) => *kind,
            (Some(failure), None) => write_failure(&mut response, failure, &id, wants_page, &method),
            (None, None) => Kind::Api,
        };
        let status = response.status();
        app.security.apply(kind, status, response.headers_mut());
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let code = failure.as_ref().map(Failure::code).unwrap_or_default();
        app.metrics.request(route, status.as_u16(), code, begun.elapsed());
        telemetry::answered(&traced, status.as_u16(), code);
        let millis = begun.elapsed().as_millis() as u64;
        tracing::info!(parent: &span, %method, route, status = status.as_u16(), code, millis, "answered");
        response
    }
}

/// The admin listener's: the same checks at the edge and the same headers, and no log line, since probes come every few seconds.
pub struct Admin {
    app: Arc<App>,
    routes: TowerToHyperService<Router>,
}

impl Admin {
    /// Of these routes.
    pub fn new(app: Arc<App>, routes: Router) -> Self {
        Self { app, routes: TowerToHyperService::new(routes) }
    }
}

impl Answers for Admin {
    async fn answer(&self, request: Request) -> Response {
        let mut response = match edge::check(&request) {
            Ok(()) => {
                let Ok(response) = self.routes.call(request).await;
                response
            }
            Err(failure) => failure.into_response(),
        };
        self.app.security.apply(Kind::Api, response.status(), response.headers_mut());
        response
    }
}

/// The whole answer to what is no request, head and body, for `edge` to send where hyper would answer by itself. It is logged and counted as others.
pub fn refusal(app: &App, status: StatusCode) -> Vec<u8> {
    let failure = match status {
        StatusCode::URI_TOO_LONG => Failure::TargetTooLong,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Failure::HeadTooLarge,
        _ => Failure::BadRequest("This is not a request that can be read."),
    };
    let id = Uuid::new_v4().simple().to_string();
    let (_, content_type, body) = body_of(&failure, &id, false);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let date = httpdate::fmt_http_date(std::time::SystemTime::now());
    for (name, value) in [(header::DATE, &date), (REQUEST_ID, &id)] {
        headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
    }
    app.security.apply(Kind::Api, failure.status(), &mut headers);
    app.metrics.request("none", failure.status().as_u16(), failure.code(), std::time::Duration::ZERO);
    tracing::info!(id, status = failure.status().as_u16(), code = failure.code(), "what is no request was refused");
    let mut answer = format!("HTTP/1.1 {}\r\n", failure.status()).into_bytes();
    for (name, value) in &headers {
        answer.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    answer.extend([b"\r\n", body.as_bytes()].concat());
    answer
}

/// Writes the failure's body, as a page where the browser is to show it to somebody.
fn write_failure(response: &mut Response, failure: &Failure, id: &str, wants_page: bool, method: &Method) -> Kind {
    let (kind, content_type, body) = body_of(failure, id, wants_page);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    *response.body_mut() = if method == Method::HEAD { Body::empty() } else { Body::from(body) };
    kind
}

/// A failure's body, and what it is.
fn body_of(failure: &Failure, id: &str, wants_page: bool) -> (Kind, &'static str, String) {
    if wants_page {
        return (Kind::ErrorPage, "text/html; charset=utf-8", page(failure, id));
    }
    let error = ErrorBody { code: failure.code().to_owned(), message: failure.to_string() };
    let envelope = ErrorEnvelope { error, request_id: Some(id.to_owned()) };
    (Kind::Api, "application/json", serde_json::to_string(&envelope).unwrap_or_default())
}

/// All of it is text of ours: nothing from the request or the upstream stands in it.
fn page(failure: &Failure, id: &str) -> String {
    let code = failure.code();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Documents</title><style>{STYLE}</style>\
         <h1>{failure}</h1><p>{code}</p><p><small>Request {id}</small></p></html>"
    )
}

/// A navigation asks for HTML by name; what a program fetches does not.
fn prefers_html(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split(',')).any(|range| range.split(';').next().is_some_and(|kind| kind.trim() == "text/html"))
}
