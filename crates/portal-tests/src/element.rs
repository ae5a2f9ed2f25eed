//! The element as a reader meets it: its states, groups, rows and buttons, found inside its shadow root.

use anyhow::Result;
use serde_json::json;
use thirtyfour::WebElement;

use crate::page::Page;

impl Page {
    /// Waits until the element has shown its list, whole.
    pub async fn until_loaded(&self) -> Result<()> {
        self.until_true(
            "the list, loaded",
            "element?.matches(':defined') && parts('row').length && !element.matches(':state(loading)')",
        )
        .await
    }

    /// Waits until the element says this, anywhere in what it shows.
    pub async fn until_says(&self, text: &str) -> Result<()> {
        let expression = format!("[...(root?.children ?? [])].some(node => node.innerText?.includes({}))", json!(text));
        self.until_true(&format!("the element says {text:?}"), &expression).await
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
    pub async fn press(&self, key: impl Into<String>) -> Result<()> {
        let key: String = key.into();
        self.driver().action_chain().send_keys(key).perform().await?;
        Ok(())
    }
}
