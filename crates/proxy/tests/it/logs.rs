//! What the program logs, in both forms and at the finest level: every line of a request has its id, and none has what must not be there.

use crate::harness::{anna, anna_without_orders};
use crate::program::{Program, listening_world};
use crate::world::{Call, Reply, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LIST: &str = "/api/v1/files?orderId=ord_a1";

/// Lines that belong to no request, by their messages.
const OF_NO_REQUEST: [&str; 5] = ["ready", "stopping", "session keys fetched", "circuit breaker", "the budget's journal"];

/// Requests of every kind, good and bad; the ids that were told, and the one of the request that FlexPortal failed.
pub async fn ask_everything(program: &Program, world: &World) -> (BTreeSet<String>, String) {
    let mut ids = BTreeSet::new();
    let (anna, nameless) = (anna(), anna_without_orders());
    let file = "/api/v1/files/file_ord_a1_1";
    for (path, token) in [
        (LIST, Some(&anna)),
        (LIST, Some(&nameless)),
        (LIST, None),
        ("/api/v1/files", Some(&anna)),
        ("/api/v1/files?orderId=ord_b1", Some(&anna)),
        ("/api/v1/files?orderId=NAME-in-a-query&x=SIGNATURE-in-a-query", Some(&anna)),
        (&format!("{file}/view?orderId=ord_a1"), Some(&anna)),
        (&format!("{file}/download?orderId=ord_a1"), Some(&nameless)),
        ("/api/v1/files/NAME-in-a-path/view?orderId=ord_a1", Some(&anna)),
        ("/nowhere/NAME-in-a-path", None),
        ("/", None),
    ] {
        ids.insert(program.ask(Method::GET, path, token.map(String::as_str), &[]).await.1);
    }
    for headers in
        [&[("authorization", "Bearer a.NAME-in-a-token.c")][..], &[("cookie", "NAME-in-a-cookie=SIGNATURE-in-a-cookie")]]
    {
        ids.insert(program.ask(Method::GET, LIST, None, headers).await.1);
    }
    let traced =
        [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("x-request-id", "NAME-in-a-header")];
    ids.insert(program.ask(Method::GET, LIST, Some(&anna), &traced).await.1);
    // What FlexPortal does wrong, and what it says then.
    let mut failed = String::new();
    for (status, order) in [(401, "ord_a2"), (418, "ord_a2")] {
        let wrong = move |call: &Call| {
            (call.path == "/v1/files").then(|| Reply::Json(status, json!({"error": {"code": "X", "message": "UPSTREAM-log"}})))
        };
        world.answer_with(wrong);
        let (answer, id) = program.ask(Method::GET, &format!("/api/v1/files?orderId={order}"), Some(&anna), &[]).await;
        assert_eq!(answer.status(), 502);
        ids.insert(id.clone());
        failed = id;
    }
    let elsewhere = |call: &Call| {
        let signed = json!({"url": "https://evil.example/?signature=SIGNATURE-log", "filename": "NAME-log"});
        (call.path == "/v1/files/url").then_some(Reply::Json(200, signed))
    };
    world.answer_with(elsewhere);
    ids.insert(program.ask(Method::GET, &format!("{file}/view?orderId=ord_a1"), Some(&anna), &[]).await.1);
    world.be_honest_again();
    (ids, failed)
}

/// Nothing of what must stay inside is in the text.
pub fn require_clean(text: &str, key: &str) {
    for secret in [key, &anna(), "NAME-", "SIGNATURE-", "TENANT-", "PATH-", "UPLOADER-", "META-", "MAIL-", "UPSTREAM-"] {
        let place = text.find(secret).map(|at| text[..at].rsplit('\n').next().unwrap_or_default().to_owned() + secret);
        assert!(place.is_none(), "{secret} is there: {place:?}");
    }
}

#[tokio::test]
async fn should_name_the_request_on_every_line_and_nothing_private_in_json() {
    let (world, upstream) = listening_world("log").await;
    let program = Program::start(&upstream, &[("PROXY_LOG_FORMAT", "json"), ("PROXY_LOG_LEVEL", "trace")]).await;
    let (ids, failed) = ask_everything(&program, &world).await;
    let key = program.key.clone();
    let log = program.stop().await;
    require_clean(&log, &key);
    let mut answered = BTreeSet::new();
    let mut warned = false;
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        let message = line["fields"]["message"].as_str().unwrap_or_default();
        let id = line["span"]["id"].as_str();
        match id {
            Some(id) => assert!(ids.contains(id), "{line}"),
            None => assert!(OF_NO_REQUEST.iter().any(|known| message.starts_with(known)), "of which request? {line}"),
        }
        if message == "answered" {
            answered.extend(id.map(str::to_owned));
        }
        warned |= line["level"] == "WARN" && id == Some(&failed) && line["target"] == "order_documents_proxy::upstream";
    }
    assert_eq!(answered, ids, "each request has its line");
    assert!(warned, "the upstream's failure names the request:\n{log}");
}

#[tokio::test]
async fn should_name_the_request_on_every_line_and_nothing_private_in_text() {
    let (world, upstream) = listening_world("log").await;
    let program = Program::start(&upstream, &[("PROXY_LOG_LEVEL", "trace")]).await;
    let (ids, failed) = ask_everything(&program, &world).await;
    let key = program.key.clone();
    let log = program.stop().await;
    require_clean(&log, &key);
    let of = |line: &str| ids.iter().find(|id| line.contains(&format!("request{{id=\"{id}\"}}"))).cloned();
    for line in log.lines().filter(|line| of(line).is_none()) {
        assert!(OF_NO_REQUEST.iter().any(|known| line.contains(&format!(": {known}"))), "of which request? {line}");
    }
    let answered = log.lines().filter(|line| line.contains(": answered ")).filter_map(of).collect();
    assert_eq!(ids, answered);
    assert!(log.lines().any(|line| line.contains(" WARN ") && line.contains("::upstream: ") && line.contains(&failed)), "{log}");
}
