//! Who is believed, and who is not.

use crate::harness::{Harness, anna};
use crate::tokens::{EDDSA, SECRET, Signer, claims, now, pem_of};
use jsonwebtoken::{Algorithm, Header};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

const LIST: &str = "/api/v1/files?orderId=ord_a1";

#[tokio::test]
async fn should_accept_every_public_key_algorithm_by_cookie_and_bearer() {
    let harness = Harness::new().await;
    let signers =
        [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].map(|algorithm| Signer::new(&format!("{algorithm:?}"), algorithm));
    *harness.world.jwks.lock().unwrap() = json!({"keys": signers.iter().map(Signer::jwk).collect::<Vec<_>>()});
    let harness = Harness::with(&[("SESSION_JWKS_URL", &format!("http://{}/jwks", upstream_of(&harness).await))], |_| {}).await;
    for signer in &signers {
        let token = signer.sign(&claims("cust_anna", Some(&["ord_a1"])));
        assert_eq!(harness.get(&token, LIST).await.status, 200, "{:?}", signer.algorithm);
        let answer = harness.get_with_cookie(&token, LIST, &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!(answer.status, 200, "{:?}", signer.algorithm);
    }
}

/// The scripted upstream's address, as a call that arrived there tells it.
async fn upstream_of(harness: &Harness) -> String {
    assert_eq!(harness.get(&anna(), LIST).await.status, 200);
    harness.world.take_calls()[0].headers["host"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn should_refuse_every_token_that_is_not_right() {
    let harness = Harness::new().await;
    let changed = |name: &str, value: Value| {
        let mut claims = claims("cust_anna", Some(&["ord_a1"]));
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        EDDSA.sign(&claims)
    };
    let with_header = |change: &dyn Fn(&mut Header)| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(EDDSA.kid.clone());
        change(&mut header);
        EDDSA.sign_with(&header, &claims("cust_anna", Some(&["ord_a1"])))
    };
    let good = anna();
    assert_eq!(harness.get(&good, LIST).await.status, 200);
    assert_eq!(harness.get(&with_header(&|header| header.kid = None), LIST).await.status, 200);
    // Clocks differ a little; a token of the last seconds is still one.
    assert_eq!(harness.get(&changed("nbf", json!(now() + 20)), LIST).await.status, 200);
    assert_eq!(harness.get(&changed("exp", json!(now() + 10)), LIST).await.status, 200);
    harness.world.take_calls();
    let stranger = Signer::new("ed-1", Algorithm::EdDSA);
    let parts: Vec<&str> = good.split('.').collect();
    let other_payload = EDDSA.sign(&claims("cust_ben", Some(&["ord_b1"])));
    let spliced = format!("{}.{}.{}", parts[0], other_payload.split('.').nth(1).unwrap(), parts[2]);
    let none = format!("{}.{}.", base64_of(&json!({"alg": "none", "typ": "JWT"})), parts[1]);
    let confused = Signer::new("ed-1", Algorithm::HS256);
    for (what, token) in [
        ("expired", changed("exp", json!(now() - 60))),
        ("expired a second ago", changed("exp", json!(now() - 1))),
        ("expired now", changed("exp", json!(now()))),
        ("expired in 1970", changed("exp", json!(0))),
        ("without exp", changed("exp", Value::Null)),
        ("exp as text", changed("exp", json!("4102444800"))),
        ("not yet valid", changed("nbf", json!(now() + 3600))),
        ("valid in a while", changed("nbf", json!(now() + 45))),
        ("several issuers", changed("iss", json!(["https://idp.example", "https://evil.example"]))),
        ("another issuer", changed("iss", json!("https://evil.example"))),
        ("without iss", changed("iss", Value::Null)),
        ("another audience", changed("aud", json!("another"))),
        ("without aud", changed("aud", Value::Null)),
        ("without sub", changed("sub", Value::Null)),
        ("sub not an id", changed("sub", json!("cust/anna"))),
        ("sub a list", changed("sub", json!(["cust_anna"]))),
        ("orders not a list", changed("orders", json!("ord_a1"))),
        ("orders not ids", changed("orders", json!(["ord_a1", 1]))),
        ("another's key of the same name", stranger.sign(&claims("cust_anna", Some(&["ord_a1"])))),
        ("another's payload", spliced),
        ("alg none", none),
        ("HS256", confused.sign(&claims("cust_anna", Some(&["ord_a1"])))),
        ("made for something else", with_header(&|header| header.typ = Some("logout+jwt".into()))),
        ("critical extension", with_header(&|header| header.crit = Some(vec!["b64".into()]))),
        ("unknown key", with_header(&|header| header.kid = Some("unknown".into()))),
        ("not a token", "x".into()),
        ("two parts", parts[..2].join(".")),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("too long", "a".repeat(9000)),
    ] {
        let answer = harness.get(&token, LIST).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "UNAUTHORIZED"), "{what}");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
        harness.no_upstream_call(what);
    }
}

