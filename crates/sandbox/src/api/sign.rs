//! `POST /v1/files/url`.

use super::error::ApiError;
use crate::App;
use crate::dialect::Signed;
use crate::faults::{Fault, Route, answer_or_fault};
use crate::signing::{Grant, now_seconds};
use crate::storage;
use crate::store::{StoreError, StoredFile};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use flexportal::{Action, FileId, OrderId};
use serde_json::Value;
use std::sync::Arc;

/// A body that was understood.
struct Wanted {
    action: Action,
    minutes: f64,
    target: Target,
}

enum Target {
    /// A file to read.
    File(String),
    /// A file to come. The vendor documents no order for it; this sandbox takes one, as our proxy sends it.
    Upload { name: String, content_type: String, order_id: Option<String>, kind: String },
}

pub(crate) async fn sign(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, ApiError> {
    let wanted = read(&body)?;
    let file = match &wanted.target {
        Target::File(file_id) => app.store.file(file_id)?.filter(|file| !file.pending),
        Target::Upload { name, content_type, order_id, kind } => {
            Some(announce(&app, name, content_type, order_id.as_deref(), kind)?)
        }
    };
    let order_id = file.as_ref().and_then(|file| file.order_id.clone());
    let app = &*app;
    answer_or_fault(&app.faults, Route::Sign, order_id.as_deref(), |fault| async move {
        let file = file.ok_or(ApiError::NotFound("No such file."))?;
        Ok(Json(app.dialect().signed(&grant(app, &wanted, &file, fault).await?)).into_response())
    })
    .await
}

async fn grant<'a>(app: &App, wanted: &Wanted, file: &'a StoredFile, fault: Option<Fault>) -> Result<Signed<'a>, ApiError> {
    let size = if file.pending {
        app.store.insert(file)?;
        0
    } else {
        tokio::fs::metadata(app.store.blob_path(&file.blob)).await.map_err(StoreError::from)?.len()
    };
    let lifetime = if fault == Some(Fault::ExpiredSignedUrl) { -60 } else { (wanted.minutes * 60.0).ceil() as i64 };
    let expires = now_seconds() + lifetime;
    let content_type = file.content_type.as_deref().filter(|_| file.pending);
    let right = || storage::url(app, &Grant { action: wanted.action, file_id: &file.file_id, expires, content_type });
    let url = match fault {
        Some(Fault::BadSignedUrl) => format!("https://elsewhere.example/files/{}?signature=forged", file.file_id),
        Some(Fault::ScriptSignedUrl) => "javascript:document.title='signed'".to_owned(),
        Some(Fault::PlainSignedUrl) => format!("http://storage.example/files/{}?signature=forged", file.file_id),
        Some(Fault::LongSignedUrl) => format!("{:s<8100}", format!("{}&token=", right())),
        _ => right(),
    };
    Ok(Signed { url, file, size, expires })
}

/// The record of a file whose bytes are still to come.
fn announce(app: &App, name: &str, content_type: &str, order_id: Option<&str>, kind: &str) -> Result<StoredFile, ApiError> {
    let order = order_id.map(|order_id| app.store.order(order_id)?.ok_or(ApiError::NotFound("No such order."))).transpose()?;
    let mut random = [0; 12];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| ApiError::Internal("the system has no random bytes".to_owned()))?;
    let file_id = format!("file_up_{}", random.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    Ok(StoredFile {
        blob: format!("uploads/{file_id}"),
        filename: file_id.clone(),
        file_id,
        original_filename: Some(name.to_owned()),
        customer_id: order.map(|order| order.customer_id),
        order_id: order_id.map(str::to_owned),
        kind: kind.to_owned(),
        category: "uploaded".to_owned(),
        content_type: Some(content_type.to_owned()),
        uploaded_by: "portal".to_owned(),
        created_at: now_seconds() * 1000,
        updated_at: now_seconds() * 1000,
        pending: true,
        ..StoredFile::default()
    })
}

fn read(body: &[u8]) -> Result<Wanted, ApiError> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| ApiError::BadRequest(format!("The body is not JSON: {error}")))?;
    let fields = body.as_object().ok_or_else(|| ApiError::BadRequest("The body is not a JSON object.".to_owned()))?;
    let wrong = |message: &str| ApiError::Unprocessable(message.to_owned());
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::Unprocessable(format!("{name} must be a string of at least 1 character."))),
    };
    let action = match text("action")?.as_deref() {
        None | Some("view") => Action::View,
        Some("download") => Action::Download,
        Some("upload") => Action::Upload,
        Some(_) => return Err(wrong("action must be view, download or upload.")),
    };
    let minutes = match fields.get("expiresInMinutes") {
        None => 60.0,
        Some(minutes) => minutes
            .as_f64()
            .filter(|minutes| (1.0..=1440.0).contains(minutes))
            .ok_or_else(|| wrong("expiresInMinutes must be a number from 1 to 1440."))?,
    };
    let target = if action == Action::Upload {
        let order_id = text("orderId")?;
        if order_id.as_ref().is_some_and(|order_id| OrderId::new(order_id).is_err()) {
            return Err(wrong("orderId is not an id."));
        }
        Target::Upload {
            name: text("fileName")?.ok_or_else(|| wrong("fileName is required for an upload."))?,
            content_type: text("contentType")?
                .filter(|value| value.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
                .ok_or_else(|| wrong("contentType is required for an upload."))?,
            order_id,
            kind: text("type")?.unwrap_or_else(|| "document".to_owned()),
        }
    } else {
        let file_id = text("fileId")?.ok_or_else(|| wrong("fileId is required."))?;
        FileId::new(&file_id).map_err(|_| ApiError::NotFound("No such file."))?;
        Target::File(file_id)
    };
    Ok(Wanted { action, minutes, target })
}
