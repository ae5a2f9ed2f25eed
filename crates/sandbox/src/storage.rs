//! The storage behind the signed URLs: an origin of its own that knows no customer, only signatures.

mod disposition;
mod range;

use crate::App;
use crate::faults::{Route, answer_or_fault};
use crate::signing::{Grant, Signature, method, now_seconds};
use crate::store::{StoreError, StoredFile};
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use disposition::content_disposition;
use flexportal::Action;
use futures_util::{StreamExt as _, TryStreamExt as _};
use range::{Selection, select};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

/// The largest upload, in bytes.
const MAX_UPLOAD: u64 = 64 << 20;

/// Tells two uploads to the same URL apart while they last.
static UPLOADS: AtomicU64 = AtomicU64::new(0);

/// The route of the signed URLs. A browser's script may use it from the portal's origin and from loopback origins.
pub(crate) fn router(app: Arc<App>) -> Router {
    let portal = app.clone();
    let allowed = AllowOrigin::predicate(move |origin: &HeaderValue, _: &request::Parts| {
        let origin = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
        origin.is_some_and(|origin| {
            origin.origin() == portal.portal().origin() || matches!(origin.host_str(), Some("localhost" | "127.0.0.1"))
        })
    });
    let cors = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::PUT])
        .allow_headers([CONTENT_TYPE, RANGE, IF_RANGE])
        .expose_headers([CONTENT_RANGE, CONTENT_LENGTH, ACCEPT_RANGES, CONTENT_DISPOSITION, ETAG])
        .max_age(Duration::from_secs(600));
    Router::new().route("/files/{file_id}", get(read).put(write)).layer(cors).with_state(app)
}

/// The signed URL of a grant.
pub(crate) fn url(app: &App, grant: &Grant) -> String {
    let Signature { action, expires, signature } = app.signer.sign(grant);
    let action = format!("{action:?}").to_lowercase();
    format!("{}/files/{}?action={action}&expires={expires}&signature={signature}", app.origins.storage, grant.file_id)
}

/// Every refusal of the storage, in the XML that object stores answer.
enum Denied {
    /// The signature is not for this, or has expired.
    Forbidden(&'static str),
    NotFound,
    TooLarge,
    /// The file has this many bytes.
    Range(u64),
    Broken(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Broken(error)
    }
}

impl From<io::Error> for Denied {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (status, code, message) = match &self {
            Self::Forbidden(message) => (StatusCode::FORBIDDEN, "AccessDenied", *message),
            Self::NotFound => (StatusCode::NOT_FOUND, "NoSuchKey", "The file does not exist."),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "EntityTooLarge", "The file is larger than 64 MiB."),
            Self::Range(_) => (StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", "The range is not in the file."),
            Self::Broken(error) => {
                eprintln!("order-documents-sandbox: the storage answered 500: {error}");
                (StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "Something went wrong.")
            }
        };
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>\n"
        );
        let mut response = (status, [(CONTENT_TYPE, "application/xml")], body).into_response();
        if let Self::Range(size) = self
            && let Ok(value) = format!("bytes */{size}").try_into()
        {
            response.headers_mut().insert(CONTENT_RANGE, value);
        }
        response
    }
}

/// The record that a signature opens, or why it does not.
fn verified(
    app: &App,
    http: &Method,
    file_id: &str,
    signature: &Signature,
    content_type: Option<&str>,
) -> Result<StoredFile, Denied> {
    let grant = Grant { action: signature.action, file_id, expires: signature.expires, content_type };
    if method(signature.action) != http || !app.signer.verify(&grant, &signature.signature) {
        return Err(Denied::Forbidden("The signature does not match the request."));
    }
    if now_seconds() >= signature.expires {
        return Err(Denied::Forbidden("Request has expired."));
    }
    app.store.file(file_id)?.ok_or(Denied::NotFound)
}

async fn read(
    State(app): State<Arc<App>>,
    Path(file_id): Path<String>,
    signature: Result<Query<Signature>, QueryRejection>,
    http: Method,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let Query(signature) = signature.map_err(|_| Denied::Forbidden("The request is not signed."))?;
    let file = verified(&app, &http, &file_id, &signature, None)?;
    answer_or_fault(&app.faults, Route::Storage, file.order_id.as_deref(), |_| send(&app, &file, signature.action, &headers))
        .await
}

