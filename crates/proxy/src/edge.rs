//! The listeners' own accept loop. `axum::serve` installs no timer, so that with it hyper's header timeout never fires: a client that sends a
//! byte a minute would keep its connection for ever.
//!
//! What is no HTTP at all, or too long for a head, hyper answers by itself, with a status and nothing more. The head's timeout is the idle
//! connection's, too: a web server in front that keeps connections open should let go of them sooner.

use crate::config::Limits;
use crate::error::Failure;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header, uri::Authority};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The longest request head, in bytes: a token of 8 kB, and room.
const MAX_HEAD: usize = 24 * 1024;

/// The most header fields.
const MAX_FIELDS: usize = 64;

/// The longest path and query, in bytes.
const MAX_TARGET: usize = 4096;

/// Accepts until `stop`, then lets requests in flight finish within their bound.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.client_head).max_headers(MAX_FIELDS).max_buf_size(MAX_HEAD);
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        // A place first: beyond the limit connections wait in the kernel's queue and cost nothing here.
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = next => accepted,
        };
        let (stream, _) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: some connection has to end before trying again helps.
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // How a connection ended is the client's affair; the requests on it have been logged.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight when the time for them was over");
    }
}

/// Refuses requests whose target or host can be read in two ways.
///
/// # Errors
/// [`Failure::BadRequest`]
pub fn check(request: &Request<Body>) -> Result<(), Failure> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Failure::BadRequest("A request names its host, once."));
    };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()).filter(|host| !host.as_str().contains('@'));
    let Some(host) = host else { return Err(Failure::BadRequest("The request's host is not one.")) };
    let uri = request.uri();
    if uri.path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET) {
        return Err(Failure::BadRequest("The request's target is too long."));
    }
    let foreign = uri.authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host.as_str()));
    if foreign || request.method() == Method::CONNECT {
        return Err(Failure::BadRequest("This is not a proxy for other hosts."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(target: &str, hosts: &[&str]) -> bool {
        let builder = hosts.iter().fold(Request::get(target), |builder, host| builder.header("host", *host));
        check(&builder.body(Body::empty()).unwrap()).is_ok()
    }

    #[test]
    fn should_accept_one_host_that_is_the_targets() {
        assert!(verdict("/", &["portal.example"]));
        assert!(verdict("/", &["[::1]:8080"]));
        assert!(verdict("http://portal.example/x", &["Portal.example"]));
    }

    #[test]
    fn should_refuse_no_host_two_hosts_and_foreign_ones() {
        for hosts in [&[][..], &["a", "a"], &["a b"], &["user@a"], &["a/b"], &[""]] {
            assert!(!verdict("/", hosts), "{hosts:?}");
        }
        assert!(!verdict("http://evil.example/", &["portal.example"]));
        assert!(!verdict(&format!("/{}", "a".repeat(MAX_TARGET)), &["portal.example"]));
    }
}
