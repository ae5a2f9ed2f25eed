//! An order's page with its list in it, and the fragment that portals include.

use crate::harness::{Answer, Harness, anna, anna_without_orders};
use crate::tokens::{EDDSA, claims};
use crate::world::Reply;
use order_documents_proxy::config::Config;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const PAGE: &str = include_str!("../../../../index.html");
const NAVIGATE: [(&str, &str); 2] = [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")];
const FETCH: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];
const ORDER: &str = "/orders/ord_a1";
const FRAGMENT: &str = "/api/v1/orders/ord_a1/fragment";
const LIST: &str = "/api/v1/files?orderId=ord_a1&limit=100&offset=0";

/// A proxy that has the component's page and style sheet.
struct Rendering {
    harness: Harness,
    _directory: tempfile::TempDir,
}

impl Rendering {
    async fn with(values: &[(&str, &str)], index: &str, styles: &[&str]) -> Self {
        Self::changed(values, index, styles, |_| {}).await
    }

    async fn changed(values: &[(&str, &str)], index: &str, styles: &[&str], change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("assets")).unwrap();
        std::fs::write(directory.path().join("index.html"), index).unwrap();
        for name in styles {
            std::fs::write(directory.path().join("assets").join(name), ":host{display:block}").unwrap();
        }
        let values = [&[("PROXY_ASSETS", directory.path().to_str().unwrap())], values].concat();
        Self { harness: Harness::with(&values, change).await, _directory: directory }
    }

    async fn new() -> Self {
        Self::with(&[], PAGE, &["element-0123456789abcdef.css"]).await
    }

    /// Opened by hand, in a browser that is signed in.
    async fn open(&self, token: &str, path: &str) -> Answer {
        self.harness.get_with_cookie(token, path, &NAVIGATE).await
    }
}

/// What an answer has in its element.
fn template(answer: &Answer) -> &str {
    let start = answer.text.find("<template shadowrootmode=\"open\">").unwrap_or_else(|| panic!("no list in {}", answer.text));
    &answer.text[start..answer.text.find("</template>").unwrap() + "</template>".len()]
}

fn data(answer: &Answer) -> Value {
    let (_, rest) = template(answer).split_once("<script type=\"application/json\"").unwrap();
    serde_json::from_str(rest.split_once('>').unwrap().1.split_once("</script>").unwrap().0).unwrap()
}

#[tokio::test]
async fn should_have_the_list_in_the_page_for_one_call() {
    let Rendering { harness, .. } = &Rendering::new().await;
    let headers = [&NAVIGATE[..], &[("accept-language", "de-AT,de;q=0.9")]].concat();
    let page = harness.get_with_cookie(&anna(), ORDER, &headers).await;
    assert_eq!((page.status.as_u16(), harness.world.take_calls().len()), (200, 1));
    for expected in [
        "<html lang=\"de-AT\">",
        "<title>Dokumente</title>",
        "<order-documents order-id=\"ord_a1\" heading-level=\"1\"><template",
        "<link rel=\"stylesheet\" href=\"/assets/element-0123456789abcdef.css\">",
        "data-file=\"file_ord_a1_1\"",
        "href=\"/api/v1/files/file_ord_a1_3/download?orderId=ord_a1\"",
        "15.01.2025",
        "data-url=\"/api/v1/files?orderId=ord_a1&amp;limit=100&amp;offset=0\" lang=\"de-AT\"",
    ] {
        assert!(page.text.contains(expected), "{expected} in {}", page.text);
    }
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("vary", "cookie, accept-language, accept-encoding"),
        ("content-language", "de-AT"),
        ("link", "</assets/element-0123456789abcdef.css>; rel=preload; as=style"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), value);
    }
    assert!(page.header("content-security-policy").contains("script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"));
    // What the component is given is what it would have been answered.
    let list = harness.get_with_cookie(&anna(), LIST, &FETCH).await;
    assert_eq!(data(&page), list.json());
    harness.no_upstream_call("what was rendered is kept");
}

#[tokio::test]
async fn should_answer_a_head_and_compress() {
    let Rendering { harness, .. } = &Rendering::new().await;
    let cookie = format!("__Host-portal_session={}", anna());
    let headers = [&NAVIGATE[..], &[("cookie", cookie.as_str())]].concat();
    let page = harness.send(Method::GET, ORDER, &headers, None).await;
    let head = harness.send(Method::HEAD, ORDER, &headers, None).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), page.text.len().to_string());
    for path in [ORDER, FRAGMENT] {
        let metadata = if path == ORDER { &NAVIGATE[..] } else { &FETCH[..] };
        for (accepted, encoding) in [
            ("gzip", "gzip"),
            ("gzip, deflate, br, zstd", "br"),
            ("br;q=0.2, gzip;q=0.9", "gzip"),
            ("br;q=0, gzip;q=0", ""),
            ("identity", ""),
        ] {
            let answer = harness.get_with_cookie(&anna(), path, &[metadata, &[("accept-encoding", accepted)]].concat()).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, encoding), "{path} {accepted}");
            assert_eq!(answer.text.contains("</script>"), encoding.is_empty(), "{path} {accepted}");
        }
    }
}

