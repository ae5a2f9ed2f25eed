//! The list: groups, rows, search, sort, types shown, languages, ten thousand records.

use std::sync::Arc;

use anyhow::{Result, ensure};
use portal_tests::{Page, Portal, Trials, shared_tests};
use serde_json::json;

pub fn tests(portal: &Arc<Portal>) -> Trials {
    shared_tests![
        portal,
        should_group_by_type_with_count_and_size,
        should_show_every_fact_of_a_row,
        should_speak_the_readers_language,
        should_search_as_one_types,
        should_say_that_nothing_was_found,
        should_sort_by_name_date_and_size,
        should_show_and_hide_types,
        should_load_ten_thousand_records,
        should_keep_good_rows_among_bad_ones,
        should_fit_every_width,
    ]
}

/// What the element itself says it has loaded, in groups as a person would count them.
const GROUPS: &str = "Object.entries(Object.groupBy(element.documents, each => each.type))";

async fn should_group_by_type_with_count_and_size(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    // A type that nobody knows is a group by its own name.
    let headings = page.texts("group-name").await?;
    ensure!(headings == ["Contracts", "Invoices", "Documents", "Attachments", "Warranty"], "{headings:?}");
    let counts: Vec<usize> = page.run(&format!("return {GROUPS}.map(([, files]) => files.length)"), &[]).await?;
    ensure!(counts.iter().sum::<usize>() == 36 && counts.len() == 5, "{counts:?}");
    // Every summary counts its own rows and sums their sizes, as Intl writes them.
    let wrong: Vec<String> = page
        .run(
            "const megabytes = new Intl.NumberFormat('en-GB', { style: 'unit', unit: 'kilobyte', maximumSignificantDigits: 3 });
             return parts('group').filter(group => {
               const ids = new Set([...group.querySelectorAll('[part~=row]')].map(row => row.dataset.file));
               const files = element.documents.filter(each => ids.has(each.fileId));
               const bytes = files.reduce((sum, each) => sum + Number(each.fileSize ?? 0), 0);
               const summary = group.querySelector('[part~=group-summary]').textContent;
               return summary !== `${ids.size} documents · ${megabytes.format(bytes / 1000)}` || new Set(files.map(each => each.type)).size !== 1;
             }).map(group => group.innerText.slice(0, 60))",
            &[],
        )
        .await?;
    ensure!(wrong.is_empty(), "{wrong:?}");
    Ok(())
}

async fn should_show_every_fact_of_a_row(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    let facts: Vec<String> = page
        .run(
            "const node = row('Contract amendment, storage.pdf');
             return ['icon', 'name', 'category', 'date', 'size'].map(name => node.querySelector(`[part~=${name}]`).innerText)",
            &[],
        )
        .await?;
    ensure!(facts == ["PDF", "Contract amendment, storage.pdf", "Generated", "14 Apr 2026", "33.2 kB"], "{facts:?}");
    page.role("link", "Contract amendment, storage.pdf: preview").await?;
    page.role("link", "Contract amendment, storage.pdf: download").await?;
    // Names in several scripts stand as they are, each in its own direction.
    for name in ["太陽光モジュール保証書.pdf", "Инструкция по монтажу.txt", "Übergabeprotokoll Lindenweg 12.docx"]
    {
        page.require("a name in another script", &format!("row({})", json!(name))).await?;
    }
    page.require(
        "an Arabic name runs from right to left",
        "row('دليل المستخدم للعاكس.pdf').querySelector('[part~=name]').matches(':dir(rtl)')",
    )
    .await
}

async fn should_speak_the_readers_language(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_demo").await?;
    page.until_loaded().await?;
    page.driver().find(thirtyfour::By::Css("input[name=lang][value=de]")).await?.click().await?;
    page.until_true("German headings", "parts('group-name')[0]?.textContent === 'Verträge'").await?;
    page.until_true(
        "German dates and numbers",
        "row('Contract amendment, storage.pdf').innerText.includes(new Intl.DateTimeFormat('de', { dateStyle: 'medium' }).format(Date.UTC(2026, 3, 14))) \
         && row('Contract amendment, storage.pdf').innerText.includes('33,2')",
    )
    .await?;
    page.role("searchbox", "Dokumente durchsuchen").await?;
    page.screenshots("german").await?;
    // The nearest ancestor decides when the element itself says nothing, also later.
    page.run::<()>("element.removeAttribute('lang'); document.documentElement.lang = 'fr'; return null", &[]).await?;
    page.until_true("French headings", "parts('group-name')[0]?.textContent === 'Contrats'").await?;
    page.run::<()>("document.documentElement.lang = 'en'; return null", &[]).await?;
    page.until_true("English headings", "parts('group-name')[0]?.textContent === 'Contracts'").await
}

