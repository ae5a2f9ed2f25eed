//! Who asks, and for what: customers for their own, some for what is not theirs, some without a session, some in no HTTP at all, and some who
//! leave before the answer.

use super::Run;
use super::judge::{self, ASKED, CUSTOMERS, Kind, Seen, UNHEARD};
use crate::Outcome;
use crate::tokens::{Signer, claims};
use crate::wire::Connection;
use crate::world::Order;
use flate2::read::GzDecoder;
use jsonwebtoken::Algorithm;
use serde_json::json;
use std::io::Read;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// The issuer's keys, and one that is not the issuer's.
pub struct Keys {
    issuer: [Signer; 3],
    stranger: Signer,
}

impl Keys {
    /// New ones.
    ///
    /// # Errors
    /// Where none can be made.
    pub fn new() -> Outcome<Self> {
        let signer = |algorithm| Signer::new(algorithm, "");
        let issuer = [signer(Algorithm::EdDSA)?, signer(Algorithm::RS256)?, signer(Algorithm::ES256)?];
        Ok(Self { issuer, stranger: signer(Algorithm::EdDSA)? })
    }

    /// As the issuer publishes them.
    ///
    /// # Errors
    /// Where one cannot be told.
    pub fn jwks(&self) -> Outcome<String> {
        let keys = self.issuer.iter().map(Signer::jwk).collect::<Outcome<Vec<_>>>()?;
        Ok(json!({ "keys": keys }).to_string())
    }
}

struct Customer {
    number: u32,
    /// Whether the token names the orders.
    has_claim: bool,
    token: String,
    /// The same customer's, signed by a stranger, cut short, expired, for another audience.
    invalid: Vec<String>,
}

impl Customer {
    fn orders(&self) -> [Order; 3] {
        orders(self.number)
    }

    /// The customers whose orders and files this one tries to get.
    fn victim(&self, chance: &mut fastrand::Rng) -> u32 {
        if self.has_claim { chance.u32(UNHEARD) } else { chance.u32(ASKED) }
    }
}

fn orders(customer: u32) -> [Order; 3] {
    // A customer's own list is of the order 0; see `upstream`.
    [(0, 7), (7, 7), (100, 100)].map(|(number, documents)| Order { customer, number, documents })
}

/// Everybody.
pub struct People {
    customers: Vec<Rc<Customer>>,
    /// Of the replicas: behind a load balancer that knows nobody.
    addresses: Vec<SocketAddr>,
    run: Arc<Run>,
    seed: u64,
}