#[tokio::test]
async fn should_answer_anothers_order_as_one_that_does_not_exist() {
    let Rendering { harness, .. } = &Rendering::new().await;
    for token in [anna(), anna_without_orders()] {
        for (path, metadata) in [("/orders/ORD", &NAVIGATE[..]), ("/api/v1/orders/ORD/fragment", &FETCH)] {
            let ask = async |order: &str| {
                let answer = harness.get_with_cookie(&token, &path.replace("ORD", order), metadata).await;
                let (status, headers, text) = answer.appearance();
                let calls: Vec<String> =
                    harness.world.take_calls().into_iter().map(|call| call.path.replace(order, "ORD")).collect();
                let headers: Vec<_> = headers.into_iter().filter(|(name, _)| name != "content-length").collect();
                (status, headers, text.replace(order, "ORD"), calls)
            };
            let (anothers, nobodys) = (ask("ord_b1").await, ask("ord_none").await);
            assert_eq!(anothers, nobodys);
            assert_eq!(anothers.0, 404);
            if token == anna() {
                assert!(anothers.3.is_empty(), "a refusal costs no call");
            }
        }
    }
    let page = harness.get_with_cookie(&anna(), "/orders/ord_b1", &NAVIGATE).await;
    assert!(page.text.contains("Order not found") && page.text.contains("<!-- assets:head -->"), "{}", page.text);
    assert!(!page.text.contains("application/json"), "{}", page.text);
}

#[tokio::test]
async fn should_permit_by_the_token_or_by_asking() {
    let Rendering { harness, .. } = &Rendering::new().await;
    for (token, calls) in [(anna_without_orders(), 2), (anna(), 0)] {
        let page = harness.get_with_cookie(&token, ORDER, &NAVIGATE).await;
        assert_eq!((page.status.as_u16(), harness.world.take_calls().len()), (200, calls));
        assert_eq!(template(&page).matches("data-file=").count(), 3);
    }
    // Ben may see his own, by the same page, and not hers that is kept.
    let ben = EDDSA.sign(&claims("cust_ben", Some(&["ord_b1"])));
    assert_eq!(harness.get_with_cookie(&ben, ORDER, &NAVIGATE).await.status, 404);
    harness.no_upstream_call("a refusal costs no call");
}

#[tokio::test]
async fn should_render_nothing_for_another_sites_page_or_for_nobody() {
    let rendering = Rendering::new().await;
    let harness = &rendering.harness;
    for metadata in [
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")][..],
        &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")],
        &[("sec-fetch-site", "none"), ("sec-fetch-mode", "no-cors")],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[("referer", "https://evil.example/")],
        &[],
    ] {
        for order in [ORDER, "/orders/ord_b1", "/orders/ord_none"] {
            let page = harness.get_with_cookie(&anna(), order, metadata).await;
            assert_eq!(
                (page.status.as_u16(), page.text.as_str(), page.header("cache-control")),
                (200, PAGE, "no-cache"),
                "{metadata:?}"
            );
            assert_eq!(page.header("vary"), "cookie, accept-language, accept-encoding");
        }
        let fragment = harness.get_with_cookie(&anna(), FRAGMENT, metadata).await;
        assert_eq!((fragment.status.as_u16(), fragment.code().as_str()), (403, "CROSS_SITE_REFUSED"), "{metadata:?}");
    }
    let nobody = harness.send(Method::GET, ORDER, &NAVIGATE, None).await;
    assert_eq!((nobody.status.as_u16(), nobody.text.as_str()), (200, PAGE));
    assert_eq!(harness.send(Method::GET, FRAGMENT, &[], None).await.status, 401);
    harness.no_upstream_call("nothing was rendered");
    assert_eq!(rendering.open(&anna(), ORDER).await.text.matches("data-file=").count(), 3);
}

