//! The faults: of the network by the relay, of HTTP by the scripted upstream, and what a customer is told of each.

use crate::faults::reply;
use crate::harness::Harness;
use crate::world::Call;
use fault_relay::Direction::{self, ToClient, ToUpstream};
use fault_relay::{Fault as Wire, Relay};
use std::time::Duration;

const MS: fn(u64) -> Duration = Duration::from_millis;

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Nobody listens, and what was open is closed.
    Down,
    Wire(Direction, Wire),
    /// The upstream's own, by its name in `faults::reply`.
    Http(&'static str),
}

/// Which call of the upstream is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    List,
    Sign,
    Order,
    Keys,
}

impl Target {
    pub fn hits(self, call: &Call) -> bool {
        match self {
            Self::List => call.path == "/v1/files",
            Self::Sign => call.path == "/v1/files/url",
            Self::Order => call.path.starts_with("/v1/orders/"),
            Self::Keys => false,
        }
    }
}

/// A fault, and the codes that a customer may be told where the answer is asked for under it; none where it can be borne.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub kind: Kind,
    codes: &'static [&'static str],
}

const UNAVAILABLE: &[&str] = &["UPSTREAM_UNAVAILABLE"];
const UNREADABLE: &[&str] = &["UPSTREAM_UNREADABLE"];
const TIMEOUT: &[&str] = &["UPSTREAM_TIMEOUT"];
const FAILED: &[&str] = &["UPSTREAM_FAILED"];
/// A reset may overtake the bytes before it.
const RESET: &[&str] = &["UPSTREAM_UNREADABLE", "UPSTREAM_UNAVAILABLE"];

/// 60 bytes are within an answer's head, 150 within its body.
pub fn all() -> Vec<Fault> {
    let wire = |direction, fault, codes| Fault { kind: Kind::Wire(direction, fault), codes };
    let http = |name, codes| Fault { kind: Kind::Http(name), codes };
    vec![
        Fault { kind: Kind::Down, codes: UNAVAILABLE },
        wire(ToClient, Wire::LimitData { bytes: 0 }, UNAVAILABLE),
        wire(ToClient, Wire::LimitData { bytes: 60 }, UNAVAILABLE),
        wire(ToClient, Wire::LimitData { bytes: 150 }, UNREADABLE),
        wire(ToClient, Wire::Reset { bytes: 0 }, UNAVAILABLE),
        wire(ToClient, Wire::Reset { bytes: 60 }, UNAVAILABLE),
        wire(ToClient, Wire::Reset { bytes: 150 }, RESET),
        wire(ToClient, Wire::HalfClose { bytes: 0 }, UNAVAILABLE),
        wire(ToClient, Wire::HalfClose { bytes: 150 }, UNREADABLE),
        wire(ToClient, Wire::Silence { bytes: 0 }, TIMEOUT),
        wire(ToClient, Wire::Silence { bytes: 150 }, TIMEOUT),
        wire(ToUpstream, Wire::Silence { bytes: 0 }, TIMEOUT),
        wire(ToUpstream, Wire::LimitData { bytes: 10 }, UNAVAILABLE),
        wire(ToUpstream, Wire::Reset { bytes: 10 }, UNAVAILABLE),
        wire(ToClient, Wire::Latency { delay: MS(60_000), jitter: MS(0) }, TIMEOUT),
        wire(ToClient, Wire::Bandwidth { bytes_per_second: 80 }, TIMEOUT),
        wire(ToClient, Wire::Slicer { most: 1, pause: MS(50) }, TIMEOUT),
        wire(ToClient, Wire::Latency { delay: MS(20), jitter: MS(20) }, &[]),
        wire(ToClient, Wire::Bandwidth { bytes_per_second: 100_000 }, &[]),
        wire(ToClient, Wire::Slicer { most: 400, pause: MS(1) }, &[]),
        http("hang", TIMEOUT),
        http("cut", UNREADABLE),
        http("not json", UNREADABLE),
        http("half json", UNREADABLE),
        http("other json", UNREADABLE),
        http("too long", UNREADABLE),
        http("too long, streamed", UNREADABLE),
        http("encoded", UNREADABLE),
        http("nested", UNREADABLE),
        http("redirect", UNREADABLE),
        http("no content", UNREADABLE),
        http("429 seconds", &["RATE_LIMITED"]),
        http("401", FAILED),
        http("403", &["FORBIDDEN"]),
        http("404", &["NOT_FOUND"]),
        http("500", FAILED),
        http("503", FAILED),
    ]
}

impl Fault {
    /// What a customer may be told who asks for something that is not kept.
    pub fn codes(&self, target: Target) -> &'static [&'static str] {
        match (self.kind, target) {
            // About an id, "forbidden" is the answer of "not found".
            (Kind::Http("403"), Target::Order) => &["NOT_FOUND"],
            _ => self.codes,
        }
    }

    /// Whether the upstream says something of the list itself, which an older one must not belie.
    pub fn is_about_the_list(&self) -> bool {
        matches!(self.kind, Kind::Http("401" | "403" | "404"))
    }

    /// What was to be kept from the upstream has reached it. (After an order's owner its list is asked for, and that request is struck.)
    pub fn comes_too_late_for(&self, target: Target) -> bool {
        matches!(self.kind, Kind::Wire(ToUpstream, _)) && target != Target::Order
    }

    pub async fn strike(&self, harness: &Harness, target: Target) {
        match self.kind {
            Kind::Down => relay(harness, target).down().await.unwrap(),
            Kind::Wire(direction, fault) => relay(harness, target).set(direction, fault),
            Kind::Http(name) if target == Target::Keys => {
                *harness.world.jwks_script.lock().unwrap() = Some(Box::new(move || reply(name)));
            }
            Kind::Http(name) => harness.world.answer_with(move |call| target.hits(call).then(|| reply(name))),
        }
    }
}

/// Ends every fault.
pub async fn heal(harness: &Harness) {
    for relay in [relay(harness, Target::List), relay(harness, Target::Keys)] {
        relay.heal();
        relay.up().await.unwrap();
    }
    harness.world.be_honest_again();
    *harness.world.jwks_script.lock().unwrap() = None;
}

pub fn relay(harness: &Harness, target: Target) -> &Relay {
    let relays = harness.relays.as_ref().expect("a harness behind relays");
    if target == Target::Keys { &relays.keys } else { &relays.upstream }
}