impl People {
    /// Each with a token.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn new(keys: &Keys, addresses: Vec<SocketAddr>, run: Arc<Run>, seed: u64) -> Outcome<Self> {
        let customer = |number: u32| {
            let has_claim = number.is_multiple_of(2);
            let orders = orders(number);
            let named = has_claim.then_some(&orders[..]);
            let signer = &keys.issuer[number as usize % keys.issuer.len()];
            let token = signer.session(number, named, 0)?;
            let changed = |name: &str, value: serde_json::Value| {
                let mut claims = claims(number, named, 1);
                claims[name] = value;
                signer.sign(&claims)
            };
            let unsigned = token.rsplit_once('.').map_or("", |(signed, _)| signed);
            let invalid = vec![
                keys.stranger.session(number, named, 2)?,
                changed("exp", json!(1_700_000_000))?,
                changed("aud", json!("another"))?,
                changed("iss", json!("https://evil.example"))?,
                changed("sub", json!(null))?,
                format!("{unsigned}."),
                token[..token.len() - 5].to_owned(),
                "not.a.token".to_owned(),
            ];
            Ok(Rc::new(Customer { number, has_claim, token, invalid }))
        };
        let customers = (1..=CUSTOMERS).map(customer).collect::<Outcome<_>>()?;
        Ok(Self { customers, addresses, run, seed })
    }

    /// All of them, two clients each, until the time is over.
    pub async fn live(self: &Rc<Self>, until: Instant) {
        let clients = LocalSet::new();
        for (index, customer) in self.customers.iter().flat_map(|customer| [customer, customer]).enumerate() {
            let (this, customer) = (Rc::clone(self), Rc::clone(customer));
            let mut client = Client {
                customer,
                chance: fastrand::Rng::with_seed(self.seed.wrapping_add(index as u64)),
                connection: None,
                people: this,
            };
            clients.spawn_local(async move {
                while Instant::now() < until {
                    client.act().await;
                    let pause = client.chance.u64(20..400);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            });
        }
        clients.await;
    }

    /// After the last fault: until each customer has had a list of an own order and a signature, and two of them their own list and a link as
    /// well, or the time is over. `None` where one has not.
    pub async fn recover(self: &Rc<Self>, within: Duration) -> Option<Duration> {
        let begun = Instant::now();
        for customer in &self.customers {
            let chance = fastrand::Rng::with_seed(self.seed.wrapping_add(customer.number.into()));
            let mut client = Client { customer: Rc::clone(customer), chance, connection: None, people: Rc::clone(self) };
            let order = customer.orders()[1];
            let two = customer.number <= 2;
            while client.list(order, false).await != Some(200)
                || client.sign(order).await != Some(200)
                || two && (client.own_list().await != Some(200) || client.link(order).await != Some(302))
            {
                if begun.elapsed() > within {
                    return None;
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
        Some(begun.elapsed())
    }
}

/// A customer's client: one connection, reused for a while.
struct Client {
    customer: Rc<Customer>,
    chance: fastrand::Rng,
    connection: Option<(Connection, Instant)>,
    people: Rc<People>,
}

impl Client {
    async fn act(&mut self) {
        let order = self.customer.orders()[self.chance.usize(..3)];
        match self.chance.u32(..100) {
            0..35 => drop(self.list(order, true).await),
            35..45 => drop(self.own_list().await),
            45..57 => drop(self.sign(order).await),
            57..67 => drop(self.link(order).await),
            67..82 => self.reach_for_anothers(order).await,
            82..88 => {
                let token = self.customer.invalid.get(self.chance.usize(..=self.customer.invalid.len())).map(String::as_str);
                let victim = orders(self.chance.u32(UNHEARD))[1].id();
                let request = self.get(&format!("/api/v1/files?orderId={victim}"), token, "");
                self.ask(Kind::NoSession, &request).await;
            }
            88..91 => {
                let victim = orders(self.chance.u32(UNHEARD))[1].id();
                let request = self.get(&format!("/api/v1/files?orderId={victim}"), Some(&self.customer.token), "");
                let request = request.replace("sec-fetch-site: same-origin", "sec-fetch-site: cross-site");
                self.ask(Kind::CrossSite, &request).await;
            }
            91..95 => self.malformed().await,
            _ => self.leave(order).await,
        }
    }

    async fn list(&mut self, order: Order, any_encoding: bool) -> Option<u16> {
        let encoding = if any_encoding && self.chance.bool() { "accept-encoding: gzip\r\n" } else { "" };
        let target = format!("/api/v1/files?orderId={}&limit=100", order.id());
        let request = self.get(&target, Some(&self.customer.token), encoding);
        self.ask(Kind::OwnOrder(order), &request).await
    }

    async fn own_list(&mut self) -> Option<u16> {
        let request = self.get("/api/v1/files", Some(&self.customer.token), "");
        self.ask(Kind::OwnList, &request).await
    }

    async fn link(&mut self, order: Order) -> Option<u16> {
        let file = order.file(self.chance.u32(..order.documents.min(50)));
        let action = if self.chance.bool() { "view" } else { "download" };
        let target = format!("/api/v1/files/{file}/{action}?orderId={}", order.id());
        let request = self.get(&target, Some(&self.customer.token), "");
        self.ask(Kind::OwnLink, &request).await
    }

    async fn sign(&mut self, order: Order) -> Option<u16> {
        let file = order.file(self.chance.u32(..order.documents.min(50)));
        self.ask(Kind::OwnSign, &self.post(&file, Some(&order.id()))).await
    }

    /// Another's order; another's file, with another's order, with an own one, and with none.
    async fn reach_for_anothers(&mut self, own: Order) {
        let victim = orders(self.customer.victim(&mut self.chance))[1];
        let file = victim.file(0);
        let token = Some(self.customer.token.as_str());
        let way = self.chance.u32(..4);
        let kind = match (way, self.customer.has_claim) {
            (3, _) => Kind::ForeignFile,
            (_, true) => Kind::ForeignToClaim,
            (_, false) => Kind::ForeignOrder,
        };
        let request = match way {
            0 => self.get(&format!("/api/v1/files?orderId={}", victim.id()), token, ""),
            1 => self.post(&file, Some(&victim.id())),
            2 => self.get(&format!("/api/v1/files/{file}/view?orderId={}", victim.id()), token, ""),
            _ => self.post(&file, Some(&own.id())),
        };
        self.ask(kind, &request).await;
    }

    async fn malformed(&mut self) {
        let token = &self.customer.token;
        let request = match self.chance.u32(..6) {
            0 => "\x16\x03\x01\x02 not HTTP\r\n\r\n".to_owned(),
            1 => format!("GET /api/v1/files HTTP/1.1\r\ncookie: __Host-portal_session={token}\r\n\r\n"),
            2 => format!("GET /api/v1/files HTTP/1.1\r\nhost: a\r\nhost: b\r\ncookie: __Host-portal_session={token}\r\n\r\n"),
            3 => format!(
                "GET http://evil.example/api/v1/files HTTP/1.1\r\nhost: a\r\ncookie: __Host-portal_session={token}\r\n\r\n"
            ),
            4 => format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(100_000)),
            _ => {
                "POST /api/v1/files/url HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: x\r\n\r\nhello".to_owned()
            }
        };
        // On a connection of its own, which the server may end without a word.
        let Ok(mut connection) = self.open().await else { return self.no_answer("malformed HTTP") };
        let begun = Instant::now();
        let answered = tokio::time::timeout(Duration::from_secs(30), connection.exchange(request.as_bytes())).await;
        match answered {
            Ok(Ok(status)) => self.judge(Kind::Malformed, status, &connection, begun.elapsed()),
            Ok(Err(_)) => self.people.run.tally.answered(Kind::Malformed.name(), 0, begun.elapsed()),
            Err(_) => self.no_answer("malformed HTTP"),
        }
    }

    /// Leaves within the request, or before its answer.
    async fn leave(&mut self, order: Order) {
        let request = match self.chance.bool() {
            true => self.get(&format!("/api/v1/files?orderId={}&limit=100", order.id()), Some(&self.customer.token), ""),
            false => self.post(&order.file(1), Some(&order.id())),
        };
        let part = if self.chance.bool() { request.len() } else { self.chance.usize(1..request.len()) };
        if let Ok(mut connection) = self.open().await {
            let _ = connection.send(&request.as_bytes()[..part]).await;
            tokio::time::sleep(Duration::from_millis(self.chance.u64(..50))).await;
        }
        self.people.run.tally.left();
    }

    fn get(&self, target: &str, token: Option<&str>, fields: &str) -> String {
        let cookie = token.map(|token| format!("cookie: __Host-portal_session={token}\r\n")).unwrap_or_default();
        format!(
            "GET {target} HTTP/1.1\r\nhost: portal.example\r\naccept: application/json\r\nsec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\n\
             sec-fetch-dest: empty\r\n{fields}{cookie}\r\n"
        )
    }

    fn post(&self, file: &str, order: Option<&str>) -> String {
        let body = json!({"fileId": file, "action": "view", "orderId": order}).to_string();
        format!(
            "POST /api/v1/files/url HTTP/1.1\r\nhost: portal.example\r\naccept: application/json\r\nsec-fetch-site: same-origin\r\n\
             sec-fetch-mode: cors\r\nsec-fetch-dest: empty\r\norigin: http://portal.example\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             cookie: __Host-portal_session={}\r\n\r\n{body}",
            body.len(),
            self.customer.token
        )
    }

    /// A connection to one of the replicas.
    async fn open(&mut self) -> std::io::Result<Connection> {
        let addresses = &self.people.addresses;
        Connection::open(addresses[self.chance.usize(..addresses.len())]).await
    }

    /// Asks, and judges the answer; `None` where there was none, which is a breach.
    async fn ask(&mut self, kind: Kind, request: &str) -> Option<u16> {
        // One that was idle for a while may be ended by the server at the very moment at which it is used.
        let kept = self.connection.take().filter(|(_, used)| used.elapsed() < Duration::from_secs(2));
        let mut connection = match kept {
            Some((connection, _)) => connection,
            None => match self.open().await {
                Ok(connection) => connection,
                Err(_) => {
                    self.no_answer(kind.name());
                    return None;
                }
            },
        };
        let begun = Instant::now();
        match tokio::time::timeout(Duration::from_secs(40), connection.exchange(request.as_bytes())).await {
            Ok(Ok(status)) => {
                self.judge(kind, status, &connection, begun.elapsed());
                if !connection.closes() {
                    self.connection = Some((connection, Instant::now()));
                }
                Some(status)
            }
            Ok(Err(_)) | Err(_) => {
                self.no_answer(kind.name());
                None
            }
        }
    }

    fn no_answer(&self, what: &str) {
        self.people.run.tally.broke(format!("no answer to customer {}: {what}", self.customer.number));
    }

    fn judge(&self, kind: Kind, status: u16, connection: &Connection, after: Duration) {
        let mut unpacked = Vec::new();
        let body = match connection.header("content-encoding") {
            Some("gzip") => match GzDecoder::new(connection.body()).read_to_end(&mut unpacked) {
                Ok(_) => unpacked.as_slice(),
                Err(_) => b"not gzip",
            },
            _ => connection.body(),
        };
        let (head, body) = (String::from_utf8_lossy(connection.head()), String::from_utf8_lossy(body));
        let customer = (kind != Kind::NoSession).then_some(self.customer.number);
        let tally = &self.people.run.tally;
        tally.broke_each(judge::answer(&Seen { customer, kind, status, head: &head, body: &body, after }));
        tally.answered(kind.name(), status, after);
        if kind.is_own() && status >= 400 {
            tally.failed(&judge::code(&body));
        }
    }
}
