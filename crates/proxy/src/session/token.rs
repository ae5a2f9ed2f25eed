//! One token: its form, its header, its signature. What its payload says is for [`claims`].

use super::SessionError;
use super::claims::{self, Claims, Rules, Unique};
use super::keys::{Algorithms, VerificationKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::Value;
use std::sync::Arc;

/// A token in its parts, with its header read, and nothing verified: the header chooses the key, nothing else.
#[derive(Debug)]
pub struct Token<'a> {
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// The signature's algorithm, which is one of the accepted ones.
    pub algorithm: Algorithm,
    /// The name of the key, where the header has one.
    pub kid: Option<String>,
}

impl<'a> Token<'a> {
    /// Takes a compact JWS apart (RFC 7515, section 7.1).
    ///
    /// # Errors
    /// [`SessionError::Invalid`], by name.
    pub fn parse(text: &'a str, accepted: &Algorithms) -> Result<Self, SessionError> {
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SessionError::Invalid("form"));
        };
        let Unique(fields) =
            decode(header).and_then(|json| serde_json::from_slice(&json).ok()).ok_or(SessionError::Invalid("header"))?;
        let text_of = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(SessionError::Invalid("header")),
        };
        // A token that was made for something else, such as a logout or a DPoP proof, is none of a session.
        let kind = text_of("typ")?.map(|kind| kind.to_ascii_lowercase());
        if !matches!(kind.as_deref(), None | Some("jwt" | "at+jwt" | "application/jwt" | "application/at+jwt")) {
            return Err(SessionError::Invalid("typ"));
        }
        // No extension is understood here, so every critical one is a reason to refuse (RFC 7515, section 4.1.11).
        if fields.contains_key("crit") {
            return Err(SessionError::Invalid("crit"));
        }
        let algorithm = text_of("alg")?.and_then(|name| accepted.named(name)).ok_or(SessionError::Invalid("algorithm"))?;
        let message = &text[..header.len() + 1 + payload.len()];
        Ok(Self { message, payload, signature, algorithm, kid: text_of("kid")?.cloned() })
    }

    /// What the token says, after one of the keys was found to have signed it. Whether it holds now is not asked.
    ///
    /// # Errors
    /// [`SessionError::Invalid`], by name.
    pub fn verify(&self, keys: &[Arc<VerificationKey>], rules: &Rules) -> Result<Claims, SessionError> {
        if keys.is_empty() {
            return Err(SessionError::Invalid("unknown key"));
        }
        let signature = decode(self.signature).ok_or(SessionError::Invalid("signature"))?;
        // Each by its own algorithm, not by what the header says of it; `candidates` has compared the two.
        if !keys.iter().any(|key| key.verifier.has_signed(self.message.as_bytes(), &signature)) {
            return Err(SessionError::Invalid("signature"));
        }
        claims::read(&decode(self.payload).ok_or(SessionError::Invalid("unreadable"))?, rules)
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}
