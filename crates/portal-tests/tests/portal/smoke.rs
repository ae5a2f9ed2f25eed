//! The way in: signing in leads to the host page, and the standalone page shows the order's documents.

use std::sync::Arc;

use anyhow::{Result, ensure};
use portal_tests::{Page, Portal, Trials, shared_tests};

pub fn tests(portal: &Arc<Portal>) -> Trials {
    shared_tests![
        portal,
        should_sign_in_and_show_the_orders,
        should_show_an_order_on_its_own_page,
        should_notice_a_page_that_breaks_its_policy,
        should_notice_an_error_in_the_console,
    ]
}

async fn should_sign_in_and_show_the_orders(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_true("the customer's name", "document.querySelector('#customer-name').textContent === 'Anna Lindqvist'").await?;
    let orders: Vec<String> =
        page.run("return [...document.querySelectorAll('.orders a')].map(link => link.dataset.order)", &[]).await?;
    ensure!(orders.contains(&"ord_demo".to_owned()) && orders.contains(&"ord_empty".to_owned()), "{orders:?}");
    let current: String = page.run("return document.querySelector('.orders a[aria-current]').dataset.order", &[]).await?;
    ensure!(current == "ord_demo", "{current}");
    page.until_loaded().await?;
    page.screenshots("host-page").await
}

async fn should_show_an_order_on_its_own_page(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    let rows = page.texts("row").await?;
    ensure!(rows.len() >= 20, "{} rows: {rows:?}", rows.len());
    page.screenshots("list").await
}

/// The watch that every test relies on, seen to bite.
async fn should_notice_a_page_that_breaks_its_policy(page: Page) -> Result<()> {
    for (directive, script) in [
        ("style-src", "document.body.setAttribute('style', 'color: red')"),
        ("require-trusted-types-for", "try { document.body.innerHTML = '<b>no</b>' } catch {}"),
        ("connect-src", "fetch('http://localhost:1/').catch(() => {})"),
    ] {
        page.open_order("ord_empty").await?;
        page.run::<()>(&format!("{script}; return null"), &[]).await?;
        let expression = format!("window.__violations.some(violation => violation.startsWith('{directive}'))");
        page.until_true(directive, &expression).await?;
        ensure!(page.require_clean().await.is_err(), "{directive} should be noticed");
    }
    page.open("/orders/ord_empty").await?;
    page.forgive_console().await
}

async fn should_notice_an_error_in_the_console(page: Page) -> Result<()> {
    page.open_order("ord_empty").await?;
    page.run::<()>("console.error('something is wrong'); return null", &[]).await?;
    let complaint = page.require_clean().await.err().map(|error| error.to_string()).unwrap_or_default();
    ensure!(complaint.contains("something is wrong"), "{complaint}");
    Ok(())
}
