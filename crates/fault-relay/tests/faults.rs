//! Each fault, between a real client and a real server that sends back what it gets.

use fault_relay::Direction::{ToClient, ToUpstream};
use fault_relay::{Fault, Relay};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// Longer than anything here takes, on a machine that is busy.
const LONG: Duration = Duration::from_secs(20);

/// A server that echoes, and keeps what it heard.
struct Echo {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let ear = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let ear = Arc::clone(&ear);
                tokio::spawn(async move {
                    let mut buffer = vec![0; 4096];
                    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                        ear.lock().unwrap().extend_from_slice(&buffer[..read]);
                        if stream.write_all(&buffer[..read]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, heard }
    }

    fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }
}

async fn scene() -> (Echo, Relay, TcpStream) {
    let echo = Echo::start().await;
    let relay = Relay::start(echo.address, 1).await.unwrap();
    let client = TcpStream::connect(relay.address()).await.unwrap();
    (echo, relay, client)
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < LONG, "{what}");
        tokio::time::sleep(MS(2)).await;
    }
}

/// Sends `bytes` and waits for as many back.
async fn echoed(client: &mut TcpStream, bytes: &[u8]) -> Duration {
    let begun = Instant::now();
    client.write_all(bytes).await.unwrap();
    let mut back = vec![0; bytes.len()];
    timeout(LONG, client.read_exact(&mut back)).await.unwrap().unwrap();
    assert_eq!(back, bytes);
    begun.elapsed()
}

