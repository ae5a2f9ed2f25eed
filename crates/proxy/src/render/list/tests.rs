use super::*;
use serde_json::{Value, json};

fn rendered_at(offset: u64, tag: &str, answer: &Value) -> String {
    let (order, language) = (OrderId::new("ord_1").unwrap(), Language::of_tag(tag).unwrap());
    let settings = Settings { level: 1, ..Settings::default() };
    let page = |offset| format!("?offset={offset}");
    let context = Context {
        order: &order,
        offset,
        language: &language,
        settings: &settings,
        stylesheet: "/assets/element-01234567.css",
        page: &page,
    };
    rendered(&context, answer.to_string().as_bytes()).unwrap().into_string()
}

fn record(id: &str, kind: &str) -> Value {
    let link = |action: &str| format!("/api/v1/files/{id}/{action}?orderId=ord_1");
    json!({"fileId": id, "orderId": "ord_1", "type": kind, "category": "generated", "filename": format!("{id}.pdf"), "contentType": "application/pdf",
        "fileSize": 123_456, "createdAt": "2026-11-03T09:00:00.000Z", "links": {"view": link("view"), "download": link("download")}})
}

/// All texts between these two, in their order.
fn between(html: &str, before: &str, after: &str) -> Vec<String> {
    html.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().to_owned()).collect()
}

#[test]
fn should_show_groups_and_rows_with_links_that_work() {
    let files = json!([
        record("a", "invoice"),
        record("b", "contract"),
        record("c", "delivery_note"),
        record("d", ""),
        record("e", "zebra")
    ]);
    let html = rendered_at(0, "de-DE", &json!({"files": files, "count": 5}));
    assert_eq!(
        between(&html, "data-group=\"type ", "\""),
        ["contract", "invoice", "delivery_note", "zebra", ""],
        "documented ones first, the nameless last"
    );
    assert_eq!(between(&html, "data-file=\"", "\""), ["b", "a", "c", "e", "d"]);
    for expected in [
        "<p class=\"summary\" part=\"summary\">5 Dokumente · 617 kB</p>",
        "href=\"/api/v1/files/a/view?orderId=ord_1\" aria-label=\"a.pdf: Vorschau\" title=\"Vorschau\"",
        "<time class=\"date\" part=\"date\" datetime=\"2026-11-03T09:00:00.000Z\">03.11.2026</time>",
        "<span class=\"size\" part=\"size\">123 kB</span>",
        "<option value=\"-created\" selected=\"\">Neueste zuerst</option>",
        "class=\"badge badge-pdf\"",
    ] {
        assert!(html.contains(expected), "{expected} in {html}");
    }
}

#[test]
fn should_hand_the_list_to_the_component_as_it_was_answered() {
    let mut hostile = record("a", "invoice");
    hostile["filename"] = json!("</script><!--\u{2028}.pdf");
    let answer = json!({"files": [hostile], "count": 1, "hasMore": false});
    let html = rendered_at(0, "fr-FR", &answer);
    let start =
        "<script type=\"application/json\" data-url=\"/api/v1/files?orderId=ord_1&amp;limit=100&amp;offset=0\" lang=\"fr-FR\">";
    let data = html.split_once(start).unwrap().1.strip_suffix("</script></template>").unwrap();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap(), answer);
    assert_eq!(html.matches("</script>").count(), 1);
}

#[test]
fn should_lead_to_further_pages_where_no_script_runs() {
    let (first, last) = (
        json!({"files": [record("a", "invoice")], "hasMore": true, "nextOffset": 100}),
        json!({"files": [record("b", "invoice")]}),
    );
    let html = rendered_at(0, "en-GB", &first);
    assert!(html.contains("<p class=\"summary\" part=\"summary\">1 loaded so far</p>"), "{html}");
    assert!(
        html.contains("<a class=\"button\" rel=\"next\" href=\"?offset=100\">Next page</a>") && !html.contains("rel=\"prev\""),
        "{html}"
    );
    let html = rendered_at(100, "en-GB", &last);
    assert!(
        html.contains("<a class=\"button\" rel=\"prev\" href=\"?offset=0\">Previous page</a>") && !html.contains("rel=\"next\""),
        "{html}"
    );
    // The component begins at the beginning.
    assert!(!html.contains("<script"), "{html}");
    assert!(!rendered_at(0, "en-GB", &last).contains("<noscript>"));
}

#[test]
fn should_say_that_there_is_nothing_or_less_than_there_was() {
    let html = rendered_at(0, "es", &json!({"files": [], "count": 0}));
    assert!(
        html.contains("<slot name=\"empty\">") && html.contains("Aún no hay documentos") && !html.contains("toolbar\""),
        "{html}"
    );
    let html = rendered_at(0, "en", &json!({"files": [record("a", "invoice")], "dropped": 2}));
    assert!(html.contains("2 entries could not be read and are not shown."), "{html}");
}

#[test]
fn should_show_what_little_is_known() {
    let html = rendered_at(
        0,
        "en",
        &json!({"files": [{"fileId": "f", "type": "document", "filename": null, "fileSize": null, "createdAt": null}]}),
    );
    for expected in
        ["Unnamed document", "Date unknown", "Size unknown", ">file</span>", "badge badge-other", "<button type=\"button\""]
    {
        assert!(html.contains(expected), "{expected} in {html}");
    }
    assert!(!html.contains("href=\"/") || !html.contains("<a "), "{html}");
}

#[test]
fn should_sort_with_what_is_not_known_last() {
    let sized = |id: &str, size: Value| {
        let mut record = record(id, "invoice");
        record["fileSize"] = size;
        record
    };
    let files =
        json!([sized("none", Value::Null), sized("small", json!(1)), sized("large", json!(9)), sized("small2", json!(1))]);
    let answer = json!({ "files": files }).to_string();
    let answer: Answer<'_> = serde_json::from_str(&answer).unwrap();
    for (sort, expected) in [("size", ["small", "small2", "large", "none"]), ("-size", ["large", "small", "small2", "none"])] {
        let groups = grouped(&answer.files, sort);
        let html = rendered_ids(&groups[0]);
        assert_eq!(html, expected, "{sort}");
    }
}

fn rendered_ids(group: &Group<'_>) -> Vec<String> {
    let mut out = Markup::default();
    for record in &group.records {
        record.write(&Language::of_tag("en").unwrap(), &mut out);
    }
    between(out.as_str(), "data-file=\"", "\"")
}
