//! The vendor's error envelope.

use crate::store::StoreError;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use flexportal::{ErrorBody, ErrorEnvelope};

/// Every refusal of the API.
#[derive(Debug)]
pub(crate) enum ApiError {
    BadRequest(String),
    Unauthorized(&'static str),
    Forbidden,
    NotFound(&'static str),
    Unprocessable(String),
    /// With the seconds to wait.
    RateLimited {
        retry_after: u64,
    },
    /// The message is for the log on stderr only.
    Internal(String),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = match &self {
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "BAD_REQUEST", message.clone()),
            Self::Unauthorized(message) => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", (*message).to_owned()),
            Self::Forbidden => (StatusCode::FORBIDDEN, "FORBIDDEN", "This key has no access here.".to_owned()),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, "NOT_FOUND", (*message).to_owned()),
            Self::Unprocessable(message) => (StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_ERROR", message.clone()),
            Self::RateLimited { retry_after } => {
                (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", format!("Too many requests; try again in {retry_after} s."))
            }
            Self::Internal(reason) => {
                eprintln!("order-documents-sandbox: answered 500: {reason}");
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Something went wrong.".to_owned())
            }
        };
        let body = ErrorEnvelope { error: ErrorBody { code: code.to_owned(), message }, request_id: None };
        let mut response = (status, Json(body)).into_response();
        if let Self::RateLimited { retry_after } = self {
            response.headers_mut().insert(RETRY_AFTER, retry_after.into());
        }
        response
    }
}
