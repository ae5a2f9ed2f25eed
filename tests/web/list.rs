//! Finding one's way in the list: search, sort, types, and what a long list keeps in the document.

use crate::answer::{Answer, pages, record, three, with};
use crate::page::{Documents, Page, fixture};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

/// Five documents of three types, in every order another sequence.
async fn mixed() -> (Page, Documents) {
    let page = fixture();
    let one = |id: &str, name: &str, kind: &str, size: u32, day: u32| {
        with(record(id, name), json!({ "type": kind, "fileSize": size, "createdAt": format!("2026-01-{day:02}T12:00:00Z") }))
    };
    let records = [
        one("r", "Résumé of costs.txt", "invoice", 300, 5),
        one("t", "Invoice 10.txt", "invoice", 100, 9),
        one("n", "invoice 9.txt", "invoice", 200, 7),
        one("c", "Contract.txt", "contract", 50, 1),
        one("w", "Warranty.txt", "extended_warranty", 70, 2),
    ];
    page.answer("GET", Answer::list(&records));
    let documents = page.listed().await;
    (page, documents)
}

#[wasm_bindgen_test]
async fn should_group_by_type_with_the_count_and_size_of_each() {
    let (_page, documents) = mixed().await;
    let texts = |selector: &str| documents.all(selector).iter().filter_map(|it| it.text_content()).collect::<Vec<_>>();
    assert_eq!(texts(".group-name"), ["Contracts", "Invoices", "Extended warranty"]);
    let summaries: Vec<String> = texts(".group-summary").iter().map(|text| text.replace('\u{a0}', " ")).collect();
    assert_eq!(summaries, ["1 document · 50 bytes", "3 documents · 600 bytes", "1 document · 70 bytes"]);
    assert_eq!(documents.text(".summary").replace('\u{a0}', " "), "5 documents · 720 bytes");
    let levels: Vec<_> = documents.all("[role='heading']").iter().map(|it| it.get_attribute("aria-level").unwrap()).collect();
    assert_eq!(levels, ["2", "3", "3", "3"]);
}

#[wasm_bindgen_test]
async fn should_sort_in_each_way_that_is_offered() {
    let (page, documents) = mixed().await;
    documents.set("group-by", "none");
    page.wait_for("one group", || documents.all(".group").len() == 1).await;
    let ids = || documents.all(".row").iter().map(|row| row.get_attribute("data-file").unwrap()).collect::<String>();
    assert_eq!(ids(), "tnrwc");
    for (word, expected) in [
        ("created", "cwrnt"),
        ("name", "cntrw"),
        ("-name", "wrtnc"),
        ("-size", "rntwc"),
        ("size", "cwtnr"),
        ("-created", "tnrwc"),
    ] {
        documents.sort(word);
        page.wait_for(word, || ids() == expected).await;
    }
    documents.sort("name");
    documents.set("sort", "size");
    page.settle().await;
    assert_eq!(ids(), "cntrw", "the reader's choice goes before the host's");
}

#[wasm_bindgen_test]
async fn should_find_names_as_one_types() {
    let (page, documents) = mixed().await;
    for (typed, found) in [
        ("resume", vec!["Résumé of costs.txt"]),
        ("RÉSUMÉ", vec!["Résumé of costs.txt"]),
        ("txt  invoice", vec!["Invoice 10.txt", "invoice 9.txt"]),
        ("10", vec!["Invoice 10.txt"]),
        ("", vec!["Contract.txt", "Invoice 10.txt", "invoice 9.txt", "Résumé of costs.txt", "Warranty.txt"]),
    ] {
        documents.search(typed);
        page.wait_for(typed, || documents.names() == found).await;
    }
    documents.search("invoice");
    let spoken =
        || documents.all("[part='base'] > [role='status']").iter().filter_map(|it| it.text_content()).collect::<String>();
    page.wait_for("what a screen reader hears", || spoken() == "2 documents").await;
}

#[wasm_bindgen_test]
async fn should_offer_a_way_back_when_nothing_is_found() {
    let (page, documents) = mixed().await;
    documents.search("nothing of the kind");
    page.wait_for("the state", || documents.text(".state-title") == "Nothing found").await;
    assert_eq!(documents.state(), "", "the list itself is not empty");
    documents.click("[part='show-all-button']");
    page.wait_for("the list", || documents.names().len() == 5).await;
    assert_eq!(documents.value_of(".search-input"), "");
}

#[wasm_bindgen_test]
async fn should_hide_and_show_types() {
    let (page, documents) = mixed().await;
    let toggles = || documents.all("[part='type-toggle']");
    let pressed = || toggles().iter().map(|it| it.get_attribute("aria-pressed").unwrap()).collect::<Vec<_>>();
    let counts: Vec<_> = documents.all(".type-count").iter().filter_map(|it| it.text_content()).collect();
    assert_eq!(counts, ["1", "3", "1"]);
    toggles()[1].click();
    page.wait_for("two groups", || documents.names() == ["Contract.txt", "Warranty.txt"]).await;
    assert_eq!(pressed(), ["true", "false", "true"]);
    toggles()[0].click();
    toggles()[2].click();
    page.wait_for("none", || documents.text(".state-title") == "Nothing found").await;
    toggles()[1].click();
    page.wait_for("one group", || documents.names().len() == 3).await;
    documents.search("10");
    page.wait_for("both at once", || documents.names() == ["Invoice 10.txt"]).await;
}

