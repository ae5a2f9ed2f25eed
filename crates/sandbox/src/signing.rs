//! Signed URLs: whoever holds one may do one thing with one file until it expires.

use aws_lc_rs::hmac;
use axum::http::Method;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use flexportal::Action;
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};

/// What a signed URL allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant<'a> {
    pub(crate) action: Action,
    pub(crate) file_id: &'a str,
    /// Seconds since 1970.
    pub(crate) expires: i64,
    /// For an upload: the `Content-Type` that the `PUT` must carry.
    pub(crate) content_type: Option<&'a str>,
}

/// The query of a signed URL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Signature {
    pub(crate) action: Action,
    pub(crate) expires: i64,
    pub(crate) signature: String,
}

/// Holds the key, which lives as long as the process.
pub(crate) struct Signer(hmac::Key);

impl Signer {
    pub(crate) fn generate() -> Self {
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key).expect("the system has random bytes");
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    pub(crate) fn sign(&self, grant: &Grant) -> Signature {
        let tag = hmac::sign(&self.0, message(grant).as_bytes());
        Signature { action: grant.action, expires: grant.expires, signature: BASE64_URL_SAFE_NO_PAD.encode(tag) }
    }

    /// Whether the signature was made for exactly this grant, compared in constant time.
    pub(crate) fn verify(&self, grant: &Grant, signature: &str) -> bool {
        BASE64_URL_SAFE_NO_PAD.decode(signature).is_ok_and(|tag| hmac::verify(&self.0, message(grant).as_bytes(), &tag).is_ok())
    }
}

/// Seconds since 1970.
pub(crate) fn now_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// The method that an action's URL is for.
pub(crate) fn method(action: Action) -> Method {
    match action {
        Action::View | Action::Download => Method::GET,
        Action::Upload => Method::PUT,
    }
}

/// One field a line. No field can hold a line break: ids have none, and neither has a header's value.
fn message(grant: &Grant) -> String {
    let Grant { action, file_id, expires, content_type } = grant;
    format!("{}\n{action:?}\n{file_id}\n{expires}\n{}", method(*action), content_type.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_accept_only_the_grant_that_was_signed() {
        let signer = Signer::generate();
        let grant = Grant { action: Action::Upload, file_id: "file_1", expires: 1_800_000_000, content_type: Some("text/csv") };
        let Signature { signature, .. } = signer.sign(&grant);
        assert!(signer.verify(&grant, &signature));
        for other in [
            Grant { action: Action::View, ..grant.clone() },
            Grant { file_id: "file_2", ..grant.clone() },
            Grant { expires: grant.expires + 1, ..grant.clone() },
            Grant { content_type: Some("text/html"), ..grant.clone() },
            Grant { content_type: None, ..grant.clone() },
        ] {
            assert!(!signer.verify(&other, &signature), "{other:?}");
        }
        assert!(!Signer::generate().verify(&grant, &signature));
        for text in ["", "not base64!", &signature[1..]] {
            assert!(!signer.verify(&grant, text), "{text}");
        }
    }
}
