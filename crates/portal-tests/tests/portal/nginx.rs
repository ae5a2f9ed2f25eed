//! The static site behind the real nginx, with the example of `deploy/nginx/`.

use anyhow::{Context, Result, ensure};
use portal_tests::{Nginx, Page, Portal, Trials, lone_tests};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

pub fn tests() -> Trials {
    lone_tests![
        should_show_an_order_behind_nginx,
        should_show_the_page_alone_while_the_proxy_is_away,
        should_send_the_same_headers_as_the_proxy,
        should_keep_only_hashed_names,
        should_pass_on_all_that_the_proxy_takes_and_sends,
        should_answer_in_the_proxys_form_where_the_proxy_does_not
    ]
}

async fn should_show_an_order_behind_nginx(page: Page) -> Result<()> {
    let nginx = Nginx::start(page.portal()).await?;
    // There is no host page behind nginx; signing in sets the cookie all the same, and cookies do not see ports.
    page.driver().goto(page.portal().sign_in_url("cust_anna", "ord_demo")).await?;
    for path in ["/?order=ord_demo", "/orders/ord_demo"] {
        page.driver().goto(format!("{}{path}", nginx.origin())).await?;
        page.until_loaded().await?;
    }
    let asked = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/v1/files?')).length";
    page.require("the list came with the page", &format!("{asked} === 0")).await
}

async fn should_show_the_page_alone_while_the_proxy_is_away(page: Page) -> Result<()> {
    let nginx = Nginx::start_without_a_proxy(page.portal()).await?;
    page.driver().goto(format!("{}/orders/ord_demo", nginx.origin())).await?;
    page.until_true("what went wrong, and a way on", "part('retry-button')").await?;
    page.forgive_console().await
}

async fn should_send_the_same_headers_as_the_proxy(page: Page) -> Result<()> {
    let nginx = Nginx::start(page.portal()).await?;
    for path in ["/", "/orders/ord_demo", "/assets/order-documents.js", &hashed_asset(page.portal()).await?] {
        let [ours, theirs] = [page.portal().origin(), nginx.origin()].map(|origin| headers(page.portal(), origin, path));
        let (ours, theirs) = (ours.await?, theirs.await?);
        for name in SECURITY {
            let value = ours.get(name).with_context(|| format!("the proxy sends no {name} for {path}"))?;
            ensure!(theirs.get_all(name).iter().eq([value]), "{name} for {path}: {:?}, not once {value:?}", theirs.get(name));
        }
        ensure!(theirs.get("content-encoding").is_some_and(|value| value == "gzip"), "{path} should be precompressed");
    }
    // The API's answers are the proxy's own: nothing is added to them.
    let api = headers(page.portal(), nginx.origin(), "/api/v1/files?orderId=ord_demo").await?;
    for name in SECURITY {
        ensure!(api.get_all(name).iter().count() == 1, "{name} should be there once: {api:?}");
    }
    Ok(())
}

async fn should_keep_only_hashed_names(page: Page) -> Result<()> {
    let nginx = Nginx::start(page.portal()).await?;
    let immutable = "public, max-age=31536000, immutable";
    let hashed = hashed_asset(page.portal()).await?;
    for (path, expected) in [
        (hashed.as_str(), immutable),
        ("/assets/order-documents.js", "no-cache"),
        ("/orders/ord_demo", "no-cache"),
        ("/assets/absent-0123456789abcdef.js", "no-store"),
    ] {
        let headers = headers(page.portal(), nginx.origin(), path).await?;
        ensure!(headers.get("cache-control").is_some_and(|value| value == expected), "{path}: {headers:?}");
    }
    Ok(())
}

async fn should_pass_on_all_that_the_proxy_takes_and_sends(page: Page) -> Result<()> {
    let nginx = Nginx::start(page.portal()).await?;
    let portal = page.portal();
    // The longest token that the proxy looks at: what it says of it is its own word, with its request id.
    let cookie = format!("__Host-portal_session={}", "a".repeat(8192));
    for path in ["/api/v1/files?orderId=ord_demo", "/orders/ord_demo"] {
        let request = portal.http().get(format!("{}{path}", nginx.origin())).header("sec-fetch-site", "none");
        let answer = request.header("cookie", &cookie).header("sec-fetch-mode", "navigate").send().await?;
        ensure!(answer.headers().contains_key("x-request-id"), "{path}: {} is not the proxy's answer", answer.status());
    }
    // A signed URL that is nearly as long as the proxy lets through.
    let token = portal.token("customer=cust_anna").await?;
    let ask = async |path: &str| portal.http().get(format!("{}{path}", nginx.origin())).bearer_auth(&token).send().await;
    let list: Value = ask("/api/v1/files?orderId=ord_demo").await?.json().await?;
    let link = list["files"][0]["links"]["view"].as_str().context("a record has its link")?;
    portal.fault(json!({ "fault": "long-signed-url", "route": "sign" })).await?;
    let answer = ask(link).await?;
    let length = answer.headers().get("location").map(|url| url.len());
    ensure!((answer.status().as_u16(), length) == (302, Some(8100)), "{} {length:?}", answer.status());
    Ok(())
}

async fn should_answer_in_the_proxys_form_where_the_proxy_does_not(page: Page) -> Result<()> {
    let nginx = Nginx::start_without_a_proxy(page.portal()).await?;
    let http = page.portal().http();
    let list = format!("{}/api/v1/files?orderId=ord_demo", nginx.origin());
    for (request, status, code) in [
        (http.get(&list), 502, "UPSTREAM_UNAVAILABLE"),
        (http.get(&list).header("cookie", "a".repeat(20_000)), 431, "HEAD_TOO_LARGE"),
        (http.post(format!("{}/api/v1/files/url", nginx.origin())).body("a".repeat(70_000)), 413, "TOO_LARGE"),
    ] {
        let answer = request.send().await?;
        ensure!(answer.status() == status, "{code}: {}", answer.status());
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        ] {
            ensure!(answer.headers().get_all(name).iter().eq([value]), "{code}: {name} of {:?}", answer.headers());
        }
        let body: Value = answer.json().await?;
        ensure!(body["error"]["code"] == code && body["error"]["message"].is_string(), "{body}");
    }
    Ok(())
}

const SECURITY: [&str; 6] = [
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
];

async fn headers(portal: &Portal, origin: &str, path: &str) -> Result<HeaderMap> {
    Ok(portal.http().get(format!("{origin}{path}")).header("accept-encoding", "gzip").send().await?.headers().clone())
}

/// The path of an asset with a hash in its name: the first that the page loads.
async fn hashed_asset(portal: &Portal) -> Result<String> {
    let page = portal.http().get(format!("{}/orders/ord_demo", portal.origin())).send().await?.text().await?;
    let start = page.find("/assets/").context("the page names assets")?;
    let end = page[start..].find('"').context("a name ends")?;
    Ok(page[start..start + end].to_owned())
}
