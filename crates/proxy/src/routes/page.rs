//! The standalone page and the component's files. They are the same for everybody and need no session; the data they ask for does.

use crate::app::App;
use crate::error::Failure;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use flexportal::OrderId;
use std::sync::Arc;

/// A path's variable part. One that is not UTF-8 names nothing that exists.
type AnyPath = Result<Path<String>, PathRejection>;

/// `GET /`
pub async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    app.assets.answer("index.html", &headers).ok_or(Failure::NotFound)
}

/// `GET /orders/{orderId}`: the same page for every id that can be one.
pub async fn order(State(app): State<Arc<App>>, path: AnyPath, headers: HeaderMap) -> Result<Response, Failure> {
    let Path(order) = path.map_err(|_| Failure::NotFound)?;
    OrderId::new(order).map_err(|_| Failure::NotFound)?;
    app.assets.answer("index.html", &headers).ok_or(Failure::NotFound)
}

/// `GET /assets/{path}`
pub async fn asset(State(app): State<Arc<App>>, path: AnyPath, headers: HeaderMap) -> Result<Response, Failure> {
    let Path(path) = path.map_err(|_| Failure::NotFound)?;
    app.assets.answer(&format!("assets/{path}"), &headers).ok_or(Failure::NotFound)
}
