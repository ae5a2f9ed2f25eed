//! The Files API: who may ask, how often, and what.

pub(crate) mod error;
mod file;
mod list;
mod order;
mod sign;

use crate::App;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use error::ApiError;
use std::sync::Arc;
use std::time::Instant;

/// The routes below `/v1`. Any other path answers the vendor's envelope with 404, to those who hold the key.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/files", get(list::list))
        .route("/v1/files/url", post(sign::sign))
        .route("/v1/files/{file_id}", get(file::file))
        .route("/v1/orders/{order_id}", get(order::order))
        .fallback(async || ApiError::NotFound("No such route."))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// Counts the call; lets it through with the key, the tenant and a place in this minute's budget.
async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str);
    app.calls.asked(request.method(), route, request.uri(), request.headers());
    let admitted = authorise(&app, request.headers())
        .and_then(|()| app.limiter.admit(Instant::now()).map_err(|retry_after| ApiError::RateLimited { retry_after }));
    let response = match admitted {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    app.calls.answered(response.status().as_u16());
    response
}

fn authorise(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let only = |name: &str| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())
    };
    let key = only(AUTHORIZATION.as_str()).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if key.is_none_or(|key| verify_slices_are_equal(key, app.api_key.as_bytes()).is_err()) {
        return Err(ApiError::Unauthorized("Missing or invalid API key."));
    }
    match only("tenant-id").is_some_and(|tenant| tenant.as_bytes() == app.tenant_id.as_bytes()) {
        true => Ok(()),
        false => Err(ApiError::Unauthorized("Missing or unknown Tenant-ID.")),
    }
}
