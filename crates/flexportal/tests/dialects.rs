//! Every row and every trap of the Files API's two dialects: the list and its records.

mod support;

use flexportal::{Category, CustomerId, DocumentType, FileId, FileList, FileRecord, Links, OrderId, Timestamp};
use support::read;

const TEN_O_CLOCK: i64 = 1_736_935_200_000; // 2025-01-15T10:00:00Z
const ELEVEN_O_CLOCK: i64 = TEN_O_CLOCK + 3_600_000;

/// The record of a list that has this one, `{"fileId":"file_1"` and the fields. Fails where there is none.
fn record(fields: &str) -> FileRecord {
    let list: FileList = read(&format!(r#"{{"files":[{{"fileId":"file_1"{fields}}}],"count":1}}"#)).expect(fields);
    assert_eq!((list.files.len(), list.dropped), (1, 0), "{fields}");
    list.files.into_iter().next().unwrap()
}

/// What a record is that says nothing but its id.
fn blank() -> FileRecord {
    FileRecord {
        file_id: FileId::new("file_1").unwrap(),
        name: None,
        document_type: DocumentType::Other(String::new()),
        category: None,
        content_type: None,
        size: None,
        order_id: None,
        customer_id: None,
        misattributed: false,
        created_at: None,
        updated_at: None,
        links: None,
    }
}

fn contract() -> FileRecord {
    FileRecord {
        name: Some("Contract.pdf".to_owned()),
        document_type: DocumentType::Contract,
        content_type: Some("application/pdf".to_owned()),
        size: Some(1024),
        order_id: OrderId::new("ord_1").ok(),
        created_at: Timestamp::from_millis(TEN_O_CLOCK),
        ..blank()
    }
}

#[test]
fn should_read_a_record_in_the_schema_dialect() {
    let schema = r#","tenantId":"tenant_1","orderId":"ord_1","type":"contract","category":"generated","filename":"9f3c.pdf",
        "contentType":"application/pdf","fileSize":1024,"storagePath":"t/9f3c","uploadedBy":"user_1",
        "createdAt":"2025-01-15T10:00:00Z","updatedAt":"2025-01-15T11:00:00Z","originalFilename":"Contract.pdf","metadata":{"a":[1]}"#;
    let updated_at = Timestamp::from_millis(ELEVEN_O_CLOCK);
    assert_eq!(record(schema), FileRecord { category: Some(Category::Generated), updated_at, ..contract() });
}

#[test]
fn should_read_a_record_in_the_guide_dialect() {
    let guide = r#","fileName":"Contract.pdf","fileType":"contract","mimeType":"application/pdf","size":1024,
        "orderId":"ord_1","customerId":"cust_1","createdAt":"2025-01-15T10:00:00Z""#;
    assert_eq!(record(guide), FileRecord { customer_id: CustomerId::new("cust_1").ok(), ..contract() });
}

#[test]
fn should_read_a_record_in_a_mix_of_both_dialects() {
    for mix in [
        r#","filename":"Contract.pdf","fileType":"contract","contentType":"application/pdf","size":"1024","orderId":"ord_1","createdAt":1736935200"#,
        r#","fileName":"Contract.pdf","type":"contract","mimeType":"application/pdf","fileSize":1024,"orderId":"ord_1","createdAt":1736935200000"#,
        r#","originalFilename":null,"filename":"9f3c.pdf","fileName":"Contract.pdf","type":null,"fileType":"contract","contentType":"",
           "mimeType":"application/pdf","fileSize":null,"size":1024,"orderId":"ord_1","createdAt":"1736935200000""#,
        r#","size":-1,"fileSize":1024,"mimeType":"","contentType":"application/pdf","fileType":"","type":"contract","filename":"9f3c.pdf",
           "fileName":"\u202e","originalFilename":"Contract.pdf","customerId":null,"orderId":"ord_1","createdAt":"2025-01-15T11:00:00+01:00""#,
    ] {
        assert_eq!(record(mix), contract(), "{mix}");
    }
}

#[test]
fn should_be_content_with_an_id_alone() {
    assert_eq!(record(""), blank());
}

#[test]
fn should_read_a_size_that_is_one_and_no_other() {
    for (size, expected) in [
        ("0", Some(0)),
        ("1024", Some(1024)),
        ("1024.0", Some(1024)),
        (r#""1024""#, Some(1024)),
        (r#"" 1024 ""#, Some(1024)),
        ("9007199254740991", Some(9_007_199_254_740_991)),
        (r#""9007199254740991""#, Some(9_007_199_254_740_991)),
        ("9007199254740992", None), // 2^53: as a double, 2^53 + 1 is the same number
        (r#""9007199254740992""#, None),
        ("18446744073709551616", None),
        (r#""18446744073709551616""#, None),
        ("1e300", None),
        ("null", None),
        ("-1", None),
        ("-9223372036854775808", None),
        (r#""-1""#, None),
        (r#""+1""#, None),
        ("1.5", None),
        (r#""1.5""#, None),
        (r#""12 KB""#, None),
        (r#""""#, None),
        ("true", None),
        ("{}", None),
        (r#"{"bytes":5}"#, None),
        ("[5]", None),
    ] {
        for key in ["fileSize", "size"] {
            assert_eq!(record(&format!(r#","{key}":{size}"#)).size, expected, "{key}: {size}");
        }
    }
}

#[test]
fn should_read_a_time_in_every_form() {
    for (time, expected) in [
        (r#""2025-01-15T10:00:00Z""#, Some(TEN_O_CLOCK)),
        (r#""2025-01-15T10:00:00.250Z""#, Some(TEN_O_CLOCK + 250)),
        (r#""2025-01-15T11:00:00+01:00""#, Some(TEN_O_CLOCK)),
        (r#""2025-01-15T10:00:00""#, Some(TEN_O_CLOCK)),
        (r#""2025-01-15 10:00:00Z""#, Some(TEN_O_CLOCK)),
        (r#""2025-01-15""#, Some(TEN_O_CLOCK - 36_000_000)),
        ("1736935200", Some(TEN_O_CLOCK)),
        ("1736935200.25", Some(TEN_O_CLOCK + 250)),
        ("1736935200000", Some(TEN_O_CLOCK)),
        (r#""1736935200""#, Some(TEN_O_CLOCK)),
        (r#""1736935200000""#, Some(TEN_O_CLOCK)),
        ("0", None),
        ("-1736935200", None),
        ("18446744073709551615", None),
        (r#""2025-02-30T10:00:00Z""#, None),
        (r#""yesterday""#, None),
        (r#""""#, None),
        ("null", None),
        ("true", None),
        (r#"{"seconds":1736935200}"#, None),
        ("[1736935200]", None),
    ] {
        assert_eq!(record(&format!(r#","createdAt":{time}"#)).created_at.map(Timestamp::millis), expected, "createdAt: {time}");
        assert_eq!(record(&format!(r#","updatedAt":{time}"#)).updated_at.map(Timestamp::millis), expected, "updatedAt: {time}");
    }
}

#[test]
fn should_say_that_it_was_changed_only_after_it_was_made() {
    assert_eq!(record(r#","createdAt":"2025-01-15T10:00:00Z","updatedAt":1736935200"#).updated_at, None);
}

#[test]
fn should_keep_types_that_are_not_documented() {
    let other = |word: &str| DocumentType::Other(word.to_owned());
    for (word, expected) in [
        (r#""contract""#, DocumentType::Contract),
        (r#""invoice""#, DocumentType::Invoice),
        (r#""document""#, DocumentType::Document),
        (r#""attachment""#, DocumentType::Attachment),
        (r#"" Invoice ""#, DocumentType::Invoice),
        (r#""in\u200bvoice""#, DocumentType::Invoice),
        (r#""warranty""#, other("warranty")),
        (r#""Lieferschein <b>""#, other("Lieferschein <b>")),
        (r#""war\u202eranty\n""#, other("warranty")),
        ("7", other("7")),
        (r#"" ""#, other("")),
        ("null", other("")),
        ("{}", other("")),
    ] {
        for key in ["type", "fileType"] {
            assert_eq!(record(&format!(r#","{key}":{word}"#)).document_type, expected, "{key}: {word}");
        }
    }
    assert_eq!(DocumentType::from_word("in\u{200b}voice "), DocumentType::Invoice, "on its own as in a record");
}

#[test]
fn should_know_who_made_it_only_by_a_documented_word() {
    for (word, expected) in [
        (r#""generated""#, Some(Category::Generated)),
        (r#""UPLOADED""#, Some(Category::Uploaded)),
        (r#""imported""#, None),
        ("null", None),
        ("1", None),
        ("[]", None),
    ] {
        assert_eq!(record(&format!(r#","category":{word}"#)).category, expected, "{word}");
    }
}

#[test]
fn should_read_a_media_type_without_parameters() {
    for (media, expected) in [
        (r#""application/pdf""#, Some("application/pdf")),
        (r#""Text/CSV; charset=UTF-8""#, Some("text/csv")),
        (r#""image/svg+xml""#, Some("image/svg+xml")),
        (r#""pdf""#, None),
        (r#""text/""#, None),
        (r#""text/html,<script>""#, None),
        (r#""""#, None),
        ("null", None),
        ("5", None),
        ("{}", None),
    ] {
        for key in ["contentType", "mimeType"] {
            assert_eq!(record(&format!(r#","{key}":{media}"#)).content_type.as_deref(), expected, "{key}: {media}");
        }
    }
}

#[test]
fn should_show_the_original_name_where_there_is_one() {
    for (names, expected) in [
        (r#","filename":"stored","originalFilename":"original""#, Some("original")),
        (r#","filename":"stored","fileName":"original""#, Some("original")), // the guide: "Original file name"
        (r#","fileName":"guide","originalFilename":"original""#, Some("original")),
        (r#","filename":"stored","originalFilename":null,"fileName":"""#, Some("stored")),
        (r#","filename":"stored","originalFilename":{},"fileName":"\u200b""#, Some("stored")),
        (r#","filename":2025"#, Some("2025")),
        (r#","filename":"invoice\u202efdp.exe""#, Some("invoicefdp.exe")),
        (r#","filename":["stored"]"#, None),
        (r#","filename":null"#, None),
    ] {
        assert_eq!(record(names).name.as_deref(), expected, "{names}");
    }
}

#[test]
fn should_tell_an_owner_that_is_absent_from_one_that_cannot_be() {
    for (owner, expected, misattributed) in [
        (r#""o-1_A""#, Some("o-1_A"), false),
        ("42", Some("42"), false),
        ("null", None, false),
        (r#""""#, None, false),
        (r#"" ""#, None, true),
        (r#""../1""#, None, true),
        ("-1", None, true),
        ("1.5", None, true),
        ("9007199254740993", None, true), // reads as 9007199254740992: another's
        ("true", None, true),
        ("{}", None, true),
        (r#"["o-1_A"]"#, None, true),
    ] {
        let order = record(&format!(r#","orderId":{owner}"#));
        assert_eq!(
            (order.order_id.as_ref().map(OrderId::as_str), order.misattributed),
            (expected, misattributed),
            "orderId: {owner}"
        );
        let of = record(&format!(r#","customerId":{owner}"#));
        assert_eq!(
            (of.customer_id.as_ref().map(CustomerId::as_str), of.misattributed),
            (expected, misattributed),
            "customerId: {owner}"
        );
    }
}

#[test]
fn should_take_the_last_of_duplicate_keys() {
    assert_eq!(record(r#","size":1,"size":2"#), FileRecord { size: Some(2), ..blank() });
    let list: FileList =
        read(r#"{"files":[1,2],"dropped":7,"files":[{"fileId":"file_1"},3],"dropped":1,"count":1,"count":2}"#).unwrap();
    assert_eq!((list.files, list.dropped, list.count), (vec![blank()], 2, Some(2)));
}

#[test]
fn should_trust_no_record_that_names_two_owners() {
    for (owners, misattributed) in [
        (r#""orderId":"ord_1","orderId":"ord_2""#, true),
        (r#""customerId":"cust_1","customerId":null"#, true),
        (r#""orderId":"ord_1","orderId":"ord_1""#, false),
        (r#""orderId":null,"orderId":"ord_1""#, false),
    ] {
        let record: FileRecord = serde_json::from_str(&format!(r#"{{"fileId":"file_1",{owners}}}"#)).unwrap();
        assert_eq!(record.misattributed, misattributed, "{owners}");
    }
}

#[test]
fn should_take_links_only_to_its_own_origin() {
    let links = |view: &str| record(&format!(r#","links":{{"view":"{view}","download":"/d","other":{{}}}}"#)).links;
    assert_eq!(links("/v"), Some(Links { view: "/v".to_owned(), download: "/d".to_owned() }));
    for view in ["", "v", "//host/v", "/\\\\host", "https://host/v", "javascript:alert(1)", "/v w", "/\\t/host", "/é"] {
        assert_eq!(links(view), None, "{view}");
    }
    for odd in [
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        r#""/v""#,
        r#"["/v","/d"]"#,
        "{}",
        r#"{"view":"/v"}"#,
        r#"{"view":"/v","download":[]}"#,
    ] {
        assert_eq!(record(&format!(r#","links":{odd}"#)), blank(), "{odd}");
    }
}

#[test]
fn should_drop_a_record_without_an_id_and_keep_the_rest() {
    let too_long = format!(r#"{{"fileId":"{}"}}"#, "a".repeat(129));
    for odd in [
        "null",
        "true",
        "-1",
        "18446744073709551615",
        "1.5",
        r#""file_2""#,
        "[]",
        r#"[{"fileId":"file_2"}]"#,
        "{}",
        r#"{"fileId":null}"#,
        r#"{"fileId":""}"#,
        r#"{"fileId":"../x"}"#,
        r#"{"fileId":"file 2"}"#,
        r#"{"fileId":-1}"#,
        r#"{"fileId":1.5}"#,
        r#"{"fileId":9007199254740992}"#,
        r#"{"fileId":["file_2"]}"#,
        r#"{"id":"file_2","name":"x"}"#,
        &too_long,
    ] {
        let list: FileList = read(&format!(r#"{{"files":[{odd},{{"fileId":"file_1"}}],"count":2}}"#)).expect(odd);
        assert_eq!((list.files, list.dropped), (vec![blank()], 1), "{odd}");
    }
}

#[test]
fn should_read_an_id_that_is_a_number() {
    let list: FileList = read(r#"{"files":[{"fileId":7},{"fileId":9007199254740991}],"count":2}"#).unwrap();
    let ids: Vec<_> = list.files.iter().map(|file| file.file_id.as_str()).collect();
    assert_eq!(ids, ["7", "9007199254740991"]);
}

#[test]
fn should_read_what_a_list_says_of_itself_in_every_form() {
    for (json, count, limit, offset, has_more) in [
        (r#"{"files":[],"count":0,"limit":50,"offset":0,"filters":{"orderId":5}}"#, Some(0), Some(50), Some(0), None),
        (r#"{"count":"7","limit":"100","offset":"200","hasMore":true,"files":[]}"#, Some(7), Some(100), Some(200), Some(true)),
        (r#"{"files":[],"hasMore":false,"nextCursor":"abc"}"#, None, None, None, Some(false)),
        (r#"{"files":[],"count":-1,"limit":"all","offset":null,"hasMore":"yes","filters":7}"#, None, None, None, None),
        (r#"{"files":[],"count":{},"limit":[],"offset":true,"hasMore":1,"dropped":{}}"#, None, None, None, None),
    ] {
        let list: FileList = read(json).expect(json);
        assert_eq!((list.count, list.limit, list.offset, list.has_more), (count, limit, offset, has_more), "{json}");
        assert_eq!(list.dropped, 0, "{json}");
    }
}

#[test]
fn should_read_past_any_depth() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json =
        format!(r#"{{"filters":{deep},"files":[{deep},{{"fileId":"file_1","metadata":{deep},"size":{deep},"links":{deep}}}]}}"#);
    let list: FileList = serde_json::from_str(&json).unwrap();
    assert_eq!((list.files, list.dropped), (vec![blank()], 1));
}

#[test]
fn should_refuse_an_answer_that_is_no_list() {
    for json in
        ["null", "[]", "7", "{}", r#""files""#, r#"{"count":0}"#, r#"{"files":null}"#, r#"{"files":{}}"#, r#"{"files":"[]"}"#]
    {
        assert_eq!(read::<FileList>(json), None, "{json}");
    }
}

#[test]
fn should_read_one_record_on_its_own() {
    assert_eq!(read::<FileRecord>(r#"{"fileId":"file_1"}"#), Some(blank()));
    for json in ["null", "[]", "{}", r#"{"fileId":"a b"}"#, r#""file_1""#] {
        assert_eq!(read::<FileRecord>(json), None, "{json}");
    }
}
