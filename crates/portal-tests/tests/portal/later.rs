//! The second WebAssembly module and its styles: what a click on a preview or a download means before they are there, or where they cannot be had.

use std::sync::Arc;

use anyhow::Result;
use portal_tests::{Page, Portal, Trials, shared_tests};

pub fn tests(portal: &Arc<Portal>) -> Trials {
    shared_tests![
        portal,
        should_say_why_while_the_second_module_cannot_be_had,
        should_never_show_a_dialog_without_its_styles,
        should_bear_its_removal_while_the_second_module_is_on_its_way,
    ]
}

const NAME: &str = "Roof plan NE-4711-02.png";
const SECOND: &str = "*/order-documents-later-*";

/// Opens the list with the component in it, and no second module.
async fn open_without_it(page: &Page) -> Result<()> {
    page.browser().block(&[SECOND]).await?;
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    // It is fetched ahead when the list is there; only then is it known that it cannot be had.
    let asked = "performance.getEntriesByType('resource').some(entry => entry.name.includes('/order-documents-later-'))";
    page.until_true("the second module, asked for", asked).await
}

async fn should_say_why_while_the_second_module_cannot_be_had(page: Page) -> Result<()> {
    open_without_it(&page).await?;
    page.run::<()>("window.same = true; return null", &[]).await?;
    for action in ["preview", "download"] {
        page.role("link", &format!("{NAME}: {action}")).await?.click().await?;
        let notice = "[...root.querySelectorAll('[role=alert]')].find(it => it.textContent.includes('This is not your fault'))";
        page.until_true(&format!("why there is no {action}"), &format!("{notice} && !{notice}.isOld")).await?;
        page.run::<()>(&format!("{notice}.isOld = true; return null"), &[]).await?;
        page.require("the list stays, and no empty dialog", "!dialog() && parts('row').length === 36 && window.same").await?;
    }
    page.browser().block(&[]).await?;
    page.open_preview(NAME).await?;
    page.until_true("the picture", "dialog().querySelector('img')?.naturalWidth").await
}

async fn should_never_show_a_dialog_without_its_styles(page: Page) -> Result<()> {
    const STYLES: &str = "*/order-documents-later-*.css";
    page.browser().block(&[STYLES]).await?;
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    let arrived = |ending| {
        format!(
            "performance.getEntriesByType('resource').some(it => it.name.includes('/order-documents-later-') && it.name.endsWith('{ending}') && it.decodedBodySize)"
        )
    };
    page.until_true("the second module, without its styles", &arrived(".wasm")).await?;
    // How a dialog looks at the very moment in which it is shown.
    page.run::<()>(
        "const show = HTMLDialogElement.prototype.showModal;
         window.looks = [];
         HTMLDialogElement.prototype.showModal = function () {
           show.call(this);
           window.looks.push(getComputedStyle(this).padding);
         };
         return null",
        &[],
    )
    .await?;
    page.role("link", &format!("{NAME}: preview")).await?.click().await?;
    page.until_says("This is not your fault").await?;
    page.require("no dialog yet", "!dialog() && window.looks.length === 0").await?;

    page.browser().block(&[]).await?;
    page.open_preview(NAME).await?;
    page.require("the dialog in its styles", "window.looks.join() === '0px'").await?;
    page.require("their file, by now", &arrived(".css")).await?;
    let picture = "dialog().querySelector('img')?.naturalWidth";
    page.until_true("the picture", picture).await?;

    // Taken away while it is shown, and put back: the styles stay with the element.
    page.run::<()>("window.kept = element; element.remove(); return null", &[]).await?;
    page.until_true("the end", "window.kept.shadowRoot.childElementCount === 0").await?;
    page.run::<()>("document.querySelector('main').append(window.kept); return null", &[]).await?;
    page.until_loaded().await?;
    page.open_preview(NAME).await?;
    page.require("the dialog in its styles again", "window.looks.join() === '0px,0px'").await?;
    page.require("once", "root.adoptedStyleSheets.length === 2").await?;
    page.require(
        "fetched once",
        "performance.getEntriesByType('resource').filter(it => it.name.endsWith('.css') && it.name.includes('-later-') && it.decodedBodySize).length === 1",
    )
    .await
}

async fn should_bear_its_removal_while_the_second_module_is_on_its_way(page: Page) -> Result<()> {
    open_without_it(&page).await?;
    page.browser().block(&[]).await?;
    page.run::<()>(
        &format!(
            "named('link', '{NAME}: preview').click(); named('link', '{NAME}: download').click();
             window.removed = element; element.remove(); return null"
        ),
        &[],
    )
    .await?;
    let arrived = "performance.getEntriesByType('resource').some(entry => entry.name.includes('/order-documents-later-') && entry.decodedBodySize)";
    page.until_true("the second module", arrived).await?;
    page.require("nothing is left", "removed.shadowRoot.childElementCount === 0 && !document.querySelector('iframe')").await?;
    page.run::<()>("document.querySelector('main').append(removed); return null", &[]).await?;
    page.until_loaded().await?;
    page.require("what was clicked before is forgotten", "!dialog()").await?;
    page.open_preview(NAME).await?;
    page.until_true("the picture", "dialog().querySelector('img')?.naturalWidth").await
}
