use super::*;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

fn all() -> Algorithms {
    Algorithms::parse("RS256,ES256,EdDSA").unwrap()
}

const ED25519: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// The point of RFC 7515, appendix A.3.
const EC_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const EC_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

/// A modulus of 2048 bits.
const RSA_N: &str = "\
    rzzry1wTWsgBRTB_7b4BsJUorikFP4p0WV4Bqb_k0nuB0Ly7M7XOvhxuO_LQfKvgIvupZiuERip2YNUdBDYx65D7IYscEMBxZvaR\
    vEJAOUxaMZSxkvmPWk3hbYL4lMwD9EeMHzoBmGfaMRS6M6SJO4K0rDQd9X_xf4xFhvBxih6f8de0gj0NrSomp8UD9tErEaX7JuIS\
    XHteVflQFgLPy4F8BFg-4S3MEsmNvca7o5gnhH8JTaJZ1X3Ti2CQX2qFYBdfeuNks1FUmiG0pEYaQKln8RVJZvAcewxvCXxX2L3D\
    P7N9kLfPVDmufMGo_pMHoHKC1zhbKamLJmsFgusVTw";

#[test]
fn should_accept_hs256_only_alone() {
    assert!(Algorithms::parse("HS256").unwrap().is_secret());
    assert!(!all().is_secret());
    for text in ["HS256,RS256", "none", "", ",", "rs256", "HS512"] {
        assert!(Algorithms::parse(text).is_err(), "{text}");
    }
}

#[test]
fn should_pass_over_keys_that_are_not_for_this() {
    let jwks = json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "good"},
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "enc", "use": "enc"},
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "other", "alg": "RS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "signs", "key_ops": ["sign"]},
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "nothing", "key_ops": []},
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "verifies", "key_ops": ["verify"]},
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "secret", "alg": "HS256"},
        {"kty": "future", "kid": "future"},
        7,
    ]});
    let set = KeySet::from_jwks(jwks.to_string().as_bytes(), &all()).unwrap();
    assert_eq!(set.0.iter().map(|key| key.kid.as_deref().unwrap()).collect::<Vec<_>>(), ["good", "verifies"]);
    assert_eq!(set.candidates(Some("good"), Algorithm::EdDSA).len(), 1);
    assert_eq!(set.candidates(None, Algorithm::EdDSA).len(), 2);
    assert_eq!(set.candidates(Some("unknown"), Algorithm::EdDSA).len(), 0);
    assert_eq!(set.candidates(Some("good"), Algorithm::RS256).len(), 0);
}

#[test]
fn should_refuse_a_key_file_that_is_none() {
    for text in ["", "{}", "{\"keys\":[]}", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
        assert!(KeySet::from_file(text, &all()).is_err(), "{text}");
    }
    let secret = Algorithms::parse("HS256").unwrap();
    assert!(KeySet::from_file("too short", &secret).is_err());
    for text in ["s".repeat(32), "c2VjcmV0".repeat(6), "0123456789abcdef".repeat(4)] {
        assert!(KeySet::from_file(&text, &secret).is_ok(), "{text}");
    }
}

/// 44 bytes that are an Ed25519 public key (RFC 8410), in base64.
const DER: &str = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

#[test]
fn should_take_no_public_key_for_a_shared_secret() {
    let secret = Algorithms::parse("HS256").unwrap();
    for text in [
        format!("-----BEGIN PUBLIC KEY-----\n{DER}\n-----END PUBLIC KEY-----\n"),
        format!("# the issuer's key\n-----BEGIN PUBLIC KEY-----\n{DER}\n-----END PUBLIC KEY-----\n"),
        format!("-----BEGIN CERTIFICATE-----\n{DER}\n-----END CERTIFICATE-----\n"),
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": ED25519}]}).to_string(),
        json!([{"kty": "OKP", "crv": "Ed25519", "x": ED25519}]).to_string(),
        format!("ssh-ed25519 {ED25519} someone"),
        format!("{}\n{}", &DER[..32], &DER[32..]),
    ] {
        let problem = KeySet::from_file(&text, &secret).unwrap_err();
        assert!(problem.contains("no shared secret") && !problem.contains(ED25519), "{text}: {problem}");
    }
}

#[test]
fn should_refuse_a_private_key_by_name() {
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let text = format!("-----BEGIN {label}-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END {label}-----\n");
        for algorithms in [all(), Algorithms::parse("RS256").unwrap(), Algorithms::parse("HS256").unwrap()] {
            assert!(KeySet::from_file(&text, &algorithms).unwrap_err().contains("private key"), "{label}");
        }
    }
}

