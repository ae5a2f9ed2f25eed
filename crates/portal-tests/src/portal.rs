//! A sandbox and a proxy in front of it, on free ports.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Process;
use crate::site;

/// The key between proxy and sandbox. It must never be seen anywhere else.
pub const API_KEY: &str = "fp_canary_9f2c41d7";

/// How a portal differs from the usual one.
#[derive(Debug, Clone)]
pub struct PortalOptions {
    /// What the proxy may ask of the upstream in a minute. High by default, so that tests do not wait for each other.
    pub requests_per_minute: u32,
    /// `schema`, `guide` or `mixed`.
    pub dialect: &'static str,
    /// The proxy serves what is compiled into it, and no directory: the standalone page, without the demo's host page.
    pub embedded: bool,
}

impl Default for PortalOptions {
    fn default() -> Self {
        PortalOptions { requests_per_minute: 6000, dialect: "schema", embedded: false }
    }
}

/// The running pair; dropping it ends both and removes their data.
pub struct Portal {
    origins: Origins,
    proxy: String,
    http: Client,
    _processes: [Process; 2],
    _directory: TempDir,
}

#[derive(Debug, Clone, Deserialize)]
struct Origins {
    api: String,
    storage: String,
    identity: String,
}

impl Portal {
    /// Starts the usual portal.
    pub async fn start() -> Result<Portal> {
        Portal::start_with(PortalOptions::default()).await
    }

    /// Starts a portal and waits until both programs are ready.
    pub async fn start_with(options: PortalOptions) -> Result<Portal> {
        let directory = tempfile::tempdir()?;
        let (sandbox, origins) = start_sandbox(&directory, &options)?;
        let assets = (!options.embedded).then(|| directory.path().join("site"));
        if let Some(assets) = &assets {
            site::assemble(assets, &origins.identity)?;
        }
        let (proxy_process, proxy) = start_proxy(&origins, assets.as_deref(), &options)?;
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let portal = Portal { origins, proxy, http, _processes: [sandbox, proxy_process], _directory: directory };
        // The sandbox was started first, before the proxy had its port.
        portal.set_portal(&portal.proxy).await?;
        Ok(portal)
    }

    /// Where signing in leads, and whose scripts the storage answers.
    pub async fn set_portal(&self, origin: &str) -> Result<()> {
        self.control("portal", json!({ "portal": origin })).await
    }

    /// The portal's own origin, such as `http://localhost:8080`.
    pub fn origin(&self) -> &str {
        &self.proxy
    }

    /// Where signed URLs point.
    pub fn storage(&self) -> &str {
        &self.origins.storage
    }

    /// The identity provider's address that signs `customer` in and opens `order` in the host page.
    pub fn sign_in_url(&self, customer: &str, order: &str) -> String {
        format!("{}/sign-in?customer={customer}&order={order}", self.origins.identity)
    }

    /// The identity provider's address that ends the session.
    pub fn sign_out_url(&self) -> String {
        format!("{}/sign-out", self.origins.identity)
    }

    /// A raw session token; `query` as the sandbox's `/token` takes it, such as `customer=cust_anna&ttl=60`.
    pub async fn token(&self, query: &str) -> Result<String> {
        Ok(self.http.get(format!("{}/token?{query}", self.origins.identity)).send().await?.error_for_status()?.text().await?)
    }

    /// Makes the upstream fail; `rule` as the sandbox's `PUT /control/fault` takes it, such as `{"fault": "down"}`.
    pub async fn fault(&self, rule: Value) -> Result<()> {
        self.control("fault", rule).await
    }

    /// How often the upstream's route, such as `POST /v1/files/url`, was asked since the last [`Portal::forget_calls`].
    pub async fn calls(&self, route: &str) -> Result<u64> {
        let log: Value = self.http.get(self.control_url("calls")).send().await?.error_for_status()?.json().await?;
        let routes = log["routes"].as_object().context("the sandbox counts its calls by route")?;
        Ok(routes.get(route).and_then(Value::as_u64).unwrap_or(0))
    }

    /// Starts counting anew.
    pub async fn forget_calls(&self) -> Result<()> {
        self.http.delete(self.control_url("calls")).send().await?.error_for_status()?;
        Ok(())
    }

    /// A client for asking the proxy without a browser; it follows no redirect.
    pub fn http(&self) -> &Client {
        &self.http
    }

    async fn control(&self, what: &str, body: Value) -> Result<()> {
        let answer = self.http.put(self.control_url(what)).json(&body).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "the sandbox refused {what} {body}: {status} {}", answer.text().await?);
        Ok(())
    }

    fn control_url(&self, what: &str) -> String {
        format!("{}/control/{what}", self.origins.identity)
    }
}

fn start_sandbox(directory: &TempDir, options: &PortalOptions) -> Result<(Process, Origins)> {
    let mut command = Command::new(site::program("order-documents-sandbox"));
    for listener in ["--api-listen", "--storage-listen", "--identity-listen"] {
        command.args([listener, "127.0.0.1:0"]);
    }
    command.args(["--api-key", API_KEY, "--requests-per-minute", "100000", "--dialect", options.dialect]);
    command.arg("--data").arg(directory.path().join("data"));
    Process::start("sandbox", &mut command, |line| serde_json::from_str(line).ok())
}

fn start_proxy(origins: &Origins, assets: Option<&Path>, options: &PortalOptions) -> Result<(Process, String)> {
    #[derive(Deserialize)]
    struct Ready {
        proxy: String,
    }
    let mut command = Command::new(site::program("order-documents-proxy"));
    command
        .env("FLEXPORTAL_URL", &origins.api)
        .env("FLEXPORTAL_API_KEY", API_KEY)
        .env("FLEXPORTAL_TENANT_ID", "tenant_demo")
        .env("PROXY_LISTEN", "127.0.0.1:0")
        .env("PROXY_STORAGE_ORIGINS", &origins.storage)
        // Each fault has to be met: what is kept would be shown in its place.
        .env("PROXY_LIST_SECONDS", "0")
        .env("PROXY_REQUESTS_PER_MINUTE", options.requests_per_minute.to_string())
        .env("SESSION_JWKS_URL", format!("{}/.well-known/jwks.json", origins.identity))
        .env("SESSION_ISSUER", &origins.identity)
        .env("SESSION_AUDIENCE", "order-documents");
    if let Some(assets) = assets {
        command.env("PROXY_ASSETS", assets);
    }
    Process::start("proxy", &mut command, |line| serde_json::from_str::<Ready>(line).ok().map(|ready| ready.proxy))
}
