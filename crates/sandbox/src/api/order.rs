//! `GET /v1/orders/{orderId}`.

use super::error::ApiError;
use crate::App;
use crate::faults::{Route, answer_or_fault};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

pub(crate) async fn order(State(app): State<Arc<App>>, Path(order_id): Path<String>) -> Result<Response, ApiError> {
    answer_or_fault(&app.faults, Route::Order, Some(&order_id), |_| async {
        let order = app.store.order(&order_id)?.ok_or(ApiError::NotFound("No such order."))?;
        Ok(Json(json!({
            "orderId": order.order_id,
            "tenantId": app.tenant_id,
            "title": order.title,
            "status": "active",
            "customer": { "customerId": order.customer_id, "name": order.customer_name },
        }))
        .into_response())
    })
    .await
}