#[wasm_bindgen_test]
async fn should_forget_what_was_searched_in_the_order_before() {
    let (page, documents) = mixed().await;
    documents.search("contract");
    documents.all("[part='type-toggle']")[1].click();
    page.wait_for("the search", || documents.names() == ["Contract.txt"]).await;
    documents.set("order-id", "ord_2");
    page.wait_for("the other order", || page.calls("ord_2").len() == 1 && documents.is_listed()).await;
    assert_eq!(documents.names().len(), 5);
}

#[wasm_bindgen_test]
async fn should_have_no_types_to_choose_where_there_is_one() {
    let page = fixture();
    page.answer("GET", Answer::list(&three()));
    let documents = page.listed().await;
    assert!(documents.has(".search-input") && !documents.has("[part='type-toggle']"));
}

/// A list of a thousand documents, of which all have arrived.
async fn thousand(page: &Page) -> Documents {
    for offset in (0..1000).step_by(100) {
        page.answer(&format!("limit=100&offset={offset}"), pages(1000, offset));
    }
    page.answer("GET", Answer::list(&[])); // beyond its end
    let documents = page.add(&[("order-id", "ord_1")]);
    page.wait_for("the list", || documents.is_listed()).await;
    documents
}

#[wasm_bindgen_test]
async fn should_keep_only_the_rows_near_the_viewport_of_a_long_list() {
    let page = fixture();
    let documents = thousand(&page).await;
    assert_eq!(page.event("load")["detail"]["count"], 1000);
    let position = |index: usize| {
        let rows = documents.all(".row");
        let attribute = |name: &str| rows.get(index)?.get_attribute(name)?.parse::<usize>().ok();
        Some((attribute("aria-posinset")?, attribute("aria-setsize")?))
    };
    page.wait_for("the first row's place", || position(0) == Some((1, 1000))).await;
    assert!(documents.all(".row").len() < 100, "{} rows", documents.all(".row").len());
    let height = documents.get(".rows").get_bounding_client_rect().height();
    assert!(height > 1000.0 * 40.0, "there is no room for the other rows: {height}");

    let window = web_sys::window().unwrap();
    documents.get(".rows").scroll_into_view();
    window.scroll_by_with_x_and_y(0.0, height / 2.0);
    page.wait_for("the rows in the middle", || position(0).is_some_and(|(first, _)| (300..600).contains(&first))).await;
    let middle = window.inner_height().unwrap().as_f64().unwrap() / 2.0;
    let covers = |row: &web_sys::HtmlElement| {
        let bounds = row.get_bounding_client_rect();
        bounds.top() <= middle && bounds.bottom() > middle
    };
    page.wait_for("a row in the middle of the window", || documents.all(".row").iter().any(covers)).await;
    let (first, rows) = (position(0).unwrap().0, documents.all(".row"));
    assert!(rows.len() < 100, "{} rows", rows.len());
    let expected: Vec<String> = (0..rows.len()).map(|index| format!("File {}.txt", first - 1 + index)).collect();
    assert_eq!(documents.names(), expected, "a row's place is not what it says");
    assert_eq!(documents.get(".rows").get_bounding_client_rect().height(), height, "the list jumps while it is scrolled");
    window.scroll_to_with_x_and_y(0.0, 0.0);

    documents.search("File 77");
    page.wait_for("a short list", || documents.names().len() == 19).await;
    page.wait_for("no places", || !documents.has("[aria-posinset]")).await;
}

#[wasm_bindgen_test]
async fn should_fill_rows_anew_but_not_the_one_that_has_the_focus() {
    let page = fixture();
    let documents = thousand(&page).await;
    page.wait_for("the rows near the viewport", || documents.all(".row").len() < 40).await;
    let before = documents.all(".row");
    let focused = documents.get(&format!("{} [part='preview-button']", documents.row("f1")));
    focused.focus().unwrap();
    // As a translator leaves it: what a row says is in an element of somebody else's.
    for name in documents.all(".row .name") {
        name.set_inner_html(&format!("<font>{}</font>", name.text_content().unwrap_or_default()));
    }
    documents.search("File 99");
    page.wait_for("other documents", || documents.names().first().is_some_and(|name| name == "File 99.txt")).await;
    let rows = documents.all(".row");
    assert!(rows.contains(&before[0]), "no row was used again");
    assert!(!focused.is_connected(), "the focus went to {:?} by itself", documents.names());
    let labels: Vec<_> =
        documents.all(".row [part='preview-button']").iter().filter_map(|it| it.get_attribute("aria-label")).collect();
    let expected: Vec<_> = documents.names().iter().map(|name| format!("{name}: preview")).collect();
    assert_eq!(labels, expected);
    documents.search("");
    page.wait_for("the first ones again", || documents.names().first().is_some_and(|name| name == "File 0.txt")).await;
    assert!(documents.all(".row").len() < 40 && documents.has("[aria-posinset='1'][aria-setsize='1000']"));
}
