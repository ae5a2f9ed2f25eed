//! The cache of tokens against a model that has none.

use super::*;
use crate::config::{KeySource, Limits};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use axum::http::HeaderValue;
use futures_util::FutureExt;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// When the tests begin, in seconds since the epoch.
const START: u64 = 1_800_000_000;

pub struct Issuer {
    key: EncodingKey,
    kid: String,
}

impl Issuer {
    pub fn new(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        Self { key: EncodingKey::from_ed_der(pair.as_ref()), kid: kid.into() }
    }

    pub fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::EdDSA).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        serde_json::to_value(jwk).unwrap()
    }

    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.key).unwrap()
    }
}

pub fn set_of<'a>(issuers: impl IntoIterator<Item = &'a Issuer>) -> KeySet {
    let jwks = json!({"keys": issuers.into_iter().map(Issuer::jwk).collect::<Vec<_>>()});
    KeySet::from_jwks(jwks.to_string().as_bytes(), &Algorithms::parse("EdDSA").unwrap()).unwrap()
}

fn sessions(set: KeySet) -> Sessions {
    sessions_by(|| KeySource::Fixed(set.clone()))
}

fn sessions_by(source: impl Fn() -> KeySource) -> Sessions {
    let algorithms = Algorithms::parse("EdDSA").unwrap();
    let keys = Arc::new(Keys::new(&source(), &algorithms, &Limits::default()).unwrap());
    let config = SessionConfig {
        keys: source(),
        algorithms,
        issuer: "issuer".into(),
        audience: "audience".into(),
        cookie: "s".into(),
        customer_claim: "sub".into(),
        orders_claim: "orders".into(),
    };
    Sessions::new(config, keys, Arc::default())
}

#[test]
fn should_be_ready_when_it_has_keys() {
    assert!(sessions(set_of(&*ISSUERS)).is_ready());
    assert!(!sessions_by(|| KeySource::Url("https://issuer.example/jwks".parse().unwrap())).is_ready());
}