async fn should_search_as_one_types(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    let search = page.role("searchbox", "Search documents").await?;
    search.send_keys("invoice").await?;
    page.until_true("the twelve invoices", "parts('row').length === 12").await?;
    page.require("only names with the word", "parts('row').every(row => /invoice/i.test(nameOf(row)))").await?;
    page.require("the group counts what is shown", "parts('group-summary')[0].textContent.startsWith('12 documents')").await?;
    search.send_keys(" 2026-11").await?;
    page.until_true("one invoice", "parts('row').length === 1 && nameOf(parts('row')[0]) === 'Invoice NE-2026-11-4854.pdf'")
        .await?;
    // Accents and case do not matter.
    search.clear().await?;
    search.send_keys("ZAHLERSTANDE").await?;
    page.until_true("the name with accents", "parts('row').length === 1 && nameOf(parts('row')[0]) === 'Zählerstände 2026.csv'")
        .await
}

async fn should_say_that_nothing_was_found(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    page.role("searchbox", "Search documents").await?.send_keys("no such document").await?;
    page.until_says("Nothing found").await?;
    page.require_accessible().await?;
    page.screenshots("nothing-found").await?;
    page.role("button", "Show all documents").await?.click().await?;
    page.until_true("all rows again", "parts('row').length === 36").await
}

async fn should_sort_by_name_date_and_size(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    // Within each group the rows must be in the order that the browser's own comparison gives.
    let in_order = |compare: &str| {
        format!(
            "(() => {{ const files = new Map(element.documents.map(each => [each.fileId, each]));
              const collator = new Intl.Collator('en-GB', {{ numeric: true }});
              const compare = {compare};
              return parts('group').every(group => {{
                const shown = [...group.querySelectorAll('[part~=row]')].map(row => files.get(row.dataset.file));
                return shown.every((file, index) => index === 0 || compare(shown[index - 1], file) <= 0); }}); }})()"
        )
    };
    let time = "new Date(b.createdAt) - new Date(a.createdAt)";
    page.require("newest first without being asked", &in_order(&format!("(a, b) => {time}"))).await?;
    for (option, compare) in [
        ("Oldest first", format!("(a, b) => -({time})")),
        ("Name, A to Z", "(a, b) => collator.compare(a.filename, b.filename)".to_owned()),
        ("Name, Z to A", "(a, b) => collator.compare(b.filename, a.filename)".to_owned()),
        ("Largest first", "(a, b) => a.fileSize == null || b.fileSize == null ? 0 : b.fileSize - a.fileSize".to_owned()),
        ("Smallest first", "(a, b) => a.fileSize == null || b.fileSize == null ? 0 : a.fileSize - b.fileSize".to_owned()),
    ] {
        let before: Vec<String> = page.texts("name").await?;
        page.find("the option", &format!("all('option').find(node => node.textContent === {}) ?? [...root.querySelectorAll('option')].find(node => node.textContent === {0})", json!(option)))
            .await?
            .click()
            .await?;
        page.until_true(option, &in_order(&compare)).await?;
        ensure!(page.texts("name").await? != before, "{option} should change the order");
    }
    Ok(())
}

async fn should_show_and_hide_types(page: Page) -> Result<()> {
    page.open_order("ord_demo").await?;
    page.until_loaded().await?;
    let invoices = page.role("button", "Invoices").await?;
    ensure!(invoices.attr("aria-pressed").await?.as_deref() == Some("true"), "shown types are pressed");
    invoices.click().await?;
    page.until_true("the invoices are hidden", "parts('row').length === 24").await?;
    ensure!(!page.texts("group-name").await?.contains(&"Invoices".to_owned()), "the group should be gone");
    let invoices = page.role("button", "Invoices").await?;
    ensure!(invoices.attr("aria-pressed").await?.as_deref() == Some("false"), "hidden types are not pressed");
    invoices.click().await?;
    page.until_true("the invoices are back", "parts('row').length === 36").await
}

