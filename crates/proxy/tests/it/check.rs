//! `order-documents-proxy check`: what it says, what it ends with, and what it asks of others.

use crate::process::{good, output, program};
use crate::program::listening_world;
use crate::world::Reply;
use serde_json::{Value, json};
use std::net::TcpListener;

const KEY: &str = "KEY-check-CANARY";

/// Runs `check` over the usual configuration with changes: how it ended, and its report, after having looked for secrets in all that it said.
pub async fn check(changes: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, Value, String) {
    let values: Vec<_> = good().into_iter().chain([("FLEXPORTAL_API_KEY", KEY)]).chain(changes.iter().copied()).collect();
    let (mut people, mut programs) = (program(&values), program(&values));
    people.arg("check").args(arguments.iter().filter(|argument| **argument != "--call"));
    programs.args(["check", "--json"]).args(arguments);
    let (people, programs) = tokio::task::spawn_blocking(|| (output(people), output(programs))).await.unwrap();
    for stream in [&people.stdout, &people.stderr, &programs.stdout, &programs.stderr] {
        let text = String::from_utf8_lossy(stream);
        for secret in [KEY, "NAME-check", "PATH-check", "TENANT-check", "UPSTREAM-check", "file_ord", "cust_"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let text = String::from_utf8(people.stdout).unwrap();
    (programs.status.code(), serde_json::from_slice(&programs.stdout).unwrap(), text)
}

/// What the report says about one thing.
pub fn about<'a>(report: &'a Value, name: &str) -> &'a Value {
    let items = report["items"].as_array().unwrap();
    items.iter().find(|item| item["about"] == name).unwrap_or_else(|| panic!("{name} is not in {report}"))
}

#[tokio::test]
async fn should_look_at_everything_and_call_nobody() {
    let (world, origin) = listening_world("check").await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = taken.local_addr().unwrap().to_string();
    let changes = [
        ("FLEXPORTAL_URL", origin.as_str()),
        ("SESSION_JWKS_URL", &format!("{origin}/jwks")),
        ("PROXY_ADMIN_LISTEN", &busy),
        ("PROXY_LISTNE", "x"),
    ];
    let (code, report, text) = check(&changes, &[]).await;
    assert_eq!((code, &report["ok"]), (Some(0), &json!(true)), "{report}");
    for (name, verdict) in
        [("PROXY_LISTEN", "ok"), ("PROXY_ADMIN_LISTEN", "note"), ("PROXY_LISTNE", "note"), ("PROXY_ASSETS", "note")]
    {
        assert_eq!(about(&report, name)["verdict"], verdict, "{report}");
    }
    assert!(text.contains("PROXY_LISTNE") && text.contains("All is well; 3 to note."), "{text}");
    assert!(world.take_calls().is_empty() && *world.jwks_fetches.lock().unwrap() == 0);
}

#[tokio::test]
async fn should_name_everything_that_is_wrong_and_end_with_2() {
    let changes = [("FLEXPORTAL_URL", "http://api.example"), ("PROXY_LISTEN", "KEY-check-CANARY"), ("SESSION_ISSUER", "")];
    let (code, report, text) = check(&changes, &["--call"]).await;
    assert_eq!((code, &report["ok"]), (Some(2), &json!(false)));
    for name in ["FLEXPORTAL_URL", "PROXY_LISTEN", "SESSION_ISSUER"] {
        assert_eq!(about(&report, name)["verdict"], "wrong", "{report}");
        assert!(text.contains(&format!("WRONG  {name}")), "{text}");
    }
    // An address that is nobody's here.
    let (code, report, _) = check(&[("PROXY_LISTEN", "192.0.2.1:8080")], &[]).await;
    assert_eq!((code, &about(&report, "PROXY_LISTEN")["verdict"]), (Some(2), &json!("wrong")));
}

