//! The security headers, on every answer.

use crate::harness::{Harness, anna};
use reqwest::Method;

fn dist() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("index.html"), "<!doctype html>").unwrap();
    directory
}

#[tokio::test]
async fn should_send_them_with_every_answer_errors_included() {
    let dist = dist();
    let values = [("PROXY_ASSETS", dist.path().to_str().unwrap()), ("PROXY_HSTS_SECONDS", "31536000")];
    let harness = Harness::with(&values, |_| {}).await;
    let bearer = format!("Bearer {}", anna());
    for (method, path, status) in [
        (Method::GET, "/", 200),
        (Method::HEAD, "/", 200),
        (Method::GET, "/nowhere", 404),
        (Method::DELETE, "/", 405),
        (Method::GET, "/api/v1/files?orderId=ord_a1", 200),
        (Method::GET, "/api/v1/files?orderId=ord_b1", 404),
        (Method::GET, "/api/v1/files?limit=x", 422),
        (Method::POST, "/api/v1/files/url", 415),
        (Method::GET, "/api/v1/files/file_ord_a1_1/view?orderId=ord_a1", 302),
    ] {
        let answer = harness.send(method.clone(), path, &[("authorization", &bearer)], None).await;
        assert_eq!(answer.status, status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), value, "{method} {path}");
        }
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{method} {path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{method} {path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{method} {path}");
        assert_ne!(answer.header("referrer-policy"), "", "{method} {path}");
        assert_ne!(answer.header("cache-control"), "", "{method} {path}");
        assert_eq!(answer.header("server"), "", "{method} {path}");
        if answer.status.is_client_error() {
            assert_eq!(answer.json()["requestId"], answer.header("x-request-id"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn should_name_the_storage_and_the_ancestors_in_the_pages_policy() {
    let dist = dist();
    let values = [
        ("PROXY_ASSETS", dist.path().to_str().unwrap()),
        ("PROXY_STORAGE_ORIGINS", "https://storage.example,http://localhost:8082"),
        ("PROXY_FRAME_ANCESTORS", "self, https://portal.example"),
    ];
    let harness = Harness::with(&values, |_| {}).await;
    let answer = harness.send(Method::GET, "/orders/ord_a1", &[], None).await;
    let policy = answer.header("content-security-policy").to_owned();
    let directives: Vec<&str> = policy.split("; ").collect();
    for directive in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "connect-src 'self' https://storage.example http://localhost:8082",
        "media-src 'self' blob: https://storage.example http://localhost:8082",
        "frame-src 'self' blob: https://storage.example http://localhost:8082",
        "base-uri 'none'",
        "frame-ancestors 'self' https://portal.example",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ] {
        assert!(directives.contains(&directive), "{directive} is not in {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    assert_eq!(answer.header("strict-transport-security"), "");
}
