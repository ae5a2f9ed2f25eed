//! What is asked, by whom.

use crate::Outcome;
use crate::load::Requests;
use crate::nginx;
use crate::tokens::Signer;
use crate::world::Order;
use jsonwebtoken::Algorithm;
use serde_json::json;
use std::rc::Rc;

/// Customers, each with a token and an order.
pub const CUSTOMERS: u32 = 256;

/// The documents of an order whose pages are asked for one by one, each of which is a list of its own.
const MANY: u32 = 1000;

/// Cold tokens that are made: more than a run uses.
const COLD: u64 = 45_000;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The least there is: hyper, and the answer's bytes.
    Bare,
    /// The least that asks somebody else: hyper, and hyper's client.
    BareForwarding,
    /// nginx.
    Nginx(nginx::Kind),
    /// The proxy, with its access log or without.
    Proxy {
        /// At `info`, where every request is a line.
        log: bool,
    },
}

/// With what it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Lists that were asked for before, with tokens that came before.
    Known {
        /// On each list.
        documents: u32,
        /// Whether the client takes gzip.
        gzip: bool,
    },
    /// Lists that were asked for before, each time with a token that never came.
    Cold(Algorithm),
    /// Lists that nobody asked for before, with tokens that came before.
    Miss {
        /// On each list.
        documents: u32,
    },
    /// Links to files that were listed before.
    Redirect,
    /// No session at all.
    Refused,
}

impl Workload {
    /// The status of each answer.
    pub fn expected(self) -> u16 {
        match self {
            Self::Redirect => 302,
            Self::Refused => 401,
            _ => 200,
        }
    }

    /// Requests that may be sent at the peak: what costs upstream calls, or tokens, has an end. The minute's allowance is 100,000 calls,
    /// of which lists may use 80,000; each round starts a new process, with a new allowance.
    pub fn bound(self) -> u64 {
        match self {
            Self::Cold(_) => 30_000,
            Self::Miss { .. } | Self::Redirect => 40_000,
            Self::Known { .. } | Self::Refused => u64::MAX,
        }
    }

    /// Requests at half load, likewise.
    pub fn bound_at_half(self) -> u64 {
        if self.bound() == u64::MAX { u64::MAX } else { 15_000 }
    }
}

/// The customers' tokens, of all kinds.
pub struct Sessions {
    known: Vec<String>,
    cold: Vec<(Algorithm, Vec<String>)>,
    /// The keys that signed them.
    pub jwks: String,
}

impl Sessions {
    /// Makes keys and tokens; `cold` names the algorithms of which many are needed.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn new(cold: &[Algorithm]) -> Outcome<Self> {
        let algorithms = [Algorithm::EdDSA, Algorithm::RS256, Algorithm::ES256];
        let signers = algorithms.map(|algorithm| Signer::new(algorithm, ""));
        let mut keys = Vec::new();
        let mut sessions = Self { known: Vec::new(), cold: Vec::new(), jwks: String::new() };
        for (algorithm, signer) in algorithms.into_iter().zip(signers) {
            let signer = signer?;
            keys.push(signer.jwk()?);
            let token = |serial: u64| {
                let customer = (serial % u64::from(CUSTOMERS)) as u32;
                signer.session(customer, Some(&orders(customer)), serial)
            };
            if algorithm == Algorithm::EdDSA {
                sessions.known = (0..u64::from(CUSTOMERS)).map(token).collect::<Outcome<_>>()?;
            }
            if cold.contains(&algorithm) {
                let tokens = (0..COLD).map(|serial| token((1 << 20) + serial)).collect::<Outcome<_>>()?;
                sessions.cold.push((algorithm, tokens));
            }
        }
        sessions.jwks = json!({ "keys": keys }).to_string();
        Ok(sessions)
    }

    /// The requests that come before the measured ones, and the measured ones. `base` is the number of the first measured one.
    pub fn requests(self: &Rc<Self>, workload: Workload, base: u64, count: u64) -> Rc<Requests> {
        let sessions = Rc::clone(self);
        // What repeats itself is written once, so that the generator has less to do.
        let repeated: Vec<Rc<[u8]>> = match workload {
            Workload::Known { .. } | Workload::Refused => (0..u64::from(CUSTOMERS)).map(|n| self.request(workload, n)).collect(),
            _ => Vec::new(),
        };
        Rc::new(move |number| {
            let wanted = number < count;
            wanted.then(|| match repeated.get((number % u64::from(CUSTOMERS)) as usize) {
                Some(request) => Rc::clone(request),
                None => sessions.request(workload, base + number),
            })
        })
    }

    /// What makes known what is to be known.
    pub fn warming(self: &Rc<Self>, workload: Workload) -> Rc<Requests> {
        let sessions = Rc::clone(self);
        Rc::new(move |number| {
            (number < u64::from(CUSTOMERS)).then(|| match workload {
                Workload::Known { .. } => sessions.request(workload, number),
                // The list that they all ask for, or that has the file; of misses, one that is not asked for later.
                Workload::Cold(_) | Workload::Redirect | Workload::Refused => {
                    sessions.request(Workload::Known { documents: 7, gzip: false }, number)
                }
                Workload::Miss { .. } => sessions.request(Workload::Miss { documents: 1 }, number),
            })
        })
    }

    fn request(&self, workload: Workload, number: u64) -> Rc<[u8]> {
        let customer = (number % u64::from(CUSTOMERS)) as u32;
        let order = |documents: u32| {
            orders(customer).into_iter().find(|order| order.documents == documents).unwrap_or(orders(customer)[0])
        };
        let known = Some(self.known[customer as usize].as_str());
        let list = |documents: u32| format!("/api/v1/files?orderId={}&limit={}", order(documents).id(), documents.max(50));
        let (target, token, gzip) = match workload {
            Workload::Known { documents, gzip } => (list(documents), known, gzip),
            Workload::Cold(algorithm) => {
                let tokens = self.cold.iter().find(|(of, _)| *of == algorithm).map(|(_, tokens)| tokens);
                // Its customer is its number's, too.
                (list(7), tokens.and_then(|tokens| tokens.get(number as usize)).map(String::as_str), false)
            }
            Workload::Miss { documents } => {
                let offset = number / u64::from(CUSTOMERS) % u64::from(MANY - documents);
                let order = order(MANY).id();
                (format!("/api/v1/files?orderId={order}&limit={documents}&offset={offset}"), known, false)
            }
            Workload::Redirect => {
                let order = order(7);
                let file = order.file((number / u64::from(CUSTOMERS) % 7) as u32);
                (format!("/api/v1/files/{file}/download?orderId={}", order.id()), known, false)
            }
            Workload::Refused => (list(7), None, false),
        };
        request(&target, token, gzip).into_bytes().into()
    }
}

/// A customer's orders, which the token names.
fn orders(customer: u32) -> [Order; 3] {
    [7, 100, MANY].map(|documents| Order { customer, number: documents, documents })
}

/// A request as the page's script sends it.
fn request(target: &str, token: Option<&str>, gzip: bool) -> String {
    let cookie = token.map(|token| format!("cookie: theme=dark; __Host-portal_session={token}\r\n")).unwrap_or_default();
    let encoding = if gzip { "accept-encoding: gzip, deflate, br, zstd\r\n" } else { "" };
    format!(
        "GET {target} HTTP/1.1\r\nhost: portal.example\r\nuser-agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0\r\n\
         accept: application/json\r\naccept-language: en\r\n{encoding}sec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\n\
         sec-fetch-dest: empty\r\nreferer: https://portal.example/orders/1\r\n{cookie}\r\n"
    )
}
