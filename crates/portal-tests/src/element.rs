//! The element as a reader meets it: its states, groups, rows and buttons, found inside its shadow root.

use anyhow::Result;
use serde_json::json;
use thirtyfour::{Key, WebElement};

use crate::page::Page;

impl Page {
    /// Waits until the element has shown its list, whole.
    pub async fn until_loaded(&self) -> Result<()> {
        self.until_true("the list, loaded", "parts('row').length && !isState('loading')").await
    }

    /// Waits until the element says this, anywhere in what it shows.
    pub async fn until_says(&self, text: &str) -> Result<()> {
        self.until_true(&format!("the element says {text:?}"), &format!("says({})", json!(text))).await
    }

    /// Opens a document's preview with its button, and waits for the dialog.
    pub async fn open_preview(&self, name: &str) -> Result<()> {
        self.role("link", &format!("{name}: preview")).await?.click().await?;
        self.until_true(&format!("the preview of {name:?}"), &format!("dialog()?.ariaLabel === {}", json!(name))).await
    }

    /// The texts of all visible parts with this name, trimmed, white space collapsed.
    pub async fn texts(&self, part: &str) -> Result<Vec<String>> {
        self.run("return parts(arguments[0]).map(node => node.textContent.replace(/\\s+/g, ' ').trim())", &[json!(part)]).await
    }

    /// The first visible part with this name, once there is one.
    pub async fn part(&self, name: &str) -> Result<WebElement> {
        self.find(&format!("a part {name:?}"), &format!("part({})", json!(name))).await
    }

    /// The first visible part with this name that holds this text, once there is one.
    pub async fn part_with(&self, name: &str, text: &str) -> Result<WebElement> {
        self.find(&format!("a part {name:?} with {text:?}"), &format!("part({}, {})", json!(name), json!(text))).await
    }

    /// The first visible node of this role whose accessible name holds this text, once there is one.
    pub async fn role(&self, role: &str, name: &str) -> Result<WebElement> {
        self.find(&format!("a {role} called {name:?}"), &format!("named({}, {})", json!(role), json!(name))).await
    }

    /// Presses a key wherever the focus is, through shadow roots, as a keyboard does.
    pub async fn press(&self, key: Key) -> Result<()> {
        self.driver().action_chain().send_keys(char::from(key).to_string()).perform().await?;
        Ok(())
    }
}
