//! How connections are made: to the address itself, with TLS where that is asked for, within a deadline.

use hyper::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::aws_lc_rs;
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// A connection that is kept, and silent, is asked so often whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Makes connections. Its clones share what TLS remembers.
#[derive(Debug, Clone)]
pub struct Connector {
    connector: HttpsConnector<HttpConnector>,
    within: Duration,
}

impl Connector {
    /// With the system's root certificates. `within`: the deadline of a whole connection: its name, TCP and TLS.
    ///
    /// # Errors
    /// Where the root certificates cannot be loaded.
    pub fn new(within: Duration) -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        let tls = HttpsConnector::<HttpConnector>::builder()
            .with_provider_and_platform_verifier(Arc::new(aws_lc_rs::default_provider()))?;
        Ok(Self { connector: tls.https_or_http().enable_http1().wrap_connector(tcp), within })
    }
}

impl Service<Uri> for Connector {
    type Response = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connection = tokio::time::timeout(self.within, self.connector.call(uri));
        Box::pin(async move { connection.await? })
    }
}