/// Whatever it is signed with: not a character may change, and no other algorithm is believed under the key's name.
#[tokio::test]
async fn should_refuse_what_was_tampered_with_under_every_algorithm() {
    let jwks = |signers: &[Signer]| json!({"keys": signers.iter().map(Signer::jwk).collect::<Vec<_>>()}).to_string();
    let public = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].map(|algorithm| Signer::new("key", algorithm));
    let shared = [Signer::new("key", Algorithm::HS256)];
    for (algorithms, keys, signers) in
        [("RS256,ES256,EdDSA", jwks(&public), &public[..]), ("HS256", SECRET.to_owned(), &shared[..])]
    {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(keys.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap();
        let settings = [("SESSION_JWKS_URL", ""), ("SESSION_KEY_FILE", path), ("SESSION_ALGORITHMS", algorithms)];
        let harness = Harness::with(&settings, |_| {}).await;
        for signer in signers {
            let token = signer.sign(&claims("cust_anna", Some(&["ord_a1"])));
            assert_eq!(harness.get(&token, LIST).await.status, 200, "{:?}", signer.algorithm);
            harness.world.take_calls();
            let (header, rest) = token.split_once('.').unwrap();
            let renamed =
                ["RS256", "ES256", "EdDSA", "HS256"].into_iter().filter(|name| *name != format!("{:?}", signer.algorithm));
            let renamed = renamed.map(|name| format!("{}.{rest}", base64_of(&json!({"alg": name, "kid": "key", "typ": "JWT"}))));
            let from = header.len() + 1;
            let changed = (from..token.len()).step_by(7).filter(|at| token.as_bytes()[*at] != b'.').map(|at| {
                let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
                format!("{}{other}{}", &token[..at], &token[at + 1..])
            });
            let cut = (1..4).map(|count| token[..token.len() - count].to_owned());
            for tampered in renamed.chain(changed).chain(cut) {
                assert_eq!(harness.get(&tampered, LIST).await.status, 401, "{:?}: {tampered}", signer.algorithm);
            }
            harness.no_upstream_call("tampered with");
        }
    }
}

fn base64_of(value: &Value) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn should_refuse_no_credential_and_more_than_one() {
    let harness = Harness::new().await;
    let token = anna();
    let (bearer, cookie) = (format!("Bearer {token}"), format!("__Host-portal_session={token}"));
    let same = ("sec-fetch-site", "same-origin");
    let own = ("origin", harness.origin.as_str());
    for headers in [
        &[same][..],
        &[same, ("authorization", &bearer), ("cookie", &cookie)],
        &[same, ("authorization", &bearer), ("authorization", &bearer)],
        &[same, ("authorization", "Basic eDp5"), ("cookie", &cookie)],
        &[same, own, ("cookie", &format!("{cookie}; {cookie}"))],
        &[same, own, ("cookie", &cookie.replace("__Host-", ""))],
        &[same, ("x-forwarded-user", "cust_anna"), ("x-customer-id", "cust_anna")],
    ] {
        for (method, path) in
            [(Method::GET, LIST), (Method::POST, "/api/v1/files/url"), (Method::GET, "/api/v1/files/file_ord_a1_1/view")]
        {
            let answer = harness.send(method, path, headers, None).await;
            assert_eq!(answer.status, 401, "{path} {headers:?}");
            harness.no_upstream_call(path);
        }
    }
}

#[tokio::test]
async fn should_follow_the_issuers_keys_and_ask_rarely() {
    let harness = Harness::with(&[], |config| config.limits.jwks_interval = Duration::from_millis(400)).await;
    let fetches = || *harness.world.jwks_fetches.lock().unwrap();
    assert_eq!(fetches(), 1);
    // The issuer rotates. The interval since the start must be over before the new key can be known.
    let next = Signer::new("ed-2", Algorithm::EdDSA);
    *harness.world.jwks.lock().unwrap() = json!({"keys": [EDDSA.jwk(), next.jwk()]});
    let token = next.sign(&claims("cust_anna", Some(&["ord_a1"])));
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(harness.get(&token, LIST).await.status, 200);
    assert_eq!(fetches(), 2);
    // Unknown keys, as many as there may be, cost no more fetches than the interval allows.
    for number in 0..20 {
        let stranger = Signer::new(&format!("stranger-{number}"), Algorithm::EdDSA);
        assert_eq!(harness.get(&stranger.sign(&claims("cust_anna", None)), LIST).await.status, 401);
    }
    assert!(fetches() <= 3, "{}", fetches());
    // What was good stays while the issuer is down, or publishes nothing.
    for keys in [json!({"keys": []}), json!("nonsense")] {
        *harness.world.jwks.lock().unwrap() = keys;
        tokio::time::sleep(Duration::from_millis(450)).await;
        let before = fetches();
        assert_eq!(harness.get(&Signer::new("x", Algorithm::EdDSA).sign(&claims("cust_anna", None)), LIST).await.status, 401);
        assert_eq!(fetches(), before + 1);
        assert_eq!(harness.get(&token, LIST).await.status, 200);
    }
    // A key that the issuer has withdrawn ends with the next set.
    *harness.world.jwks.lock().unwrap() = json!({"keys": [EDDSA.jwk()]});
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(harness.get(&Signer::new("y", Algorithm::EdDSA).sign(&claims("cust_anna", None)), LIST).await.status, 401);
    assert_eq!(harness.get(&token, LIST).await.status, 401);
    assert_eq!(harness.get(&anna(), LIST).await.status, 200);
}

