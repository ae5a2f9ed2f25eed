//! Previewing and downloading: every kind of file, the dialog's manners, and what becomes of a signed URL.

use std::sync::Arc;

use anyhow::{Result, ensure};
use portal_tests::{Page, Portal, Trials, lone_tests, shared_tests};
use serde_json::{Value, json};
use thirtyfour::Key;

pub fn tests(portal: &Arc<Portal>) -> Trials {
    let mut tests = shared_tests![
        portal,
        should_show_every_kind_of_file,
        should_say_honestly_what_cannot_be_shown,
        should_turn_pages_with_arrow_keys_and_buttons,
        should_give_the_focus_back,
        should_work_by_keyboard_alone,
        should_never_hide_the_focus,
        should_keep_signed_urls_to_itself,
        should_download_a_file_under_its_name,
        should_fit_a_phone,
    ];
    tests.extend(lone_tests![
        should_sign_on_demand_and_once_per_use,
        should_sign_anew_when_the_url_has_expired,
        should_refuse_a_signed_url_that_is_not_safe,
        should_offer_a_retry_when_a_file_cannot_be_loaded,
        should_keep_the_page_and_say_why_when_a_download_fails,
        should_download_all_the_same_when_the_url_has_expired,
    ]);
    tests
}

const SIGNING: &str = "POST /v1/files/url";

async fn open_demo(page: &Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await
}

async fn should_show_every_kind_of_file(page: Page) -> Result<()> {
    open_demo(&page).await?;
    let shown = [
        (
            "pdf",
            "Solar subscription contract.pdf",
            "dialog().querySelector('iframe[part~=preview-frame]')?.src.startsWith('blob:')",
        ),
        ("jpeg", "House after the installation.jpg", "dialog().querySelector('img')?.naturalWidth > 100"),
        ("png", "Roof plan NE-4711-02.png", "dialog().querySelector('img')?.naturalWidth > 100"),
        ("webp", "Storage in the utility room 🔋.webp", "dialog().querySelector('img')?.naturalWidth > 100"),
        ("svg", "System diagram NE-4711-05.svg", "dialog().querySelector('img')?.naturalWidth > 10"),
        ("text", "Инструкция по монтажу.txt", "/[а-я]{4}/.test(dialog().querySelector('[part~=preview-text]')?.textContent)"),
        ("markdown", "Your solar system in short.md", "dialog().querySelector('[part~=preview-text]')?.textContent.length > 100"),
        (
            "csv",
            "Zählerstände 2026.csv",
            "dialog().querySelectorAll('th[scope=col]').length > 1 && dialog().querySelectorAll('td').length > 4",
        ),
        (
            "json",
            "Inverter configuration.json",
            "/^\\{\\n  \"/.test(dialog().querySelector('[part~=preview-text]')?.textContent)",
        ),
        ("audio", "Inverter sound at night.mp3", "dialog().querySelector('audio')?.duration > 0.1"),
        ("video", "Time-lapse of the installation.mp4", "dialog().querySelector('video')?.videoWidth > 10"),
    ];
    for (kind, name, expression) in shown {
        page.open_preview(name).await?;
        page.until_true(&format!("{kind}: {name}"), expression).await?;
        if kind == "pdf" {
            until_painted(&page).await?;
        }
        page.screenshot(&format!("preview-{kind}"), 1280, portal_tests::Scheme::Light).await?;
        page.role("button", "Close").await?.click().await?;
        page.until_true("the dialog is closed", "!dialog()").await?;
    }
    Ok(())
}

/// No script sees into the browser's PDF viewer, but its picture is seen: an empty one is an even grey, of which a PNG is small.
async fn until_painted(page: &Page) -> Result<()> {
    let frame = page.find("the frame", "dialog().querySelector('iframe')").await?;
    page.until("the page of the PDF, painted", async || {
        let picture = frame.screenshot_as_png().await?;
        Ok((picture.len() > 20_000).then_some(()))
    })
    .await
}

