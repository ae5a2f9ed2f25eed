//! Requests that no HTTP library would send, and clients that are slow on purpose.

use crate::harness::{Harness, anna};
use crate::world::Reply;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Sends the bytes and reads until the server closes, or for two seconds.
async fn exchange(harness: &Harness, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(harness.public).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn should_answer_malformed_requests_as_the_table_says() {
    let harness = Harness::with(&[], |config| config.limits.client_head = Duration::from_millis(300)).await;
    let request = |head: &str| format!("{head}\r\nConnection: close\r\n\r\n");
    let long = |count: usize| "a".repeat(count);
    let fields = |count: usize| (0..count).map(|number| format!("\r\nX-{number}: 1")).collect::<String>();
    for (what, bytes, status) in [
        ("good", request("GET /nowhere HTTP/1.1\r\nHost: a"), "404"),
        ("no host", request("GET /nowhere HTTP/1.1"), "400"),
        ("two hosts", request("GET /nowhere HTTP/1.1\r\nHost: a\r\nHost: a"), "400"),
        ("empty host", request("GET /nowhere HTTP/1.1\r\nHost:"), "400"),
        ("host with user", request("GET /nowhere HTTP/1.1\r\nHost: u@a"), "400"),
        ("host with path", request("GET /nowhere HTTP/1.1\r\nHost: a/b"), "400"),
        ("HTTP/1.0 without host", "GET /nowhere HTTP/1.0\r\n\r\n".into(), "400"),
        ("own absolute form", request("GET http://a/nowhere HTTP/1.1\r\nHost: a"), "404"),
        ("foreign absolute form", request("GET http://evil.example/nowhere HTTP/1.1\r\nHost: a"), "400"),
        ("connect", request("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443"), "400"),
        ("space before colon", request("GET /nowhere HTTP/1.1\r\nHost : a"), "400"),
        ("folded field", request("GET /nowhere HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2"), "400"),
        ("NUL in a field", request("GET /nowhere HTTP/1.1\r\nHost: a\r\nX: \0"), "400"),
        ("control in the target", request("GET /now\x01here HTTP/1.1\r\nHost: a"), "400"),
        ("two lengths", request("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2"), "400"),
        ("signed length", request("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: +5"), "400"),
        ("unknown coding", request("POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x"), "400"),
        ("65 fields", request(&format!("GET /nowhere HTTP/1.1\r\nHost: a{}", fields(65))), "431"),
        ("30 kB of fields", request(&format!("GET /nowhere HTTP/1.1\r\nHost: a\r\nX: {}", long(30_000))), "431"),
        ("5 kB target", request(&format!("GET /{} HTTP/1.1\r\nHost: a", long(5_000))), "400"),
        ("not HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n".into(), "400"),
        ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), ""),
        ("bare line feeds", "GET /nowhere HTTP/1.1\nHost: a\nConnection: close\n\n".into(), "404"),
        ("fragment", request("GET /nowhere#/api/v1/files HTTP/1.1\r\nHost: a"), "404"),
        (
            "fields that name a user",
            request("GET /api/v1/files HTTP/1.1\r\nHost: a\r\nX_Forwarded_User: cust_anna\r\nX-Forwarded-User: cust_anna"),
            "401",
        ),
        (
            "fields that name a path",
            request("GET /api/v1/files HTTP/1.1\r\nHost: a\r\nX-Original-URL: /\r\nX-HTTP-Method-Override: PUT"),
            "401",
        ),
        ("a monitor's user agent", request("GET /api/v1/files HTTP/1.1\r\nHost: a\r\nUser-Agent: kube-probe/1.30"), "401"),
        ("upgrade", request("GET /nowhere HTTP/1.1\r\nHost: a\r\nUpgrade: h2c"), "404"),
    ] {
        let answer = exchange(&harness, bytes.as_bytes()).await;
        assert_eq!(answer.get(9..12).unwrap_or_default(), status, "{what}: {answer}");
    }
}

#[tokio::test]
async fn should_not_take_an_unread_body_for_the_next_request() {
    let harness = Harness::with(&[], |config| config.limits.client_head = Duration::from_millis(300)).await;
    let inner = "GET /api/v1/files HTTP/1.1\r\nHost: a\r\n\r\n";
    let length = inner.len();
    for head in ["POST /api/v1/files/url", "POST /nowhere", "GET /nowhere", "DELETE /"] {
        let by_length = format!("{head} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{inner}");
        let chunked =
            format!("{head} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{inner}\r\n0\r\n\r\n");
        for bytes in [by_length, chunked] {
            let answer = exchange(&harness, bytes.as_bytes()).await;
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{bytes}\n{answer}");
        }
    }
}

