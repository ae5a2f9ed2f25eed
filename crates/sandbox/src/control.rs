//! The sandbox's control, for tests and for the demo's page: faults, the dialect, and what the API was asked.

use crate::App;
use crate::dialect::Dialect;
use crate::faults::Rule;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode, request};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, PoisonError};
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

/// Below `/control`; a script may use it from the portal's origin only.
pub(crate) fn router(app: Arc<App>) -> Router {
    let portal = app.clone();
    let allowed = AllowOrigin::predicate(move |origin: &HeaderValue, _: &request::Parts| {
        origin.as_bytes() == portal.portal().origin().ascii_serialization().as_bytes()
    });
    let methods = [Method::GET, Method::PUT, Method::DELETE];
    Router::new()
        .route("/control/fault", put(put_fault).get(faults).delete(reset_faults))
        .route("/control/dialect", put(put_dialect))
        .route("/control/portal", put(put_portal))
        .route("/control/calls", get(calls).delete(reset_calls))
        .layer(CorsLayer::new().allow_origin(allowed).allow_methods(methods).allow_headers([CONTENT_TYPE]))
        .with_state(app)
}

/// A status and the reason.
type Refused = (StatusCode, String);

/// A body that is not what the route takes: 422 and the reason.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, format!("{error}\n")))
}

async fn put_fault(State(app): State<Arc<App>>, body: Bytes) -> Result<StatusCode, Refused> {
    app.faults.put(read::<Rule>(&body)?);
    Ok(StatusCode::NO_CONTENT)
}

async fn faults(State(app): State<Arc<App>>) -> Json<Vec<Rule>> {
    Json(app.faults.rules())
}

async fn reset_faults(State(app): State<Arc<App>>) -> StatusCode {
    app.faults.reset();
    StatusCode::NO_CONTENT
}

async fn put_dialect(State(app): State<Arc<App>>, body: Bytes) -> Result<StatusCode, Refused> {
    #[derive(Deserialize)]
    struct Wanted {
        dialect: Dialect,
    }
    let Wanted { dialect } = read(&body)?;
    *app.dialect.write().unwrap_or_else(PoisonError::into_inner) = dialect;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the portal is, for whoever starts the sandbox before the portal has its port.
async fn put_portal(State(app): State<Arc<App>>, body: Bytes) -> Result<StatusCode, Refused> {
    #[derive(Deserialize)]
    struct Wanted {
        portal: Url,
    }
    let Wanted { portal } = read(&body)?;
    if !matches!(portal.host_str(), Some("localhost" | "127.0.0.1")) {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, "the portal must be on this machine\n".to_owned()));
    }
    *app.portal.write().unwrap_or_else(PoisonError::into_inner) = portal;
    Ok(StatusCode::NO_CONTENT)
}

async fn calls(State(app): State<Arc<App>>) -> Json<crate::calls::CallLog> {
    Json(app.calls.log())
}

/// Forgets the calls, and with them this minute's budget.
async fn reset_calls(State(app): State<Arc<App>>) -> StatusCode {
    app.calls.reset();
    app.limiter.reset();
    StatusCode::NO_CONTENT
}
