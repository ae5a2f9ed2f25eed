//! The page that the proxy renders: what it is before and without any script, and that it says what scripts would say.

use std::sync::Arc;

use anyhow::{Result, ensure};
use portal_tests::{Page, Portal, Trials, lone_tests, shared_tests, source};
use serde_json::{Value, json};
use thirtyfour::Key;

pub fn tests(portal: &Arc<Portal>) -> Trials {
    let mut tests = shared_tests![
        portal,
        should_show_all_rows_with_links_that_work_without_script,
        should_lead_through_all_pages_without_script,
        should_be_accessible_without_script,
        should_move_nothing_while_a_row_arrives,
        should_render_what_scripts_build,
        should_make_the_rows_that_scripts_build,
        should_write_numbers_and_dates_as_the_browser_does,
        should_say_in_the_readers_words_why_there_is_no_list,
    ];
    tests.extend(lone_tests![should_become_the_component_without_a_shift_or_another_call]);
    tests
}

/// No script of the page runs from the next page on; those of the tests do.
async fn without_script(page: &Page) -> Result<()> {
    page.browser().devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await
}

/// Opens an order whose page is never taken over by the component.
async fn open_before_the_component(page: &Page, path: &str) -> Result<()> {
    page.browser().block(&["*/assets/loader-*"]).await?;
    page.open(path).await?;
    page.until_true("what the proxy rendered", "root?.querySelector('.order-documents')").await
}

async fn should_show_all_rows_with_links_that_work_without_script(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_loaded().await?;
    without_script(&page).await?;
    page.open("/orders/ord_demo").await?;
    page.require("every document", "parts('row').length === 36").await?;
    page.require("no script ran", "!customElements.get('order-documents')").await?;
    page.require("nothing that would do nothing", "!part('search-input') && !part('type-toggle') && !part('sort-select')")
        .await?;
    page.require("links, no buttons", "all('button').length === 0 && all('a').length === 72").await?;
    page.role("link", "Roof plan NE-4711-02.png: preview").await?.click().await?;
    let storage = json!(page.portal().storage());
    page.until_true("the file itself, at the storage", &format!("location.origin === {storage}")).await?;
    page.require("as it is", "document.contentType === 'image/png'").await?;
    page.driver().back().await?;
    let directory = tempfile::tempdir()?;
    page.browser().download_to(directory.path()).await?;
    page.role("link", "Zählerstände 2026.csv: download").await?.click().await?;
    page.until("the saved file", async || {
        let saved = directory.path().join("Zählerstände 2026.csv");
        Ok(saved.metadata().is_ok_and(|file| file.len() > 0).then_some(()))
    })
    .await
}

async fn should_lead_through_all_pages_without_script(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_large").await?;
    page.until_loaded().await?;
    without_script(&page).await?;
    page.open("/orders/ord_large").await?;
    let rows = "[...root.querySelectorAll('[part=row]')].map(row => row.dataset.file)";
    let first: Vec<String> = page.run(&format!("return {rows}"), &[]).await?;
    ensure!(first.len() == 100, "{}", first.len());
    page.role("link", "Next page").await?.click().await?;
    page.until_true("the second page", "location.search === '?offset=100'").await?;
    let second: Vec<String> = page.run(&format!("return {rows}"), &[]).await?;
    ensure!(second.len() == 100 && second.iter().all(|id| !first.contains(id)), "{second:?}");
    page.role("link", "Previous page").await?.click().await?;
    page.until_true("the first page", "location.search === '?offset=0'").await
}

async fn should_be_accessible_without_script(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    for path in ["/orders/ord_demo", "/orders/ord_empty", "/orders/ord_of_nobody", "/orders/ord_forbidden"] {
        open_before_the_component(&page, path).await?;
        page.require("the policy is kept", "window.__violations.length === 0").await?;
        page.require_accessible().await?;
        // To read the sheet that a shadow root links, axe makes a style element of its own, which the policy forbids.
        page.run::<()>("window.__violations = []; return null", &[]).await?;
    }
    page.forgive_console().await
}

