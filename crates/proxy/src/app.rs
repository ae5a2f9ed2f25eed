//! Puts the parts together: state, routes, listeners.

use crate::answer::{self, Admin, Public};
use crate::assets::Assets;
use crate::budget::gate::Gate;
use crate::budget::journal::{self, JournalError};
use crate::config::{Config, Limits, StorageOrigins};
use crate::edge::{self, Answers, Refusal};
use crate::error::Failure;
use crate::finding::Findings;
use crate::headers::SecurityHeaders;
use crate::lists::Lists;
use crate::metrics::Metrics;
use crate::ownership::Owners;
use crate::render::Pages;
use crate::routes::{self, admin, fragment, link, list, page, sign};
use crate::session::{Keys, Sessions};
use crate::shared::Shared;
use crate::upstream::Upstream;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::routing::{get, post};
use base64::Engine;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Everything that requests share.
pub struct App {
    pub(crate) sessions: Sessions,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) lists: Arc<Lists>,
    pub(crate) findings: Findings,
    pub(crate) owners: Arc<Owners>,
    pub(crate) assets: Assets,
    pub(crate) pages: Pages,
    pub(crate) storage: StorageOrigins,
    pub(crate) public_origin: Option<String>,
    pub(crate) security: SecurityHeaders,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limits: Limits,
    /// Set by the signal to stop; `/readyz` tells it.
    pub(crate) stopping: AtomicBool,
}

/// Why the proxy cannot run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener cannot be opened.
    #[error("{name} {address} cannot be listened on: {}", reason(.source))]
    Listen {
        /// The configuration name.
        name: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The assets cannot be read.
    #[error("PROXY_ASSETS cannot be read: {0}")]
    Assets(#[source] std::io::Error),
    /// The budget's file, which the operator named, cannot be used.
    #[error(transparent)]
    Budget(#[from] JournalError),
    /// Redis cannot be asked in any way.
    #[error("REDIS_URL cannot be used")]
    SharedState,
    /// No HTTP client can be made.
    #[error("no HTTP client can be made (are root certificates installed?)")]
    Client,
}

impl StartError {
    /// Whether the configuration has to be changed, rather than the machine.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Assets(_) | Self::SharedState | Self::Budget(JournalError::Unusable { .. }))
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "the port is in use by another program".into(),
        std::io::ErrorKind::PermissionDenied => "the system does not permit it".into(),
        other => other.to_string(),
    }
}

/// A proxy that listens.
pub struct Running {
    /// The public listener's address.
    pub public: SocketAddr,
    /// The admin listener's address.
    pub admin: Option<SocketAddr>,
    app: Arc<App>,
    /// The public listener first, the admin listener last: it tells that the other one is stopping.
    listeners: Vec<Listener>,
    keys: JoinHandle<()>,
    keeper: Option<JoinHandle<()>>,
}

/// What stops a listener, and its task.
type Listener = (oneshot::Sender<()>, JoinHandle<()>);

impl Running {
    /// Says on `/readyz` that it stops, accepts no more, lets requests in flight finish within their bound, and returns when all is over.
    pub async fn stop(self) {
        self.app.stopping.store(true, Ordering::Relaxed);
        for (stop, listener) in self.listeners {
            let _ = stop.send(());
            let _ = listener.await;
        }
        self.keys.abort();
        if let Some(keeper) = self.keeper {
            keeper.abort();
        }
        if let Some(shared) = self.app.upstream.shared() {
            shared.leave().await;
        }
    }
}

/// Opens the listeners and serves until [`Running::stop`].
///
/// # Errors
/// [`StartError`]
pub async fn start(config: Config) -> Result<Running, StartError> {
    let public = listen("PROXY_LISTEN", config.listen).await?;
    let admin = match config.admin_listen {
        Some(address) => Some(listen("PROXY_ADMIN_LISTEN", address).await?),
        None => None,
    };
    let assets = Assets::of(config.assets.as_deref()).map_err(StartError::Assets)?;
    let limits = config.limits.clone();
    let metrics = Arc::new(Metrics::default());
    let style = base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, answer::STYLE.as_bytes()));
    let security = SecurityHeaders::new(&config, &format!("sha256-{style}"));
    let keys = Keys::new(&config.session.keys, &config.session.algorithms, &limits).map_err(|_| StartError::Client)?;
    let keys = Arc::new(keys);
    let (gate, keeper) = match &config.redis {
        Some(url) => {
            let shared = Shared::start(url, config.replicas, &config.upstream, &limits).await;
            let (shared, keeper) = shared.map_err(|_| StartError::SharedState)?;
            (Gate::shared(shared), Some(keeper))
        }
        None => (journal::open(&config.budget_file, &config.upstream)?, None),
    };
    let upstream = Arc::new(Upstream::new(config.upstream, gate, &limits, Arc::clone(&metrics)).map_err(|_| StartError::Client)?);
    let app = Arc::new(App {
        sessions: Sessions::new(config.session, Arc::clone(&keys), Arc::clone(&metrics)),
        lists: Arc::new(Lists::new(Arc::clone(&upstream), Arc::clone(&metrics), &limits)),
        owners: Arc::new(Owners::new(Arc::clone(&upstream), Arc::clone(&metrics), &limits)),
        upstream,
        findings: Findings::new(limits.finding),
        pages: Pages::of(&assets),
        assets,
        storage: config.storage,
        public_origin: config.public_origin,
        security,
        metrics,
        limits: limits.clone(),
        stopping: AtomicBool::new(false),
    });

    let refusal: Refusal = Arc::new({
        let app = Arc::clone(&app);
        move |status| answer::refusal(&app, status)
    });
    let mut running = Running {
        public: public.1,
        admin: None,
        listeners: vec![serve(public.0, Public::new(Arc::clone(&app), public_routes(&app)), &refusal, &limits)],
        keys: tokio::spawn(keys.keep_fresh()),
        keeper,
        app: Arc::clone(&app),
    };
    if let Some((listener, address)) = admin {
        running.admin = Some(address);
        running.listeners.push(serve(listener, Admin::new(Arc::clone(&app), admin_routes(app)), &refusal, &limits));
    }
    Ok(running)
}

