//! The admin listener: health and metrics, never on the public port.

use crate::app::App;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: sessions can be told. The upstream is not asked: that would cost of its allowance.
pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    if app.stopping.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response()
    } else if app.sessions.is_ready() {
        match app.upstream.shared() {
            Some(shared) if !shared.can_call() => {
                (StatusCode::SERVICE_UNAVAILABLE, "no shared state (REDIS_URL) yet, and no PROXY_REPLICAS to know a part by\n")
                    .into_response()
            }
            Some(shared) if !shared.is_connected() => "ready, without the shared state (REDIS_URL)\n".into_response(),
            _ => "ready\n".into_response(),
        }
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no session keys yet\n").into_response()
    }
}

/// `GET /metrics`
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    app.metrics.look_at(&app.upstream);
    let text = app.metrics.render();
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}
