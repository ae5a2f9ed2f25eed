//! What is asked of the upstream: fixed templates, whatever the ids and the rest of a request are.

use super::first_line;
use crate::config::UpstreamConfig;
use crate::http::Request;
use crate::policy::{self, OrderDecision, Permitted, Scope};
use crate::session::Session;
use crate::upstream::Page;
use crate::upstream::fuzzed::Templates;
use flexportal::{Action, CustomerId, FileId, FileRecord, OrderId};
use hyper::body::Body;
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use url::Url;

const BASE: &str = "https://api.example/base";

/// Customer, order, file, offset and type, a line each: what is no id goes no further; of what is one, exactly the template's request is made.
pub fn ids(data: &[u8]) {
    let (customer, rest) = first_line(data);
    let (order, rest) = first_line(rest);
    let (file, rest) = first_line(rest);
    let (offset, word) = first_line(rest);
    let [customer, order, file, offset, word] =
        [customer, order, file, offset, word].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    for text in [&customer, &order, &file] {
        let is_one =
            (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        assert_eq!(
            [OrderId::new(text).is_ok(), CustomerId::new(text).is_ok(), FileId::new(text).is_ok()],
            [is_one; 3],
            "{text:?}"
        );
    }
    let (Ok(customer), Ok(order_id), Ok(file_id)) = (CustomerId::new(customer), OrderId::new(order), FileId::new(file)) else {
        return;
    };
    let page = Page { limit: 50, offset: offset.parse().unwrap_or(0), document_type: Some(word).filter(|word| !word.is_empty()) };
    let base = Url::parse(BASE).expect("an address");
    let config = UpstreamConfig { base, api_key: "key".into(), tenant_id: "tenant".into(), requests_per_minute: 1 };
    let templates = Templates::new(config);

    let asking = Session::for_test(customer.as_str(), None);
    let OrderDecision::Ask(question) = policy::order(&asking, order_id.clone()) else { panic!("no claim, so it is to be asked") };
    let request = templates.order(&question).expect("a request");
    must_be(&request, &Method::GET, &format!("{BASE}/v1/orders/{order_id}"), None);

    let naming = Session::for_test(customer.as_str(), Some(&[order_id.as_str()]));
    let OrderDecision::Permitted(scope) = policy::order(&naming, order_id.clone()) else { panic!("the token names it") };
    for (scope, name, subject) in
        [(&scope, "orderId", order_id.as_str()), (&policy::customer(&naming), "customerId", customer.as_str())]
    {
        let request = templates.list(scope, &page).expect("a request");
        let mut query = format!("{name}={subject}");
        if let Some(word) = &page.document_type {
            query += &format!("&type={}", encoded(word));
        }
        query += &format!("&limit={}&offset={}", page.limit, page.offset);
        must_be(&request, &Method::GET, &format!("{BASE}/v1/files?{query}"), None);
    }
    must_sign(&templates, &scope, &order_id, file_id);
}

fn must_sign(templates: &Templates, scope: &Permitted<Scope>, order: &OrderId, file: FileId) {
    let record = json!({"fileId": file.as_str(), "orderId": order.as_str()});
    let record: FileRecord = serde_json::from_value(record).expect("a record");
    let permitted = policy::found(scope, &file, &record).expect("it was found");
    let request = templates.sign(&permitted, Action::Download, 5).expect("a request");
    let body = json!({"fileId": file.as_str(), "action": "download", "expiresInMinutes": 5});
    must_be(&request, &Method::POST, &format!("{BASE}/v1/files/url"), Some(&body));
}

/// The request is this one to the letter, and has these headers and no others.
fn must_be(request: &Request, method: &Method, url: &str, body: Option<&Value>) {
    assert_eq!((request.method(), request.uri().to_string().as_str()), (method, url));
    let mut expected = HeaderMap::new();
    let headers = [("accept", "application/json"), ("authorization", "Bearer key"), ("tenant-id", "tenant")];
    let content = body.map(|_| ("content-type", "application/json"));
    for (name, value) in headers.into_iter().chain(content) {
        expected.insert(name, value.parse().expect("a value"));
    }
    assert_eq!(request.headers(), &expected);
    let sent = match Pin::new(&mut request.body().clone()).poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(Ok(frame))) => {
            frame.into_data().ok().map(|bytes| serde_json::from_slice::<Value>(&bytes).expect("JSON"))
        }
        _ => None,
    };
    assert_eq!(sent.as_ref(), body);
}

/// `application/x-www-form-urlencoded`, by its definition.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
