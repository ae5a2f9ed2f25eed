//! Requests that are not what they should be.

use crate::harness::{Harness, anna};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn should_name_what_is_wrong_with_a_list_request() {
    let harness = Harness::new().await;
    for (query, status, code) in [
        ("limit=0", 422, "UNPROCESSABLE"),
        ("limit=101", 422, "UNPROCESSABLE"),
        ("limit=-1", 422, "UNPROCESSABLE"),
        ("limit=ten", 422, "UNPROCESSABLE"),
        ("limit=18446744073709551616", 422, "UNPROCESSABLE"),
        ("limit=", 422, "UNPROCESSABLE"),
        ("offset=-1", 422, "UNPROCESSABLE"),
        ("offset=10000001", 422, "UNPROCESSABLE"),
        (&format!("type={}", "t".repeat(65)), 422, "UNPROCESSABLE"),
        ("type=%00", 422, "UNPROCESSABLE"),
        ("orderId=ord_a2", 400, "BAD_REQUEST"),
        ("limit=5&limit=6", 400, "BAD_REQUEST"),
    ] {
        let answer = harness.get(&anna(), &format!("/api/v1/files?orderId=ord_a1&{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{query}");
        harness.no_upstream_call(query);
    }
    assert_eq!(harness.get(&anna(), "/api/v1/files?orderId=ord_a1&limit=1&cacheBuster=1&tenantId=x").await.status, 200);
    let call = harness.world.take_calls().pop().unwrap();
    let mut names: Vec<_> = call.query.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["limit", "offset", "orderId"]);
}

#[tokio::test]
async fn should_filter_by_type_even_where_the_upstream_does_not() {
    let harness = Harness::uncached().await;
    let mut warranty = harness.world.file("warranty", Some("ord_a1"), Some("cust_anna"));
    warranty["type"] = json!("Extended Warranty");
    harness.world.add(warranty);
    for honest in [true, false] {
        *harness.world.honest.lock().unwrap() = honest;
        let answer = harness.get(&anna(), "/api/v1/files?orderId=ord_a1&type=Extended%20Warranty").await;
        assert_eq!(answer.file_ids(), ["warranty"]);
        let call = harness.world.take_calls().pop().unwrap();
        assert_eq!(call.query["type"], "Extended Warranty");
    }
}

#[tokio::test]
async fn should_name_what_is_wrong_with_a_sign_request() {
    let harness = Harness::new().await;
    let bearer = format!("Bearer {}", anna());
    let send = async |content_type: &str, body: Vec<u8>| {
        let headers = [("authorization", bearer.as_str()), ("content-type", content_type)];
        harness.send(Method::POST, "/api/v1/files/url", &headers[..if content_type.is_empty() { 1 } else { 2 }], Some(body)).await
    };
    let json = "application/json";
    for (content_type, body, status, code) in [
        ("", b"{}".to_vec(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("text/plain", b"{}".to_vec(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("application/x-www-form-urlencoded", b"fileId=x".to_vec(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (json, b"".to_vec(), 400, "BAD_REQUEST"),
        (json, b"{".to_vec(), 400, "BAD_REQUEST"),
        (json, b"[]".to_vec(), 400, "BAD_REQUEST"),
        (json, b"\xff\xfe".to_vec(), 400, "BAD_REQUEST"),
        (json, b"{\"fileId\":{\"$ne\":null}}".to_vec(), 400, "BAD_REQUEST"),
        (json, b"{\"fileId\":\"a\",\"fileId\":\"b\"}".to_vec(), 400, "BAD_REQUEST"),
        (json, "[".repeat(15_000).into_bytes(), 400, "BAD_REQUEST"),
        (json, vec![b' '; 17_000], 413, "TOO_LARGE"),
        (json, b"{}".to_vec(), 422, "UNPROCESSABLE"),
        (json, b"{\"fileId\":\"f\",\"action\":\"delete\"}".to_vec(), 422, "UNPROCESSABLE"),
        (json, b"{\"fileId\":\"f\",\"expiresInMinutes\":0}".to_vec(), 422, "UNPROCESSABLE"),
        (json, b"{\"fileId\":\"f\",\"expiresInMinutes\":1441}".to_vec(), 422, "UNPROCESSABLE"),
        (json, b"{\"fileId\":\"f\",\"expiresInMinutes\":1.5}".to_vec(), 422, "UNPROCESSABLE"),
        (json, b"{\"fileId\":\"f\",\"expiresInMinutes\":-5}".to_vec(), 422, "UNPROCESSABLE"),
        (json, b"{\"action\":\"upload\",\"fileName\":\"x\",\"contentType\":\"text/plain\"}".to_vec(), 403, "UPLOAD_UNAVAILABLE"),
        (json, b"{\"fileId\":\"../../x\",\"orderId\":\"ord_a1\"}".to_vec(), 404, "NOT_FOUND"),
        (json, b"{\"fileId\":\"f\",\"orderId\":\"ord_a1?x=\"}".to_vec(), 404, "NOT_FOUND"),
        (json, b"{\"fileId\":\"f\\u0000\",\"orderId\":\"ord_b1\"}".to_vec(), 404, "NOT_FOUND"),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = send(content_type, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{content_type} {shown}");
        harness.no_upstream_call(&shown);
    }
    let answer = send("Application/JSON; charset=utf-8", b"{\"fileId\":\"file_ord_a1_1\",\"orderId\":\"ord_a1\"}".to_vec()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn should_know_no_other_path_or_method() {
    let harness = Harness::new().await;
    for path in [
        "/api",
        "/api/v1",
        "/api/v1/files/",
        "/api/v1/files/file_ord_a1_1",
        "/api/v1/orders/ord_a1",
        "/v1/files",
        "//api/v1/files",
        "/api/v1/%66iles",
        "/API/v1/files",
        "/healthz",
        "/readyz",
        "/metrics",
        "/orders",
        "/orders/",
        "/orders/a%2Fb",
        "/orders/ord_a1/x",
        "/api/v1/files/file%2Ford/view",
        "/api/v1/files/%ff/view",
        "/api/v1/files/%ff/download?orderId=ord_a1",
        "/orders/%ff",
        "/assets/%ff",
    ] {
        let answer = harness.get(&anna(), path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "NOT_FOUND"), "{path}");
        harness.no_upstream_call(path);
    }
    for (method, path) in [
        (Method::DELETE, "/api/v1/files/file_ord_a1_1/view"),
        (Method::PUT, "/api/v1/files/url"),
        (Method::GET, "/api/v1/files/url"),
        (Method::POST, "/api/v1/files"),
        (Method::DELETE, "/orders/ord_a1"),
    ] {
        let bearer = format!("Bearer {}", anna());
        let answer = harness.send(method.clone(), path, &[("authorization", &bearer)], None).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (405, "METHOD_NOT_ALLOWED"), "{method} {path}");
        assert_ne!(answer.header("allow"), "", "{method} {path}");
        harness.no_upstream_call(path);
    }
}
