//! `POST /v1/files/url`: the request and its answer.

use crate::loose::Loose;
use crate::record::media_type;
use crate::{FileId, OrderId, Timestamp, clean_name};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::fmt;

/// What a signed URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A `GET` that shows the file in the browser.
    #[default]
    View,
    /// A `GET` that saves the file.
    Download,
    /// A `PUT` of a new file's bytes.
    Upload,
}

/// The request's body, in the schema dialect with the guide's fields for an upload.
#[derive(Debug, Clone, PartialEq, Default, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignRequest {
    /// The file; an upload has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<FileId>,
    /// What the URL is for.
    #[serde(default)]
    pub action: Action,
    /// The URL's lifetime, 1 to 1440 minutes; the vendor's default is 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_minutes: Option<u32>,
    /// The order that the file is in. Ours: it tells our proxy where to look, and an upload where to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// An upload's file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// An upload's media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// The answer: a URL that lets whoever holds it read or write one file until it expires.
///
/// Its `Debug` form leaves the URL out. It serialises in the schema dialect, with `expiresAt` in epoch milliseconds.
#[derive(Clone, PartialEq, Default)]
pub struct SignedUrl {
    /// The URL, unchecked.
    pub url: String,
    /// The file's name, cleaned.
    pub filename: Option<String>,
    /// The file's media type in lower case without parameters.
    pub content_type: Option<String>,
    /// The file's size in bytes.
    pub file_size: Option<u64>,
    /// When the URL ends to work; `None` where the answer does not say.
    pub expires_at: Option<Timestamp>,
    /// An upload's new file.
    pub file_id: Option<FileId>,
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignedUrl").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for SignedUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SignedUrlVisitor;
        impl<'de> Visitor<'de> for SignedUrlVisitor {
            type Value = SignedUrl;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a signed URL")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SignedUrl, A::Error> {
                let mut signed = SignedUrl::default();
                let mut success = true;
                while let Some(key) = map.next_key::<Loose>()? {
                    match key.as_bytes() {
                        b"success" => success = map.next_value::<Loose>()? != Loose::Bool(false),
                        b"url" => signed.url = map.next_value::<Loose>()?.into_text().unwrap_or_default().into_owned(),
                        b"filename" | b"fileName" => {
                            keep(&mut signed.filename, map.next_value::<Loose>()?.into_text().as_deref().and_then(clean_name));
                        }
                        b"contentType" | b"mimeType" => keep(&mut signed.content_type, media_type(map.next_value()?)),
                        b"fileSize" | b"size" => keep(&mut signed.file_size, map.next_value::<Loose>()?.to_count()),
                        b"expiresAt" => signed.expires_at = Timestamp::from_loose(&map.next_value()?),
                        b"fileId" => signed.file_id = map.next_value::<Loose>()?.into_text().and_then(|id| FileId::new(id).ok()),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                // The messages name no value: what is in them may end in a log.
                match success && !signed.url.is_empty() {
                    true => Ok(signed),
                    false => Err(A::Error::custom("no URL was signed")),
                }
            }
        }
        deserializer.deserialize_map(SignedUrlVisitor)
    }
}

/// Takes a value that can be read; one dialect's `null` does not undo what the other dialect's field has said.
fn keep<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

impl Serialize for SignedUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("success", &true)?;
        map.serialize_entry("url", &self.url)?;
        if let Some(filename) = &self.filename {
            map.serialize_entry("filename", filename)?;
        }
        if let Some(content_type) = &self.content_type {
            map.serialize_entry("contentType", content_type)?;
        }
        if let Some(file_size) = &self.file_size {
            map.serialize_entry("fileSize", file_size)?;
        }
        if let Some(expires_at) = &self.expires_at {
            map.serialize_entry("expiresAt", &expires_at.millis())?;
        }
        if let Some(file_id) = &self.file_id {
            map.serialize_entry("fileId", file_id)?;
        }
        map.end()
    }
}
