//! The element in someone's page: attributes, properties, methods and events, and its life in the DOM.

use std::sync::Arc;

use anyhow::{Result, ensure};
use portal_tests::{Page, Portal, Trials, lone_tests, shared_tests};
use serde_json::{Value, json};

pub fn tests(portal: &Arc<Portal>) -> Trials {
    let mut tests = shared_tests![
        portal,
        should_follow_attributes_while_it_lives,
        should_offer_properties_and_methods,
        should_tell_the_host_what_happens,
        should_let_the_host_prevent_a_preview_and_a_download,
        should_live_through_being_moved_and_removed,
        should_stand_twice_on_a_page_and_load_twice,
        should_show_its_children_until_it_is_defined,
        should_say_when_it_cannot_start,
        should_open_the_document_that_the_address_names,
        should_be_accessible,
        should_load_only_what_the_size_gate_counts,
        should_keep_the_styles_of_the_host_out,
    ];
    tests.extend(lone_tests![should_ask_for_the_first_page_once]);
    tests
}

async fn open_host(page: &Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_loaded().await
}

async fn set(page: &Page, attribute: &str, value: &str) -> Result<()> {
    page.run("element.setAttribute(arguments[0], arguments[1]); return null", &[json!(attribute), json!(value)]).await
}

async fn should_follow_attributes_while_it_lives(page: Page) -> Result<()> {
    open_host(&page).await?;
    set(&page, "heading", "Everything about your roof").await?;
    page.until_true("the heading", "part('heading').textContent === 'Everything about your roof'").await?;
    set(&page, "heading-level", "4").await?;
    page.until_true("its level", "part('heading').ariaLevel === '4' && part('group-name').ariaLevel === '5'").await?;
    set(&page, "type", "invoice,warranty").await?;
    page.until_true("only these types", "parts('group-name').map(node => node.textContent).join() === 'Invoices,Warranty'")
        .await?;
    set(&page, "type", "").await?;
    page.until_true("all types", "parts('group').length === 5").await?;
    set(&page, "group-by", "none").await?;
    page.until_true(
        "one list",
        "parts('group').length === 1 && parts('group-heading').length === 0 && parts('row').length === 36",
    )
    .await?;
    set(&page, "sort", "name").await?;
    page.until_true(
        "sorted by name",
        "(() => { const names = parts('name').map(node => node.textContent); const sorted = names.toSorted(new Intl.Collator('en', { numeric: true }).compare); return names.join() === sorted.join(); })()",
    )
    .await?;
    set(&page, "theme", "dark").await?;
    page.until_true("dark", "getComputedStyle(part('base')).colorScheme === 'dark'").await?;
    set(&page, "order-id", "ord_empty").await?;
    page.until_says("No documents yet").await?;
    set(&page, "order-id", "ord_demo").await?;
    page.until_loaded().await
}

async fn should_offer_properties_and_methods(page: Page) -> Result<()> {
    open_host(&page).await?;
    let values: Value = page.run("return [element.orderId, element.groupBy, element.linkMinutes, element.theme]", &[]).await?;
    ensure!(values == json!(["ord_demo", "type", "5", "auto"]), "{values}");
    let fields: Vec<String> = page.run("return Object.keys(element.documents[0]).sort()", &[]).await?;
    for internal in ["tenantId", "storagePath", "uploadedBy", "metadata"] {
        ensure!(!fields.contains(&internal.to_owned()), "{internal} should stop at the proxy: {fields:?}");
    }
    let id: String = page.run("return element.documents[0].fileId", &[]).await?;
    page.run::<()>("return element.preview(arguments[0]).then(() => null)", &[json!(id)]).await?;
    page.until_true("the preview", "dialog()").await?;
    page.run::<()>("dialog().close(); return null", &[]).await?;
    let refused: bool = page.run("return element.preview('file_of_another').then(() => false, () => true)", &[]).await?;
    ensure!(refused, "a document that the list does not have should be refused");
    page.run::<()>("return element.refresh().then(() => null)", &[]).await?;
    page.until_loaded().await
}