#[tokio::test]
async fn should_say_in_words_why_there_is_no_list() {
    let rendering = Rendering::new().await;
    let harness = &rendering.harness;
    let expired = EDDSA.sign(&json!({"iss": "https://idp.example", "aud": "order-documents", "sub": "cust_anna", "exp": 1}));
    let german = [&NAVIGATE[..], &[("accept-language", "de")]].concat();
    let page = harness.get_with_cookie(&expired, ORDER, &german).await;
    assert_eq!((page.status.as_u16(), page.header("www-authenticate")), (401, "Bearer"));
    assert!(page.text.contains("Bitte melden Sie sich erneut an") && page.text.contains("<html lang=\"de\">"), "{}", page.text);
    harness.no_upstream_call("signed out");
    for (reply, status, text) in
        [(403, 403, "No access"), (500, 502, "cannot be loaded right now"), (404, 404, "Order not found")]
    {
        harness.world.answer_with(move |_| Some(Reply::Json(reply, json!({}))));
        let page = rendering.open(&anna(), &format!("{ORDER}?offset={reply}")).await;
        assert_eq!((page.status.as_u16(), page.header("cache-control")), (status, "no-store"), "{reply}");
        assert!(page.text.contains(text) && page.text.contains("role=\"alert\""), "{text} in {}", page.text);
        assert!(page.header("content-security-policy").contains("script-src 'self'"), "the component goes on");
        let fragment = harness.get_with_cookie(&anna(), &format!("{FRAGMENT}?offset={reply}"), &FETCH).await;
        assert_eq!((fragment.status.as_u16(), fragment.header("content-type")), (status, "application/json"));
    }
}

#[tokio::test]
async fn should_say_when_to_come_back() {
    let rendering = Rendering::with(&[("PROXY_REQUESTS_PER_MINUTE", "5")], PAGE, &["element-0123456789abcdef.css"]).await;
    let harness = &rendering.harness;
    harness.world.answer_with(|_| Some(Reply::Raw(429, vec![("retry-after", "40".into())], b"{}".to_vec())));
    let page = rendering.open(&anna(), ORDER).await;
    assert_eq!(page.status, 429);
    let seconds: u64 = page.header("retry-after").parse().unwrap();
    assert!((1..=40).contains(&seconds) && page.text.contains(&format!("We go on in {seconds} seconds.")), "{}", page.text);
    let calls = harness.world.take_calls().len();
    assert_eq!(rendering.open(&anna(), ORDER).await.status, 429);
    assert_eq!((calls, harness.world.take_calls().len()), (1, 0), "a page that is refused costs no call");
}

#[tokio::test]
async fn should_set_the_fragment_as_it_is_asked() {
    let Rendering { harness, .. } = &Rendering::new().await;
    let path = format!("{FRAGMENT}?lang=fr-CA&heading-level=3&theme=dark&heading=%3Cb%3EMes%20papiers");
    for answer in [harness.get(&anna(), &path).await, harness.get_with_cookie(&anna(), &path, &FETCH).await] {
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!((answer.header("cache-control"), answer.header("content-language")), ("no-store", "fr-CA"));
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(answer.text, template(&answer));
        for expected in [
            "class=\"order-documents dark\"",
            "aria-level=\"3\">&lt;b&gt;Mes papiers<",
            "aria-level=\"4\">Factures<",
            ">1,23\u{a0}ko<",
            "lang=\"fr-CA\"",
        ] {
            assert!(answer.text.contains(expected), "{expected} in {}", answer.text);
        }
    }
    for (query, status) in [("offset=-1", 422), ("lang=de&lang=fr", 400)] {
        assert_eq!(harness.get(&anna(), &format!("{FRAGMENT}?{query}")).await.status, status, "{query}");
    }
    for order in ["%20", "a%2fb", "a.b"] {
        assert_eq!(harness.get(&anna(), &format!("/api/v1/orders/{order}/fragment")).await.status, 404);
    }
}

#[tokio::test]
async fn should_show_what_is_hostile_as_text() {
    let rendering = Rendering::new().await;
    let harness = &rendering.harness;
    let name = "\"><img src=x onerror=alert(1)></script><!--.pdf";
    harness.world.add(json!({"fileId": "hostile", "orderId": "ord_a1", "originalFilename": name, "type": "<b>&amp;"}));
    let page = rendering.open(&anna(), ORDER).await;
    assert!(!page.text.contains("<img") && !page.text.contains("<b>"), "{}", page.text);
    assert!(
        page.text.contains("title=\"&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;/script&gt;&lt;!--.pdf\""),
        "{}",
        page.text
    );
    let files = data(&page)["files"].as_array().unwrap().clone();
    assert_eq!(files.iter().find(|file| file["fileId"] == "hostile").unwrap()["filename"], name);
}

