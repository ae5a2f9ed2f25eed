//! The real program in front of a scripted upstream: what it writes and sends when it runs as operators run it.

use crate::process::{good, program};
use crate::tokens::EDDSA;
use crate::world::World;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

/// A world that listens on loopback, and its origin.
pub async fn listening_world(mark: &str) -> (Arc<World>, String) {
    let world = World::new(mark);
    *world.jwks.lock().unwrap() = json!({"keys": [EDDSA.jwk()]});
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = world.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (world, origin)
}

/// One of the cores that this process may use.
fn any_core() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    cores.trim().split(['-', ',']).next().unwrap().to_owned()
}

/// A running proxy; dropping it ends it.
pub struct Program {
    child: Child,
    origin: String,
    pub admin: String,
    pub key: String,
    log: Option<JoinHandle<String>>,
    client: Client,
}

impl Program {
    /// Starts it in front of the upstream, and waits until it is ready to serve.
    pub async fn start(upstream: &str, changes: &[(&str, &str)]) -> Self {
        Self::run(upstream, changes, program).await
    }

    /// The same, where it has one core.
    pub async fn start_on_one_core(upstream: &str, changes: &[(&str, &str)]) -> Self {
        Self::run(upstream, changes, |values| {
            let program = program(values);
            let mut pinned = Command::new("taskset");
            pinned.args(["--cpu-list", &any_core()]).arg(program.get_program()).env_clear().envs(values.iter().copied());
            pinned.stdin(Stdio::null());
            pinned
        })
        .await
    }

    async fn run(upstream: &str, changes: &[(&str, &str)], command: impl FnOnce(&[(&str, &str)]) -> Command) -> Self {
        let key = "KEY-program-CANARY";
        let jwks = format!("{upstream}/jwks");
        let own = [
            ("FLEXPORTAL_URL", upstream),
            ("FLEXPORTAL_API_KEY", key),
            ("SESSION_JWKS_URL", &jwks),
            ("SESSION_ISSUER", "https://idp.example"),
            ("PROXY_STORAGE_ORIGINS", "https://storage.example"),
            ("PROXY_ADMIN_LISTEN", "127.0.0.1:0"),
        ];
        let values: Vec<_> = good().into_iter().chain(own).chain(changes.iter().copied()).collect();
        let mut child = command(&values).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it did not start: {line}"));
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let origin = |name: &str| told[name].as_str().unwrap().replace("localhost", "127.0.0.1");
        let this = Self { child, origin: origin("proxy"), admin: origin("admin"), key: key.into(), log: Some(log), client };
        for _ in 0..500 {
            if this.client.get(format!("{}/readyz", this.admin)).send().await.is_ok_and(|answer| answer.status() == 200) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        this
    }

    /// How many threads serve beside the main one, by their name.
    pub fn threads_that_serve(&self) -> usize {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let names = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("comm")).unwrap());
        names.filter(|name| name.starts_with("tokio-rt")).count()
    }

    /// A request with a token and more headers; its answer, and the id that the answer names.
    pub async fn ask(&self, method: Method, path: &str, token: Option<&str>, headers: &[(&str, &str)]) -> (Response, String) {
        let mut request = self.client.request(method, format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        (answer, id)
    }

    /// What the admin listener says at `path`.
    pub async fn admin(&self, path: &str) -> String {
        self.client.get(format!("{}{path}", self.admin)).send().await.unwrap().text().await.unwrap()
    }

    /// Ends it as an operator does, and returns what it had written to standard error.
    pub async fn stop(mut self) -> String {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        let log = self.log.take().unwrap();
        let text = tokio::task::spawn_blocking(|| log.join().unwrap()).await.unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{text}");
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
