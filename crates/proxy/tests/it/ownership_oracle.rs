//! The truth table against the whole proxy, over sockets: identity × order × file × action, against an upstream that lies as it likes.
//!
//! Within one tenant everybody asks for everything, twice and in any order, with all caches on: what one is shown must not depend on who was there
//! before.

use crate::harness::{Answer, Harness, keep_nothing};
use crate::tokens::{EDDSA, claims};
use crate::world::{Call, Reply};
use oracle::{Identity, Tenant, Verdict};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use url::form_urlencoded::byte_serialize;

#[path = "../oracle/mod.rs"]
mod oracle;

/// How many tenants there are, and how many requests are made to each. `ORACLE_TENANTS` asks for more, `ORACLE_SEED` for others.
const TENANTS: u64 = 30;
const REQUESTS: usize = 40;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The upstream, as the tenant has it.
fn answer(tenant: &Tenant, call: &Call) -> Option<Reply> {
    let raw = |status, body: String| Some(Reply::Raw(status, Vec::new(), body.into_bytes()));
    let subject = |name: &str| call.query.get(name).map(String::as_str);
    match (call.method.as_str(), call.path.strip_prefix("/v1/orders/")) {
        ("GET", Some(order)) => {
            let (status, body) = tenant.look_up(order).expect("an id that was asked about is one that exists").answer();
            raw(status, body)
        }
        ("GET", None) => {
            raw(200, Tenant::list_json(&tenant.listed(subject("orderId"), subject("customerId").unwrap_or_default())))
        }
        // Signatures are honest, for whatever is asked.
        _ => None,
    }
}

/// What is done, by an identity, about an order or about all that is the customer's.
#[derive(Debug, Clone, Copy)]
enum Action {
    List,
    Sign,
    View,
    Download,
}

struct Scene {
    harness: Harness,
    tenant: Arc<Tenant>,
    /// How often what became of it.
    kinds: BTreeMap<&'static str, usize>,
}

impl Scene {
    async fn new(tenant: Tenant, keeps: bool) -> Self {
        let harness = Harness::with(&[("PROXY_REQUESTS_PER_MINUTE", "100000")], |config| {
            // Answers of the upstream that cannot be used are part of the game, and no reason to leave it alone.
            config.limits.breaker.failures = u32::MAX;
            if !keeps {
                keep_nothing(config);
                config.limits.finding = std::time::Duration::ZERO;
            }
        });
        let (harness, tenant) = (harness.await, Arc::new(tenant));
        let says = Arc::clone(&tenant);
        harness.world.answer_with(move |call| answer(&says, call));
        Self { harness, tenant, kinds: BTreeMap::new() }
    }

    async fn get(&self, who: &Identity, path: &str) -> Answer {
        self.harness.get(&EDDSA.sign(&claims(who.customer, who.orders.as_deref())), path).await
    }

    fn counts(&mut self, kind: &'static str) {
        *self.kinds.entry(kind).or_default() += 1;
    }

    /// A list shows what the table says, and not a byte of anything else.
    async fn lists(&mut self, who: &Identity, order: Option<&str>, verdict: &Verdict) {
        let query = order.map(|order| format!("&orderId={}", escaped(order))).unwrap_or_default();
        let answer = self.get(who, &format!("/api/v1/files?limit=100{query}")).await;
        assert!(!answer.text.contains("SECRET"), "{}", answer.text);
        let shown: Vec<_> =
            self.tenant.records.iter().map(|record| &record.mark).filter(|mark| answer.text.contains(*mark)).collect();
        match verdict {
            Verdict::Shows(marks) => {
                assert_eq!(answer.status, 200, "{}", answer.text);
                let listed: Vec<_> =
                    answer.json()["files"].as_array().unwrap().iter().map(|file| file["filename"].clone()).collect();
                assert_eq!(listed, marks.iter().map(|mark| json!(format!("{mark}.pdf"))).collect::<Vec<_>>());
                assert_eq!(shown.len(), marks.len());
                self.counts(if marks.is_empty() { "empty list" } else { "list" });
            }
            Verdict::NotFound => {
                assert_eq!((answer.status.as_u16(), answer.code().as_str(), shown.len()), (404, "NOT_FOUND", 0));
                self.counts("no list");
            }
            Verdict::Fails => {
                assert_eq!((answer.status.as_u16(), shown.len()), (502, 0), "{}", answer.text);
                self.counts("failed");
            }
        }
    }