/// Clients fold dots and turn backslashes before they send; whoever attacks does not.
#[tokio::test]
async fn should_take_paths_as_they_are() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::create_dir(dist.path().join("assets")).unwrap();
    std::fs::write(dist.path().join("assets/a.js"), "a").unwrap();
    std::fs::write(dist.path().join("index.html"), "page").unwrap();
    let harness = Harness::with(&[("PROXY_ASSETS", dist.path().to_str().unwrap())], |_| {}).await;
    let token = anna();
    for (target, status) in [
        ("/assets/a.js", "200"),
        ("/api/v1/files?orderId=ord_a1", "200"),
        ("/api/v1/../v1/files?orderId=ord_a1", "404"),
        ("/x/../api/v1/files?orderId=ord_a1", "404"),
        ("/./api/v1/files", "404"),
        ("/api/v1/files/../files/url", "404"),
        ("/api/v1\\files", "404"),
        ("/assets/../index.html", "404"),
        ("/assets/./a.js", "404"),
        ("/assets/../../../../etc/passwd", "404"),
        ("/assets/..\\index.html", "404"),
        ("/assets//a.js", "404"),
        ("/assets/a.js/..", "404"),
        ("/orders/..", "404"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
        let answer = exchange(&harness, request.as_bytes()).await;
        assert_eq!(answer.get(9..12).unwrap_or_default(), status, "{target}: {answer}");
    }
}

#[tokio::test]
async fn should_let_go_of_clients_that_do_not_finish_their_head() {
    let harness = Harness::with(&[], |config| config.limits.client_head = Duration::from_millis(300)).await;
    for (what, bytes) in
        [("silent", ""), ("partial", "GET / HTTP/1.1\r\nHost: a\r\nX"), ("idle", "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")]
    {
        let mut stream = TcpStream::connect(harness.public).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let begun = Instant::now();
        let ended = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "{what} was kept for {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn should_let_go_of_a_client_that_does_not_finish_its_body() {
    let harness = Harness::with(&[], |config| config.limits.client_body = Duration::from_millis(300)).await;
    let token = anna();
    let head = format!(
        "POST /api/v1/files/url HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    let answer = exchange(&harness, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    harness.no_upstream_call("half a body");
}

#[tokio::test]
async fn should_finish_requests_in_flight_and_take_no_more_when_it_stops() {
    let mut harness = Harness::new().await;
    let release = Arc::new(Notify::new());
    let held = Arc::clone(&release);
    harness.world.answer_with(move |_| Some(Reply::Held(Arc::clone(&held), Box::new(Reply::Json(200, json!({"files": []}))))));
    let running = harness.take_running();
    let public = harness.public;
    let harness = Arc::new(harness);
    let asker = Arc::clone(&harness);
    let asked = tokio::spawn(async move { asker.get(&anna(), "/api/v1/files?orderId=ord_a1").await });
    while harness.world.calls.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let stopped = tokio::spawn(running.stop());
    while TcpStream::connect(public).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!asked.is_finished() && !stopped.is_finished());
    release.notify_one();
    assert_eq!(asked.await.unwrap().status, 200);
    tokio::time::timeout(Duration::from_secs(5), stopped).await.unwrap().unwrap();
}

#[tokio::test]
async fn should_not_wait_longer_than_its_bound_for_requests_in_flight() {
    let mut harness = Harness::with(&[], |config| config.limits.shutdown = Duration::from_millis(200)).await;
    harness.world.answer_with(|_| Some(Reply::Hang));
    let running = harness.take_running();
    let head = format!("GET /api/v1/files?orderId=ord_a1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", anna());
    let mut stream = TcpStream::connect(harness.public).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    while harness.world.calls.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(5), running.stop()).await.unwrap();
}

#[tokio::test]
async fn should_serve_others_when_the_connections_are_used_up_by_slow_ones() {
    let harness = Harness::with(&[], |config| {
        config.limits.client_head = Duration::from_millis(300);
        config.limits.connections = 4;
    })
    .await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(TcpStream::connect(harness.public).await.unwrap());
    }
    let begun = Instant::now();
    let answer = harness.get(&anna(), "/api/v1/files?orderId=ord_a1").await;
    assert_eq!(answer.status, 200);
    // Its turn came when the slow ones before it had lost their places.
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
    drop(slow);
}
