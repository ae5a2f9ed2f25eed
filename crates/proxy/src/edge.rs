//! The listeners' own accept loop. `axum::serve` installs no timer, so that with it hyper's header timeout never fires: a client that sends a
//! byte a minute would keep its connection for ever.
//!
//! Places are limited in all and not by the peer's address: behind a load balancer, and that is where this program runs, all clients have one.

mod connection;
mod exchange;
mod socket;

pub use socket::Refusal;

use crate::config::Limits;
use crate::error::Failure;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header, uri::Authority};
use axum::response::Response;
use connection::Shared;
use hyper::server::conn::http1;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// The longest request head, in bytes: a token of 8 kB, and room.
const MAX_HEAD: usize = 24 * 1024;

/// The most header fields. hyper refuses more than 100 by itself; told another number, it would clear room for as many at each request.
const MAX_FIELDS: usize = 64;

/// The longest path and query, in bytes.
const MAX_TARGET: usize = 4096;

/// Who answers the requests of a listener.
pub trait Answers: Send + Sync + 'static {
    /// The whole answer to a request, whatever it is.
    fn answer(&self, request: Request<Body>) -> impl Future<Output = Response> + Send;
}

/// Accepts until `stop`; then idle connections end at once, requests in flight may finish within their bound, and what is left then is cut.
pub async fn serve(
    listener: TcpListener,
    answers: impl Answers,
    refusal: Refusal,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    // The time for a head is `connection`'s matter: hyper has one time for a head that does not end and for a connection that is idle.
    builder.header_read_timeout(None).max_buf_size(MAX_HEAD);
    let places = Arc::new(Semaphore::new(limits.connections));
    let shutdown = limits.shutdown;
    let shared = Arc::new(Shared { builder, answers, limits, refusal, places: Arc::clone(&places) });
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
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
            Some(_) = connections.join_next() => continue,
            accepted = next => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of descriptors, mostly: some connection has to end before trying again helps.
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let connection = connection::run(stream, Arc::clone(&shared), stopped.clone());
        connections.spawn(async move {
            // How a connection ended is the client's affair; the requests on it have been logged.
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = stopping.send(true);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(shutdown, finished).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests were still in flight when the time for them was over");
        connections.shutdown().await;
    }
}

/// Refuses requests whose target or host can be read in two ways, upgrades, and what is too long or too much.
///
/// # Errors
/// [`Failure::BadRequest`], [`Failure::TargetTooLong`], [`Failure::HeadTooLarge`]
pub fn check(request: &Request<Body>) -> Result<(), Failure> {
    if request.headers().len() > MAX_FIELDS {
        return Err(Failure::HeadTooLarge);
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Failure::BadRequest("A request names its host, once."));
    };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()).filter(is_host);
    let Some(host) = host else { return Err(Failure::BadRequest("The request's host is not one.")) };
    let uri = request.uri();
    if uri.path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET) {
        return Err(Failure::TargetTooLong);
    }
    let foreign = uri.authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host.as_str()));
    let other = uri.scheme_str().is_some_and(|scheme| !["http", "https"].contains(&scheme));
    if foreign || other || request.method() == Method::CONNECT {
        return Err(Failure::BadRequest("This is not a proxy for other hosts."));
    }
    if upgrades(request.headers()) {
        return Err(Failure::BadRequest("There is no other protocol to change to."));
    }
    Ok(())
}

/// A name or an address, and perhaps a port. The library takes any text for a port.
fn is_host(authority: &Authority) -> bool {
    let has_port = authority.as_str().len() > authority.host().len();
    !authority.as_str().contains('@') && (!has_port || authority.port_u16().is_some())
}

/// Whether the request asks for another protocol, in full or by half: whoever stands in front may have understood it.
fn upgrades(headers: &HeaderMap) -> bool {
    let named =
        |value: &[u8]| value.split(|&byte| byte == b',').any(|option| option.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
    headers.contains_key(header::UPGRADE) || headers.get_all(header::CONNECTION).iter().any(|value| named(value.as_bytes()))
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
        for hosts in [
            &[][..],
            &["a", "a"],
            &["a b"],
            &["user@a"],
            &["a/b"],
            &[""],
            &["a:b"],
            &["a:"],
            &["a:65536"],
            &["a:8080:1"],
            &["[::1]x"],
        ] {
            assert!(!verdict("/", hosts), "{hosts:?}");
        }
        assert!(!verdict("http://evil.example/", &["portal.example"]));
        assert!(!verdict("ftp://portal.example/", &["portal.example"]));
        assert!(verdict(&format!("/{}", "a".repeat(MAX_TARGET - 1)), &["portal.example"]));
        assert!(!verdict(&format!("/{}", "a".repeat(MAX_TARGET)), &["portal.example"]));
    }

    #[test]
    fn should_refuse_upgrades_however_they_are_written() {
        let with = |name: &str, value: &str| {
            check(&Request::get("/").header("host", "a").header(name, value).body(Body::empty()).unwrap()).is_ok()
        };
        for (name, value) in [
            ("upgrade", "h2c"),
            ("upgrade", ""),
            ("connection", "upgrade"),
            ("connection", "keep-alive, Upgrade"),
            ("connection", "close,UPGRADE , x"),
        ] {
            assert!(!with(name, value), "{name}: {value}");
        }
        for (name, value) in [("connection", "keep-alive"), ("connection", "x-upgrade"), ("upgrade-insecure-requests", "1")] {
            assert!(with(name, value), "{name}: {value}");
        }
    }
}
