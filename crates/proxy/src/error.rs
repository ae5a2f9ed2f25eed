//! What a customer is told when something fails.

use crate::session::SessionError;
use crate::upstream::UpstreamError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// Every failure that a request can end in. It is handled once: `answer` turns it into JSON or a page, with the request's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The request is not one that this server understands, for the reason given.
    #[error("{0}")]
    BadRequest(&'static str),
    /// The request's path and query are too long.
    #[error("The request's target is too long.")]
    TargetTooLong,
    /// The request's head is too long, or has too many fields.
    #[error("The request's header fields are too large.")]
    HeadTooLarge,
    /// A value of the request is out of its bounds, for the reason given.
    #[error("{0}")]
    Unprocessable(&'static str),
    /// No session, or none that is valid.
    #[error("Please sign in again.")]
    SignedOut,
    /// The request comes from another site's page.
    #[error("This request was made by another site, and is refused.")]
    CrossSite,
    /// The upstream says that this must not be read.
    #[error("You may not see this.")]
    Forbidden,
    /// It does not exist, or is another's.
    #[error("This was not found.")]
    NotFound,
    /// The path exists, the method does not.
    #[error("This method is not available here.")]
    MethodNotAllowed,
    /// The request's body did not come in time.
    #[error("The request took too long to arrive.")]
    RequestTimeout,
    /// The request's body is too long.
    #[error("The request is too large.")]
    TooLarge,
    /// The request's body is of another media type than JSON.
    #[error("The request's content type must be application/json.")]
    NotJson,
    /// Uploads are not offered.
    #[error("Uploads are not available.")]
    UploadUnavailable,
    /// The shared allowance is used up; the wait is told.
    #[error("There are too many requests at the moment. Please try again shortly.")]
    RateLimited(Duration),
    /// A defect of ours.
    #[error("Something went wrong on our side.")]
    Internal,
    /// The upstream failed.
    #[error("The document service has a problem. Please try again later.")]
    UpstreamFailed,
    /// The upstream answered something that cannot be understood.
    #[error("The document service gave an answer that cannot be read. Please try again later.")]
    UpstreamUnreadable,
    /// The upstream signed a URL that points where none may point.
    #[error("The document service gave a link to a place that is not allowed. The operator has to look into this.")]
    StorageOriginRefused,
    /// No keys to know anybody by.
    #[error("Signing in cannot be checked at the moment. Please try again shortly.")]
    KeysUnavailable,
    /// The upstream cannot be reached.
    #[error("The document service cannot be reached. Please try again later.")]
    UpstreamUnavailable,
    /// The upstream failed too often just now, and is left alone for as long.
    #[error("The document service has a problem. Please try again shortly.")]
    UpstreamResting(Duration),
    /// The upstream did not answer in time.
    #[error("The document service took too long to answer. Please try again later.")]
    UpstreamTimeout,
}

impl Failure {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::CrossSite | Self::Forbidden | Self::UploadUnavailable => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UpstreamFailed | Self::UpstreamUnreadable | Self::StorageOriginRefused => StatusCode::BAD_GATEWAY,
            Self::KeysUnavailable | Self::UpstreamResting(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamUnavailable | Self::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "BAD_REQUEST",
            Self::TargetTooLong => "TARGET_TOO_LONG",
            Self::HeadTooLarge => "HEAD_TOO_LARGE",
            Self::SignedOut => "UNAUTHORIZED",
            Self::CrossSite => "CROSS_SITE_REFUSED",
            Self::Forbidden => "FORBIDDEN",
            Self::UploadUnavailable => "UPLOAD_UNAVAILABLE",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::TooLarge => "TOO_LARGE",
            Self::NotJson => "UNSUPPORTED_MEDIA_TYPE",
            Self::Unprocessable(_) => "UNPROCESSABLE",
            Self::RateLimited(_) => "RATE_LIMITED",
            Self::Internal => "INTERNAL",
            Self::UpstreamFailed => "UPSTREAM_FAILED",
            Self::UpstreamUnreadable => "UPSTREAM_UNREADABLE",
            Self::StorageOriginRefused => "STORAGE_ORIGIN_REFUSED",
            Self::KeysUnavailable => "SESSION_KEYS_UNAVAILABLE",
            Self::UpstreamResting(_) => "UPSTREAM_RESTING",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::UpstreamTimeout => "UPSTREAM_TIMEOUT",
        }
    }
}

/// Status and headers; the body follows in `answer`, which knows the request.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        match &self {
            Self::RateLimited(wait) | Self::UpstreamResting(wait) => {
                headers.insert(header::RETRY_AFTER, whole_seconds(*wait).into());
            }
            Self::SignedOut => drop(headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Rounded up, and 1 at least: who comes back then is not too early.
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NoKeys => Self::KeysUnavailable,
            SessionError::None | SessionError::Several | SessionError::Invalid(_) => {
                tracing::debug!(%error, "no session");
                Self::SignedOut
            }
        }
    }
}

impl From<UpstreamError> for Failure {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Timeout => Self::UpstreamTimeout,
            UpstreamError::Unavailable => Self::UpstreamUnavailable,
            UpstreamError::Resting(wait) => Self::UpstreamResting(wait),
            UpstreamError::Abandoned => Self::Internal,
            UpstreamError::Unreadable(_) => Self::UpstreamUnreadable,
            UpstreamError::Budget(wait)
            | UpstreamError::OwnShare(wait)
            | UpstreamError::RateLimited(wait)
            | UpstreamError::Paused(wait) => Self::RateLimited(wait),
            UpstreamError::KeyRefused | UpstreamError::Failed(_) => Self::UpstreamFailed,
            UpstreamError::Forbidden => Self::Forbidden,
            UpstreamError::NotFound => Self::NotFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_round_waits_up() {
        let seconds = |millis| whole_seconds(Duration::from_millis(millis));
        assert_eq!([seconds(0), seconds(1), seconds(1000), seconds(1001), seconds(59_999)], [1, 1, 1, 2, 60]);
    }
}