#[tokio::test]
async fn should_serve_a_page_as_it_is_that_no_list_can_be_put_into() {
    for (index, styles) in [
        (PAGE, &[][..]),
        (PAGE, &["element-0123456789abcdef.css", "element-fedcba9876543210.css"]),
        ("<p>ours</p>", &["element-0123456789abcdef.css"]),
        ("<order-documents scope=\"customer\"></order-documents>", &["element-0123456789abcdef.css"]),
    ] {
        let rendering = Rendering::with(&[], index, styles).await;
        let page = rendering.open(&anna(), ORDER).await;
        assert_eq!((page.status.as_u16(), page.text.as_str(), page.header("cache-control")), (200, index, "no-cache"));
        rendering.harness.no_upstream_call("it is nobody's page");
    }
    // An operator's own page has our list.
    let own = "<html lang=\"en\"><title>Ours</title><order-documents theme=\"dark\"></order-documents></html>";
    let rendering = Rendering::with(&[], own, &["element-0123456789abcdef.css"]).await;
    let page = rendering.open(&anna(), &format!("{ORDER}?lang=es-MX")).await;
    assert!(
        page.text
            .starts_with("<html lang=\"es-MX\"><title>Ours</title><order-documents order-id=\"ord_a1\" theme=\"dark\"><template"),
        "{}",
        page.text
    );
    assert!(page.text.contains("class=\"order-documents dark\"") && page.text.ends_with("</template></order-documents></html>"));
}

#[tokio::test]
async fn should_lead_from_page_to_page() {
    let rendering = Rendering::new().await;
    for number in 0..150 {
        rendering.harness.world.add(json!({"fileId": format!("more_{number}"), "orderId": "ord_a1"}));
    }
    let first = rendering.open(&anna(), &format!("{ORDER}?lang=de&theme=dark")).await;
    assert_eq!(first.text.matches("data-file=").count(), 100);
    assert!(first.text.contains("href=\"?lang=de&amp;theme=dark&amp;offset=100\">Nächste Seite<"), "{}", first.text);
    let second = rendering.open(&anna(), &format!("{ORDER}?offset=100")).await;
    assert_eq!(
        (second.text.matches("data-file=").count(), second.text.contains("<script type=\"application/json\"")),
        (53, false)
    );
    assert!(
        second.text.contains("href=\"?offset=0\">Previous page<")
            && second.text.contains("/view?orderId=ord_a1&amp;offset=100\"")
    );
}

#[tokio::test]
async fn should_count_pages_and_fragments_by_their_routes() {
    let rendering = Rendering::new().await;
    rendering.open(&anna(), ORDER).await;
    rendering.harness.get(&anna(), FRAGMENT).await;
    let metrics = reqwest::get(format!("{}/metrics", rendering.harness.admin)).await.unwrap().text().await.unwrap();
    for route in ["route=\"/orders/{order_id}\"", "route=\"/api/v1/orders/{order_id}/fragment\""] {
        assert!(metrics.contains(route), "{route} in {metrics}");
    }
}

#[tokio::test]
async fn should_say_how_old_a_list_is_that_is_rendered() {
    let keep = |config: &mut Config| {
        config.limits.list_fresh = Duration::ZERO;
        config.limits.list_stale = Duration::ZERO;
    };
    let rendering = Rendering::changed(&[], PAGE, &["element-0123456789abcdef.css"], keep).await;
    let harness = &rendering.harness;
    let fresh = [rendering.open(&anna(), ORDER).await, harness.get(&anna(), FRAGMENT).await];
    assert!(fresh.iter().all(|answer| answer.status == 200 && !answer.headers.contains_key("age")), "{fresh:?}");
    // The upstream fails from now on, so that the list is an old one; it says so as soon as it is a second old.
    harness.world.answer_with(|_| Some(Reply::Json(500, json!({}))));
    let start = tokio::time::Instant::now();
    while !harness.get(&anna(), LIST).await.headers.contains_key("age") {
        assert!(start.elapsed() < Duration::from_secs(10), "the list route says it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for answer in [rendering.open(&anna(), ORDER).await, harness.get(&anna(), FRAGMENT).await] {
        assert_eq!((answer.status.as_u16(), answer.text.matches("data-file=").count()), (200, 3));
        let age = answer.headers.get("age").map(|age| age.to_str().unwrap().parse::<u64>().unwrap());
        assert!(age.is_some_and(|age| (1..=10).contains(&age)), "{age:?} of {}", answer.header("content-type"));
    }
    // What has no list in it has no age.
    let failed = rendering.open(&anna(), "/orders/ord_a2").await;
    assert!(failed.status.is_server_error() && !failed.headers.contains_key("age"), "{failed:?}");
}