    /// Signed is what is shown. Where an id stands for two files, the one that is not the customer's may stand in the other's way, but never
    /// the other way round.
    async fn signs(&mut self, who: &Identity, order: Option<&str>, file: &str, action: Action, verdict: &Verdict) {
        let token = EDDSA.sign(&claims(who.customer, who.orders.as_deref()));
        let answer = match action {
            Action::Sign => self.harness.sign(&token, json!({"fileId": file, "orderId": order})).await,
            Action::View | Action::Download => {
                let query = order.map(|order| format!("?orderId={}", escaped(order))).unwrap_or_default();
                let word = if matches!(action, Action::View) { "view" } else { "download" };
                self.harness
                    .send(
                        Method::GET,
                        &format!("/api/v1/files/{file}/{word}{query}"),
                        &[("authorization", &format!("Bearer {token}"))],
                        None,
                    )
                    .await
            }
            Action::List => unreachable!("signs nothing"),
        };
        let signatures = self.harness.world.take_calls().iter().filter(|call| call.method == Method::POST).count();
        let is_signed = matches!(answer.status.as_u16(), 200 | 302);
        assert_eq!(signatures, usize::from(is_signed), "{answer:?}");
        let listed = self.tenant.listed(order, who.customer);
        let own =
            listed.iter().any(|record| record.id == file && oracle::may_have(who, order, record, &self.tenant) == Some(true));
        let what = format!("{who:?} {action:?} {file} of {order:?}, {verdict:?}: {answer:?}");
        let twice = self.tenant.records.iter().filter(|record| record.id == file).count() > 1;
        match (own, is_signed) {
            (true, true) => {
                let url =
                    if answer.status == 302 { answer.header("location").to_owned() } else { answer.json()["url"].to_string() };
                assert!(url.contains(&format!("storage.example/{file}?")), "{url}");
                self.counts("signed");
            }
            (true, false) => assert!(twice || order.is_none(), "own, and not signed: {what}"),
            (false, signed) => {
                assert!(!signed, "signed, and not own: {what}");
                // Another's is answered like one that does not exist; only where the order that is named cannot be asked about, that is told.
                let expected = if order.is_some() && *verdict == Verdict::Fails { 502 } else { 404 };
                assert_eq!(answer.status.as_u16(), expected, "{what}");
                self.counts("refused");
            }
        }
    }
}

fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn should_agree_with_the_truth_table_over_sockets() {
    let (tenants, seed) = (number("ORACLE_TENANTS", TENANTS), number("ORACLE_SEED", 0));
    let mut kinds = BTreeMap::new();
    for number in 0..tenants {
        let chance = &mut fastrand::Rng::with_seed(seed.wrapping_add(number));
        println!("ORACLE_SEED={}", seed.wrapping_add(number));
        let (tenant, keeps) = (Tenant::any(chance, 12), number % 3 > 0);
        let mut scene = Scene::new(tenant, keeps).await;
        let identities: Vec<_> = (0..5).map(|_| oracle::identity(chance)).collect();
        for _ in 0..REQUESTS {
            let who = &identities[chance.usize(..identities.len())];
            let order = (chance.u8(0..4) > 0).then(|| oracle::asked(chance));
            let tenant = Arc::clone(&scene.tenant);
            let verdict =
                order.map_or_else(|| oracle::customers_list(who, &tenant), |order| oracle::orders_list(who, order, &tenant));
            let file = chance.choice(&tenant.records).map_or("file_none", |record| record.id.as_str());
            match [Action::List, Action::List, Action::Sign, Action::View, Action::Download][chance.usize(..5)] {
                Action::List => scene.lists(who, order, &verdict).await,
                action => {
                    scene.harness.world.take_calls();
                    scene.signs(who, order, file, action, &verdict).await;
                }
            }
        }
        for (kind, times) in &scene.kinds {
            *kinds.entry(*kind).or_insert(0) += times;
        }
    }
    println!("{} requests to {tenants} tenants: {kinds:?}", tenants as usize * REQUESTS);
    assert!(tenants < TENANTS || (kinds.len() == 6 && kinds.values().all(|&times| times >= 5)), "{kinds:?}");
}