#[tokio::test]
async fn should_make_one_call_of_each_and_be_understood() {
    let (world, origin) = listening_world("check").await;
    let changes = [("FLEXPORTAL_URL", origin.as_str()), ("SESSION_JWKS_URL", &format!("{origin}/jwks"))];
    let (code, report, _) = check(&changes, &["--call"]).await;
    assert_eq!(code, Some(0), "{report}");
    assert!(about(&report, "upstream")["millis"].is_u64() && about(&report, "upstream")["verdict"] == "ok", "{report}");
    assert!(about(&report, "session keys")["says"].as_str().unwrap().contains("with 1 "), "{report}");
    let calls = world.take_calls();
    let [call] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!((call.method.as_str(), call.path.as_str(), call.query["limit"].as_str()), ("GET", "/v1/files", "1"));
    assert_eq!(call.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(call.headers["tenant-id"], "t");
    assert_eq!(*world.jwks_fetches.lock().unwrap(), 1);
}

#[tokio::test]
async fn should_tell_why_flexportal_is_not_understood_and_what_to_do() {
    let (world, origin) = listening_world("check").await;
    let keys = format!("{origin}/jwks");
    let json = |status| move || Reply::Json(status, json!({"error": {"code": "X", "message": "UPSTREAM-check"}}));
    type Say = Box<dyn Fn() -> Reply + Send + Sync>;
    let raw = |status, headers: &'static [(&str, &str)], body: &'static str| {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        move || Reply::Raw(status, headers.clone().collect(), body.into())
    };
    let cases: Vec<(Say, &str, &str, &str)> = vec![
        (Box::new(json(401)), "wrong", "the API key is refused", "FLEXPORTAL_API_KEY"),
        (Box::new(json(403)), "wrong", "forbidden", "FLEXPORTAL_TENANT_ID"),
        (Box::new(json(404)), "wrong", "not found", "/v1/files below FLEXPORTAL_URL"),
        (Box::new(json(429)), "wrong", "rate-limited", "who else"),
        (Box::new(json(500)), "wrong", "answered 500", "try later"),
        (Box::new(raw(302, &[("location", "https://NAME-check.example/")], "")), "wrong", "a redirect", "not followed"),
        (Box::new(raw(200, &[], "<html>NAME-check</html>")), "wrong", "not JSON", "Files API"),
        (Box::new(raw(200, &[], "{\"NAME-check\":[]}")), "wrong", "not a list", "Files API"),
        (Box::new(raw(200, &[], "{\"files\":[]}")), "note", "empty", "another tenant"),
        (Box::new(raw(200, &[], "{\"files\":[7]}")), "wrong", "cannot be read", "Files API"),
        (Box::new(raw(200, &[], "{\"files\":[{\"fileId\":\"file_ord\"}]}")), "wrong", "neither", "shown to nobody"),
        (Box::new(|| Reply::Cut(b"{\"files\":[".to_vec())), "wrong", "cut off", "Files API"),
    ];
    for (reply, verdict, says, advice) in cases {
        world.answer_with(move |call| (call.path == "/v1/files").then(&reply));
        let (code, report, _) = check(&[("FLEXPORTAL_URL", &origin), ("SESSION_JWKS_URL", &keys)], &["--call"]).await;
        let item = about(&report, "upstream");
        let contains = |field: &str, part: &str| item[field].as_str().is_some_and(|text| text.contains(part));
        assert!(item["verdict"] == verdict && contains("says", says) && contains("advice", advice), "{says}: {item}");
        assert_eq!(code, Some(if verdict == "wrong" { 2 } else { 0 }), "{says}");
        assert_eq!(world.take_calls().len(), 1, "{says}: one call, whatever became of it");
    }
}

#[tokio::test]
async fn should_tell_why_there_are_no_keys_and_no_connection() {
    let (world, origin) = listening_world("check").await;
    *world.jwks.lock().unwrap() = json!({"keys": []});
    let values = [("FLEXPORTAL_URL", "http://127.0.0.1:9"), ("SESSION_JWKS_URL", &format!("{origin}/jwks"))];
    let (code, report, _) = check(&values, &["--call"]).await;
    assert_eq!(code, Some(2));
    assert!(about(&report, "session keys")["says"].as_str().unwrap().ends_with("no usable key in it"), "{report}");
    assert!(about(&report, "upstream")["says"].as_str().unwrap().ends_with("no connection"), "{report}");
    *world.jwks_down.lock().unwrap() = true;
    let values =
        [("FLEXPORTAL_URL", "https://order-documents.invalid"), ("SESSION_JWKS_URL", &format!("{origin}/jwks?KEY-check-CANARY"))];
    let (_, report, _) = check(&values, &["--call"]).await;
    assert!(about(&report, "session keys")["says"].as_str().unwrap().ends_with("answered 500"), "{report}");
    assert!(about(&report, "upstream")["says"].as_str().unwrap().ends_with("the host's name is not known"), "{report}");
}

#[tokio::test]
async fn should_count_its_call_where_the_next_start_looks() {
    let (world, origin) = listening_world("check").await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("budget");
    let keys = format!("{origin}/jwks");
    let (limit, none) = (("PROXY_REQUESTS_PER_MINUTE", "1"), file.join("below-a-file"));
    let with = |file: &std::path::Path| {
        let changes = [
            ("FLEXPORTAL_URL", origin.as_str()),
            ("SESSION_JWKS_URL", &keys),
            limit,
            ("PROXY_BUDGET_FILE", file.to_str().unwrap()),
        ];
        changes.map(|(name, value)| (name, value.to_owned()))
    };
    let run = async |file: &std::path::Path| {
        let changes = with(file);
        let changes: Vec<_> = changes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        check(&changes, &["--call"]).await
    };
    let (code, report, _) = run(&file).await;
    assert_eq!((code, &about(&report, "PROXY_BUDGET_FILE")["verdict"]), (Some(0), &json!("ok")), "{report}");
    // The only call of this minute was that one.
    let (code, report, _) = run(&file).await;
    assert_eq!(code, Some(2));
    assert!(about(&report, "upstream")["says"].as_str().unwrap().contains("used up"), "{report}");
    assert_eq!(world.take_calls().len(), 1);
    let (code, report, _) = run(&none).await;
    assert_eq!((code, &about(&report, "PROXY_BUDGET_FILE")["verdict"]), (Some(2), &json!("wrong")), "{report}");
}

#[tokio::test]
async fn should_say_that_redis_does_not_answer() {
    let (_world, origin) = listening_world("check").await;
    let keys = format!("{origin}/jwks");
    let changes = [
        ("FLEXPORTAL_URL", origin.as_str()),
        ("SESSION_JWKS_URL", &keys),
        ("REDIS_URL", "redis://:KEY-check-CANARY@127.0.0.1:9"),
    ];
    let (code, report, _) = check(&changes, &["--call"]).await;
    assert_eq!((code, &about(&report, "REDIS_URL")["verdict"]), (Some(2), &json!("wrong")), "{report}");
    // Nobody is asked unless that is wanted.
    assert_eq!(check(&changes, &[]).await.0, Some(0));
}