async fn should_say_honestly_what_cannot_be_shown(page: Page) -> Result<()> {
    open_demo(&page).await?;
    for name in ["Übergabeprotokoll Lindenweg 12.docx", "All data sheets.zip", "Tarifübersicht 2026.html"] {
        page.open_preview(name).await?;
        page.until_says("This file cannot be shown here").await?;
        page.find(
            "a Download button in the dialog",
            "[...dialog().querySelectorAll('a[download], button')].find(node => node.innerText.trim() === 'Download')",
        )
        .await?;
        page.press(Key::Escape).await?;
        page.until_true("the dialog is closed", "!dialog()").await?;
    }
    page.open_preview("All data sheets.zip").await?;
    page.require_accessible().await?;
    page.screenshots("preview-not-shown").await
}

async fn should_turn_pages_with_arrow_keys_and_buttons(page: Page) -> Result<()> {
    open_demo(&page).await?;
    let names = page.texts("name").await?;
    page.open_preview(&names[0]).await?;
    let is_named = |index: usize| format!("dialog()?.ariaLabel === {}", json!(names[index]));
    page.until_true("the place is said", "part('position')?.textContent === '1 of 36'").await?;
    page.require("there is nothing before the first", "part('previous-button').ariaDisabled === 'true'").await?;
    page.press(Key::Left).await?;
    page.until_true("still the first", &is_named(0)).await?;
    page.press(Key::Right).await?;
    page.until_true("the second", &is_named(1)).await?;
    page.role("button", "Next document").await?.click().await?;
    page.until_true("the third", &is_named(2)).await?;
    page.role("button", "Previous document").await?.click().await?;
    page.until_true("the second again", &is_named(1)).await?;
    page.press(Key::Left).await?;
    page.until_true("the first again", &is_named(0)).await?;
    page.press(Key::Escape).await?;
    page.open_preview(&names[35]).await?;
    page.until_true("there is nothing after the last", "part('next-button').ariaDisabled === 'true'").await?;
    page.press(Key::Right).await?;
    page.until_true("still the last", &is_named(35)).await
}

async fn should_give_the_focus_back(page: Page) -> Result<()> {
    open_demo(&page).await?;
    let name = "Roof plan NE-4711-02.png";
    page.open_preview(name).await?;
    page.require("the dialog is modal", "dialog().matches(':modal')").await?;
    page.require("the focus is inside", "dialog().contains(root.activeElement)").await?;
    page.press(Key::Escape).await?;
    let expected = format!("root.activeElement?.ariaLabel === {}", json!(format!("{name}: preview")));
    page.until_true("the focus is where it was", &expected).await
}

async fn should_work_by_keyboard_alone(page: Page) -> Result<()> {
    open_demo(&page).await?;
    let mut seen = Vec::new();
    // From the top of the page: search, sort, the types, then the first row's two actions.
    while seen.last().is_none_or(|label: &String| !label.ends_with(": preview")) {
        ensure!(seen.len() < 20, "the first preview should be within reach: {seen:?}");
        page.press(Key::Tab).await?;
        seen.push(page.run("const node = root.activeElement; return node ? label(node) : ''", &[]).await?);
        page.require(
            "the focus is seen",
            "!root.activeElement || getComputedStyle(root.activeElement).outlineStyle !== 'none' || getComputedStyle(root.activeElement).boxShadow !== 'none' \
             || root.activeElement.matches('input') && getComputedStyle(root.activeElement.parentElement).outlineStyle !== 'none'",
        )
        .await?;
    }
    for word in ["Search documents", "Sort by", "Contracts"] {
        ensure!(seen.iter().any(|label| label.contains(word)), "{word} should be on the way: {seen:?}");
    }
    page.press(Key::Enter).await?;
    page.until_true("the preview is open", "dialog()").await?;
    page.press(Key::Escape).await?;
    page.until_true("the preview is closed", "!dialog()").await?;
    page.press(Key::Tab).await?;
    page.until_true("on to the download", "label(root.activeElement).endsWith(': download')").await
}

async fn should_never_hide_the_focus(page: Page) -> Result<()> {
    open_demo(&page).await?;
    page.browser().resize(1280, 400).await?;
    page.run::<()>("row('Inverter configuration.json').querySelector('.action').focus(); return null", &[]).await?;
    // Upwards, past the headings of two groups that stick to the window's upper edge.
    for _ in 0..40 {
        page.driver()
            .action_chain()
            .key_down(Key::Shift)
            .send_keys(char::from(Key::Tab).to_string())
            .key_up(Key::Shift)
            .perform()
            .await?;
        page.require(
            "the focused control is seen",
            "(() => { const node = root.activeElement, box = node.getBoundingClientRect();
               return node.contains(root.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); })()",
        )
        .await?;
    }
    Ok(())
}

