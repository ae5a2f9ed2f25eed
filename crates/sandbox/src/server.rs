//! The accept loop. `axum::serve` cannot close a connection without an answer, which the fault `down` needs.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Marks a response that must never be sent: the connection is closed instead.
#[derive(Debug, Clone)]
pub(crate) struct HangUp;

impl HangUp {
    /// The response to return from a handler.
    pub(crate) fn response() -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(Self);
        response
    }
}

/// Serves HTTP/1.1 until the task is aborted, which ends the connections too.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        // A failed accept ends nothing; where file descriptors have run out, trying again at once would only burn the processor.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let service = TowerToHyperService::new(router.clone());
        let service = hyper::service::service_fn(move |request| {
            let answer = hyper::service::Service::call(&service, request);
            async move { answer.await.map_err(|never: Infallible| match never {}).and_then(unless_hung_up) }
        });
        // An error here is a client that went away or a fault on demand: neither is worth a word.
        connections.spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn unless_hung_up(response: Response) -> io::Result<Response> {
    match response.extensions().get::<HangUp>() {
        Some(HangUp) => Err(io::ErrorKind::ConnectionAborted.into()),
        None => Ok(response),
    }
}