/// How many tokens were known, and how many were not.
fn hits_and_misses(sessions: &Sessions) -> (u64, u64) {
    let text = sessions.metrics.render();
    let count = |outcome: &str| {
        let name = format!("order_documents_token_cache_total{{outcome=\"{outcome}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(name.as_str())).unwrap().parse().unwrap()
    };
    (count("hit"), count("miss"))
}

static ISSUERS: LazyLock<[Issuer; 3]> = LazyLock::new(|| ["k0", "k1", "k2"].map(Issuer::new));

/// A token of the model: who signed it, from when, until when, in seconds after the start.
#[derive(Debug, Clone, Copy)]
struct Made {
    issuer: usize,
    nbf: i64,
    exp: i64,
}

static TOKENS: LazyLock<Vec<(Made, String)>> = LazyLock::new(|| {
    let made = [(0, 0, 10), (0, 0, 1000), (1, 0, 20), (1, 50, 400), (2, -100, 30), (2, 0, 100_000)];
    let made = made.map(|(issuer, nbf, exp)| Made { issuer, nbf, exp });
    let sign = |(index, made): (usize, Made)| {
        let claims = json!({"iss": "issuer", "aud": "audience", "sub": format!("cust_{index}"),
            "exp": START as i64 + made.exp, "nbf": START as i64 + made.nbf});
        (made, ISSUERS[made.issuer].sign(&claims))
    };
    made.into_iter().enumerate().map(sign).collect()
});

#[derive(Debug, Clone)]
enum Step {
    Ask(usize),
    /// A good token, but for one character of its signature.
    AskTampered(usize, usize),
    /// Milliseconds on both clocks.
    Wait(u64),
    /// Seconds on the wall clock alone.
    SetClock(i64),
    /// Which issuers' keys are published.
    Publish([bool; 3]),
}

fn step() -> impl Strategy<Value = Step> {
    let token = 0..TOKENS.len();
    prop_oneof![
        8 => token.clone().prop_map(Step::Ask),
        2 => (token, any::<usize>()).prop_map(|(token, at)| Step::AskTampered(token, at)),
        3 => prop_oneof![0..2_000u64, 0..100_000u64].prop_map(Step::Wait),
        1 => (-60..60i64).prop_map(Step::SetClock),
        1 => any::<[bool; 3]>().prop_map(Step::Publish),
    ]
}

fn tamper(token: &str, at: usize) -> String {
    let signature = token.rfind('.').unwrap() + 1;
    let at = signature + at % (token.len() - signature);
    let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

proptest! {
    /// The oracle verifies nothing and keeps nothing: it knows how each token was made. The cache must be seen in the count of hits alone.
    #[test]
    fn should_answer_as_if_there_were_no_cache(steps in proptest::collection::vec(step(), 1..60)) {
        let sessions = sessions(set_of(ISSUERS.iter()));
        let begun = Instant::now();
        let (mut wall, mut steady, mut published, mut generation) = (0i64, 0u64, [true; 3], 0);
        // What was verified: under which generation, and until when it may be believed by the steady clock.
        let mut verified = std::collections::HashMap::new();
        for step in steps {
            match step {
                Step::Wait(millis) => (wall, steady) = (wall + millis as i64, steady + millis),
                Step::SetClock(seconds) => wall += seconds * 1000,
                Step::Publish(next) => {
                    if next != published && next != [false; 3] {
                        (published, generation) = (next, generation + 1);
                        sessions.keys.replace(set_of(ISSUERS.iter().zip(next).filter(|(_, is)| *is).map(|(issuer, _)| issuer)));
                    }
                }
                Step::AskTampered(token, at) => {
                    let token = tamper(&TOKENS[token].1, at);
                    let now = Moment { wall: Duration::from_millis((START as i64 * 1000 + wall) as u64), steady: begun + Duration::from_millis(steady) };
                    prop_assert!(sessions.of_token(&token, || now).now_or_never().unwrap().is_err());
                }
                Step::Ask(token) => {
                    let (made, text) = &TOKENS[token];
                    let now = Moment { wall: Duration::from_millis((START as i64 * 1000 + wall) as u64), steady: begun + Duration::from_millis(steady) };
                    let good = published[made.issuer] && wall < made.exp * 1000 && wall + 30_000 >= made.nbf * 1000;
                    let known = verified.get(&token).is_some_and(|&(under, until)| under == generation && steady < until);
                    let before = hits_and_misses(&sessions).0;
                    let answer = sessions.of_token(text, || now).now_or_never().unwrap();
                    let expected = good.then(|| format!("cust_{token}"));
                    prop_assert_eq!(answer.ok().map(|session| session.customer().to_string()), expected);
                    prop_assert_eq!(hits_and_misses(&sessions).0 - before, u64::from(good && known));
                    if good && !known {
                        verified.insert(token, (generation, steady + ((made.exp * 1000 - wall) as u64).min(300_000)));
                    } else if !good {
                        verified.remove(&token);
                    }
                }
            }
        }
    }
}

fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[tokio::test]
async fn should_count_credentials_before_it_believes_a_known_token() {
    let sessions = sessions(set_of(ISSUERS.iter()));
    let token = ISSUERS[0].sign(&json!({"iss": "issuer", "aud": "audience", "sub": "cust_a", "exp": 4_102_444_800u64}));
    let (bearer, cookie) = (("authorization", format!("Bearer {token}")), ("cookie", format!("s={token}")));
    assert!(sessions.of(&headers(std::slice::from_ref(&bearer))).await.is_ok());
    assert!(sessions.of(&headers(std::slice::from_ref(&cookie))).await.is_ok());
    assert_eq!(hits_and_misses(&sessions), (1, 1));
    for several in [&[bearer.clone(), cookie.clone()][..], &[bearer.clone(), bearer], &[cookie.clone(), cookie]] {
        assert_eq!(sessions.of(&headers(several)).await, Err(SessionError::Several));
    }
    assert_eq!(hits_and_misses(&sessions), (1, 1));
}

#[tokio::test]
async fn should_verify_a_bad_token_every_time() {
    let sessions = sessions(set_of(ISSUERS.iter()));
    let token = ISSUERS[0].sign(&json!({"iss": "issuer", "aud": "audience", "sub": "cust_a", "exp": 1}));
    for _ in 0..3 {
        assert_eq!(sessions.of_token(&token, Moment::now).await, Err(SessionError::Invalid("expired")));
    }
    assert_eq!(hits_and_misses(&sessions), (0, 3));
    assert_eq!(sessions.cache.len(), 0);
}

#[tokio::test]
async fn should_refuse_headers_that_can_be_read_in_two_ways() {
    use base64::Engine;
    let sessions = sessions(set_of(&ISSUERS[..1]));
    let claims = json!({"iss": "issuer", "aud": "audience", "sub": "cust_a", "exp": 4_102_444_800u64}).to_string();
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let verdict = |header: &str| {
        let message = format!("{}.{}", part(header), part(&claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &ISSUERS[0].key, Algorithm::EdDSA).unwrap();
        sessions.of_token(&format!("{message}.{signature}"), Moment::now).now_or_never().unwrap()
    };
    for good in [r#"{"alg":"EdDSA"}"#, r#"{"alg":"EdDSA","kid":"k0","typ":"JWT"}"#, r#"{"alg":"EdDSA","typ":"at+JWT","x":[1]}"#] {
        assert!(verdict(good).is_ok(), "{good}");
    }
    for (bad, reason) in [
        (r#"{"alg":"EdDSA","alg":"EdDSA"}"#, "header"),
        (r#"{"alg":"EdDSA","kid":"k0","kid":"k0"}"#, "header"),
        (r#"{"alg":"EdDSA","kid":7}"#, "header"),
        (r#"{"alg":["EdDSA"]}"#, "header"),
        (r#"["EdDSA"]"#, "header"),
        (r#"{"alg":"eddsa"}"#, "algorithm"),
        (r#"{"alg":"none"}"#, "algorithm"),
        (r#"{"alg":"HS256"}"#, "algorithm"),
        (r#"{"alg":"ES256"}"#, "algorithm"),
        (r#"{"kid":"k0"}"#, "algorithm"),
        (r#"{"alg":"EdDSA","kid":"another"}"#, "unknown key"),
        (r#"{"alg":"EdDSA","typ":"logout+jwt"}"#, "typ"),
        (r#"{"alg":"EdDSA","typ":"dpop+jwt"}"#, "typ"),
        (r#"{"alg":"EdDSA","crit":null}"#, "crit"),
        (r#"{"alg":"EdDSA","b64":false,"crit":["b64"]}"#, "crit"),
    ] {
        assert_eq!(verdict(bad), Err(SessionError::Invalid(reason)), "{bad}");
    }
    for form in ["", "a", "a.b", "a.b.c.d", ".."] {
        assert!(matches!(sessions.of_token(form, Moment::now).await, Err(SessionError::Invalid(_))), "{form}");
    }
}