async fn should_keep_signed_urls_to_itself(page: Page) -> Result<()> {
    open_demo(&page).await?;
    page.run::<()>(
        "window.heard = []; for (const name of ['load', 'preview', 'download', 'error']) element.addEventListener(`order-documents-${name}`, event => heard.push(event.detail)); return null",
        &[],
    )
    .await?;
    let before: u32 = page.run("return history.length", &[]).await?;
    for (name, loaded) in [
        ("Roof plan NE-4711-02.png", "dialog()?.querySelector('img')?.naturalWidth"),
        ("Solar subscription contract.pdf", "dialog()?.querySelector('iframe')"),
        ("Zählerstände 2026.csv", "dialog()?.querySelector('td')"),
        ("Time-lapse of the installation.mp4", "dialog()?.querySelector('video')?.videoWidth"),
    ] {
        page.open_preview(name).await?;
        page.until_true(name, loaded).await?;
        // Everything that a script of the page or a curious reader could see.
        let exposed: String = page
            .run(
                "return [root.innerHTML, document.documentElement.outerHTML, JSON.stringify(heard), location.href, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie].join('\\n')",
                &[],
            )
            .await?;
        for secret in [page.portal().storage(), "signature=", "sig=", "X-Amz"] {
            ensure!(!exposed.contains(secret), "{secret:?} is exposed while {name} is shown");
        }
        page.press(Key::Escape).await?;
        page.until_true("the dialog is closed", "!dialog()").await?;
    }
    let after: u32 = page.run("return history.length", &[]).await?;
    ensure!(after == before, "previews should leave no trace in the history");
    let heard: Vec<Value> = page.run("return heard", &[]).await?;
    ensure!(heard.len() == 4 && heard[0]["document"]["fileId"].is_string(), "{heard:?}");
    Ok(())
}

async fn should_download_a_file_under_its_name(page: Page) -> Result<()> {
    open_demo(&page).await?;
    let directory = tempfile::tempdir()?;
    page.browser().download_to(directory.path()).await?;
    for (name, seeded) in [("Zählerstände 2026.csv", "readings.csv"), ("太陽光モジュール保証書.pdf", "warranty-ja.pdf")]
    {
        page.role("link", &format!("{name}: download")).await?.click().await?;
        let file = directory.path().join(name);
        let bytes = page
            .until(&format!("the file {name:?}"), async || Ok(std::fs::read(&file).ok().filter(|bytes| !bytes.is_empty())))
            .await?;
        let expected = std::fs::read(portal_tests::seed_file(seeded))?;
        ensure!(bytes == expected, "{name} should arrive whole: {} bytes of {}", bytes.len(), expected.len());
    }
    page.until_true("the list is still there", "parts('row').length === 36").await
}

async fn should_fit_a_phone(page: Page) -> Result<()> {
    open_demo(&page).await?;
    for width in [320, 390] {
        page.browser().resize(width, 700).await?;
        page.open_preview("Zählerstände 2026.csv").await?;
        page.until_true("the table", "dialog().querySelector('td')").await?;
        let too_wide: Vec<String> = page
            .run(
                "const edge = Math.min(innerWidth, dialog().getBoundingClientRect().right) + 1;
                 return [dialog(), ...dialog().querySelectorAll('*')].filter(node => !node.parentElement?.closest('.scroll') && node.getBoundingClientRect().right > edge).map(node => node.getAttribute('class') ?? node.localName)",
                &[],
            )
            .await?;
        ensure!(too_wide.is_empty(), "should fit into {width} px: {too_wide:?}");
        page.require(
            "every button can be hit",
            "[...dialog().querySelectorAll('button, a')].every(node => node.offsetWidth >= 24 && node.offsetHeight >= 24)",
        )
        .await?;
        page.press(Key::Escape).await?;
        page.until_true("the dialog is closed", "!dialog()").await?;
    }
    page.open_preview("Roof plan NE-4711-02.png").await?;
    page.until_true("the picture", "dialog().querySelector('img')?.naturalWidth").await?;
    page.screenshot("preview-image", 390, portal_tests::Scheme::Dark).await
}

