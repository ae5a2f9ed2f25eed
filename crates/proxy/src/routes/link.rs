//! `GET /api/v1/files/{fileId}/view` and `.../download`: links that work without script, in a new tab, and as a player's source.

use super::enter;
use super::place::PlaceQuery;
use crate::app::App;
use crate::error::Failure;
use crate::isolation::Access;
use crate::signing::{Wish, sign};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flexportal::Action;
use std::sync::Arc;

/// The file's id, not yet checked.
type FilePath = Result<Path<String>, PathRejection>;

/// Lifetimes asked for, in minutes: a player comes back to the same URL while it plays, a download begins at once.
const VIEW_MINUTES: u32 = 15;
const DOWNLOAD_MINUTES: u32 = 5;

/// Redirects to a fresh signed URL that shows the file.
pub async fn view(app: State<Arc<App>>, path: FilePath, request: Request) -> Result<Response, Failure> {
    redirect(app, path, request, Action::View, VIEW_MINUTES).await
}

/// Redirects to a fresh signed URL that saves the file.
pub async fn download(app: State<Arc<App>>, path: FilePath, request: Request) -> Result<Response, Failure> {
    redirect(app, path, request, Action::Download, DOWNLOAD_MINUTES).await
}

async fn redirect(
    State(app): State<Arc<App>>,
    path: FilePath,
    request: Request,
    action: Action,
    minutes: u32,
) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let session = enter(&app, &parts, Access::Link).await?;
    let PlaceQuery { order, hint } = PlaceQuery::read(&parts.uri)?;
    // A path that is not even UTF-8 is as good as no id at all.
    let file = path.map(|Path(file)| file).unwrap_or_default();
    let signed = sign(&app, &session, Wish { file: &file, order: order.as_deref(), hint, action, minutes }).await?;
    redirect_to(&signed.url)
}

fn redirect_to(url: &str) -> Result<Response, Failure> {
    let mut location = HeaderValue::from_str(url).map_err(|_| Failure::UpstreamUnreadable)?;
    location.set_sensitive(true);
    // 302 and not 307: a HEAD or a GET is all that comes here, and a redirect that is kept would outlive the signature.
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::FOUND, headers).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_keep_the_location_out_of_debug_output() {
        let response = redirect_to("https://storage.example/f?signature=s").unwrap();
        assert!(response.headers()[header::LOCATION].is_sensitive());
        assert!(!format!("{response:?}").contains("signature"));
    }
}
