//! What checks signatures: a key that was parsed once (a shared secret needs no parsing), and the only algorithm that it checks.
//!
//! The library of tokens parses a key anew for each signature, which for RSA is an eighth of the work.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use secrecy::{ExposeSecret, SecretSlice};

/// A key, with the algorithm that it is for: what a token's header says of it makes no difference.
pub struct Verifier {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Public(ParsedPublicKey),
    /// Of HS256 alone.
    Shared(SecretSlice<u8>),
}

impl Verifier {
    /// Takes over a key for RS256, ES256, EdDSA or HS256. `None` where it is no key of that algorithm.
    pub fn new(algorithm: Algorithm, key: &DecodingKey) -> Option<Self> {
        use DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
        let public = |key: Result<ParsedPublicKey, _>| key.ok().map(Key::Public);
        let key = match (algorithm, key.kind()) {
            // Others are found out only when they check something.
            (Algorithm::RS256, RsaModulusExponent { n, e }) if is_rsa(n, e) => {
                public(RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256))
            }
            (Algorithm::RS256, SecretOrDer(der)) => public(ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)),
            (Algorithm::ES256, SecretOrDer(point)) => public(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)),
            (Algorithm::EdDSA, SecretOrDer(point)) => public(ParsedPublicKey::new(&ED25519, point)),
            (Algorithm::HS256, SecretOrDer(secret)) => Some(Key::Shared(secret.clone().into())),
            _ => None,
        };
        Some(Self { algorithm, key: key? })
    }

    /// The only algorithm of which signatures are good.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the key's owner has signed the message.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Public(key) => key.verify_sig(message, signature).is_ok(),
            Key::Shared(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret());
                hmac::verify(&key, message, signature).is_ok()
            }
        }
    }
}

/// Of 2048 to 8192 bits, with an odd exponent above 1.
fn is_rsa(n: &[u8], e: &[u8]) -> bool {
    (256..=1025).contains(&n.len()) && e.last().is_some_and(|last| last % 2 == 1) && e != [1]
}

/// The same key for the same algorithm.
impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        let same_key = match (&self.key, &other.key) {
            (Key::Public(one), Key::Public(two)) => one.as_ref() == two.as_ref(),
            (Key::Shared(one), Key::Shared(two)) => one.expose_secret() == two.expose_secret(),
            _ => false,
        };
        same_key && self.algorithm == other.algorithm
    }
}

#[cfg(test)]
mod tests;
