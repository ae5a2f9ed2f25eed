//! Clients that are slow on purpose, or stay, and what becomes of them when the proxy stops.

use crate::harness::{Harness, anna};
use crate::raw_socket::exchange;
use crate::world::Reply;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// How long the server keeps a connection that sends this and then nothing.
async fn kept(harness: &Harness, bytes: &str) -> Duration {
    let mut stream = TcpStream::connect(harness.public).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let begun = Instant::now();
    let ended = tokio::time::timeout(Duration::from_secs(8), stream.read_to_end(&mut Vec::new())).await;
    assert!(ended.is_ok(), "{bytes:?} was kept for {:?}", begun.elapsed());
    begun.elapsed()
}

const NOWHERE: &str = "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn should_let_go_of_clients_that_do_not_finish_their_head() {
    let harness = Harness::with(&[], |config| config.limits.client_head = Duration::from_millis(300)).await;
    for bytes in ["", "G", "GET / HTTP/1.1\r\nHost: a\r\nX", "\r\n\r\n"] {
        let kept = kept(&harness, bytes).await;
        assert!((250..3_000).contains(&kept.as_millis()), "{bytes:?} {kept:?}");
    }
    // Half a head behind a whole one is found when hyper is put away, a second later.
    let kept = kept(&harness, &format!("{NOWHERE}GET /now")).await;
    assert!((250..4_000).contains(&kept.as_millis()), "{kept:?}");
}

#[tokio::test]
async fn should_end_a_head_that_grows_by_a_byte_now_and_then() {
    let harness = Harness::with(&[], |config| config.limits.client_head = Duration::from_millis(300)).await;
    let mut stream = TcpStream::connect(harness.public).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
    let begun = Instant::now();
    loop {
        let read = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut [0; 100])).await;
        if read.is_ok_and(|read| matches!(read, Ok(0) | Err(_))) || stream.write_all(b"a").await.is_err() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn should_keep_an_idle_connection_for_its_own_time() {
    let harness = Harness::with(&[], |config| {
        config.limits.client_head = Duration::from_millis(300);
        config.limits.client_idle = Duration::from_millis(1_500);
    })
    .await;
    let kept = kept(&harness, NOWHERE).await;
    assert!((1_500..5_000).contains(&kept.as_millis()), "{kept:?}");
    // Put away and taken up again, it is the same connection; a byte later it is a head.
    let mut stream = TcpStream::connect(harness.public).await.unwrap();
    let mut answer = [0; 4096];
    for _ in 0..2 {
        stream.write_all(NOWHERE.as_bytes()).await.unwrap();
        let count = stream.read(&mut answer).await.unwrap();
        assert!(answer[..count].starts_with(b"HTTP/1.1 404"));
        tokio::time::sleep(Duration::from_millis(1_300)).await;
    }
    stream.write_all(b"G").await.unwrap();
    let begun = Instant::now();
    assert_eq!(stream.read(&mut answer).await.unwrap_or(0), 0);
    assert!((250..1_400).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
}

/// 32 MB, which no buffer of the system takes.
fn large_asset() -> tempfile::TempDir {
    let dist = tempfile::tempdir().unwrap();
    std::fs::create_dir(dist.path().join("assets")).unwrap();
    std::fs::write(dist.path().join("assets/large.bin"), vec![b'x'; 32 << 20]).unwrap();
    std::fs::write(dist.path().join("index.html"), "page").unwrap();
    dist
}

const LARGE: &str = "GET /assets/large.bin HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn should_let_go_of_a_client_that_does_not_take_its_answer() {
    let dist = large_asset();
    let harness = Harness::with(&[("PROXY_ASSETS", dist.path().to_str().unwrap())], |config| {
        config.limits.client_take = Duration::from_millis(500);
        config.limits.connections = 1;
    })
    .await;
    let mut slow = TcpStream::connect(harness.public).await.unwrap();
    slow.write_all(LARGE.as_bytes()).await.unwrap();
    slow.read_exact(&mut [0; 1]).await.unwrap();
    // The only place is the slow one's. A byte now and then does not keep it.
    let begun = Instant::now();
    let other = tokio::spawn({
        let address = harness.public;
        async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(NOWHERE.as_bytes()).await.unwrap();
            stream.read(&mut [0; 100]).await.unwrap()
        }
    });
    while !other.is_finished() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let _ = slow.read(&mut [0; 1]).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "the slow one still has its place");
    }
    assert!(other.await.unwrap() > 0 && begun.elapsed() >= Duration::from_millis(400), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn should_give_time_to_who_takes_a_large_answer_slowly_but_steadily() {
    let dist = large_asset();
    let harness = Harness::with(&[("PROXY_ASSETS", dist.path().to_str().unwrap())], |config| {
        config.limits.client_take = Duration::from_millis(300);
    })
    .await;
    let mut stream = TcpStream::connect(harness.public).await.unwrap();
    stream.write_all(LARGE.as_bytes()).await.unwrap();
    let (mut total, begun) = (0, Instant::now());
    let mut buffer = vec![0; 1 << 20];
    while total < 32 << 20 {
        let count = stream.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "cut after {total} bytes and {:?}", begun.elapsed());
        total += count;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(begun.elapsed() > Duration::from_millis(600), "too fast to show anything: {:?}", begun.elapsed());
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
    // Who stands in front is told, as long as something is in flight.
    let ready = reqwest::get(format!("{}/readyz", harness.admin)).await.unwrap();
    assert_eq!((ready.status().as_u16(), ready.text().await.unwrap().as_str()), (503, "stopping\n"));
    release.notify_one();
    assert_eq!(asked.await.unwrap().status, 200);
    tokio::time::timeout(Duration::from_secs(5), stopped).await.unwrap().unwrap();
}

#[tokio::test]
async fn should_end_idle_connections_at_once_when_it_stops() {
    let mut harness = Harness::new().await;
    let running = harness.take_running();
    let mut idle = Vec::new();
    // Never used; used a moment ago; used, and put away.
    for (bytes, millis) in [(NOWHERE, 1_200), (NOWHERE, 0), ("", 0)] {
        let mut stream = TcpStream::connect(harness.public).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        if !bytes.is_empty() {
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        }
        tokio::time::sleep(Duration::from_millis(millis)).await;
        idle.push(stream);
    }
    // All of them must have been accepted.
    assert_eq!(harness.get("", "/nowhere").await.status, 404);
    let begun = Instant::now();
    running.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for stream in &mut idle {
        assert_eq!(stream.read(&mut [0; 10]).await.unwrap_or(0), 0);
    }
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
    // Cut, and not left behind.
    assert_eq!(stream.read(&mut [0; 10]).await.unwrap_or(0), 0);
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