/// The languages that both renderings are compared in.
const TAGS: [&str; 5] = ["en-US", "en-GB", "de-DE", "fr-FR", "es-ES"];

/// What is seen, and what a script builds of the same list: `look` returns the two, given `first`, `normalised`, `words` and `lang`.
async fn compare(page: &Page, tag: &str, who: &str, look: &str) -> Result<()> {
    let words: Value = serde_json::from_str(&source(&format!("src/text/{}.json", &tag[..2]))?)?;
    let script = format!(
        "const [words, lang] = arguments;
         const settings = {{ heading: '', level: '1', theme: 'auto', groupBy: 'type', sort: '-created' }};
         return import('/assets/tests/markup.js').then(async ({{ first, normalised }}) => {{ {look} }})"
    );
    let [seen, built]: [Vec<String>; 2] = page.run(&script, &[words, json!(tag)]).await?;
    let differs = seen.iter().zip(&built).position(|(a, b)| a != b).or((seen.len() != built.len()).then_some(0));
    if let Some(line) = differs {
        let around = |lines: &[String]| lines[line.saturating_sub(4)..(line + 3).min(lines.len())].join("\n");
        anyhow::bail!("in {tag}: {who} made\n{}\nand a script built\n{}", around(&seen), around(&built));
    }
    ensure!(seen.len() > 300, "only {} lines in {tag}", seen.len());
    Ok(())
}

async fn should_render_what_scripts_build(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    for tag in TAGS {
        for order in ["ord_demo", "ord_large"] {
            open_before_the_component(&page, &format!("/orders/{order}?lang={tag}")).await?;
            let look = "const data = root.lastElementChild;
                        const stage = document.createElement('div');
                        stage.append(first(JSON.parse(data.textContent), settings, words, data.lang).view);
                        return [normalised(root), normalised(stage)];";
            compare(&page, tag, &format!("the proxy's page of {order}"), look).await?;
        }
    }
    page.forgive_console().await
}

async fn should_make_the_rows_that_scripts_build(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    for tag in TAGS {
        page.open(&format!("/orders/ord_demo?lang={tag}")).await?;
        // Whoever painted the first rows, these are the component's own: none was there in between.
        page.until_true("the component", "part('search-input')").await?;
        page.part("search-input").await?.send_keys("xyzzy").await?;
        page.until_true("no row left", "parts('row').length === 0").await?;
        page.part("search-input").await?.send_keys(Key::Backspace.value().to_string().repeat(5)).await?;
        page.until_true("every row again", "parts('row').length === 36").await?;
        // Room for rows that are out of sight is the window's, and none of the description.
        let look = "for (const rows of all('.rows')) rows.removeAttribute('style');
                    const answer = await fetch('/api/v1/files?orderId=ord_demo&limit=100&offset=0');
                    const { view } = first(await answer.json(), settings, words, lang);
                    return [normalised(root.querySelector('.list')), normalised(view.querySelector('.list'))];";
        compare(&page, tag, "the component's rows", look).await?;
    }
    Ok(())
}

async fn should_write_numbers_and_dates_as_the_browser_does(page: Page) -> Result<()> {
    page.open("/").await?;
    let expected: Value = serde_json::from_str(&source("crates/proxy/src/render/format/intl.json")?)?;
    let differences: Vec<String> = page
        .run(
            "const days = [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 3, 25];
             const written = tag => {
               const date = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC' });
               const number = new Intl.NumberFormat(tag);
               const plural = new Intl.PluralRules(tag);
               const size = (unit, unitDisplay) => new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay, maximumSignificantDigits: 3 });
               return {
                 dates: days.map((day, month) => date.format(Date.UTC(2026, month, day))),
                 numbers: [1, 999, 1234, 12345, 1234567].map(each => number.format(each)),
                 bytes: [0, 1, 2, 512].map(each => size('byte', 'long').format(each)),
                 units: ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'].map(unit => [1, 1.5, 999, 0.5, 1230].map(each => size(unit, 'short').format(each))),
                 plurals: [0, 1, 2, 1000000, 2000000, 1000001].map(each => plural.select(each)),
               };
             };
             return Object.entries(arguments[0]).flatMap(([language, classes]) => classes.flatMap(({ regions, ...expected }) => regions.split(' ').flatMap(region => {
               const tag = region ? `${language}-${region}` : language;
               const now = written(tag);
               return Object.keys(expected).filter(name => JSON.stringify(now[name]) !== JSON.stringify(expected[name]))
                 .map(name => `${tag} ${name}: ${JSON.stringify(now[name])} is no longer ${JSON.stringify(expected[name])}`);
             })))",
            &[expected],
        )
        .await?;
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

