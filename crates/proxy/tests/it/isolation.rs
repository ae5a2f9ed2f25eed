//! Requests that another site's page makes with the customer's cookie.

use crate::harness::{Harness, anna};
use reqwest::Method;
use serde_json::json;

const ROUTES: [(Method, &str); 4] = [
    (Method::GET, "/api/v1/files?orderId=ord_a1"),
    (Method::POST, "/api/v1/files/url"),
    (Method::GET, "/api/v1/files/file_ord_a1_1/view?orderId=ord_a1"),
    (Method::GET, "/api/v1/files/file_ord_a1_1/download?orderId=ord_a1"),
];

#[tokio::test]
async fn should_refuse_other_sites_on_every_data_route_at_no_cost() {
    let harness = Harness::new().await;
    let cookie = format!("__Host-portal_session={}", anna());
    let body = json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"}).to_string().into_bytes();
    let send = async |method: &Method, path: &str, more: &[(&str, &str)]| {
        let headers = [&[("cookie", cookie.as_str()), ("content-type", "application/json")], more].concat();
        harness.send(method.clone(), path, &headers, (method == Method::POST).then(|| body.clone())).await
    };
    for (method, path) in &ROUTES {
        for refused in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("referer", "https://evil.example/")],
            &[],
        ] {
            let answer = send(method, path, refused).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "CROSS_SITE_REFUSED"), "{path} {refused:?}");
            harness.no_upstream_call(path);
        }
        // The same request as the page makes it goes through, so it was the site that was refused.
        let origin = ("origin", harness.origin.as_str());
        for own in [&[("sec-fetch-site", "same-origin"), origin][..], &[origin]] {
            assert!([200, 302].contains(&send(method, path, own).await.status.as_u16()), "{path} {own:?}");
        }
        // Who reads need not name an origin; who writes must.
        let nameless = send(method, path, &[("sec-fetch-site", "same-origin")]).await.status.as_u16();
        assert_eq!(nameless == 403, method == Method::POST, "{path} {nameless}");
        harness.world.take_calls();
    }
    for (method, path) in &ROUTES[2..] {
        let by_hand = [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")];
        assert_eq!(send(method, path, &by_hand).await.status, 302, "{path}");
    }
}

#[tokio::test]
async fn should_answer_no_preflight() {
    let harness = Harness::new().await;
    for (_, path) in &ROUTES {
        let asks = [
            ("origin", "https://evil.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization"),
        ];
        let answer = harness.send(Method::OPTIONS, path, &asks, None).await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{path}");
    }
}