async fn should_tell_the_host_what_happens(page: Page) -> Result<()> {
    open_host(&page).await?;
    page.until_true(
        "the load in the log",
        "document.querySelector('#log').textContent.includes('order-documents-load {\"count\":36')",
    )
    .await?;
    page.open_preview("Roof plan NE-4711-02.png").await?;
    page.until_true(
        "the preview in the log",
        "document.querySelector('#log').textContent.includes('order-documents-preview {\"document\"')",
    )
    .await?;
    page.press(thirtyfour::Key::Escape).await?;
    set(&page, "order-id", "ord_failing").await?;
    page.until_true(
        "the error in the log",
        "/order-documents-error \\{.*\"retryable\":true/.test(document.querySelector('#log').textContent)",
    )
    .await?;
    let detail: Value = page
        .run("return JSON.parse([...document.querySelectorAll('#log li')].at(-1).textContent.match(/\\{.*\\}/)[0])", &[])
        .await?;
    for field in ["code", "status", "retryable", "message"] {
        ensure!(!detail[field].is_null(), "{field} in {detail}");
    }
    Ok(())
}

async fn should_let_the_host_prevent_a_preview_and_a_download(page: Page) -> Result<()> {
    open_host(&page).await?;
    let directory = tempfile::tempdir()?;
    page.browser().download_to(directory.path()).await?;
    page.run::<()>(
        "window.prevented = 0; for (const name of ['preview', 'download']) document.addEventListener(`order-documents-${name}`, event => { event.preventDefault(); prevented += 1; }); return null",
        &[],
    )
    .await?;
    page.role("link", "Roof plan NE-4711-02.png: preview").await?.click().await?;
    page.role("link", "Roof plan NE-4711-02.png: download").await?.click().await?;
    page.until_true("both were heard", "prevented === 2").await?;
    page.require("no preview", "!dialog()").await?;
    ensure!(directory.path().read_dir()?.next().is_none(), "nothing should be downloaded");
    Ok(())
}

async fn should_live_through_being_moved_and_removed(page: Page) -> Result<()> {
    open_host(&page).await?;
    page.run::<()>("window.kept = part('row'); document.querySelector('.card').before(element); return null", &[]).await?;
    page.require("moving keeps everything", "part('row') === kept").await?;
    page.run::<()>("window.removed = element; element.remove(); return new Promise(done => setTimeout(() => done(null)))", &[])
        .await?;
    page.require("away, nothing is kept", "removed.shadowRoot.childElementCount === 0 && removed.documents.length === 0").await?;
    page.run::<()>("document.querySelector('.card').append(removed); return null", &[]).await?;
    page.until_loaded().await?;
    page.role("searchbox", "Search documents").await?.send_keys("roof plan").await?;
    page.until_true("it works as before", "parts('row').length === 1").await
}

async fn should_stand_twice_on_a_page_and_load_twice(page: Page) -> Result<()> {
    open_host(&page).await?;
    // A second copy of the script, under another name, as two suppliers of a page would bring it.
    page.run::<()>(
        "return fetch('/orders/ord_demo').then(answer => answer.text()).then(text => import(text.match(/\\/assets\\/loader-[0-9a-f]+\\.js/)[0])).then(() => null)",
        &[],
    )
    .await?;
    page.run::<()>(
        "window.second = document.createElement('order-documents'); second.orderId = 'ord_empty'; document.querySelector('.card').append(second); return null",
        &[],
    )
    .await?;
    page.until_true(
        "the second shows its own order",
        "second.shadowRoot.querySelector('[part~=state-title]')?.textContent === 'No documents yet'",
    )
    .await?;
    page.require("the first is as it was", "parts('row').length === 36").await
}

async fn should_show_its_children_until_it_is_defined(page: Page) -> Result<()> {
    page.browser().block(&["*/order-documents.js"]).await?;
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_true(
        "the children",
        "element.innerText.includes('Your documents appear here in a moment') && element.checkVisibility() && !root",
    )
    .await
}

async fn should_say_when_it_cannot_start(page: Page) -> Result<()> {
    page.browser().block(&["*.wasm"]).await?;
    page.sign_in("cust_anna", "ord_large").await?;
    page.until_says("The documents cannot be loaded right now").await?;
    page.require("all that was painted, and will be", "parts('row').length === 100").await?;
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_says("The documents cannot be loaded right now").await?;
    page.require("the state", "isState('error')").await?;
    page.screenshots("state-not-started").await?;
    page.browser().block(&[]).await?;
    page.role("button", "Try again").await?.click().await?;
    page.until_loaded().await?;
    page.forgive_console().await
}

