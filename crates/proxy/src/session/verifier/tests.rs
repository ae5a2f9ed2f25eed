use super::*;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const MESSAGE: &[u8] = b"header.payload";

/// Of one algorithm: a key, in each form in which it is published, and its signature of the message.
struct Sample {
    algorithm: Algorithm,
    keys: Vec<DecodingKey>,
    signature: Vec<u8>,
}

fn signed_by(pair: &RsaKeyPair, how: &'static dyn RsaEncoding) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(how, &SystemRandom::new(), MESSAGE, &mut signature).unwrap();
    signature
}

fn components(pair: &RsaKeyPair) -> DecodingKey {
    let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
    DecodingKey::from_rsa_raw_components(n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero())
}

fn samples() -> [Sample; 4] {
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let ed = Ed25519KeyPair::generate().unwrap();
    let shared = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
    [
        Sample {
            algorithm: Algorithm::RS256,
            keys: vec![components(&rsa), DecodingKey::from_rsa_der(rsa.public_key().as_ref())],
            signature: signed_by(&rsa, &RSA_PKCS1_SHA256),
        },
        Sample {
            algorithm: Algorithm::ES256,
            keys: vec![
                DecodingKey::from_ec_der(ec.public_key().as_ref()),
                DecodingKey::from_ec_der(ec.public_key().as_der().unwrap().as_ref()),
            ],
            signature: ec.sign(&SystemRandom::new(), MESSAGE).unwrap().as_ref().to_vec(),
        },
        Sample {
            algorithm: Algorithm::EdDSA,
            keys: vec![DecodingKey::from_ed_der(ed.public_key().as_ref())],
            signature: ed.sign(MESSAGE).as_ref().to_vec(),
        },
        Sample {
            algorithm: Algorithm::HS256,
            keys: vec![DecodingKey::from_secret(b"secret")],
            signature: hmac::sign(&shared, MESSAGE).as_ref().to_vec(),
        },
    ]
}

#[test]
fn should_believe_the_very_signature_of_the_very_message_and_no_other() {
    for Sample { algorithm, keys, signature } in samples() {
        for key in &keys {
            let verifier = Verifier::new(algorithm, key).unwrap();
            assert_eq!(verifier.algorithm(), algorithm);
            // Again and again: what was parsed once is not used up.
            for _ in 0..3 {
                assert!(verifier.has_signed(MESSAGE, &signature), "{algorithm:?}");
                assert!(!verifier.has_signed(b"header.payloae", &signature), "{algorithm:?}");
            }
            for bit in 0..signature.len() * 8 {
                let mut tampered = signature.clone();
                tampered[bit / 8] ^= 1 << (bit % 8);
                assert!(!verifier.has_signed(MESSAGE, &tampered), "{algorithm:?}, bit {bit}");
            }
            let (short, long) = (&signature[..signature.len() - 1], [&signature[..], &[0]].concat());
            for other in [&[], short, &long, &[&[0], short].concat(), &[&[0], &signature[..]].concat()] {
                assert!(!verifier.has_signed(MESSAGE, other), "{algorithm:?}, {} bytes", other.len());
            }
        }
    }
}

#[test]
fn should_believe_no_signature_of_another_key_or_algorithm() {
    let (samples, strangers) = (samples(), samples());
    for Sample { algorithm, keys, .. } in &samples {
        let verifier = Verifier::new(*algorithm, &keys[0]).unwrap();
        for stranger in strangers.iter().filter(|stranger| stranger.algorithm != Algorithm::HS256) {
            assert!(!verifier.has_signed(MESSAGE, &stranger.signature), "{algorithm:?} by {:?}", stranger.algorithm);
        }
        // Everybody has a public key, and could sign with it as if it were a secret.
        for public in keys.iter().filter(|_| *algorithm != Algorithm::HS256).filter_map(|key| key.try_get_as_bytes().ok()) {
            let forged = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public), MESSAGE);
            assert!(!verifier.has_signed(MESSAGE, forged.as_ref()), "{algorithm:?}");
        }
    }
    // The same key, another padding.
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let verifier = Verifier::new(Algorithm::RS256, &components(&rsa)).unwrap();
    assert!(verifier.has_signed(MESSAGE, &signed_by(&rsa, &RSA_PKCS1_SHA256)));
    assert!(!verifier.has_signed(MESSAGE, &signed_by(&rsa, &RSA_PSS_SHA256)));
}

