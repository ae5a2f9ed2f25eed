//! A TCP relay with faults, for tests: it stands between a client and a server and does to the bytes what networks do.
//!
//! The faults are those of toxiproxy: latency with jitter, bandwidth, slicer, limit_data, reset, timeout (here [`Fault::Silence`]), down, and a
//! connection that is half closed. Each direction has its own, and it can be changed at any time; connections that are open meet the new one at
//! once. What is left to chance follows the seed and the connection's number, so that a run can be had again.
#![forbid(unsafe_code)]

mod fault;
mod pump;

pub use fault::{Direction, Fault};

use pump::{Ending, Pump};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

/// A relay that runs. Dropped, it closes its listener and all connections.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    orders: mpsc::UnboundedSender<(Order, oneshot::Sender<io::Result<()>>)>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    seed: u64,
    to_upstream: watch::Sender<Fault>,
    to_client: watch::Sender<Fault>,
    accepted: AtomicUsize,
    open: AtomicUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Down,
    Up,
    Cut,
}

impl Relay {
    /// A relay on a loopback port of the system's choice, in front of `upstream`, without faults.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(upstream: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            seed,
            to_upstream: watch::Sender::default(),
            to_client: watch::Sender::default(),
            accepted: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        });
        let (orders, received) = mpsc::unbounded_channel();
        let task = tokio::spawn(serve(Arc::clone(&shared), address, listener, received));
        Ok(Self { address, shared, orders, task })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets one direction's fault, for the connections that are open and for those to come. [`Fault::None`] heals it.
    pub fn set(&self, direction: Direction, fault: Fault) {
        match direction {
            Direction::ToUpstream => &self.shared.to_upstream,
            Direction::ToClient => &self.shared.to_client,
        }
        .send_replace(fault);
    }

    /// Heals both directions. What has been lost stays lost.
    pub fn heal(&self) {
        self.set(Direction::ToUpstream, Fault::None);
        self.set(Direction::ToClient, Fault::None);
    }

    /// Closes all connections and refuses new ones, until [`Relay::up`].
    ///
    /// # Errors
    /// Where the port cannot be kept.
    pub async fn down(&self) -> io::Result<()> {
        self.order(Order::Down).await
    }

    /// Accepts connections again, on the same port.
    ///
    /// # Errors
    /// Where the port cannot be listened on.
    pub async fn up(&self) -> io::Result<()> {
        self.order(Order::Up).await
    }

    /// Closes all connections that are open.
    ///
    /// # Errors
    /// Where the relay is no longer there.
    pub async fn cut(&self) -> io::Result<()> {
        self.order(Order::Cut).await
    }

    /// How many connections were accepted so far.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(SeqCst)
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.shared.open.load(SeqCst)
    }

    async fn order(&self, order: Order) -> io::Result<()> {
        let (done, when_done) = oneshot::channel();
        let gone = || io::Error::other("the relay has ended");
        self.orders.send((order, done)).map_err(|_| gone())?;
        when_done.await.map_err(|_| gone())?
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The relay's address: listened on, or only held so that nobody else takes it and connections are refused.
enum Door {
    Listening(TcpListener),
    Held(TcpSocket),
}

impl Door {
    fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    }
}

type Orders = mpsc::UnboundedReceiver<(Order, oneshot::Sender<io::Result<()>>)>;

async fn serve(shared: Arc<Shared>, address: SocketAddr, listener: TcpListener, mut orders: Orders) {
    let mut door = Door::Listening(listener);
    // Dropped with this task, it ends all connections.
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            match &door {
                Door::Listening(listener) => listener.accept().await,
                Door::Held(_) => std::future::pending().await,
            }
        };
        let (order, done) = tokio::select! {
            accepted = accept => {
                if let Ok((client, _)) = accepted {
                    let number = shared.accepted.fetch_add(1, SeqCst);
                    connections.spawn(connection(Arc::clone(&shared), client, number));
                }
                continue;
            }
            Some(_) = connections.join_next() => continue,
            order = orders.recv() => match order {
                Some(order) => order,
                None => return,
            },
        };
        let (now, result) = match (order, door) {
            (Order::Cut, door) => (door, Ok(())),
            (Order::Up, Door::Held(socket)) => match socket.listen(1024) {
                Ok(listener) => (Door::Listening(listener), Ok(())),
                Err(error) => (Door::bind(address).map_or_else(|_| panic!("{address} was lost"), Door::Held), Err(error)),
            },
            (Order::Down, Door::Listening(listener)) => {
                drop(listener);
                match Door::bind(address) {
                    Ok(socket) => (Door::Held(socket), Ok(())),
                    Err(error) => panic!("{address} was lost: {error}"),
                }
            }
            (Order::Up | Order::Down, door) => (door, Ok(())),
        };
        door = now;
        if order != Order::Up {
            connections.shutdown().await;
        }
        let _ = done.send(result);
    }
}

/// Counts a connection for as long as it is open.
struct Open<'a>(&'a AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

async fn connection(shared: Arc<Shared>, mut client: TcpStream, number: usize) {
    shared.open.fetch_add(1, SeqCst);
    let _open = Open(&shared.open);
    let Ok(mut upstream) = TcpStream::connect(shared.upstream).await else { return };
    // Small pieces are what some faults are about: they must leave as they are.
    let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
    let mut chance = fastrand::Rng::with_seed(shared.seed.wrapping_add(number as u64));
    let ending = {
        let (from_client, to_client) = client.split();
        let (from_upstream, to_upstream) = upstream.split();
        let there = Pump::new(from_client, to_upstream, shared.to_upstream.subscribe(), chance.fork()).run();
        let back = Pump::new(from_upstream, to_client, shared.to_client.subscribe(), chance).run();
        let (mut there, mut back) = (std::pin::pin!(there), std::pin::pin!(back));
        let (first, other_is_back) = tokio::select! {
            ending = &mut there => (ending, true),
            ending = &mut back => (ending, false),
        };
        match (first, other_is_back) {
            (Ending::Finished, true) => back.await,
            (Ending::Finished, false) => there.await,
            (ending, _) => ending,
        }
    };
    if ending == Ending::Reset {
        // A socket that lingers for no time is reset when it is dropped.
        let _ = (client.set_zero_linger(), upstream.set_zero_linger());
    }
}
