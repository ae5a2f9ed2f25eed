//! `POST /api/v1/files/url`: a signed URL for the page's script.

use super::place::PlaceQuery;
use super::{enter, json};
use crate::app::App;
use crate::error::Failure;
use crate::isolation::Access;
use crate::signing::{Wish, sign as sign_file};
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use bytes::Bytes;
use flexportal::Action;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use std::sync::Arc;

/// The longest body, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// The lifetime that is asked for where the request names none, in minutes. The vendor's default is 60; a URL is used at once.
const DEFAULT_MINUTES: u32 = 5;

/// FlexPortal's body, and our `orderId`. Ids are text here: one that is none is answered like one that does not exist.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignBody {
    file_id: Option<String>,
    action: Option<String>,
    expires_in_minutes: Option<f64>,
    order_id: Option<String>,
}

/// Answers with a signed URL, for one use.
pub async fn sign(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let session = enter(&app, &parts, Access::Fetched).await?;
    let place = PlaceQuery::read(&parts.uri)?;
    if !is_json(&parts.headers) {
        return Err(Failure::NotJson);
    }
    let body = tokio::time::timeout(app.limits.client_body, read(body)).await.map_err(|_| Failure::RequestTimeout)??;
    let body: SignBody =
        serde_json::from_slice(&body).map_err(|_| Failure::BadRequest("The body is not the JSON that was expected."))?;
    let action = match body.action.as_deref() {
        None | Some("view") => Action::View,
        Some("download") => Action::Download,
        Some("upload") => return Err(Failure::UploadUnavailable),
        Some(_) => return Err(Failure::Unprocessable("action is view or download")),
    };
    let minutes = body.expires_in_minutes.unwrap_or(DEFAULT_MINUTES.into());
    if !(minutes.fract() == 0.0 && (1.0..=1440.0).contains(&minutes)) {
        return Err(Failure::Unprocessable("expiresInMinutes is a whole number from 1 to 1440"));
    }
    let file = body.file_id.ok_or(Failure::Unprocessable("fileId is missing"))?;
    let order = match (body.order_id, place.order) {
        (Some(one), Some(other)) if one != other => {
            return Err(Failure::BadRequest("The query and the body name different orders."));
        }
        (one, other) => one.or(other),
    };
    let wish = Wish { file: &file, order: order.as_deref(), hint: place.hint, action, minutes: minutes as u32 };
    json(&sign_file(&app, &session, wish).await?)
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return false };
    let essence = value.to_str().ok().and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

async fn read(body: Body) -> Result<Bytes, Failure> {
    // One that says that it is too long need not come first.
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(Failure::TooLarge);
    }
    let collected = Limited::new(body, MAX_BODY).collect().await;
    collected.map(|collected| collected.to_bytes()).map_err(|error| match error.is::<LengthLimitError>() {
        true => Failure::TooLarge,
        false => Failure::BadRequest("The body ended early."),
    })
}