#[test]
fn should_read_a_pem_of_each_algorithm_and_know_whose_it_is() {
    let pem = |der: &[u8]| format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let ed = Ed25519KeyPair::generate().unwrap();
    for (name, text) in [
        ("RS256", pem(rsa.public_key().as_der().unwrap().as_ref())),
        ("ES256", pem(ec.public_key().as_der().unwrap().as_ref())),
        ("EdDSA", pem(ed.public_key().as_der().unwrap().as_ref())),
    ] {
        let algorithm = all().named(name).unwrap();
        let set = KeySet::from_file(&text, &all()).unwrap();
        assert_eq!(set.0.iter().map(|key| (key.verifier.algorithm(), key.kid.clone())).collect::<Vec<_>>(), [(algorithm, None)]);
        assert!(KeySet::from_file(&text, &Algorithms::parse(name).unwrap()).is_ok(), "{name}");
        for other in ["RS256", "ES256", "EdDSA"].into_iter().filter(|other| *other != name) {
            assert!(KeySet::from_file(&text, &Algorithms::parse(other).unwrap()).is_err(), "{name} as {other}");
        }
    }
}

#[test]
fn should_name_only_the_algorithms_that_were_chosen() {
    let some = Algorithms::parse("RS256, EdDSA").unwrap();
    assert_eq!(
        ["RS256", "ES256", "EdDSA", "HS256", "none"].map(|name| some.named(name).is_some()),
        [true, false, true, false, false]
    );
    assert_eq!(
        [Algorithm::RS256, Algorithm::ES256, Algorithm::HS256].map(|algorithm| some.contains(algorithm)),
        [true, false, false]
    );
    assert_eq!(Algorithms::parse("HS256").unwrap().named("HS256"), Some(Algorithm::HS256));
}

/// The algorithm of the one usable key, if the key is usable.
fn algorithm_of(key: serde_json::Value) -> Option<Algorithm> {
    let set = KeySet::from_jwks(json!({"keys": [key]}).to_string().as_bytes(), &all()).unwrap();
    assert_eq!((set.is_empty(), set.len()), (set.0.is_empty(), set.0.len()));
    set.0.first().map(|key| key.verifier.algorithm())
}

#[test]
fn should_know_the_algorithm_by_kind_and_curve_and_believe_no_other() {
    let rsa = |alg: Option<&str>| algorithm_of(json!({"kty": "RSA", "n": RSA_N, "e": "AQAB", "alg": alg}));
    let ec = |crv: &str, alg: Option<&str>| algorithm_of(json!({"kty": "EC", "crv": crv, "x": EC_X, "y": EC_Y, "alg": alg}));
    let okp = |crv: &str, alg: Option<&str>| algorithm_of(json!({"kty": "OKP", "crv": crv, "x": ED25519, "alg": alg}));
    assert_eq!([None, Some("RS256")].map(rsa), [Some(Algorithm::RS256); 2]);
    assert_eq!(["RS384", "PS256", "ES256", "EdDSA"].map(|alg| rsa(Some(alg))), [None; 4]);
    assert_eq!([None, Some("ES256")].map(|alg| ec("P-256", alg)), [Some(Algorithm::ES256); 2]);
    assert_eq!(["ES384", "RS256", "EdDSA"].map(|alg| ec("P-256", Some(alg))), [None; 3]);
    assert_eq!([ec("P-384", None), ec("P-521", None), ec("Ed25519", None)], [None; 3]);
    assert_eq!([None, Some("EdDSA")].map(|alg| okp("Ed25519", alg)), [Some(Algorithm::EdDSA); 2]);
    assert_eq!([okp("P-256", None), okp("Ed25519", Some("ES256")), okp("Ed25519", Some("RS256"))], [None; 3]);
}

#[test]
fn should_keep_sixty_four_keys_of_a_set() {
    let keys = vec![json!({"kty": "OKP", "crv": "Ed25519", "x": ED25519}); 70];
    let set = KeySet::from_jwks(json!({"keys": keys}).to_string().as_bytes(), &all()).unwrap();
    assert_eq!((set.len(), format!("{set:?}")), (64, "KeySet(64)".to_owned()));
}