async fn should_open_the_document_that_the_address_names(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    let id: String =
        page.run("return element.documents.find(each => each.filename === 'Roof plan NE-4711-02.png').fileId", &[]).await?;
    page.open("/").await?;
    page.open(&format!("/?order=ord_demo&lang=de#file={id}")).await?;
    page.until_true("the preview", "dialog()?.ariaLabel === 'Roof plan NE-4711-02.png'").await?;
    page.role("button", "Schließen").await?;
    // What is not in the order is as good as none.
    page.open("/").await?;
    page.open("/orders/ord_demo#file=file_of_another").await?;
    page.until_loaded().await?;
    page.require("no preview", "!dialog()").await
}

async fn should_be_accessible(page: Page) -> Result<()> {
    for scheme in [portal_tests::Scheme::Light, portal_tests::Scheme::Dark] {
        page.browser().prefer(scheme).await?;
        open_host(&page).await?;
        page.require_accessible().await?;
        page.open("/orders/ord_demo").await?;
        page.until_loaded().await?;
        page.require_accessible().await?;
        page.open_preview("Zählerstände 2026.csv").await?;
        page.until_true("the table", "dialog().querySelector('td')").await?;
        page.require_accessible().await?;
    }
    Ok(())
}

async fn should_load_only_what_the_size_gate_counts(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    // `cargo xtask size` counts what index.html and the loader name: nothing else may be loaded, and nothing twice. What is fetched
    // ahead are two files, known by their name, and they wait until the list has arrived.
    page.until_true(
        "the second module and its styles fetched ahead",
        "performance.getEntriesByType('resource').filter(entry => entry.name.includes('/order-documents-later-')).length === 2",
    )
    .await?;
    let extra: Vec<String> = page
        .run(
            "const entries = performance.getEntriesByType('resource').map(entry => ({ path: new URL(entry.name).pathname, from: entry.startTime, to: entry.responseEnd }));
             const list = { to: performance.getEntriesByType('navigation')[0].responseEnd }; // it is in the page
             const isAhead = entry => entry.path.startsWith('/assets/order-documents-later-') && entry.from >= list.to;
             const assets = entries.filter(entry => entry.path.startsWith('/assets/') && !isAhead(entry)).map(entry => entry.path);
             const text = path => fetch(path).then(answer => answer.text());
             return text('/orders/ord_demo').then(async html => {
               const loader = await text(html.match(/[/]assets[/]loader-[^\"]+/)[0]);
               const isNamed = path => html.includes(`\"${path}\"`) || loader.includes(`\"./${path.split('/').pop()}\"`);
               return assets.filter((path, index) => !isNamed(path) || assets.indexOf(path) !== index);
             })",
            &[],
        )
        .await?;
    ensure!(extra.is_empty(), "{extra:?}");
    page.require("compressed on the way", "performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('.wasm')).every(entry => entry.encodedBodySize * 2 < entry.decodedBodySize)")
        .await
}

async fn should_keep_the_styles_of_the_host_out(page: Page) -> Result<()> {
    open_host(&page).await?;
    let look = "JSON.stringify(['row', 'name', 'search-input', 'heading'].map(name => { const style = getComputedStyle(part(name)); return [style.fontSize, style.padding, style.display, style.margin]; }))";
    let before: String = page.run(&format!("return {look}"), &[]).await?;
    page.run::<()>(
        "const sheet = new CSSStyleSheet(); sheet.replaceSync('* { padding: 20px } li, div, input { margin: 30px; display: table; } h2 { font-size: 60px }'); document.adoptedStyleSheets = [sheet]; return null",
        &[],
    )
    .await?;
    let after: String = page.run(&format!("return {look}"), &[]).await?;
    ensure!(before == after, "{before} became {after}");
    // What is meant to be changed can be: parts.
    page.run::<()>(
        "document.adoptedStyleSheets[0].replaceSync('order-documents::part(heading) { color: rgb(1, 2, 3) }'); return null",
        &[],
    )
    .await?;
    page.require("a part follows the host", "getComputedStyle(part('heading')).color === 'rgb(1, 2, 3)'").await
}

async fn should_ask_for_the_first_page_once(page: Page) -> Result<()> {
    let asked =
        "return performance.getEntriesByType('resource').map(entry => entry.name).filter(name => name.includes('/api/v1/files'))";
    open_host(&page).await?;
    let by_a_host: Vec<String> = page.run(asked, &[]).await?;
    ensure!(by_a_host.len() == 1, "{by_a_host:?}");
    page.open("/orders/ord_demo").await?;
    page.until_loaded().await?;
    let where_it_is_rendered: Vec<String> = page.run(asked, &[]).await?;
    ensure!(where_it_is_rendered.is_empty(), "{where_it_is_rendered:?}");
    Ok(())
}