async fn should_load_ten_thousand_records(page: Page) -> Result<()> {
    page.sign_in("cust_anna", "ord_large").await?;
    // The first page is shown at once, and how far the rest is is said while it arrives.
    page.until_true(
        "rows while the rest arrives",
        "parts('row').length > 0 && isState('loading') && /^[\\d,]+ (of [\\d,]+ loaded|loaded so far)$/.test(parts('summary')[0].textContent)",
    )
    .await?;
    page.until_true("all ten thousand", "element.documents.length === 10000 && !isState('loading')").await?;
    page.until_true("the summary counts them", "parts('summary')[0].textContent.startsWith('10,000 documents')").await?;
    page.require("only rows near the viewport are in the page", "root.querySelectorAll('[part~=row]').length < 400").await?;
    page.require(
        "every row says its place",
        "parts('row').every(row => Number(row.getAttribute('aria-setsize')) > 100 && Number(row.getAttribute('aria-posinset')) >= 1)",
    )
    .await?;
    page.screenshot("large", 1280, portal_tests::Scheme::Light).await?;
    // The last row of the last group is there when one scrolls to it.
    page.run::<()>("document.querySelector('#workbench-title').scrollIntoView({ block: 'end' }); return null", &[]).await?;
    page.until_true(
        "the last row",
        "(() => { const last = parts('row').at(-1); return last?.getAttribute('aria-posinset') === last?.getAttribute('aria-setsize') && last.getBoundingClientRect().top < innerHeight; })()",
    )
    .await?;
    // Search and sort go over all of them, not over what is in the page.
    let name: String = page.run("return element.documents[7777].filename", &[]).await?;
    page.role("searchbox", "Search documents").await?.send_keys(&name).await?;
    page.until_true(
        "the one that was searched for",
        &format!(
            "parts('row').length >= 1 && parts('row').length < 100 && parts('row').some(row => nameOf(row) === {})",
            json!(name)
        ),
    )
    .await
}

async fn should_keep_good_rows_among_bad_ones(page: Page) -> Result<()> {
    page.open_order("ord_odd").await?;
    page.until_loaded().await?;
    page.until_says("entries could not be read and are not shown.").await?;
    for name in ["negative size.txt", "size of 2^64.txt", "size in words.txt"] {
        page.require(name, &format!("row({}).innerText.includes('Size unknown')", json!(name))).await?;
    }
    for name in ["impossible date.txt", "date in words.txt", "date of 1e300.txt"] {
        page.require(name, &format!("row({}).innerText.includes('Date unknown')", json!(name))).await?;
    }
    page.require("a good row is whole", "/\\d/.test(row('Acceptance protocol.pdf').querySelector('[part~=size]').textContent)")
        .await?;
    page.require("a record without a name", "parts('name').some(name => name.textContent === 'Unnamed document')").await?;
    page.require(
        "no record without an id",
        "!parts('name').some(name => /no id|empty id|path as id|object as id/.test(name.textContent))",
    )
    .await?;
    page.require("no record of another", "!root.innerHTML.includes('of another customer')").await?;
    page.require(
        "no bidi control in a name",
        "!/[\\u202A-\\u202E\\u2066-\\u2069]/.test(parts('name').map(name => name.textContent).join(''))",
    )
    .await?;
    page.require("markup stays text", "row('<img src=x onerror=alert(1)>.html') && !root.querySelector('[part~=name] img')")
        .await?;
    page.require("a name of ten kilobytes takes no more than a few lines", "parts('row').every(row => row.offsetHeight < 130)")
        .await?;
    page.screenshots("odd").await
}

async fn should_fit_every_width(page: Page) -> Result<()> {
    for (what, path) in
        [("own page", "/orders/ord_demo"), ("host page", "/assets/demo/portal.html?customer=cust_anna&order=ord_odd")]
    {
        page.sign_in("cust_anna", "ord_demo").await?;
        page.open(path).await?;
        page.until_loaded().await?;
        for width in [320, 390, 600, 768, 1024, 1920] {
            page.browser().resize(width, 800).await?;
            page.until_true(&format!("{what} at {width}"), "innerWidth === document.documentElement.clientWidth").await?;
            let overflow: u32 = page.run("return document.documentElement.scrollWidth - innerWidth", &[]).await?;
            ensure!(overflow == 0, "the {what} is {overflow} px too wide at {width}");
            page.require(
                "nothing sticks out of the element",
                "parts('row').every(row => row.getBoundingClientRect().right <= element.getBoundingClientRect().right + 1 && row.scrollWidth <= row.clientWidth + 1)",
            )
            .await?;
        }
    }
    Ok(())
}
