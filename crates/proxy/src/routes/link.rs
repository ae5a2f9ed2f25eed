//! `GET /api/v1/files/{fileId}/view` and `.../download`: links that work without script, in a new tab, and as a player's source.

use super::enter;
use crate::app::App;
use crate::error::Failure;
use crate::isolation::Access;
use crate::signing::{Wish, sign};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flexportal::Action;
use serde::Deserialize;
use std::sync::Arc;

/// Lifetimes asked for, in minutes: a player comes back to the same URL while it plays, a download begins at once.
const VIEW_MINUTES: u32 = 15;
const DOWNLOAD_MINUTES: u32 = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkQuery {
    order_id: Option<String>,
}

/// Redirects to a fresh signed URL that shows the file.
pub async fn view(app: State<Arc<App>>, path: Path<String>, request: Request) -> Result<Response, Failure> {
    redirect(app, path, request, Action::View, VIEW_MINUTES).await
}

/// Redirects to a fresh signed URL that saves the file.
pub async fn download(app: State<Arc<App>>, path: Path<String>, request: Request) -> Result<Response, Failure> {
    redirect(app, path, request, Action::Download, DOWNLOAD_MINUTES).await
}

async fn redirect(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    request: Request,
    action: Action,
    minutes: u32,
) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let session = enter(&app, &parts, Access::Link).await?;
    let Query(query) =
        Query::<LinkQuery>::try_from_uri(&parts.uri).map_err(|_| Failure::BadRequest("The query cannot be read."))?;
    let signed = sign(&app, &session, Wish { file: &file, order: query.order_id.as_deref(), action, minutes }).await?;
    let mut location = HeaderValue::from_str(&signed.url).map_err(|_| Failure::UpstreamUnreadable)?;
    location.set_sensitive(true);
    // 302 and not 307: a HEAD or a GET is all that comes here, and a redirect that is kept would outlive the signature.
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::FOUND, headers).into_response())
}
