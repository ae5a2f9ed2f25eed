//! A sandbox of the FlexPortal Files API: what the vendor's two pages and `CONTRACT.md` describe, in either dialect, with
//! real files, signed URLs on a storage origin of its own, faults on demand, and the identity provider of the demo's portal.
//!
//! Reading order: [`Config`], `api` (the routes), `dialect` (how an answer is written), `storage` (the signed URLs),
//! `identity`, `control` and `faults`, `seed` (what is in it).
#![forbid(unsafe_code)]

mod api;
mod calls;
mod config;
mod control;
mod dialect;
mod faults;
mod identity;
mod rate_limit;
mod seed;
mod server;
mod signing;
mod storage;
mod store;

pub use config::Config;
pub use dialect::Dialect;
pub use seed::{DemoCustomer, DemoOrder, demo_customers};

use serde::Serialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

/// What every handler knows.
pub(crate) struct App {
    pub(crate) api_key: String,
    pub(crate) tenant_id: String,
    pub(crate) origins: Origins,
    pub(crate) portal: RwLock<Url>,
    pub(crate) dialect: RwLock<Dialect>,
    pub(crate) store: store::Store,
    pub(crate) signer: signing::Signer,
    pub(crate) limiter: rate_limit::RateLimiter,
    pub(crate) faults: faults::Faults,
    pub(crate) calls: calls::Calls,
    pub(crate) identity: identity::Identity,
}

impl App {
    pub(crate) fn dialect(&self) -> Dialect {
        *self.dialect.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn portal(&self) -> Url {
        self.portal.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Where the three servers are, such as `http://localhost:8081`.
#[derive(Debug, Clone, Serialize)]
pub struct Origins {
    /// The Files API, below `/v1`.
    pub api: String,
    /// The storage of the signed URLs.
    pub storage: String,
    /// The identity provider and, below `/control`, the sandbox's control.
    pub identity: String,
}

/// Why the sandbox did not start; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address} ({error}); is another sandbox running? Choose another port with --{flag}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The flag that names it.
        flag: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// The data directory cannot be used.
    #[error("cannot use the data directory {path} ({error}); choose another with --data, or remove it to start afresh")]
    Data {
        /// The directory.
        path: PathBuf,
        /// What went wrong.
        error: store::StoreError,
    },
    /// No keys could be made.
    #[error("cannot make the identity provider's keys ({0})")]
    Keys(#[from] identity::KeyError),
}

pub use identity::KeyError;
pub use store::StoreError;

/// A running sandbox; dropping it ends its servers.
pub struct Sandbox {
    origins: Origins,
    servers: JoinSet<()>,
}

impl Sandbox {
    /// Binds the three ports, seeds the data directory where it is new, and serves.
    ///
    /// # Errors
    /// [`StartError`] where a port is taken, the data directory cannot be used or no keys can be made.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (api, api_origin) = listen(config.api_listen, "api-listen").await?;
        let (storage, storage_origin) = listen(config.storage_listen, "storage-listen").await?;
        let (identity, identity_origin) = listen(config.identity_listen, "identity-listen").await?;
        let origins = Origins { api: api_origin, storage: storage_origin, identity: identity_origin };

        let data = |error| StartError::Data { path: config.data.clone(), error };
        let store = store::Store::open(&config.data).map_err(data)?;
        seed::seed(&store).map_err(data)?;
        let app = Arc::new(App {
            api_key: config.api_key,
            tenant_id: config.tenant_id,
            portal: RwLock::new(config.portal),
            dialect: RwLock::new(config.dialect),
            store,
            signer: signing::Signer::generate(),
            limiter: rate_limit::RateLimiter::new(config.requests_per_minute),
            faults: faults::Faults::seeded(),
            calls: calls::Calls::default(),
            identity: identity::Identity::generate()?,
            origins: origins.clone(),
        });

        let mut servers = JoinSet::new();
        servers.spawn(server::serve(api, api::router(app.clone())));
        servers.spawn(server::serve(storage, storage::router(app.clone())));
        servers.spawn(server::serve(identity, identity::router(app.clone()).merge(control::router(app))));
        Ok(Self { origins, servers })
    }

    /// Where the servers are.
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Serves until the process ends.
    pub async fn run(mut self) {
        while self.servers.join_next().await.is_some() {}
    }
}

async fn listen(address: SocketAddr, flag: &'static str) -> Result<(TcpListener, String), StartError> {
    let failed = |error| StartError::Listen { address, flag, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    // Named rather than numbered: browsers trust `localhost` with Secure cookies without TLS.
    Ok((listener, format!("http://localhost:{port}")))
}
