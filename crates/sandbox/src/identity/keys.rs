//! The identity provider's keys.

use super::Algorithm;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Map, Value};

/// Why there are no keys, or a token could not be signed with one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library made no key.
    #[error("the cryptographic library made no key")]
    Generate(#[from] aws_lc_rs::error::Unspecified),
    /// The key was not taken.
    #[error("the token library: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
}

impl IntoResponse for KeyError {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{self}\n")).into_response()
    }
}

struct Key {
    header: Header,
    private: EncodingKey,
    public: Jwk,
}

/// Two key pairs: P-256 for ES256, 2048 bits of RSA for RS256.
pub(crate) struct Identity {
    ec: Key,
    rsa: Key,
}

impl Identity {
    pub(crate) fn generate() -> Result<Self, KeyError> {
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
        let rsa: Pkcs8V1Der = KeyPair::generate(KeySize::Rsa2048)?.as_der()?;
        let rsa = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(rsa.as_ref()));
        Ok(Self {
            ec: Key::new(jsonwebtoken::Algorithm::ES256, EncodingKey::from_ec_der(ec.as_ref()))?,
            rsa: Key::new(jsonwebtoken::Algorithm::RS256, EncodingKey::from_rsa_pem(rsa.as_bytes())?)?,
        })
    }

    /// The public keys, as `/.well-known/jwks.json` answers them.
    pub(crate) fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.ec.public.clone(), self.rsa.public.clone()] }
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, algorithm: Algorithm, claims: &Map<String, Value>) -> Result<String, KeyError> {
        let key = match algorithm {
            Algorithm::ES256 => &self.ec,
            Algorithm::RS256 => &self.rsa,
        };
        Ok(jsonwebtoken::encode(&key.header, claims, &key.private)?)
    }
}

impl Key {
    fn new(algorithm: jsonwebtoken::Algorithm, private: EncodingKey) -> Result<Self, KeyError> {
        let mut public = Jwk::from_encoding_key(&private, algorithm)?;
        let id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { header: Header { kid: Some(id), ..Header::new(algorithm) }, private, public })
    }
}
