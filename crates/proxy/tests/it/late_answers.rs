//! An upstream, or a gateway before it, that answers twice on one connection: the second answer, late, stands where the next request's should.

use crate::harness::{Harness, anna};
use crate::tokens::{EDDSA, claims};
use order_documents_proxy::config::Config;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The upstream, and how often an answer came late.
struct Twice {
    address: String,
    crossed: Arc<AtomicUsize>,
}

impl Twice {
    /// One that answers questions of one kind twice.
    async fn start(twice: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, crossed) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&crossed);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, twice, Arc::clone(&counted)));
            }
        });
        Self { address, crossed }
    }

    async fn proxy(&self, change: impl FnOnce(&mut Config)) -> Harness {
        Harness::with(&[("FLEXPORTAL_URL", &self.address), ("PROXY_REQUESTS_PER_MINUTE", "100000")], change).await
    }
}

/// Serves one connection. What was answered on it to a question of that kind comes once more before the answer to the next of that kind.
async fn serve(mut stream: TcpStream, twice: &str, crossed: Arc<AtomicUsize>) -> Option<()> {
    let mut before = None;
    loop {
        let (target, body) = request(&mut stream).await?;
        let (kind, answer) = answer(&target, &body);
        let json = answer.to_string();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{json}", json.len());
        let late = if kind == twice { before.replace(answer.clone()) } else { None };
        if let Some(late) = late {
            crossed.fetch_add(1, SeqCst);
            stream.write_all(late.as_bytes()).await.ok()?;
        }
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// The next request's target and body; none where the connection has ended.
async fn request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((head.split(' ').nth(1)?.to_owned(), serde_json::from_slice(&body).unwrap_or_default()))
}

/// In the schema's form, which does not name the file that was signed.
fn answer(target: &str, body: &Value) -> (&'static str, Value) {
    if let Some(order) = target.strip_prefix("/v1/orders/") {
        let customer = if order.starts_with("ord_a") { "cust_anna" } else { "cust_ben" };
        return ("order", json!({"orderId": order, "customer": {"customerId": customer}}));
    }
    if target == "/v1/files/url" {
        let file = body["fileId"].as_str().unwrap();
        return ("sign", json!({"success": true, "url": format!("https://storage.example/{file}"), "expiresAt": 1_900_000_000}));
    }
    let order = target.split(['?', '&']).find_map(|pair| pair.strip_prefix("orderId=")).unwrap();
    ("list", json!({"files": [{"fileId": format!("file_{order}"), "orderId": order}]}))
}

fn ben() -> String {
    EDDSA.sign(&claims("cust_ben", Some(&["ord_b1"])))
}

#[tokio::test]
async fn should_not_take_a_late_answer_for_the_next_ones_signature() {
    let upstream = Twice::start("sign").await;
    let harness = upstream.proxy(|_| {}).await;
    for _ in 0..10 {
        for (token, order) in [(anna(), "ord_a1"), (ben(), "ord_b1")] {
            let signed = harness.sign(&token, json!({"fileId": format!("file_{order}"), "orderId": order})).await;
            assert_eq!(signed.status, 200, "{}", signed.text);
            assert_eq!(signed.json()["url"], format!("https://storage.example/file_{order}"));
        }
    }
}

#[tokio::test]
async fn should_not_take_a_late_answer_for_the_next_orders_owner() {
    let upstream = Twice::start("order").await;
    let harness = upstream.proxy(|config| config.limits.ownership = Duration::ZERO).await;
    let claimless = |customer| EDDSA.sign(&claims(customer, None));
    for _ in 0..10 {
        for (order, customer) in [("ord_a1", "cust_anna"), ("ord_b1", "cust_ben"), ("ord_a2", "cust_anna")] {
            let path = format!("/api/v1/files?orderId={order}");
            for who in ["cust_anna", "cust_ben"] {
                let answer = harness.get(&claimless(who), &path).await;
                assert_eq!(answer.status, if who == customer { 200 } else { 404 }, "{who} {order}: {}", answer.text);
            }
        }
    }
}

/// Lists come on connections that are used again: each record says itself whose it is, so that a late list of another's is an empty one.
#[tokio::test]
async fn should_show_nothing_of_a_late_answer_in_the_next_list() {
    let upstream = Twice::start("list").await;
    let harness = upstream.proxy(crate::harness::keep_nothing).await;
    let mut empty = 0;
    for number in 0..1000 {
        if upstream.crossed.load(SeqCst) >= 5 {
            break;
        }
        let (token, own) = if number % 2 == 0 { (anna(), "ord_a1") } else { (ben(), "ord_b1") };
        let answer = harness.get(&token, &format!("/api/v1/files?orderId={own}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        match answer.file_ids().as_slice() {
            [] => empty += 1,
            files => assert_eq!(files, [format!("file_{own}")]),
        }
        let other = if own == "ord_a1" { "ord_b1" } else { "ord_a1" };
        assert!(!answer.text.contains(other), "{}", answer.text);
    }
    assert!(empty > 0, "no connection is used again");
}