async fn should_sign_on_demand_and_once_per_use(page: Page) -> Result<()> {
    open_demo(&page).await?;
    ensure!(page.portal().calls(SIGNING).await? == 0, "showing the list should sign nothing");
    for use_of_it in 1..=2 {
        page.open_preview("Roof plan NE-4711-02.png").await?;
        page.until_true("the picture", "dialog().querySelector('img')?.naturalWidth").await?;
        ensure!(page.portal().calls(SIGNING).await? == use_of_it, "each use should sign once");
        page.press(Key::Escape).await?;
        page.until_true("the dialog is closed", "!dialog()").await?;
    }
    Ok(())
}

async fn should_sign_anew_when_the_url_has_expired(page: Page) -> Result<()> {
    open_demo(&page).await?;
    page.portal().fault(json!({ "fault": "expired-signed-url", "route": "sign", "times": 1 })).await?;
    page.open_preview("Roof plan NE-4711-02.png").await?;
    page.until_true("the picture, all the same", "dialog().querySelector('img')?.naturalWidth").await?;
    ensure!(page.portal().calls(SIGNING).await? == 2, "an expired URL should be replaced, once");
    Ok(())
}

async fn should_refuse_a_signed_url_that_is_not_safe(page: Page) -> Result<()> {
    for fault in ["bad-signed-url", "script-signed-url", "plain-signed-url"] {
        page.portal().fault(json!({ "fault": fault, "route": "sign" })).await?;
        open_demo(&page).await?;
        for name in ["Roof plan NE-4711-02.png", "Solar subscription contract.pdf"] {
            page.open_preview(name).await?;
            page.until_true(&format!("{fault} is said"), "dialog().querySelector('[role=alert] [part~=state-title]')").await?;
            page.require("nothing was opened", "!dialog().querySelector('iframe, img, video, audio, pre')").await?;
            page.press(Key::Escape).await?;
            page.until_true("the dialog is closed", "!dialog()").await?;
        }
    }
    page.open_preview("Roof plan NE-4711-02.png").await?;
    page.until_true("it is said", "dialog().querySelector('[role=alert]')").await?;
    page.screenshots("preview-refused").await
}

async fn should_offer_a_retry_when_a_file_cannot_be_loaded(page: Page) -> Result<()> {
    open_demo(&page).await?;
    page.portal().fault(json!({ "fault": "server-error", "route": "sign" })).await?;
    page.open_preview("Roof plan NE-4711-02.png").await?;
    page.until_says("This file cannot be loaded right now").await?;
    page.screenshots("preview-failed").await?;
    page.portal().fault(json!({ "fault": "none", "route": "sign" })).await?;
    page.find("the retry in the dialog", "dialog().querySelector('[part~=retry-button]')").await?.click().await?;
    page.until_true("the picture", "dialog().querySelector('img')?.naturalWidth").await
}

async fn should_keep_the_page_and_say_why_when_a_download_fails(page: Page) -> Result<()> {
    open_demo(&page).await?;
    for (fault, said) in [
        (json!({ "fault": "not-found", "route": "storage" }), "the download did not start"),
        (json!({ "fault": "bad-signed-url", "route": "sign" }), "its link leads to a place that is not allowed"),
    ] {
        page.portal().fault(fault).await?;
        page.role("link", "Roof plan NE-4711-02.png: download").await?.click().await?;
        page.until_says(said).await?;
        page.require("the page is still there", "location.href.endsWith('/orders/ord_demo') && parts('row').length === 36")
            .await?;
        page.portal().fault(json!({ "fault": "none", "route": "storage" })).await?;
        page.portal().fault(json!({ "fault": "none", "route": "sign" })).await?;
    }
    Ok(())
}

async fn should_download_all_the_same_when_the_url_has_expired(page: Page) -> Result<()> {
    open_demo(&page).await?;
    let directory = tempfile::tempdir()?;
    page.browser().download_to(directory.path()).await?;
    page.portal().fault(json!({ "fault": "expired-signed-url", "route": "sign", "times": 1 })).await?;
    page.role("link", "Roof plan NE-4711-02.png: download").await?.click().await?;
    let file = directory.path().join("Roof plan NE-4711-02.png");
    page.until("the file", async || Ok(std::fs::metadata(&file).ok().filter(|data| data.len() > 1000))).await?;
    Ok(())
}
