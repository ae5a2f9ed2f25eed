//! Headless Chromium with a profile of its own, driven by a ChromeDriver of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use thirtyfour::{BrowserLogEntry, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::process::Process;

/// Nothing but the page under test may use the network or the clock of this machine.
const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--lang=en-GB",
];

/// Remembers every violation of the Content-Security-Policy, Trusted Types included, from before the page's first script.
const WATCH: &str = "window.__violations = []; document.addEventListener('securitypolicyviolation', event => \
    window.__violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample} (${event.sourceFile}:${event.lineNumber})`));";

/// Light or dark, as the reader's system asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `prefers-color-scheme: light`
    Light,
    /// `prefers-color-scheme: dark`
    Dark,
}

/// A running browser; dropping it ends it.
pub struct Browser {
    driver: WebDriver,
    /// Dropped after the session is closed.
    _chromedriver: Process,
    port: u16,
}

impl Browser {
    /// Starts a browser with a window of 1280 by 900 pixels, in light.
    pub async fn start() -> Result<Browser> {
        let start = || {
            let mut command = Command::new("chromedriver");
            command.arg("--port=0").env("TZ", "UTC").env("LANGUAGE", "en_GB");
            Process::start("chromedriver", &mut command, port_of)
        };
        // The port that it finds free for IPv4 may be in use for IPv6, and then it ends.
        let (chromedriver, port) = start().or_else(|_| start()).or_else(|_| start())?;

        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            capabilities.add_arg(argument)?;
        }
        capabilities.add_experimental_option("prefs", json!({ "intl.accept_languages": "en-GB" }))?;
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await?;
        let browser = Browser { driver, _chromedriver: chromedriver, port };
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
        browser.resize(1280, 900).await?;
        browser.prefer(Scheme::Light).await?;
        Ok(browser)
    }

    /// The WebDriver session.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Gives the page this many CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await
    }

    /// What the reader's system prefers.
    pub async fn prefer(&self, scheme: Scheme) -> Result<()> {
        let value = if scheme == Scheme::Dark { "dark" } else { "light" };
        let features =
            json!([{ "name": "prefers-color-scheme", "value": value }, { "name": "prefers-reduced-motion", "value": "reduce" }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await
    }

    /// Cuts or restores the network.
    pub async fn offline(&self, offline: bool) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await
    }

    /// Fails every request whose URL matches one of the patterns, in which `*` stands for anything.
    pub async fn block(&self, patterns: &[&str]) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.setBlockedURLs", json!({ "urls": patterns })).await
    }

    /// Lets downloads go to a directory, without asking.
    pub async fn download_to(&self, directory: &std::path::Path) -> Result<()> {
        self.devtools("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": directory })).await
    }

    /// Any command of the DevTools protocol.
    pub async fn devtools(&self, method: &str, parameters: serde_json::Value) -> Result<()> {
        self.driver.cdp().send_raw(method, parameters).await?;
        Ok(())
    }

    /// What the console and the browser itself complained of since the last call.
    pub async fn complaints(&self) -> Result<Vec<BrowserLogEntry>> {
        Ok(self.driver.browser_log().await?.into_iter().filter(|entry| entry.level == "SEVERE").collect())
    }
}

impl Drop for Browser {
    /// Closes the session, and Chromium with it, whatever became of the test; an async `quit` cannot be awaited here.
    fn drop(&mut self) {
        let request =
            format!("DELETE /session/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", self.driver.session_id());
        let closed = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.write_all(request.as_bytes())?;
            stream.read(&mut [0; 64])
        });
        if let Err(error) = closed {
            eprintln!("a browser could not be closed: {error}");
        }
        // The session is gone: thirtyfour should neither close it again nor complain that nobody did.
        self.driver.clone().leak().unwrap_or_default();
    }
}

/// Reads `ChromeDriver was started successfully on port 34567.`
fn port_of(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port_of;

    #[test]
    fn should_read_chromedrivers_port() {
        assert_eq!(port_of("ChromeDriver was started successfully on port 34567."), Some(34567));
        assert_eq!(port_of("Only local connections are allowed."), None);
    }
}
