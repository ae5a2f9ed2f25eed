//! Traces, as a collector receives them.

use crate::harness::anna;
use crate::logs::{ask_everything, require_clean};
use crate::program::{Program, listening_world};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use reqwest::Method;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

type Received = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

/// A collector that keeps what it is sent.
async fn collector() -> (Received, String) {
    let received = Received::default();
    let keep = Arc::clone(&received);
    let router = Router::new().fallback(async move |uri: Uri, headers: HeaderMap, body: Bytes| {
        keep.lock().unwrap().push((uri.path().to_owned(), headers, body));
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (received, origin)
}

/// The attributes as text.
fn attributes(all: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &KeyValue| match value.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    all.iter().map(|one| (one.key.clone(), text(one))).collect()
}

/// All spans, and the service that each batch names.
fn spans(received: &Received) -> (Vec<Span>, Vec<String>) {
    let (mut spans, mut services) = (Vec::new(), Vec::new());
    for (path, headers, body) in received.lock().unwrap().iter() {
        assert_eq!((path.as_str(), headers["content-type"].to_str().unwrap()), ("/v1/traces", "application/x-protobuf"));
        for resource in ExportTraceServiceRequest::decode(body.clone()).unwrap().resource_spans {
            services.push(attributes(&resource.resource.unwrap().attributes)["service.name"].clone());
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    (spans, services)
}

#[tokio::test]
async fn should_send_a_span_for_each_request_and_each_upstream_call_and_nothing_else() {
    let (world, upstream) = listening_world("log").await;
    let (received, collector) = collector().await;
    let program =
        Program::start(&upstream, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector), ("OTEL_SERVICE_NAME", "documents")]).await;
    let (ids, failed) = ask_everything(&program, &world).await;
    let key = program.key.clone();
    let log = program.stop().await;
    let calls = world.take_calls().len();
    let (spans, services) = spans(&received);
    assert!(services.iter().all(|service| service == "documents") && !services.is_empty(), "{services:?}");

    let requests: Vec<_> = spans.iter().filter(|span| span.kind == 2).collect();
    let told: std::collections::BTreeSet<_> =
        requests.iter().map(|span| attributes(&span.attributes)["request.id"].clone()).collect();
    assert_eq!(told, ids, "a span for each request:\n{log}");
    // A client's traceparent begins nothing of ours.
    assert!(requests.iter().all(|span| span.parent_span_id.is_empty()));
    assert!(spans.iter().all(|span| span.trace_id.as_slice()
        != [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c]));
    let of_failed = requests.iter().find(|span| attributes(&span.attributes)["request.id"] == failed).unwrap();
    let expected = [
        ("http.request.method", "GET"),
        ("http.route", "/api/v1/files"),
        ("http.response.status_code", "502"),
        ("code", "UPSTREAM_FAILED"),
        ("request.id", &failed),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(attributes(&of_failed.attributes), expected.into());
    assert_eq!((of_failed.name.as_str(), of_failed.status.as_ref().unwrap().code), ("GET /api/v1/files", 2));

    let upstream: Vec<_> = spans.iter().filter(|span| span.kind == 3).collect();
    assert_eq!(upstream.len(), calls, "a span for each upstream call");
    assert_eq!(spans.len(), requests.len() + upstream.len());
    for span in &upstream {
        let attributes = attributes(&span.attributes);
        assert_eq!(attributes.keys().collect::<Vec<_>>(), ["operation", "outcome"]);
        assert_eq!(span.name, format!("upstream {}", attributes["operation"]));
        let parent = requests.iter().find(|request| request.span_id == span.parent_span_id);
        assert!(parent.is_some_and(|parent| parent.trace_id == span.trace_id), "{span:?}");
    }
    let mine: Vec<_> = upstream.iter().filter(|span| span.parent_span_id == of_failed.span_id).collect();
    assert!(mine.iter().any(|span| attributes(&span.attributes)["outcome"] == "failed"), "{mine:?}");

    assert!(spans.iter().all(|span| span.events.is_empty() && span.links.is_empty()), "no log lines");
    for (_, headers, body) in received.lock().unwrap().iter() {
        let text = format!("{headers:?} {}", String::from_utf8_lossy(body));
        require_clean(&text, &key);
        for customers in ["cust_", "ord_a", "ord_b", "file_ord"] {
            assert!(!text.contains(customers), "{customers} is in a trace");
        }
    }
}

/// Where there is one core, the thread that serves is also the one that the sender of traces needs, to the last moment.
#[tokio::test]
async fn should_serve_and_trace_and_stop_on_one_core() {
    let (world, upstream) = listening_world("log").await;
    let (received, collector) = collector().await;
    let program = Program::start_on_one_core(&upstream, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector)]).await;
    assert_eq!(program.threads_that_serve(), 0);
    let (ids, _) = ask_everything(&program, &world).await;
    program.stop().await;
    let (spans, _) = spans(&received);
    let requests = spans.iter().filter(|span| span.kind == 2);
    let told = requests.map(|span| attributes(&span.attributes)["request.id"].clone()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(told, ids);
}

#[tokio::test]
async fn should_obey_the_sampler_and_name_itself() {
    let (_world, upstream) = listening_world("log").await;
    for (sampler, expected) in [("always_off", 0), ("always_on", 1)] {
        let (received, collector) = collector().await;
        let program =
            Program::start(&upstream, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector), ("OTEL_TRACES_SAMPLER", sampler)]).await;
        program.ask(Method::GET, "/nowhere", None, &[]).await;
        program.stop().await;
        let (spans, services) = spans(&received);
        assert_eq!(spans.len(), expected, "{sampler}");
        assert!(services.iter().all(|service| service == "order-documents-proxy"), "{services:?}");
    }
}

#[tokio::test]
async fn should_serve_all_the_same_beside_a_collector_that_is_dead_or_silent() {
    let (_world, upstream) = listening_world("log").await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [free, silent.local_addr().unwrap()] {
        let collector = format!("http://{address}/SECRET-path");
        let values = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
            ("PROXY_REQUESTS_PER_MINUTE", "1000"),
        ];
        let program = Program::start(&upstream, &values).await;
        let begun = Instant::now();
        for _ in 0..50 {
            let (answer, _) = program.ask(Method::GET, "/api/v1/files?orderId=ord_a1", Some(&anna()), &[]).await;
            assert_eq!(answer.status(), 200);
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let stopping = Instant::now();
        let log = program.stop().await;
        assert!(stopping.elapsed() < Duration::from_secs(8), "{:?}", stopping.elapsed());
        let said = log.lines().filter(|line| line.contains("traces cannot be sent")).count();
        assert!(said <= 1 && !log.contains("SECRET"), "{log}");
        assert!(address != free || said == 1, "{log}");
    }
}
