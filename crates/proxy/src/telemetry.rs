//! Traces, where a collector is named (`OTEL_EXPORTER_OTLP_ENDPOINT`): a span for each request, and in it one for each upstream call.
//!
//! A span says what the request's log line says (method, route, status, code, id) and nothing of the customer. Only spans of [`TARGET`] are
//! exported; what else is logged stays in the log. Nothing is taken over from a client's `traceparent`: any browser could write one, and so decide
//! what is sampled and beside whose spans its own appear. Nothing of ours is sent to FlexPortal, whose headers are fixed.
//!
//! Spans are collected in a bounded queue and sent by a thread of their own. Where the collector is slow or dead they are dropped, and
//! requests do not notice.

mod sender;

use crate::config::Limits;
use axum::http::Method;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use sender::Sender;
use std::time::Duration;
use tracing::field::Empty;
use tracing::span::Id;
use tracing::{Level, Span};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::{LookupSpan, Registry};
use url::Url;

/// The target of spans that are exported. Logs do not show them: their target is none of ours.
const TARGET: &str = "order_documents_traces";

/// At the end, what is still in the queue may take so long.
const LAST_EXPORT: Duration = Duration::from_secs(3);

/// A layer for the subscriber.
pub type TraceLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The way to the collector.
pub struct Telemetry(SdkTracerProvider);

/// No way to a collector can be made.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent to OTEL_EXPORTER_OTLP_ENDPOINT")]
pub struct TelemetryError;

impl Telemetry {
    /// Sends to the collector at `endpoint`, as OTLP over HTTP with protobuf. The specification's other names are obeyed where the SDK does:
    /// `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`, `OTEL_BSP_*`,
    /// `OTEL_EXPORTER_OTLP_HEADERS`. It needs the runtime that it is called in.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn to(endpoint: &Url, limits: &Limits) -> Result<Self, TelemetryError> {
        let sender = Sender::new(limits).map_err(|_| TelemetryError)?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(sender)
            .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
            .build()
            .map_err(|_| TelemetryError)?;
        let mut resource = Resource::builder();
        if std::env::var_os("OTEL_SERVICE_NAME").is_none_or(|name| name.is_empty()) {
            resource = resource.with_service_name("order-documents-proxy");
        }
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build()))
    }

    /// What makes spans out of those of [`request`] and [`upstream`].
    pub fn layer(&self) -> TraceLayer {
        layer(self.0.tracer("order-documents-proxy"))
    }

    /// Sends what is left, for a bounded time.
    pub async fn stop(self) {
        // It waits for the sending thread, which needs the runtime: not on one of its workers.
        let _ = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(LAST_EXPORT)).await;
    }
}

fn layer(tracer: Tracer) -> TraceLayer {
    // The library would add source lines, threads, and every log line of the request, with the customer in it.
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    let layer =
        layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_target(false).with_level(false);
    layer.with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET)).boxed()
}

/// A request's span. `route` is the route's template, `id` the request's id.
pub fn request(method: &Method, route: &str, id: &str) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "request",
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = Empty,
        http.route = route,
        http.response.status_code = Empty,
        code = Empty,
        request.id = id,
    );
    if !span.is_disabled() {
        // A method may be any word that a client thinks of.
        let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH];
        let method = if known.contains(method) { method.as_str() } else { "_OTHER" };
        span.record("http.request.method", method);
        span.record("otel.name", format!("{method} {route}"));
    }
    span
}

/// The request was answered. `code` is the failure's, empty where there is none.
pub fn answered(span: &Span, status: u16, code: &str) {
    span.record("http.response.status_code", status);
    if !code.is_empty() {
        span.record("code", code);
    }
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// An upstream call's span, within the request's that makes it: of several who share it, the first one's.
pub fn upstream(operation: &'static str) -> Span {
    if !tracing::span_enabled!(target: TARGET, Level::INFO) {
        return Span::none();
    }
    let name = format!("upstream {operation}");
    let (parent, outcome) = (exported(), Empty);
    tracing::info_span!(target: TARGET, parent: parent, "upstream", otel.name = name, otel.kind = "client", otel.status_code = Empty, operation, outcome)
}

/// The exported span around the current one, which is the log's. The layer itself looks among the spans that are entered, and the exported ones
/// never are.
fn exported() -> Option<Id> {
    let current = Span::current().id()?;
    tracing::dispatcher::get_default(|dispatch| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let mut around = registry.span(&current)?.scope();
        around.find(|span| span.metadata().target() == TARGET).map(|span| span.id())
    })
}

/// The upstream call ended. `outcome` is the metrics' word for it; `ok` and `not_found` are answers like others.
pub fn ended(span: &Span, outcome: &'static str) {
    span.record("outcome", outcome);
    if !["ok", "not_found"].contains(&outcome) {
        span.record("otel.status_code", "ERROR");
    }
}
