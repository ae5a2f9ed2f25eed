//! What a test is given: a browser of its own, and the portal it looks at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thirtyfour::{WebDriver, WebElement};

use crate::browser::{Browser, Scheme};
use crate::portal::Portal;
use crate::target_directory;

/// Far above what anything takes here; a condition that needs it all has failed.
const DEADLINE: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_millis(40);

/// The height of the browser's window, in CSS pixels.
const WINDOW: u32 = 900;

/// A browser in front of a portal. Clones are the same page.
#[derive(Clone)]
pub struct Page {
    browser: Arc<Browser>,
    portal: Arc<Portal>,
}

impl Page {
    pub(crate) fn new(browser: Browser, portal: Arc<Portal>) -> Page {
        Page { browser: Arc::new(browser), portal }
    }

    /// The portal.
    pub fn portal(&self) -> &Portal {
        &self.portal
    }

    /// The browser.
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// The WebDriver session.
    pub fn driver(&self) -> &WebDriver {
        self.browser.driver()
    }

    /// Signs in at the real identity provider, which leads to the host page with `order` opened.
    pub async fn sign_in(&self, customer: &str, order: &str) -> Result<()> {
        self.driver().goto(self.portal.sign_in_url(customer, order)).await?;
        Ok(())
    }

    /// Opens a path of the portal.
    pub async fn open(&self, path: &str) -> Result<()> {
        self.driver().goto(format!("{}{path}", self.portal.origin())).await?;
        Ok(())
    }

    /// Signs the demo customer in and opens an order's standalone page.
    pub async fn open_order(&self, order: &str) -> Result<()> {
        self.sign_in("cust_anna", order).await?;
        self.open(&format!("/orders/{order}")).await
    }

    /// Runs a function body in the page; its `return` is the result. A promise is awaited.
    pub async fn run<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> Result<T> {
        let result = self.driver().execute(format!("{HELPERS}\n{script}"), arguments.to_vec()).await;
        let result = result.with_context(|| format!("in script: {script}"))?;
        result.convert().with_context(|| format!("result of script: {script}"))
    }