fn some(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

#[tokio::test]
async fn should_pass_everything_on_without_a_fault_and_count_connections() {
    let (_echo, relay, mut client) = scene().await;
    echoed(&mut client, &some(100_000)).await;
    let mut second = TcpStream::connect(relay.address()).await.unwrap();
    echoed(&mut second, b"second").await;
    assert_eq!((relay.accepted(), relay.open()), (2, 2));
    // The end of one direction is passed on, and the answer to it still arrives.
    second.write_all(b"last").await.unwrap();
    second.shutdown().await.unwrap();
    let mut rest = Vec::new();
    timeout(LONG, second.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert_eq!(rest, b"last");
    drop(client);
    until("connections are closed", || relay.open() == 0).await;
}

#[tokio::test]
async fn should_hold_what_arrives_and_stop_when_healed() {
    let (_echo, relay, mut client) = scene().await;
    relay.set(ToClient, Fault::Latency { delay: MS(150), jitter: MS(50) });
    assert!(echoed(&mut client, b"slow").await >= MS(150));
    relay.set(ToClient, Fault::Latency { delay: LONG * 3, jitter: MS(0) });
    client.write_all(b"held").await.unwrap();
    assert!(timeout(MS(100), client.read_u8()).await.is_err());
    // Healing lets go what is held, at once.
    relay.heal();
    let mut held = [0; 4];
    timeout(LONG, client.read_exact(&mut held)).await.unwrap().unwrap();
    assert_eq!(&held, b"held");
}

#[tokio::test]
async fn should_let_through_no_more_than_the_bandwidth() {
    let (_echo, relay, mut client) = scene().await;
    relay.set(ToUpstream, Fault::Bandwidth { bytes_per_second: 20_000 });
    assert!(echoed(&mut client, &some(6000)).await >= MS(280));
}

#[tokio::test]
async fn should_slice_into_small_pieces_and_lose_none() {
    let (_echo, relay, mut client) = scene().await;
    relay.set(ToClient, Fault::Slicer { most: 50, pause: MS(1) });
    let bytes = some(2000);
    client.write_all(&bytes).await.unwrap();
    let (mut back, mut reads, mut buffer) = (Vec::new(), 0, [0; 4096]);
    while back.len() < bytes.len() {
        let read = timeout(LONG, client.read(&mut buffer)).await.unwrap().unwrap();
        back.extend_from_slice(&buffer[..read]);
        reads += 1;
    }
    assert_eq!(back, bytes);
    assert!(reads >= 10, "{reads} reads");
}

#[tokio::test]
async fn should_close_after_so_many_bytes() {
    let (_echo, relay, mut client) = scene().await;
    echoed(&mut client, &some(500)).await;
    // What passed before does not count.
    relay.set(ToClient, Fault::LimitData { bytes: 100 });
    client.write_all(&some(1000)).await.unwrap();
    let mut back = Vec::new();
    let _ = timeout(LONG, client.read_to_end(&mut back)).await.unwrap();
    assert_eq!(back, some(100));
    until("the connection is closed", || relay.open() == 0).await;
}

#[tokio::test]
async fn should_reset_after_so_many_bytes_and_at_once() {
    let (_echo, relay, mut client) = scene().await;
    relay.set(ToClient, Fault::Reset { bytes: 10 });
    client.write_all(&some(1000)).await.unwrap();
    let error = timeout(LONG, client.read_to_end(&mut Vec::new())).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    // A connection that says nothing meets it, too.
    relay.heal();
    let mut idle = TcpStream::connect(relay.address()).await.unwrap();
    echoed(&mut idle, b"x").await;
    relay.set(ToUpstream, Fault::Reset { bytes: 0 });
    let error = timeout(LONG, idle.read_u8()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn should_keep_silent_and_let_the_client_leave() {
    let (echo, relay, mut client) = scene().await;
    relay.set(ToClient, Fault::Silence { bytes: 4 });
    client.write_all(b"some more").await.unwrap();
    let mut first = [0; 4];
    timeout(LONG, client.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"some");
    assert!(timeout(MS(100), client.read_u8()).await.is_err());
    assert_eq!(echo.heard(), b"some more");
    drop(client);
    until("the connection is closed", || relay.open() == 0).await;
    // In the other direction, the server hears nothing.
    relay.heal();
    relay.set(ToUpstream, Fault::Silence { bytes: 0 });
    let mut client = TcpStream::connect(relay.address()).await.unwrap();
    client.write_all(b"unheard").await.unwrap();
    assert!(timeout(MS(100), client.read_u8()).await.is_err());
    assert_eq!(echo.heard(), b"some more");
    drop(client);
    until("the connection is closed", || relay.open() == 0).await;
}

#[tokio::test]
async fn should_close_one_direction_alone() {
    let (echo, relay, mut client) = scene().await;
    relay.set(ToClient, Fault::HalfClose { bytes: 4 });
    client.write_all(b"some more").await.unwrap();
    let mut back = Vec::new();
    timeout(LONG, client.read_to_end(&mut back)).await.unwrap().unwrap();
    assert_eq!(back, b"some");
    client.write_all(b" still").await.unwrap();
    until("the server hears", || echo.heard() == b"some more still").await;
    assert_eq!(relay.open(), 1);
    drop(client);
    until("the connection is closed", || relay.open() == 0).await;
}

#[tokio::test]
async fn should_refuse_while_down_and_be_back_at_the_same_address() {
    let (_echo, relay, mut client) = scene().await;
    echoed(&mut client, b"x").await;
    relay.down().await.unwrap();
    assert!(timeout(LONG, client.read_u8()).await.unwrap().is_err());
    for _ in 0..3 {
        assert_eq!(TcpStream::connect(relay.address()).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        relay.down().await.unwrap();
    }
    relay.up().await.unwrap();
    let mut client = TcpStream::connect(relay.address()).await.unwrap();
    echoed(&mut client, b"again").await;
    relay.cut().await.unwrap();
    assert!(timeout(LONG, client.read_u8()).await.unwrap().is_err());
    echoed(&mut TcpStream::connect(relay.address()).await.unwrap(), b"and again").await;
}

#[tokio::test]
async fn should_close_everything_when_dropped() {
    let (_echo, relay, mut client) = scene().await;
    echoed(&mut client, b"x").await;
    let address = relay.address();
    drop(relay);
    assert!(timeout(LONG, client.read_u8()).await.unwrap().is_err());
    assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}