async fn send(app: &App, file: &StoredFile, action: Action, headers: &HeaderMap) -> Result<Response, Denied> {
    let mut bytes = match tokio::fs::File::open(app.store.blob_path(&file.blob)).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Denied::NotFound),
        opened => opened?,
    };
    let metadata = bytes.metadata().await?;
    let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let (size, etag) = (metadata.len(), format!("\"{changed:x}-{:x}\"", metadata.len()));
    let is_current = |name| headers.get(name).is_some_and(|value: &HeaderValue| value.as_bytes() == etag.as_bytes());

    let mut answer = HeaderMap::new();
    let mut set = |name, value: &str| {
        // What cannot stand in a header (a record's media type, say) is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.insert(name, value);
        }
    };
    set(ETAG, &etag);
    set(ACCEPT_RANGES, "bytes");
    set(CACHE_CONTROL, "private, max-age=0");
    if is_current(IF_NONE_MATCH) {
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    let range = headers.get(RANGE).filter(|_| !headers.contains_key(IF_RANGE) || is_current(IF_RANGE));
    let (status, start, length) = match select(range.and_then(|range| range.to_str().ok()), size) {
        Selection::Whole => (StatusCode::OK, 0, size),
        Selection::Part { first, last } => {
            set(CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
            (StatusCode::PARTIAL_CONTENT, first, last - first + 1)
        }
        Selection::Unsatisfiable => return Err(Denied::Range(size)),
    };
    set(CONTENT_LENGTH, &length.to_string());
    set(CONTENT_TYPE, file.content_type.as_deref().unwrap_or("application/octet-stream"));
    let name = file.original_filename.as_deref().unwrap_or(&file.filename);
    set(CONTENT_DISPOSITION, &content_disposition(action == Action::Download, name));
    bytes.seek(io::SeekFrom::Start(start)).await?;
    Ok((status, answer, Body::from_stream(ReaderStream::new(bytes.take(length)))).into_response())
}

async fn write(
    State(app): State<Arc<App>>,
    Path(file_id): Path<String>,
    signature: Result<Query<Signature>, QueryRejection>,
    request: Request,
) -> Result<Response, Denied> {
    let Query(signature) = signature.map_err(|_| Denied::Forbidden("The request is not signed."))?;
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let file = verified(&app, request.method(), &file_id, &signature, content_type)?;
    answer_or_fault(&app.faults, Route::Storage, file.order_id.as_deref(), |_| receive(&app, &file, request.into_body())).await
}

/// Keeps the bytes and makes the record appear. Half an upload leaves nothing behind.
async fn receive(app: &App, file: &StoredFile, body: Body) -> Result<Response, Denied> {
    if body.size_hint().lower() > MAX_UPLOAD {
        return Err(Denied::TooLarge);
    }
    let path = app.store.blob_path(&file.blob);
    tokio::fs::create_dir_all(app.store.blob_path("uploads")).await?;
    let partial = path.with_extension(format!("{}.part", UPLOADS.fetch_add(1, Ordering::Relaxed)));
    let written = copy(body, &partial).await;
    match written {
        Ok(size) => {
            tokio::fs::rename(&partial, &path).await?;
            app.store.complete_upload(&file.file_id, size, now_seconds() * 1000)?;
            Ok(StatusCode::OK.into_response())
        }
        Err(denied) => {
            tokio::fs::remove_file(&partial).await?;
            Err(denied)
        }
    }
}

async fn copy(body: Body, path: &std::path::Path) -> Result<u64, Denied> {
    let mut target = tokio::fs::File::create(path).await?;
    let mut chunks = body.into_data_stream().map_err(io::Error::other).boxed();
    let mut size = 0;
    while let Some(chunk) = chunks.try_next().await? {
        size += chunk.len() as u64;
        if size > MAX_UPLOAD {
            return Err(Denied::TooLarge);
        }
        target.write_all(&chunk).await?;
    }
    target.flush().await?;
    Ok(size)
}
