//! A sandbox of its own for each test.

use order_documents_sandbox::{Config, Sandbox};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A running sandbox and a client that follows no redirect.
pub struct Running {
    pub sandbox: Sandbox,
    pub client: Client,
    pub directory: TempDir,
}

/// Starts one with the defaults on free ports.
pub async fn start() -> Running {
    start_with(|_| {}).await
}

/// Starts one that is configured otherwise.
pub async fn start_with(change: impl FnOnce(&mut Config)) -> Running {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::on_free_ports(directory.path());
    config.requests_per_minute = 100_000;
    change(&mut config);
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    Running { sandbox: Sandbox::start(config).await.unwrap(), client, directory }
}

impl Running {
    /// A request of the API with the key and the tenant.
    pub fn api(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.origins().api);
        self.client.request(method, url).bearer_auth("fp_sandbox_key").header("Tenant-ID", "tenant_demo")
    }

    pub async fn get(&self, path: &str) -> Response {
        self.api(Method::GET, path).send().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    pub async fn sign(&self, body: Value) -> Response {
        self.api(Method::POST, "/v1/files/url").json(&body).send().await.unwrap()
    }

    /// A signed URL of a seeded file.
    pub async fn signed_url(&self, file_id: &str, action: &str) -> String {
        let answer: Value = self.sign(json!({ "fileId": file_id, "action": action })).await.json().await.unwrap();
        answer["url"].as_str().unwrap().to_owned()
    }

    pub fn identity(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.origins().identity)
    }

    /// A `PUT` to the control that must succeed.
    pub async fn control(&self, path: &str, body: Value) {
        let answer = self.client.put(self.identity(path)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 204, "{body}");
    }

    pub async fn fault(&self, fault: &str) {
        self.control("/control/fault", json!({ "fault": fault })).await;
    }
}

pub fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// The status and the code of the vendor's envelope, which must have a message too.
pub async fn refusal(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let envelope: flexportal::ErrorEnvelope = answer.json().await.unwrap();
    assert!(!envelope.error.message.is_empty());
    (status, envelope.error.code)
}