async fn listen(name: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { name, address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let actual = listener.local_addr().map_err(failed)?;
    Ok((listener, actual))
}

fn serve(listener: TcpListener, answers: impl Answers, refusal: &Refusal, limits: &Limits) -> Listener {
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    (stop, tokio::spawn(edge::serve(listener, answers, Arc::clone(refusal), limits.clone(), stopped)))
}

fn public_routes(app: &Arc<App>) -> Router {
    let router = Router::new()
        .route(routes::LIST, get(list::list))
        .route(routes::SIGN, post(sign::sign))
        .route(routes::VIEW, get(link::view))
        .route(routes::DOWNLOAD, get(link::download))
        .route(routes::FRAGMENT, get(fragment::fragment))
        .route(routes::HOME, get(page::home))
        .route(routes::ORDER, get(page::order))
        .route(routes::ASSET, get(page::asset));
    #[cfg(test)]
    let router = router.route("/panic", get(async || -> &'static str { panic!("SECRET") }));
    router
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .with_state(Arc::clone(app))
}

fn admin_routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(admin::healthz))
        .route("/readyz", get(admin::readyz))
        .route("/metrics", get(admin::metrics))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    #[tokio::test]
    async fn should_answer_a_panic_like_every_other_failure() {
        let values = [
            ("FLEXPORTAL_URL", "http://127.0.0.1:9"),
            ("FLEXPORTAL_API_KEY", "key"),
            ("FLEXPORTAL_TENANT_ID", "tenant"),
            ("PROXY_LISTEN", "127.0.0.1:0"),
            ("PROXY_STORAGE_ORIGINS", "https://storage.example"),
            ("SESSION_JWKS_URL", "http://127.0.0.1:9/jwks"),
            ("SESSION_ISSUER", "issuer"),
            ("SESSION_AUDIENCE", "audience"),
        ];
        let lookup = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        let running = start(Config::read(Source::open(lookup)).unwrap()).await.unwrap();
        let answer = reqwest::get(format!("http://{}/panic", running.public)).await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["x-content-type-options"]), (500, &"nosniff".parse().unwrap()));
        let text = answer.text().await.unwrap();
        assert!(text.contains("\"INTERNAL\"") && !text.contains("SECRET"), "{text}");
        running.stop().await;
    }
}
