//! The identity provider: keys that verify, a cookie that browsers guard, and one place to go.

use crate::common::{Running, header, start, start_with};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

async fn token(running: &Running, query: &str) -> String {
    running.client.get(running.identity(&format!("/token?{query}"))).send().await.unwrap().text().await.unwrap()
}

/// The claims of a token, as a portal's proxy would verify it.
async fn verified(running: &Running, token: &str) -> Result<Value, jsonwebtoken::errors::ErrorKind> {
    let keys: JwkSet = running.client.get(running.identity("/.well-known/jwks.json")).send().await.unwrap().json().await.unwrap();
    let header = decode_header(token).unwrap();
    let key = keys.find(&header.kid.unwrap()).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_audience(&["order-documents"]);
    validation.set_issuer(&[&running.sandbox.origins().identity]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    decode(token, &DecodingKey::from_jwk(key).unwrap(), &validation).map(|token| token.claims).map_err(|error| error.into_kind())
}

#[tokio::test]
async fn should_sign_tokens_that_its_published_keys_verify() {
    let running = start().await;
    for (alg, expected) in [("ES256", Algorithm::ES256), ("RS256", Algorithm::RS256)] {
        let token = token(&running, &format!("alg={alg}")).await;
        assert_eq!(decode_header(&token).unwrap().alg, expected);
        let claims = verified(&running, &token).await.unwrap();
        assert_eq!((&claims["sub"], &claims["aud"]), (&json!("cust_anna"), &json!("order-documents")));
        assert_eq!(claims["iss"], running.sandbox.origins().identity);
        assert!(claims["orders"].as_array().unwrap().contains(&json!("ord_demo")));
    }
    let other = start().await;
    let foreign = token(&other, "").await;
    let keys: JwkSet = running.client.get(running.identity("/.well-known/jwks.json")).send().await.unwrap().json().await.unwrap();
    assert!(keys.find(&decode_header(&foreign).unwrap().kid.unwrap()).is_none(), "another start has other keys");
}

#[tokio::test]
async fn should_publish_no_private_part_of_a_key() {
    let running = start().await;
    let keys: Value = running.client.get(running.identity("/.well-known/jwks.json")).send().await.unwrap().json().await.unwrap();
    for key in keys["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert_eq!(key["use"], "sig");
    }
}

#[tokio::test]
async fn should_name_the_orders_only_in_annas_tokens_unless_told_otherwise() {
    let running = start().await;
    for (query, named) in [
        ("customer=cust_anna", true),
        ("customer=cust_ben", false),
        ("customer=cust_anna&orders=none", false),
        ("customer=cust_ben&orders=claim", true),
    ] {
        let claims = verified(&running, &token(&running, query).await).await.unwrap();
        assert_eq!(claims.get("orders").is_some(), named, "{query}");
    }
    let ben = verified(&running, &token(&running, "customer=cust_ben&orders=claim").await).await.unwrap();
    assert_eq!(ben["orders"], json!(["ord_ben_home", "ord_ben_office"]));
}

#[tokio::test]
async fn should_make_tokens_that_must_be_refused() {
    use jsonwebtoken::errors::ErrorKind;
    let running = start().await;
    let error = async |query: &str| verified(&running, &token(&running, query).await).await.unwrap_err();
    assert!(matches!(error("ttl=-10").await, ErrorKind::ExpiredSignature));
    assert!(matches!(error("aud=another").await, ErrorKind::InvalidAudience));
    assert!(matches!(error("iss=https://evil.example").await, ErrorKind::InvalidIssuer));
    assert!(matches!(error("nbf=600").await, ErrorKind::ImmatureSignature));
    for claim in ["exp", "aud", "iss", "sub"] {
        assert!(matches!(error(&format!("without={claim}")).await, ErrorKind::MissingRequiredClaim(_)), "{claim}");
    }
}

#[tokio::test]
async fn should_sign_in_with_a_guarded_cookie_and_go_to_the_portal() {
    let running = start_with(|config| config.portal = "http://localhost:4100/some/path?x=1".parse().unwrap()).await;
    let get = async |path: &str| running.client.get(running.identity(path)).send().await.unwrap();
    let answer = get("/sign-in").await;
    assert_eq!(answer.status(), 303);
    assert_eq!(header(&answer, "location"), "http://localhost:4100/assets/demo/portal.html?customer=cust_anna&order=ord_demo");
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let cookie = header(&answer, "set-cookie");
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let token = pair.strip_prefix("__Host-portal_session=").unwrap();
    assert_eq!(verified(&running, token).await.unwrap()["sub"], "cust_anna");
    let attributes: Vec<&str> = attributes.split("; ").collect();
    for attribute in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"] {
        assert!(attributes.contains(&attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "__Host- forbids it");

    let ben = get("/sign-in?customer=cust_ben").await;
    assert!(header(&ben, "location").ends_with("?customer=cust_ben&order=ord_ben_home"));
    let named = get("/sign-in?customer=cust_ben&order=ord_demo").await;
    assert!(header(&named, "location").ends_with("?customer=cust_ben&order=ord_demo"), "not its business whose it is");

    let out = get("/sign-out?customer=cust_anna&order=ord_demo").await;
    assert_eq!((out.status().as_u16(), header(&out, "location")), (303, header(&answer, "location")));
    assert!(header(&out, "set-cookie").starts_with("__Host-portal_session=; Path=/; Max-Age=0; Secure"));
}

#[tokio::test]
async fn should_lead_nowhere_but_to_the_portal() {
    let running = start().await;
    let get = async |path: &str| running.client.get(running.identity(path)).send().await.unwrap();
    for name in ["redirect", "redirect_uri", "return_to", "next", "url", "portal"] {
        let answer = get(&format!("/sign-in?{name}=https://evil.example/")).await;
        assert!(header(&answer, "location").starts_with("http://localhost:8080/assets/demo/portal.html?"), "{name}");
        assert!(!header(&answer, "location").contains("evil"));
    }
    for order in ["https://evil.example", "//evil.example", "a%0d%0aSet-Cookie:%20x", "%26x%3d1", ""] {
        for path in ["sign-in", "sign-out"] {
            let answer = get(&format!("/{path}?order={order}")).await;
            assert_eq!(answer.status(), 400, "{path} {order}");
            assert_eq!(header(&answer, "location"), "");
        }
    }
    assert_eq!(get("/sign-in?customer=cust_unknown").await.status(), 404);
    let moved = running.client.put(running.identity("/control/portal")).json(&json!({ "portal": "https://evil.example" }));
    assert_eq!(moved.send().await.unwrap().status(), 422);
    running.control("/control/portal", json!({ "portal": "http://localhost:4300" })).await;
    assert!(header(&get("/sign-in").await, "location").starts_with("http://localhost:4300/assets/demo/portal.html?"));
}

#[tokio::test]
async fn should_be_controlled_by_scripts_of_the_portal_only() {
    let running = start().await;
    for (origin, allowed) in [("http://localhost:8080", true), ("http://localhost:9999", false), ("https://evil.example", false)]
    {
        let request =
            running.client.request(reqwest::Method::OPTIONS, running.identity("/control/fault")).header("origin", origin);
        let answer = request.header("access-control-request-method", "PUT").send().await.unwrap();
        assert_eq!(header(&answer, "access-control-allow-origin"), if allowed { origin } else { "" });
    }
}
