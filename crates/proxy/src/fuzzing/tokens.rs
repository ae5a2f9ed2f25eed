//! What tells whose a request is: tokens and the keys that they are signed with.

use super::{Fields, first_line};
use crate::config::{KeySource, Limits, SessionConfig};
use crate::session::{Algorithms, KeySet, Keys, Session, SessionError, Sessions};
use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

const SECRET: &str = "a shared secret of more than 32 bytes";
const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "portal";

/// What runs the proxy's async functions; nothing here waits for a network.
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"));

static SESSIONS: LazyLock<Sessions> = LazyLock::new(|| {
    let algorithms = Algorithms::parse("HS256").expect("algorithms");
    let source = KeySource::Fixed(KeySet::from_file(SECRET, &algorithms).expect("a secret"));
    let keys = Arc::new(Keys::new(&source, &algorithms, &Limits::default()).expect("keys"));
    let config = SessionConfig {
        keys: source,
        algorithms,
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        cookie: "s".into(),
        customer_claim: "sub".into(),
        orders_claim: "orders".into(),
    };
    Sessions::new(config, keys, Arc::default())
});

/// A token, whole (first byte `t`) or as a header and claims on two lines that are signed here: a session comes of it only where every claim says so.
pub fn token(data: &[u8]) {
    let token = match data.split_first() {
        Some((b't', text)) => String::from_utf8_lossy(text).into_owned(),
        Some((_, parts)) => {
            let (header, claims) = first_line(parts);
            signed(header, claims)
        }
        None => return,
    };
    let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) else { return };
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let read = RUNTIME.block_on(SESSIONS.of(&headers));
    let again = RUNTIME.block_on(SESSIONS.of(&headers));
    match read {
        Ok(session) => {
            assert_eq!(again.as_ref(), Ok(&session), "a token says one thing");
            must_be_right(token.trim(), &session, now);
        }
        Err(error) => assert_ne!(error, SessionError::NoKeys),
    }
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, input.as_bytes())))
}

/// Reads the token by itself, without the library that verified it.
fn must_be_right(token: &str, session: &Session, now: f64) {
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("not three parts") };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let json = |part: &str| {
        let Fields(fields) = serde_json::from_slice(&bytes(part)).expect("a JSON object");
        let count = fields.len();
        let map = fields.into_iter().collect::<serde_json::Map<_, _>>();
        assert_eq!(map.len(), count, "two readers would read two things");
        Value::Object(map)
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    assert!(hmac::verify(&key, format!("{header}.{claims}").as_bytes(), &bytes(signature)).is_ok(), "not signed");
    let (header, claims) = (json(header), json(claims));
    assert_eq!(header["alg"], "HS256");
    assert!(header.get("crit").is_none_or(Value::is_null), "an extension that nobody knows here: {header}");
    assert_eq!(claims["iss"], ISSUER);
    let audience = &claims["aud"];
    assert!(audience == AUDIENCE || audience.as_array().is_some_and(|all| all.iter().any(|one| one == AUDIENCE)), "{audience}");
    assert!(claims["exp"].as_f64().is_some_and(|exp| exp > now), "expired: {}", claims["exp"]);
    match &claims["nbf"] {
        Value::Null => {}
        nbf => assert!(nbf.as_f64().is_some_and(|nbf| nbf <= now + 40.0), "not yet valid: {nbf}"),
    }
    assert_eq!(claims["sub"], session.customer().as_str());
    let orders = claims["orders"].as_array();
    assert_eq!(orders.is_some(), session.orders().is_some());
    let named = |order: &Value| session.orders().is_some_and(|orders| orders.iter().any(|known| order == known.as_str()));
    assert!(orders.into_iter().flatten().all(named), "{:?}", session.orders());
    let count = orders.map_or(0, Vec::len);
    assert!(session.orders().map_or(0, |orders| orders.len()) <= count, "orders were made up");
}

/// A key set, as published or as a file: bounded, only for algorithms that were chosen, never a public text as a secret.
pub fn jwks(data: &[u8]) {
    const ASYMMETRIC: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    for (text, chosen) in [("RS256,ES256,EdDSA", &ASYMMETRIC[..]), ("ES256", &ASYMMETRIC[1..2])] {
        let algorithms = Algorithms::parse(text).expect("algorithms");
        let Ok(set) = KeySet::from_jwks(data, &algorithms) else { continue };
        let mut total = 0;
        for algorithm in
            [Algorithm::HS256, Algorithm::HS512, Algorithm::PS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]
        {
            let keys = set.candidates(None, algorithm);
            assert!(keys.is_empty() || chosen.contains(&algorithm), "{algorithm:?} was not chosen");
            for key in &keys {
                assert_eq!(key.verifier.algorithm(), algorithm);
                let named = set.candidates(key.kid.as_deref(), algorithm);
                assert!(named.iter().any(|one| Arc::ptr_eq(one, key)), "a key is not found by its own name");
            }
            total += keys.len();
        }
        assert!(total <= 64 && (total == 0) == set.is_empty(), "{total} keys");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let secret = Algorithms::parse("HS256").expect("algorithms");
    if KeySet::from_file(text, &secret).is_ok() {
        assert!(text.trim().len() >= 32 && !text.contains("-----BEGIN"), "no shared secret");
        assert!(!serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object()), "no shared secret");
    }
    let _ = KeySet::from_file(text, &Algorithms::parse("RS256,ES256,EdDSA").expect("algorithms"));
}