#[test]
fn should_take_a_key_without_a_name_for_any_name() {
    let jwks = json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519},
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "a"},
        {"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "b"},
    ]});
    let set = KeySet::from_jwks(jwks.to_string().as_bytes(), &all()).unwrap();
    let names = |kid| set.candidates(kid, Algorithm::EdDSA).iter().map(|key| key.kid.clone()).collect::<Vec<_>>();
    assert_eq!(names(Some("a")), [None, Some("a".to_owned())]);
    assert_eq!(names(Some("c")), [None]);
    assert_eq!(names(None).len(), 3);
}

/// What was verified stays known as long as the set is the same, so that "the same" must miss nothing.
#[test]
fn should_tell_sets_apart_by_name_algorithm_and_key() {
    let set = |keys: &[serde_json::Value]| KeySet::from_jwks(json!({"keys": keys}).to_string().as_bytes(), &all()).unwrap();
    let rsa = |kid: Option<&str>, e: &str| json!({"kty": "RSA", "n": RSA_N, "e": e, "kid": kid});
    let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": ED25519, "kid": "a"});
    let (one, two) = (set(&[rsa(Some("a"), "AQAB")]), set(std::slice::from_ref(&ed)));
    assert!(one == set(&[rsa(Some("a"), "AQAB")]) && two == set(std::slice::from_ref(&ed)) && one != two);
    for other in [
        set(&[rsa(Some("b"), "AQAB")]),
        set(&[rsa(None, "AQAB")]),
        set(&[rsa(Some("a"), "Aw")]),
        set(&[rsa(Some("a"), "AQAB"), ed.clone()]),
        KeySet(Vec::new()),
    ] {
        assert!(other != one && other != two);
    }
}

#[test]
fn should_pass_over_what_says_that_it_is_a_key_and_is_none() {
    for none in [
        json!({"kty": "EC", "crv": "P-256", "x": ED25519, "y": ED25519}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AQAB"}),
        json!({"kty": "RSA", "n": "", "e": "AQAB"}),
        json!({"kty": "RSA", "n": "not base64", "e": "AQAB"}),
    ] {
        let jwks = json!({"keys": [none, {"kty": "OKP", "crv": "Ed25519", "x": ED25519}]}).to_string();
        assert_eq!(KeySet::from_jwks(jwks.as_bytes(), &all()).unwrap().len(), 1, "{none}");
        assert_eq!(algorithm_of(none), None);
    }
}

#[test]
fn should_know_a_der_by_its_length_and_take_other_base64_for_a_secret() {
    let secret = Algorithms::parse("HS256").unwrap();
    let is_secret = |head: &[u8], rest: usize| {
        let der = [head, &vec![0; rest]].concat();
        KeySet::from_file(&STANDARD.encode(der), &secret).is_ok()
    };
    // The three ways in which DER says how much follows (X.690, 8.1.3), with exactly that much after it.
    let exact: [(&[u8], usize); 6] = [
        (&[0x30, 42], 42),
        (&[0x30, 0x7f], 0x7f),
        (&[0x30, 0x81, 0x90], 0x90),
        (&[0x30, 0x81, 0xff], 0xff),
        (&[0x30, 0x82, 1, 38], 294),
        (&[0x30, 0x82, 2, 38], 550),
    ];
    for (head, rest) in exact {
        assert!(!is_secret(head, rest), "{head:?}");
        assert!(is_secret(head, rest - 1) && is_secret(head, rest + 1) && is_secret(head, rest + 4), "{head:?}");
        let other = [&[0x31], &head[1..]].concat();
        assert!(is_secret(&other, rest), "{other:?}");
    }
    // A length that is not said at once (0x80) is none in DER.
    assert!(is_secret(&[0x30, 0x80], 0x80) && is_secret(&[0x30, 0x83], 0x83));
}

#[test]
fn should_take_no_json_and_no_ssh_key_for_a_shared_secret() {
    let secret = Algorithms::parse("HS256").unwrap();
    let number = "1".repeat(40);
    assert!(KeySet::from_file(&number, &secret).is_ok(), "JSON too, but nobody publishes a key so");
    for text in [
        format!("{{\"k\": \"{number}\"}}"),
        format!("[{number}]"),
        format!("ssh-rsa {number}"),
        format!("ecdsa-sha2-nistp256 {number}"),
    ] {
        assert!(KeySet::from_file(&text, &secret).unwrap_err().contains("no shared secret"), "{text}");
    }
    assert!(KeySet::from_file(&"s".repeat(31), &secret).unwrap_err().contains("32 bytes"));
}
