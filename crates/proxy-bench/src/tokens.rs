//! The portal's identity provider, as far as a proxy sees it: keys, and the tokens that they sign.

use crate::Outcome;
use crate::world::{Order, customer_id};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The only issuer.
pub const ISSUER: &str = "https://idp.example";

/// Whom its tokens are for.
pub const AUDIENCE: &str = "order-documents";

/// Tokens live for so many seconds, longer than any run.
const LIFETIME: u64 = 24 * 3600;

/// One key and what it signs.
pub struct Signer {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Signer {
    /// A new key of 2048 bits, of P-256 or of Ed25519; for HS256 the secret given.
    ///
    /// # Errors
    /// Where the library can make none.
    pub fn new(algorithm: Algorithm, secret: &str) -> Outcome<Self> {
        let random = SystemRandom::new();
        let key = match algorithm {
            Algorithm::RS256 => {
                let pair = KeyPair::generate(KeySize::Rsa2048)?;
                let der: Pkcs8V1Der = pair.as_der()?;
                EncodingKey::from_rsa_pem(pem(der.as_ref()).as_bytes())?
            }
            Algorithm::ES256 => {
                EncodingKey::from_ec_der(EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?.as_ref())
            }
            Algorithm::EdDSA => EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8v1(&random)?.as_ref()),
            Algorithm::HS256 => EncodingKey::from_secret(secret.as_bytes()),
            other => return Err(format!("{other:?} is not an algorithm of sessions").into()),
        };
        Ok(Self { kid: format!("{algorithm:?}-1"), algorithm, key })
    }

    /// The public key, as a JWKS lists it.
    ///
    /// # Errors
    /// For a shared secret, which is in no JWKS.
    pub fn jwk(&self) -> Outcome<Value> {
        if self.algorithm == Algorithm::HS256 {
            return Err("a shared secret is not published".into());
        }
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm)?;
        jwk.common.key_id = Some(self.kid.clone());
        Ok(serde_json::to_value(jwk)?)
    }

    /// A token of any claims.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn sign(&self, claims: &Value) -> Outcome<String> {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        Ok(encode(&header, claims, &self.key)?)
    }

    /// A customer's token. With `orders` it names them, without the upstream has to be asked. `serial` makes tokens of one customer differ.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn session(&self, customer: u32, orders: Option<&[Order]>, serial: u64) -> Outcome<String> {
        self.sign(&claims(customer, orders, serial))
    }
}

/// Claims that are accepted.
pub fn claims(customer: u32, orders: Option<&[Order]>, serial: u64) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": customer_id(customer), "iat": now, "exp": now + LIFETIME, "jti": format!("{serial:016x}"),
        "name": "A Customer of the Portal", "email": "customer@portal.example",
    });
    if let Some(orders) = orders {
        claims["orders"] = orders.iter().map(|order| order.id()).collect();
    }
    claims
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation, decode};

    #[test]
    fn should_sign_what_its_public_key_verifies() {
        for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            let signer = Signer::new(algorithm, "").unwrap();
            let order = Order { customer: 7, number: 1, documents: 2 };
            let token = signer.session(7, Some(&[order]), 1).unwrap();
            let jwk: Jwk = serde_json::from_value(signer.jwk().unwrap()).unwrap();
            let mut validation = Validation::new(algorithm);
            validation.set_audience(&[AUDIENCE]);
            let data = decode::<Value>(&token, &DecodingKey::from_jwk(&jwk).unwrap(), &validation).unwrap();
            assert_eq!((&data.claims["sub"], &data.claims["orders"][0]), (&json!("cust_00007"), &json!(order.id())));
            assert_ne!(token, signer.session(7, Some(&[order]), 2).unwrap());
        }
        let secret = Signer::new(Algorithm::HS256, "a shared secret of more than 32 bytes").unwrap();
        assert!(secret.session(7, None, 1).is_ok() && secret.jwk().is_err());
    }
}
