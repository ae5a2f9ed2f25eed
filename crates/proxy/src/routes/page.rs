//! The standalone page and the component's files. They are the same for everybody and need no session; the data they ask for does.

use crate::app::App;
use crate::error::Failure;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use flexportal::OrderId;
use std::sync::Arc;

/// `GET /`
pub async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    app.assets.answer("index.html", &headers).ok_or(Failure::NotFound)
}

/// `GET /orders/{orderId}`: the same page for every id that can be one.
pub async fn order(State(app): State<Arc<App>>, Path(order): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    OrderId::new(order).map_err(|_| Failure::NotFound)?;
    app.assets.answer("index.html", &headers).ok_or(Failure::NotFound)
}

/// `GET /assets/{path}`
pub async fn asset(State(app): State<Arc<App>>, Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    app.assets.answer(&format!("assets/{path}"), &headers).ok_or(Failure::NotFound)
}