    /// Asks again and again until there is an answer; fails after the deadline and says what was awaited.
    pub async fn until<T>(&self, what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                bail!("waited {DEADLINE:?} in vain for: {what}");
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Waits until a JavaScript expression is true.
    pub async fn until_true(&self, what: &str, expression: &str) -> Result<()> {
        let script = format!("return Boolean({expression})");
        self.until(what, async || Ok(self.run::<bool>(&script, &[]).await?.then_some(()))).await
    }

    /// The element that a JavaScript expression gives, as soon as it gives one; scrolled to the middle, as a reader would,
    /// since WebDriver scrolls only to the window's edge, where something sticky may lie over it.
    pub async fn find(&self, what: &str, expression: &str) -> Result<WebElement> {
        let script =
            format!("{HELPERS}\nconst found = {expression} ?? null; found?.scrollIntoView({{ block: 'center' }}); return found");
        self.until(what, async || {
            let found = self.driver().execute(script.clone(), Vec::new()).await.with_context(|| format!("in {expression}"))?;
            Ok(if found.json().is_null() { None } else { Some(found.element()?) })
        })
        .await
    }

    /// Writes `target/screenshots/<name>-<width>-<light|dark>.png` and leaves the page in that size: the whole page, or only
    /// the window where a dialog stands over it.
    pub async fn screenshot(&self, name: &str, width: u32, scheme: Scheme) -> Result<()> {
        self.browser.prefer(scheme).await?;
        self.browser.resize(width, WINDOW).await?;
        let height = "dialog() ? 0 : document.documentElement.scrollHeight";
        let height: u32 = self.run(&format!("return Math.min(2400, Math.max({WINDOW}, {height}))"), &[]).await?;
        self.browser.resize(width, height).await?;
        self.settle().await?;
        let scheme = if scheme == Scheme::Dark { "dark" } else { "light" };
        self.save_screenshot(&format!("{name}-{width}-{scheme}")).await?;
        self.browser.resize(width, WINDOW).await
    }

    /// Writes `target/screenshots/<name>.png` of what is seen right now.
    pub(crate) async fn save_screenshot(&self, name: &str) -> Result<()> {
        let directory = target_directory().join("screenshots");
        std::fs::create_dir_all(&directory)?;
        Ok(self.driver().screenshot(&directory.join(format!("{name}.png"))).await?)
    }

    /// At 390 and 1280 pixels, in light and dark.
    pub async fn screenshots(&self, name: &str) -> Result<()> {
        for scheme in [Scheme::Dark, Scheme::Light] {
            for width in [390, 1280] {
                self.screenshot(name, width, scheme).await?;
            }
        }
        Ok(())
    }

    /// Fails unless a JavaScript expression is true right now.
    pub async fn require(&self, what: &str, expression: &str) -> Result<()> {
        let seen: bool = self.run(&format!("return Boolean({expression})"), &[]).await?;
        ensure!(seen, "should hold: {what} ({expression})");
        Ok(())
    }

    /// Runs axe-core, the accessibility rules of WCAG 2.2 A and AA, over the page as it stands.
    pub async fn require_accessible(&self) -> Result<()> {
        let axe = std::fs::read_to_string(crate::site::repository("node_modules/axe-core/axe.min.js"))
            .context("axe-core is missing: run `cargo xtask setup`")?;
        self.driver().execute(axe, Vec::new()).await?;
        let tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";
        let found: Vec<String> = self
            .run(
                &format!(
                    "return axe.run(document, {{ runOnly: {{ type: 'tag', values: {tags} }}, resultTypes: ['violations'], iframes: false }}).then(({{ violations }}) => \
                     violations.flatMap(({{ id, help, nodes }}) => nodes.slice(0, 4).map(node => `${{id}}: ${{help}}: ${{node.target.flat().join(' ')}} ${{node.failureSummary}}`)))"
                ),
                &[],
            )
            .await?;
        ensure!(found.is_empty(), "{} accessibility violations:\n{}", found.len(), found.join("\n"));
        Ok(())
    }

    /// Waits for two frames, after which a change of size is laid out and painted.
    async fn settle(&self) -> Result<()> {
        self.run::<Value>("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))", &[])
            .await
            .map(drop)
    }

    /// Forgets what the console has said so far, in a test that breaks something on purpose.
    pub async fn forgive_console(&self) -> Result<()> {
        self.browser.complaints().await.map(drop)
    }

    /// Fails if the page broke its policy or complained. Answers with an error status are not complaints: tests ask for them.
    pub async fn require_clean(&self) -> Result<()> {
        let violations: Vec<String> = self.run("return window.__violations ?? []", &[]).await?;
        ensure!(violations.is_empty(), "the page broke its Content-Security-Policy:\n{}", violations.join("\n"));
        let complaints = self.browser.complaints().await?;
        let ours: Vec<String> = complaints
            .into_iter()
            .filter(|entry| entry.source.as_deref() != Some("network"))
            .map(|entry| entry.message)
            .collect();
        ensure!(ours.is_empty(), "the console has errors:\n{}", ours.join("\n"));
        Ok(())
    }
}

/// Words for scripts: the element, its shadow root, and finding in it by part and text.
pub(crate) const HELPERS: &str = "
const element = document.querySelector('order-documents');
const root = element?.shadowRoot;
const isSeen = node => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && node.getClientRects().length > 0;
const all = selector => [...(root?.querySelectorAll(selector) ?? [])].filter(isSeen);
const parts = (name, text) => all(`[part~=\"${name}\"]`).filter(node => text === undefined || node.textContent.includes(text));
const part = (name, text) => parts(name, text)[0];
const named = (role, name) => all(`[role=\"${role}\"], ${{ button: 'button', link: 'a[href]', textbox: 'input', searchbox: 'input[type=search]',
  checkbox: 'input[type=checkbox]', combobox: 'select', dialog: 'dialog', heading: 'h1,h2,h3,h4,h5,h6', status: 'output' }[role] ?? 'no-such'}`)
  .find(node => name === undefined || label(node).includes(name));
const label = node => node.getAttribute('aria-label') ?? (node.labels?.[0] ?? node).textContent.trim();
const dialog = () => root?.querySelector('dialog[open]') ?? undefined;
const nameOf = row => row.querySelector('[part~=name]').textContent;
const row = name => parts('row').find(row => nameOf(row) === name);
const says = text => [...(root?.children ?? [])].some(node => node.innerText?.includes(text));
const isState = name => Boolean(element?.matches(':defined') && element.matches(`:state(${name})`));
";
