//! The static site behind the real nginx, with the example of `deploy/nginx/`.

use anyhow::{Context, Result, ensure};
use portal_tests::{Nginx, Page, Portal, Trials, lone_tests};
use reqwest::header::HeaderMap;

pub fn tests() -> Trials {
    lone_tests![
        should_show_an_order_behind_nginx,
        should_show_the_page_alone_while_the_proxy_is_away,
        should_send_the_same_headers_as_the_proxy,
        should_keep_only_hashed_names
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