#[test]
fn should_take_no_key_for_another_algorithm_than_its_own() {
    let algorithms = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    for Sample { algorithm, keys, .. } in &samples()[..3] {
        for key in keys {
            let takes = |other: &&Algorithm| Verifier::new(**other, key).is_some();
            assert_eq!(algorithms.iter().filter(takes).collect::<Vec<_>>(), [algorithm]);
            let others = [Algorithm::RS384, Algorithm::PS256, Algorithm::ES384, Algorithm::HS512];
            assert_eq!(others.iter().filter(takes).count(), 0);
        }
    }
    assert!(Verifier::new(Algorithm::HS256, &DecodingKey::from_rsa_raw_components(&[0xff; 256], &[1, 0, 1])).is_none());
}

#[test]
fn should_take_nothing_for_a_key_that_is_none() {
    let ec = |point: &[u8]| Verifier::new(Algorithm::ES256, &DecodingKey::from_ec_der(point)).is_some();
    let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = p256.public_key().as_ref();
    assert!(ec(point));
    // A point that is not on the curve would give an attacker's signature a chance.
    let (mut beside, end) = (point.to_vec(), point.len() - 1);
    beside[end] ^= 1;
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    for other in [&[], &point[..end], &beside, p384.public_key().as_ref(), p384.public_key().as_der().unwrap().as_ref()] {
        assert!(!ec(other), "{} bytes", other.len());
    }
    assert!(Verifier::new(Algorithm::EdDSA, &DecodingKey::from_ed_der(&[7; 31])).is_none());
    assert!(Verifier::new(Algorithm::RS256, &DecodingKey::from_rsa_raw_components(&[], &[1, 0, 1])).is_none());
}

/// Made by `openssl genrsa 1024` and `openssl dgst -sha256 -sign`.
#[test]
fn should_believe_no_rsa_key_of_less_than_2048_bits() {
    let bytes = |text: &str| STANDARD.decode(text).unwrap();
    let n = bytes(
        "oiUe3VXFyxmJrj8w2a9Iue3Rtcg1mKwAORA4vJvnvXyMjX5m7PfcbcQPrdljHduGCGhygXm4HCMq2G3t1aqv57DYVLn13s116XTgmBaP1+xlrLW6Vdssi+BoJFZFpZHbjZSxmEfvKmSaUySLjk9yIGyFjOCD+6bU5TGSvVFuCbM=",
    );
    let signature = bytes(
        "VIs+ZUL+Rj8sacR0tX9n+FDBVpxcwFIjPuMpAPYypx+jPzgcF+F/tFi76t/Ftvc+GRETt1hsRqCr+ecych4pPzH73YE5meCs968cof6b37sS0E7pvBLU2d2RcIw8FfQivYNSnEI8batmISiu1uu1zLKA4d64amNoetLjZ7h9bkY=",
    );
    let short = RsaPublicKeyComponents { n: n.as_slice(), e: &[1, 0, 1] };
    assert!(short.verify(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, MESSAGE, &signature).is_ok());
    assert!(Verifier::new(Algorithm::RS256, &DecodingKey::from_rsa_raw_components(&n, &[1, 0, 1])).is_none());
}

/// What was verified stays known as long as the keys are the same, so that "the same" must miss nothing.
#[test]
fn should_tell_keys_apart() {
    let (some, others) = (samples(), samples());
    let verifiers = |samples: &[Sample; 4]| {
        samples.each_ref().map(|Sample { algorithm, keys, .. }| Verifier::new(*algorithm, &keys[0]).unwrap())
    };
    let (one, again, other) = (verifiers(&some), verifiers(&some), verifiers(&others));
    for (index, verifier) in one.iter().enumerate() {
        assert!(again.iter().enumerate().all(|(other, again)| (verifier == again) == (index == other)));
        assert!(verifier != &other[index] || verifier.algorithm() == Algorithm::HS256);
    }
    let shared = |secret: &[u8]| Verifier::new(Algorithm::HS256, &DecodingKey::from_secret(secret)).unwrap();
    assert!(shared(b"secret") == shared(b"secret") && shared(b"secret") != shared(b"Secret"));
}
