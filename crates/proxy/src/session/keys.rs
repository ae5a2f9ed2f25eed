//! The keys that tokens are signed with.

use super::verifier::Verifier;
use base64::Engine;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;

/// The most keys of a set that are kept.
const MAX_KEYS: usize = 64;

/// The signature algorithms that are accepted: public-key ones, or HS256 alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms(Vec<Algorithm>);

impl Algorithms {
    /// Reads a comma list of `RS256`, `ES256`, `EdDSA` and `HS256`.
    ///
    /// HS256 cannot stand beside the others: a public key must never be taken for a shared secret.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        let algorithms = words.map(named).collect::<Option<Vec<_>>>().filter(|algorithms| !algorithms.is_empty());
        let algorithms = algorithms.ok_or("must be a comma list of RS256, ES256 and EdDSA, or HS256 alone")?;
        if algorithms.contains(&Algorithm::HS256) && algorithms.len() > 1 {
            return Err("HS256 must stand alone: it shares its secret, the others do not".into());
        }
        Ok(Self(algorithms))
    }

    /// Whether tokens may be signed with it.
    pub fn contains(&self, algorithm: Algorithm) -> bool {
        self.0.contains(&algorithm)
    }

    /// The algorithm that a token's header names, where tokens may be signed with it.
    pub(crate) fn named(&self, name: &str) -> Option<Algorithm> {
        named(name).filter(|&algorithm| self.contains(algorithm))
    }

    /// Whether the key is a shared secret.
    pub fn is_secret(&self) -> bool {
        self.contains(Algorithm::HS256)
    }
}

fn named(word: &str) -> Option<Algorithm> {
    match word {
        "RS256" => Some(Algorithm::RS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" => Some(Algorithm::EdDSA),
        "HS256" => Some(Algorithm::HS256),
        _ => None,
    }
}

/// One key, under the name that its issuer gave it.
#[derive(PartialEq)]
pub(crate) struct VerificationKey {
    pub(crate) kid: Option<String>,
    pub(crate) verifier: Verifier,
}

/// The keys of an issuer.
#[derive(Clone, PartialEq)]
pub struct KeySet(Vec<Arc<VerificationKey>>);

/// Tells how many keys there are and nothing of them.
impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeySet({})", self.0.len())
    }
}

impl KeySet {
    /// A JWKS, a PEM public key, or, where HS256 was chosen, a shared secret of at least 32 bytes.
    pub(crate) fn from_file(text: &str, algorithms: &Algorithms) -> Result<Self, String> {
        let text = text.trim();
        if text.contains("PRIVATE KEY-----") {
            return Err("holds a private key: only the issuer needs that one; give its public key".into());
        }
        if algorithms.is_secret() {
            // Whoever has the public key could sign with it: everybody.
            if looks_public(text) {
                return Err(
                    "holds a PEM, a JWKS or another public key, and no shared secret: HS256 must not use what others know".into(),
                );
            }
            let key = (text.len() >= 32).then(|| DecodingKey::from_secret(text.as_bytes()));
            let set = key.and_then(|key| Self::one(Algorithm::HS256, &key));
            return set.ok_or_else(|| "an HS256 secret needs at least 32 bytes".into());
        }
        if text.starts_with('{') {
            let set = Self::from_jwks(text.as_bytes(), algorithms).map_err(|_| "is not a JWKS".to_owned())?;
            return if set.is_empty() { Err("has no key for one of SESSION_ALGORITHMS".into()) } else { Ok(set) };
        }
        let read = |algorithm: Algorithm| match algorithm {
            Algorithm::RS256 => DecodingKey::from_rsa_pem(text.as_bytes()).ok(),
            Algorithm::ES256 => DecodingKey::from_ec_pem(text.as_bytes()).ok(),
            Algorithm::EdDSA => DecodingKey::from_ed_pem(text.as_bytes()).ok(),
            _ => None,
        };
        let found = algorithms.0.iter().find_map(|&algorithm| Self::one(algorithm, &read(algorithm)?));
        found.ok_or_else(|| "must hold a JWKS or a PEM public key for one of SESSION_ALGORITHMS".into())
    }

    fn one(algorithm: Algorithm, key: &DecodingKey) -> Option<Self> {
        let verifier = Verifier::new(algorithm, key)?;
        Some(Self(vec![Arc::new(VerificationKey { kid: None, verifier })]))
    }

    /// The usable keys of a JWKS. Keys of other kinds, for other uses or of other algorithms are passed over, as RFC 7517 asks, and so is what
    /// says that it is a key and is none.
    pub(crate) fn from_jwks(json: &[u8], algorithms: &Algorithms) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Jwks {
            keys: Vec<serde_json::Value>,
        }
        let jwks: Jwks = serde_json::from_slice(json)?;
        let keys = jwks.keys.into_iter().filter_map(|value| serde_json::from_value::<Jwk>(value).ok());
        let usable = keys.filter_map(|jwk| usable(&jwk)).filter(|key| algorithms.contains(key.verifier.algorithm()));
        Ok(Self(usable.take(MAX_KEYS).map(Arc::new).collect()))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have signed a token with this header. A key without a name, or a token that names none, is not told apart by name.
    pub(crate) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Vec<Arc<VerificationKey>> {
        let named = |key: &&Arc<VerificationKey>| kid.is_none() || key.kid.is_none() || key.kid.as_deref() == kid;
        self.0.iter().filter(|key| key.verifier.algorithm() == algorithm).filter(named).cloned().collect()
    }
}

/// Whether the text is a key in a form that is made to be published, or holds one.
fn looks_public(text: &str) -> bool {
    let der = base64::engine::general_purpose::STANDARD.decode(text.split_whitespace().collect::<String>());
    // A DER sequence that says its own length: a certificate or a public key that lost its frame.
    let is_der = der.is_ok_and(|der| match der[..] {
        [0x30, length, ..] if length < 0x80 => der.len() == usize::from(length) + 2,
        [0x30, 0x81, length, ..] => der.len() == usize::from(length) + 3,
        [0x30, 0x82, high, low, ..] => der.len() == usize::from(u16::from_be_bytes([high, low])) + 4,
        _ => false,
    });
    let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object() || value.is_array());
    let is_ssh = ["ssh-", "ecdsa-sha2-"].iter().any(|prefix| text.starts_with(prefix));
    text.contains("-----BEGIN") || is_json || is_ssh || is_der
}

fn usable(jwk: &Jwk) -> Option<VerificationKey> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        // A shared secret has no place in a published set.
        _ => return None,
    };
    let declared = match jwk.common.key_algorithm {
        None => true,
        Some(KeyAlgorithm::RS256) => algorithm == Algorithm::RS256,
        Some(KeyAlgorithm::ES256) => algorithm == Algorithm::ES256,
        Some(KeyAlgorithm::EdDSA) => algorithm == Algorithm::EdDSA,
        Some(_) => false,
    };
    let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let verifies = jwk.common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let key = (declared && signs && verifies).then(|| DecodingKey::from_jwk(jwk).ok())??;
    Some(VerificationKey { kid: jwk.common.key_id.clone(), verifier: Verifier::new(algorithm, &key)? })
}

#[cfg(test)]
mod tests;
