//! The program alone, with the component compiled in and no `PROXY_ASSETS`: what `cargo xtask package` hands out as one file.

use anyhow::{Context, Result, ensure};
use portal_tests::{Page, PortalOptions, Trials, alone, dist};

pub fn tests() -> Trials {
    let options = PortalOptions { embedded: true, ..PortalOptions::default() };
    vec![
        alone("should_show_an_order_out_of_one_file", options.clone(), should_show_an_order_out_of_one_file),
        alone("should_serve_every_built_file_out_of_one_file", options, should_serve_every_built_file_out_of_one_file),
    ]
}

async fn should_show_an_order_out_of_one_file(page: Page) -> Result<()> {
    // Signing in sets the cookie and leads to the demo's host page, which no release has.
    page.driver().goto(page.portal().sign_in_url("cust_anna", "ord_demo")).await?;
    page.forgive_console().await?;
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    let rows = page.texts("row").await?;
    ensure!(rows.len() >= 20, "{} rows: {rows:?}", rows.len());
    Ok(())
}

async fn should_serve_every_built_file_out_of_one_file(page: Page) -> Result<()> {
    let mut served = 0;
    for (name, encoding, bytes) in dist()? {
        let path = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
        let request = page.portal().http().get(format!("{}{path}", page.portal().origin()));
        let answer = request.header("accept-encoding", encoding).send().await?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let kind = match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("wasm") => "application/wasm",
            Some("json") => "application/json",
            _ => "application/octet-stream",
        };
        let stable = ["index.html", "assets/order-documents.js"].contains(&name.as_str());
        let kept = if stable { "no-cache" } else { "public, max-age=31536000, immutable" };
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        for (header, found, expected) in [
            ("content-type", header("content-type"), kind),
            ("content-encoding", header("content-encoding"), if encoding == "identity" { "" } else { encoding }),
            ("cache-control", header("cache-control"), kept),
            ("x-content-type-options", header("x-content-type-options"), "nosniff"),
            ("vary", header("vary"), "accept-encoding"),
        ] {
            ensure!(found == expected, "{path} as {encoding}: {header} is {found:?}, not {expected:?}");
        }
        ensure!(header("etag").len() == 34, "{path}: {}", header("etag"));
        ensure!(header("content-security-policy").contains("trusted-types"), "{path} has no policy");
        let body = answer.bytes().await.context(path.clone())?;
        ensure!(body == bytes, "{path} as {encoding} differs from dist/");
        served += 1;
    }
    // Ten files in three forms, at least: page, loader, glue, module, styles, texts.
    ensure!(served >= 30, "only {served} forms of files are in dist/");
    Ok(())
}