async fn should_say_in_the_readers_words_why_there_is_no_list(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    for (order, title) in
        [("ord_empty", "Noch keine Dokumente"), ("ord_of_nobody", "Auftrag nicht gefunden"), ("ord_forbidden", "Kein Zugriff")]
    {
        open_before_the_component(&page, &format!("/orders/{order}?lang=de")).await?;
        page.require(title, &format!("part('state-title').textContent === {}", json!(title))).await?;
        page.require("in German", "document.documentElement.lang === 'de' && document.title === 'Dokumente'").await?;
    }
    page.forgive_console().await
}

/// The browser may paint at any point of a page that is still arriving: a row is put together again as its parser does it, a node for each frame.
/// What a style sheet cannot tell before a parent has arrived (`:last-child`), this does not see; `cargo xtask bench element --only page` does.
async fn should_move_nothing_while_a_row_arrives(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    open_before_the_component(&page, "/orders/ord_demo").await?;
    for width in [260, 390, 1280] {
        page.browser().resize(width, 900).await?;
        let moved: Vec<String> = page
            .run(
                "return (async () => {
                 const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                 const row = all('.row')[1];
                 const rows = row.parentNode;
                 // What comes after it has not arrived.
                 for (let node = row; node.getAttribute?.('part') !== 'list'; node = node.parentNode) while (node.nextSibling) node.nextSibling.remove();
                 const steps = [];
                 const take = (parent, node) => {
                   steps.push(() => parent.append(node));
                   const children = [...node.childNodes];
                   node.replaceChildren?.();
                   children.forEach(child => take(node, child));
                 };
                 take(rows, row);
                 row.remove();
                 await frame(), await frame();
                 const moved = [];
                 let last;
                 const take_down = list => list.getEntries().forEach(({ value }) => moved.push(`${last}: ${value}`));
                 const observer = new PerformanceObserver(take_down);
                 observer.observe({ type: 'layout-shift' });
                 for (const step of steps) {
                   last = `${(step(), rows.lastChild.querySelectorAll('*').length)} elements`;
                   await frame(), await frame();
                 }
                 take_down({ getEntries: () => observer.takeRecords() });
                 return moved;
                 })()",
                &[],
            )
            .await?;
        ensure!(moved.is_empty(), "at {width} pixels something moves when a row has {}", moved.join(", "));
        page.require(
            "the row is whole again",
            "all('.row').length > 1 && all('.row')[1].querySelectorAll('.action').length === 2",
        )
        .await?;
    }
    Ok(())
}

async fn should_become_the_component_without_a_shift_or_another_call(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_loaded().await?;
    for path in ["/orders/ord_demo", "/orders/ord_demo?lang=de"] {
        page.portal().forget_calls().await?;
        page.open(path).await?;
        page.until_loaded().await?;
        page.until_true("the component", "element.documents.length === 36").await?;
        ensure!(page.portal().calls("GET /v1/files").await? == 1, "{path}: the list is asked for once, by the proxy");
        let shift: f64 = page
            .run(
                "return new Promise(done => {
                   new PerformanceObserver(list => done(list.getEntries().reduce((sum, { value }) => sum + value, 0))).observe({ type: 'layout-shift', buffered: true });
                   setTimeout(() => done(0), 300);
                 })",
                &[],
            )
            .await?;
        ensure!(shift == 0.0, "{path}: the layout shifted by {shift}");
        page.require("what loaded it is gone", "!root.querySelector('link, script')").await?;
    }
    Ok(())
}