#[tokio::test]
async fn should_know_nobody_and_say_so_while_there_are_no_keys() {
    // Nothing listens on the discard port.
    let harness = Harness::with(&[("SESSION_JWKS_URL", "http://127.0.0.1:9/jwks")], |config| {
        config.limits.jwks_interval = Duration::from_secs(60)
    })
    .await;
    let answer = harness.get(&anna(), LIST).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "SESSION_KEYS_UNAVAILABLE"));
    harness.no_upstream_call("no keys");
}

#[tokio::test]
async fn should_take_keys_from_a_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(SECRET.as_bytes()).unwrap();
    let values = [("SESSION_JWKS_URL", ""), ("SESSION_KEY_FILE", file.path().to_str().unwrap()), ("SESSION_ALGORITHMS", "HS256")];
    let harness = Harness::with(&values, |_| {}).await;
    let signer = Signer::new("any", Algorithm::HS256);
    assert_eq!(harness.get(&signer.sign(&claims("cust_anna", Some(&["ord_a1"]))), LIST).await.status, 200);
    assert_eq!(harness.get(&anna(), LIST).await.status, 401);

    let mut file = tempfile::NamedTempFile::new().unwrap();
    let jwk = EDDSA.jwk();
    // RFC 8410: the 12 bytes that make 32 bytes an Ed25519 public key in DER.
    use base64::Engine;
    let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &raw].concat();
    file.write_all(pem_of("PUBLIC KEY", &der).as_bytes()).unwrap();
    let harness = Harness::with(&[("SESSION_JWKS_URL", ""), ("SESSION_KEY_FILE", file.path().to_str().unwrap())], |_| {}).await;
    assert_eq!(harness.get(&anna(), LIST).await.status, 200);
}

#[tokio::test]
async fn should_not_even_look_for_the_key_of_an_algorithm_that_is_not_accepted() {
    let values = [("SESSION_ALGORITHMS", "EdDSA")];
    let harness = Harness::with(&values, |config| config.limits.jwks_interval = Duration::ZERO).await;
    let before = *harness.world.jwks_fetches.lock().unwrap();
    for algorithm in [Algorithm::ES256, Algorithm::HS256] {
        let token = Signer::new("unknown", algorithm).sign(&claims("cust_anna", None));
        assert_eq!(harness.get(&token, LIST).await.status, 401, "{algorithm:?}");
    }
    assert_eq!(*harness.world.jwks_fetches.lock().unwrap(), before);
}

#[tokio::test]
async fn should_let_a_withdrawn_key_go_though_every_token_names_it() {
    let harness = Harness::with(&[], |config| {
        config.limits.jwks_interval = Duration::ZERO;
        config.limits.jwks_max_age = Duration::from_millis(50);
    })
    .await;
    let token = anna();
    assert_eq!(harness.get(&token, LIST).await.status, 200);
    *harness.world.jwks.lock().unwrap() = json!({"keys": [Signer::new("ed-2", Algorithm::EdDSA).jwk()]});
    for _ in 0..200 {
        if harness.get(&token, LIST).await.status == 401 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a withdrawn key lives on");
}

#[tokio::test]
async fn should_not_read_a_set_of_keys_without_end() {
    let harness = Harness::with(&[], |config| config.limits.jwks_interval = Duration::ZERO).await;
    let next = Signer::new("ed-2", Algorithm::EdDSA);
    let token = next.sign(&claims("cust_anna", Some(&["ord_a1"])));
    for (padding, status) in [(300 * 1024, 401), (100 * 1024, 200)] {
        *harness.world.jwks.lock().unwrap() = json!({"keys": [next.jwk()], "padding": " ".repeat(padding)});
        assert_eq!(harness.get(&token, LIST).await.status, status, "{padding}");
    }
}
