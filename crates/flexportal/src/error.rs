//! The error envelope.

use serde::{Deserialize, Serialize};

/// `{"error":{"code","message"}}`, as FlexPortal and our proxy answer; ours adds `requestId`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
    /// Names the request in our proxy's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The envelope's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A word for programs, such as `NOT_FOUND`.
    pub code: String,
    /// A sentence for people.
    #[serde(default)]
    pub message: String,
}
