//! The error envelope.

use crate::loose::Loose;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// `{"error":{"code","message"}}`, as FlexPortal and our proxy answer; ours adds `requestId`.
///
/// Decoding fails only where there is no `error` object: the status says what happened, so an odd word beside it is no reason to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
    /// Names the request in our proxy's log.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_or_none")]
    pub request_id: Option<String>,
}

/// The envelope's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A word for programs, such as `NOT_FOUND`; empty where there is none.
    #[serde(default, deserialize_with = "text")]
    pub code: String,
    /// A sentence for people; empty where there is none.
    #[serde(default, deserialize_with = "text")]
    pub message: String,
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text_or_none(deserializer)?.unwrap_or_default())
}

fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Loose::deserialize(deserializer)?.into_text().map(Cow::into_owned))
}
