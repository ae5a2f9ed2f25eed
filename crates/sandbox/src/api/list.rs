//! `GET /v1/files`.

use super::error::ApiError;
use crate::App;
use crate::dialect::Page;
use crate::faults::{Fault, Route, answer_or_fault};
use crate::store::Filter;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde_json::Map;
use std::collections::HashMap;
use std::sync::Arc;

const DEFAULT_LIMIT: u64 = 50;
const MAX_LIMIT: u64 = 100;

/// Filters that it does not know are ignored, as the vendor's are: such a list comes back whole.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    let word = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
    let mut filter = Filter { order_id: word("orderId"), kind: word("type"), customer_id: word("customerId") };
    let limit = number(&query, "limit", DEFAULT_LIMIT, 1..=MAX_LIMIT)?;
    let offset = number(&query, "offset", 0, 0..=i64::MAX as u64)?;

    let order_id = filter.order_id.clone();
    let app = &*app;
    answer_or_fault(&app.faults, Route::List, order_id.as_deref(), |fault| async move {
        match fault {
            Some(Fault::LaterPages) if offset > 0 => return Err(ApiError::Internal("a fault on demand".to_owned())),
            Some(Fault::IgnoresFilters) => filter = Filter::default(),
            _ => {}
        }
        let (files, total) = app.store.list(&filter, limit, offset)?;
        let echo = [("orderId", &filter.order_id), ("type", &filter.kind), ("customerId", &filter.customer_id)];
        let filters: Map<_, _> =
            echo.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?.into()))).collect();
        let page = Page { files: &files, total, limit, offset, filters, tenant_id: &app.tenant_id };
        Ok(Json(app.dialect().page(&page)).into_response())
    })
    .await
}

fn number(
    query: &HashMap<String, String>,
    name: &str,
    default: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, ApiError> {
    let Some(text) = query.get(name) else { return Ok(default) };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        ApiError::Unprocessable(format!("{name} must be a whole number from {} to {}.", range.start(), range.end()))
    })
}
