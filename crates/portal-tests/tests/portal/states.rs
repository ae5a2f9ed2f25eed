//! Every state that is not simply a list: designed, reachable, said to screen readers, and left again without a reload.

use std::sync::Arc;

use anyhow::{Result, ensure};
use portal_tests::{Page, Portal, PortalOptions, Trials, alone, lone_tests, shared_tests};
use serde_json::json;

pub fn tests(portal: &Arc<Portal>) -> Trials {
    let mut tests = shared_tests![
        portal,
        should_show_that_it_is_loading,
        should_show_an_empty_order,
        should_say_that_no_order_is_named,
        should_answer_alike_whatever_order_is_not_the_customers,
        should_say_that_access_is_forbidden,
        should_ask_to_sign_in_again_when_the_session_expired,
        should_ask_to_sign_in_again_after_signing_out,
        should_show_what_arrived_when_later_pages_fail,
    ];
    tests.extend(lone_tests![
        should_come_back_after_every_failure_without_a_reload,
        should_wait_out_a_rate_limit_and_go_on,
        should_say_that_it_is_offline_and_go_on_after,
    ]);
    let few = PortalOptions { requests_per_minute: 2, ..PortalOptions::default() };
    tests.push(alone("should_show_the_proxys_own_limit", few, should_show_the_proxys_own_limit));
    tests
}

async fn should_show_that_it_is_loading(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_slow").await?;
    page.until_true("the state", "isState('loading') && parts('skeleton').length > 0").await?;
    page.require(
        "screen readers hear it",
        "[...root.querySelectorAll('[role=status]')].some(node => node.textContent.includes('Loading documents'))",
    )
    .await?;
    page.screenshots("state-loading").await?;
    page.until_loaded().await
}

async fn should_show_an_empty_order(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_empty").await?;
    page.until_says("No documents yet").await?;
    page.require("the state", "isState('empty')").await?;
    page.require_accessible().await?;
    page.screenshots("state-empty").await
}

async fn should_say_that_no_order_is_named(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.open("/").await?;
    page.until_says("No order chosen").await?;
    page.require("it asked for nothing", "!performance.getEntriesByType('resource').some(entry => entry.name.includes('/api/'))")
        .await?;
    page.screenshots("state-no-order").await
}

async fn should_answer_alike_whatever_order_is_not_the_customers(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    let mut answers = Vec::new();
    for order in ["ord_ben_home", "ord_never_existed", "no%20order%20at%20all"] {
        page.open(&format!("/?order={order}")).await?;
        page.until_says("Order not found").await?;
        page.require("no retry, for it would not help", "!part('retry-button')").await?;
        let answer: String = page.run("return root.querySelector('[part~=list]').innerHTML", &[]).await?;
        ensure!(!answer.contains("ord_") && !answer.contains("Ben"), "nothing about others: {answer}");
        answers.push(answer);
    }
    ensure!(answers.iter().all(|answer| *answer == answers[0]), "should be the same: {answers:?}");
    page.screenshots("state-not-found").await
}

async fn should_say_that_access_is_forbidden(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_forbidden").await?;
    page.until_true("the state", "isState('error') && part('state-title')").await?;
    page.require("it is said at once", "part('state-title').closest('[role=alert]')").await?;
    page.screenshots("state-forbidden").await
}

async fn should_ask_to_sign_in_again_when_the_session_expired(page: Page) -> Result<()> {
    page.driver().goto(format!("{}&ttl=-60", page.portal().sign_in_url("cust_anna", "ord_demo"))).await?;
    page.until_says("Please sign in again").await?;
    // The host page hears the event and offers the way back.
    page.until_true("the host page's offer", "document.querySelector('#signed-out').checkVisibility()").await?;
    page.until_true("the event", "document.querySelector('#log').textContent.includes('order-documents-session-expired')")
        .await?;
    page.require_accessible().await?;
    page.screenshots("state-signed-out").await?;
    page.driver().find(thirtyfour::By::Id("sign-in")).await?.click().await?;
    page.until_loaded().await
}

async fn should_ask_to_sign_in_again_after_signing_out(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_loaded().await?;
    page.find("the sign-out link, ready", "document.querySelector('#sign-out[href]')").await?.click().await?;
    page.until_says("Please sign in again").await
}

async fn should_show_what_arrived_when_later_pages_fail(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_partial").await?;
    page.until_true(
        "the notice",
        "/^100 (of [\\d,]+ )?documents are here; (the )?others could not be loaded/.test(part('notice')?.textContent.trim())",
    )
    .await?;
    page.require("the first page is there", "element.documents.length === 100 && part('row')").await?;
    page.require("with a retry", "part('notice').querySelector('[part~=retry-button]')").await?;
    page.require_accessible().await?;
    page.screenshots("state-partly").await
}

async fn should_come_back_after_every_failure_without_a_reload(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    for fault in ["down", "slow", "server-error", "bad-gateway", "not-json", "half-json", "cut-off", "redirect", "unauthorized"] {
        // Slow means slower than the proxy waits.
        let rule = |fault: &str| json!({ "fault": fault, "orderId": "ord_demo", "route": "list", "seconds": 60 });
        page.portal().fault(rule(fault)).await?;
        page.open("/orders/ord_demo").await?;
        page.until_says("The documents cannot be loaded right now").await?;
        // The proxy says it first, and then the component, which has a button for it.
        page.until_true(fault, "isState('error') && part('state-title').closest('[role=alert]')").await?;
        page.run::<()>("window.same = true; return null", &[]).await?;
        page.portal().fault(rule("none")).await?;
        page.role("button", "Try again").await?.click().await?;
        page.until_loaded().await?;
        page.require("the same page, not a new one", "window.same").await?;
    }
    page.portal().fault(json!({ "fault": "down" })).await?;
    page.open("/orders/ord_demo").await?;
    page.until_says("The documents cannot be loaded right now").await?;
    page.require_accessible().await?;
    page.screenshots("state-failed").await
}

async fn should_wait_out_a_rate_limit_and_go_on(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_limited").await?;
    page.until_says("A short pause").await?;
    page.screenshots("state-rate-limited").await?;
    let seconds = "Number(part('state-text').textContent.match(/(\\d+) second/)?.[1])";
    let first: u32 = page.run(&format!("return {seconds}"), &[]).await?;
    ensure!((1..=60).contains(&first), "{first}");
    page.until_true("the seconds are counted down", &format!("!part('state-text') || {seconds} < {first}")).await?;
    page.until_loaded().await
}

async fn should_show_the_proxys_own_limit(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_loaded().await?;
    // Two calls a minute are allowed and gone soon: then the same pause is shown, whoever asked for it.
    page.until("the limit", async || {
        page.open("/orders/ord_demo").await?;
        page.until_true("a list or a pause", "parts('row').length || part('state-title')").await?;
        Ok(page.run::<bool>("return says('A short pause')", &[]).await?.then_some(()))
    })
    .await
}

async fn should_say_that_it_is_offline_and_go_on_after(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_loaded().await?;
    page.browser().offline(true).await?;
    page.until_true("said above the list", "isState('offline') && part('notice')?.textContent.includes('You are offline')")
        .await?;
    page.require("the list stays", "parts('row').length === 36").await?;
    page.screenshots("state-offline-list").await?;
    page.run::<()>("element.orderId = 'ord_empty'; return null", &[]).await?;
    page.until_true("said in the list's place", "part('state-title')?.textContent === 'You are offline'").await?;
    page.screenshots("state-offline").await?;
    page.browser().offline(false).await?;
    page.until_says("No documents yet").await
}
