//! How connections are made: to the address itself, with TLS where that is asked for, within a deadline.

use hyper::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::GaiResolver;
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
        let tls = HttpsConnector::<HttpConnector>::builder()
            .with_provider_and_platform_verifier(Arc::new(aws_lc_rs::default_provider()))?;
        Ok(Self { connector: tls.https_or_http().enable_http1().wrap_connector(tcp(GaiResolver::new(), within)), within })
    }
}

/// TCP to the addresses of a name, one after the other.
fn tcp<R>(resolver: R, within: Duration) -> HttpConnector<R> {
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE));
    // It is divided among the addresses: one that is dead leaves time for the next.
    tcp.set_connect_timeout(Some(within));
    tcp
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

#[cfg(test)]
mod tests {
    use super::*;
    use hyper_util::client::legacy::connect::dns::Name;
    use std::convert::Infallible;
    use std::future::{Ready, ready};
    use std::net::{Ipv4Addr, SocketAddr};
    use tokio::net::{TcpListener, TcpSocket, TcpStream};
    use tokio::time::timeout;

    /// A name with these addresses.
    #[derive(Clone)]
    struct Addresses(Vec<SocketAddr>);

    impl Service<Name> for Addresses {
        type Response = std::vec::IntoIter<SocketAddr>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Name) -> Self::Future {
            ready(Ok(self.0.clone().into_iter()))
        }
    }

    #[tokio::test]
    async fn should_pass_over_an_address_that_does_not_answer() {
        const SOON: Duration = Duration::from_millis(200);
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::new(127, 0, 0, 2), 0).into()).unwrap();
        let silent = socket.listen(1).unwrap();
        let dead = silent.local_addr().unwrap();
        // Nobody takes connections there: when its queue is full, the system drops them.
        let mut queue = Vec::new();
        while let Ok(connection) = timeout(SOON, TcpStream::connect(dead)).await {
            queue.push(connection.unwrap());
        }
        let live = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 3), dead.port())).await.unwrap();
        let addresses = Addresses(vec![dead, live.local_addr().unwrap()]);
        let uri = format!("http://name.example:{}/", dead.port()).parse::<Uri>().unwrap();
        let connection = timeout(10 * SOON, tcp(addresses, 2 * SOON).call(uri)).await;
        assert!(matches!(connection, Ok(Ok(_))) && live.accept().await.is_ok(), "the live one is not reached");
    }
}
