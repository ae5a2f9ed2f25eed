//! `GET /v1/files/{fileId}`.

use super::error::ApiError;
use crate::App;
use crate::faults::{Route, answer_or_fault};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub(crate) async fn file(State(app): State<Arc<App>>, Path(file_id): Path<String>) -> Result<Response, ApiError> {
    let file = app.store.file(&file_id)?.filter(|file| !file.pending);
    let order_id = file.as_ref().and_then(|file| file.order_id.clone());
    answer_or_fault(&app.faults, Route::File, order_id.as_deref(), |_| async {
        let file = file.ok_or(ApiError::NotFound("No such file."))?;
        Ok(Json(app.dialect().raw_record(&file, &app.tenant_id)).into_response())
    })
    .await
}
