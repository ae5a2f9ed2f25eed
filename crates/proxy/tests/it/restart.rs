//! Invariant 4 over a restart, however the process ended.

use crate::tokens::{EDDSA, claims};
use crate::world::{Reply, World};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// A proxy in a process of its own; dropping it kills it, as a machine out of memory would.
struct Program {
    child: Child,
    origin: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn program(upstream: &str, file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_order-documents-proxy"));
    command.env_clear().stdin(Stdio::null()).envs([
        ("FLEXPORTAL_URL", upstream),
        ("FLEXPORTAL_API_KEY", "k"),
        ("FLEXPORTAL_TENANT_ID", "t"),
        ("PROXY_LISTEN", "127.0.0.1:0"),
        ("PROXY_STORAGE_ORIGINS", "https://storage.example"),
        ("PROXY_REQUESTS_PER_MINUTE", "5"),
        ("SESSION_JWKS_URL", &format!("{upstream}/jwks")),
        ("SESSION_ISSUER", "https://idp.example"),
        ("SESSION_AUDIENCE", "order-documents"),
    ]);
    command.env("PROXY_BUDGET_FILE", file);
    command
}

fn start(upstream: &str, file: &Path) -> Program {
    let mut child = program(upstream, file).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    Program { child, origin: ready["proxy"].as_str().unwrap().to_owned() }
}

/// Lists the one order of a customer who has asked for nothing before; the status and how long to wait.
async fn list(program: &Program, number: usize) -> (u16, u64) {
    let (customer, order) = (format!("cust_{number}"), format!("ord_{number}"));
    let token = EDDSA.sign(&claims(&customer, Some(&[&order])));
    let url = format!("{}/api/v1/files?orderId={order}", program.origin);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let answer = client.get(&url).bearer_auth(&token).send().await.unwrap();
        // No keys to know anybody by yet.
        if answer.status() != 503 {
            let wait = answer.headers().get("retry-after").map_or(0, |wait| wait.to_str().unwrap().parse().unwrap());
            return (answer.status().as_u16(), wait);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn world() -> (Arc<World>, String) {
    let world = World::new("restart");
    *world.jwks.lock().unwrap() = json!({"keys": [EDDSA.jwk()]});
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let router = world.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (world, upstream)
}

#[tokio::test(flavor = "multi_thread")]
async fn should_hold_the_budget_over_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state/budget");
    let (world, upstream) = world().await;
    world.answer_with(|call| (call.query.get("orderId").is_some_and(|order| order == "ord_3")).then_some(Reply::Hang));
    let killed = start(&upstream, &file);
    for number in 0..3 {
        assert_eq!(list(&killed, number).await.0, 200);
    }
    // The fourth, and last for reading, is in flight when the process dies.
    let hanging = async {
        list(&killed, 3).await;
    };
    let arrived = async {
        while world.calls.lock().unwrap().len() < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = hanging => panic!("it should hang"),
        () = arrived => {}
    }
    // Only one process may count in the file.
    let second = program(&upstream, &file).output().unwrap();
    let text = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{text}");
    assert_eq!(text, format!("PROXY_BUDGET_FILE {} is in use by another proxy: each needs one of its own\n", file.display()));

    drop(killed);
    let restarted = start(&upstream, &file);
    for number in 4..8 {
        let (status, wait) = list(&restarted, number).await;
        assert!(status == 429 && (20..=60).contains(&wait), "{status} {wait}");
    }
    assert_eq!(world.take_calls().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn should_name_a_budget_file_that_cannot_be_used_and_exit_with_2() {
    let directory = tempfile::tempdir().unwrap();
    let output = program("http://127.0.0.1:9", directory.path()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.starts_with(&format!("PROXY_BUDGET_FILE {} cannot be used: ", directory.path().display())), "{text}");
}
