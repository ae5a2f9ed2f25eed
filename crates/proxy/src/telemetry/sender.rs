//! The HTTP client that the exporter sends with: the same as for every other outgoing request.

use crate::config::Limits;
use crate::http::{Client, Connector, Deadlines};
use async_trait::async_trait;
use http_body_util::Full;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;

/// A collector's answer is at most so long, in bytes; nothing of it is used.
const MAX_ANSWER: usize = 64 * 1024;

/// The exporter runs on a thread of its own, without a runtime; what it sends is sent by ours.
#[derive(Debug)]
pub struct Sender {
    client: Client,
    runtime: Handle,
    /// The last try failed; said once, not every five seconds.
    failing: Arc<AtomicBool>,
}

impl Sender {
    /// In the runtime that it is called in.
    pub fn new(limits: &Limits) -> io::Result<Self> {
        let client = Client::new(Connector::new(limits.connect)?, Deadlines::whole(limits.upstream_answer));
        Ok(Self { client, runtime: Handle::current(), failing: Arc::default() })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, failing) = (self.client.clone(), Arc::clone(&self.failing));
        let sent = self.runtime.spawn(async move {
            let result = send(&client, request).await;
            let failed = result.as_ref().map_or(true, |answer| !answer.status().is_success());
            if failing.swap(failed, Ordering::Relaxed) != failed {
                match &result {
                    Ok(answer) if failed => {
                        tracing::warn!(status = answer.status().as_u16(), "the collector refuses traces; they are dropped")
                    }
                    Err(reason) => tracing::warn!(reason, "traces cannot be sent; they are dropped"),
                    Ok(_) => tracing::info!("traces are sent again"),
                }
            }
            result
        });
        Ok(sent.await??)
    }
}

/// The error in words of ours: the library's may have the address in it.
async fn send(client: &Client, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
    let answer = client.send(request.map(Full::new)).await.map_err(|cause| cause.to_string())?;
    let status = answer.status();
    let mut response = Response::new(answer.body(MAX_ANSWER).await.map_err(|error| error.reason().to_owned())?);
    *response.status_mut() = status;
    Ok(response)
}
