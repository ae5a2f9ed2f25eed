//! From an async function to a test that the runner knows.

use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, Result};
use libtest_mimic::{Failed, Trial};

use crate::browser::Browser;
use crate::page::Page;
use crate::portal::{Portal, PortalOptions};

/// A list of tests, as each file of tests gives it.
pub type Trials = Vec<Trial>;

/// The tests that are named, each with the portal that they share.
#[macro_export]
macro_rules! shared_tests {
    ($portal:expr, $($name:ident),+ $(,)?) => { vec![$($crate::shared(stringify!($name), $portal, $name)),+] };
}

/// The tests that are named, each with the usual portal to itself.
#[macro_export]
macro_rules! lone_tests {
    ($($name:ident),+ $(,)?) => { vec![$($crate::alone(stringify!($name), $crate::PortalOptions::default(), $name)),+] };
}

/// A test that shares the portal with others: it only looks, or changes nothing that another would notice.
pub fn shared<F>(name: &str, portal: &Arc<Portal>, test: impl FnOnce(Page) -> F + Send + 'static) -> Trial
where
    F: Future<Output = Result<()>>,
{
    let portal = Arc::clone(portal);
    trial(name, async move || Ok(portal), test)
}

/// A test that has a portal to itself, because it makes something fail or counts calls.
pub fn alone<F>(name: &str, options: PortalOptions, test: impl FnOnce(Page) -> F + Send + 'static) -> Trial
where
    F: Future<Output = Result<()>>,
{
    trial(name, async move || Ok(Arc::new(Portal::start_with(options).await?)), test)
}

fn trial<F>(
    name: &str,
    portal: impl AsyncFnOnce() -> Result<Arc<Portal>> + Send + 'static,
    test: impl FnOnce(Page) -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = Result<()>>,
{
    let title = name.to_owned();
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime
            .block_on(async {
                let page = Page::new(Browser::start().await?, portal().await?);
                let result = test(page.clone()).await;
                if result.is_err() {
                    // What the browser showed and said is half of the explanation.
                    page.save_screenshot(&format!("failed-{title}")).await?;
                    return result.with_context(|| format!("see target/screenshots/failed-{title}.png"));
                }
                page.require_clean().await
            })
            .map_err(|error| Failed::from(format!("{error:#}")))
    })
}
