//! The other answers in both dialects: signing, errors, orders; and JSON that only a strict reader refuses.

mod support;

use flexportal::{
    Action, CustomerId, ErrorBody, ErrorEnvelope, FileList, MAX_RECORDS, Order, OrderId, SignRequest, SignedUrl, Timestamp,
    mend_json,
};
use support::read;

const HALF_PAST_ELEVEN: i64 = 1_736_940_600_000; // 2025-01-15T11:30:00Z

#[test]
fn should_read_a_signed_url_in_the_schema_dialect() {
    let json = r#"{"success":true,"url":"https://s.example/f?sig=1","filename":"Invoice.pdf","contentType":"application/pdf","fileSize":1024,"expiresAt":1736940600}"#;
    let expected = SignedUrl {
        url: "https://s.example/f?sig=1".to_owned(),
        filename: Some("Invoice.pdf".to_owned()),
        content_type: Some("application/pdf".to_owned()),
        file_size: Some(1024),
        expires_at: Timestamp::from_millis(HALF_PAST_ELEVEN),
        file_id: None,
    };
    assert_eq!(read(json), Some(expected.clone()));
    let written = serde_json::to_string(&expected).unwrap();
    assert!(written.contains(r#""expiresAt":1736940600000"#) && written.contains(r#""success":true"#), "{written}");
    assert_eq!(read(&written), Some(expected), "what we write, we read");
}

#[test]
fn should_read_a_signed_upload_in_the_guide_dialect() {
    let json = r#"{"url":"https://s.example/u","fileId":"file_xyz789","expiresAt":"2025-01-15T11:30:00Z"}"#;
    let signed: SignedUrl = read(json).unwrap();
    assert_eq!(signed.file_id.unwrap().as_str(), "file_xyz789");
    assert_eq!(signed.expires_at, Timestamp::from_millis(HALF_PAST_ELEVEN));
}

#[test]
fn should_tell_when_a_url_expires_in_every_form() {
    for (form, expected) in [
        ("1736940600", Some(HALF_PAST_ELEVEN)),
        ("1736940600000", Some(HALF_PAST_ELEVEN)),
        (r#""1736940600""#, Some(HALF_PAST_ELEVEN)),
        (r#""2025-01-15T11:30:00Z""#, Some(HALF_PAST_ELEVEN)),
        (r#""2025-01-15T12:30:00+01:00""#, Some(HALF_PAST_ELEVEN)),
        ("0", None),
        ("-1", None),
        ("null", None),
        (r#""soon""#, None),
        ("{}", None),
    ] {
        let signed: SignedUrl = read(&format!(r#"{{"url":"https://s.example/f","expiresAt":{form}}}"#)).expect(form);
        assert_eq!(signed.expires_at.map(Timestamp::millis), expected, "{form}");
    }
}

#[test]
fn should_not_lose_what_one_dialect_says_to_a_null_of_the_other() {
    let guide = r#""fileName":"a.pdf","mimeType":"Application/PDF; x=y","size":"5""#;
    let nulls = r#""filename":null,"contentType":"","fileSize":-1"#;
    for json in [format!(r#"{{"url":"u",{guide},{nulls}}}"#), format!(r#"{{{nulls},{guide},"url":"u"}}"#)] {
        let signed: SignedUrl = read(&json).unwrap();
        let told = (signed.filename.as_deref(), signed.content_type.as_deref(), signed.file_size);
        assert_eq!(told, (Some("a.pdf"), Some("application/pdf"), Some(5)), "{json}");
    }
}

#[test]
fn should_refuse_an_answer_without_a_url() {
    for json in [
        r#"{"success":false,"url":"https://s.example/f"}"#,
        r#"{"success":true}"#,
        r#"{"url":""}"#,
        r#"{"url":null}"#,
        r#"{"url":{}}"#,
        r#"{"url":true}"#,
        "{}",
        "[]",
        "null",
        r#""https://s.example/f""#,
    ] {
        assert_eq!(read::<SignedUrl>(json), None, "{json}");
    }
}

#[test]
fn should_say_no_url_when_printed_nor_in_an_error() {
    let signed: SignedUrl = read(r#"{"url":"https://s.example/f?sig=SECRET","filename":"SECRET"}"#).unwrap();
    assert!(!format!("{signed:?} {signed:#?}").contains("SECRET"));
    let refused = serde_json::from_str::<SignedUrl>(r#"{"success":false,"url":"https://s.example/f?sig=SECRET"}"#).unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("SECRET"));
}

#[test]
fn should_be_strict_with_what_a_browser_asks_for() {
    let request: SignRequest = read(r#"{"fileId":"file_1"}"#).unwrap();
    assert_eq!((request.action, request.expires_in_minutes), (Action::View, None));
    let upload: SignRequest =
        read(r#"{"action":"upload","fileName":"a.pdf","contentType":"application/pdf","orderId":"ord_1"}"#).unwrap();
    assert_eq!((upload.action, upload.order_id), (Action::Upload, OrderId::new("ord_1").ok()));
    for json in [
        r#"{"fileId":""}"#,
        r#"{"fileId":"../orders"}"#,
        r#"{"fileId":7}"#,
        r#"{"fileId":"file_1","action":"delete"}"#,
        r#"{"fileId":"file_1","orderId":"a/b"}"#,
        r#"{"fileId":"file_1","expiresInMinutes":-1}"#,
        r#"{"fileId":"file_1","expiresInMinutes":"60"}"#,
    ] {
        assert_eq!(read::<SignRequest>(json), None, "{json}");
    }
}

#[test]
fn should_read_the_error_envelope_whatever_its_words_are() {
    let envelope = |code: &str, message: &str, request_id: Option<&str>| ErrorEnvelope {
        error: ErrorBody { code: code.to_owned(), message: message.to_owned() },
        request_id: request_id.map(str::to_owned),
    };
    for (json, expected) in [
        (r#"{"error":{"code":"NOT_FOUND","message":"No such file."}}"#, Some(envelope("NOT_FOUND", "No such file.", None))),
        (r#"{"error":{"code":"X","message":"m","details":[]},"requestId":"r1","x":1}"#, Some(envelope("X", "m", Some("r1")))),
        (r#"{"error":{"code":404,"message":null},"requestId":null}"#, Some(envelope("404", "", None))),
        (r#"{"error":{"message":{}}}"#, Some(envelope("", "", None))),
        (r#"{"error":"NOT_FOUND"}"#, None),
        (r#"{"message":"m"}"#, None),
        ("null", None),
    ] {
        assert_eq!(read(json), expected, "{json}");
    }
    assert_eq!(serde_json::to_string(&envelope("X", "m", None)).unwrap(), r#"{"error":{"code":"X","message":"m"}}"#);
}

#[test]
fn should_know_an_orders_owner_or_none() {
    for (json, order, customer) in [
        (r#"{"orderId":"ord_1","customer":{"customerId":"cust_1","name":"A"}}"#, Some("ord_1"), Some("cust_1")),
        (r#"{"id":"ord_1","customer":{"customerId":"cust_1"}}"#, Some("ord_1"), Some("cust_1")),
        (r#"{"orderId":null,"id":7,"customer":{"customerId":8}}"#, Some("7"), Some("8")),
        (r#"{"orderId":"ord_1","id":"507f/1","customer":{}}"#, Some("ord_1"), None),
        (r#"{"orderId":"ord_1","customer":null}"#, Some("ord_1"), None),
        (r#"{"orderId":"ord_1","customerId":"cust_1"}"#, Some("ord_1"), None),
        (r#"{"customer":{"customerId":"a b"}}"#, None, None),
        (r#"{"customer":{"customerId":["cust_1"]}}"#, None, None),
        (r#"{"customer":{"customerId":9007199254740993}}"#, None, None),
    ] {
        let expected = Order {
            order_id: order.and_then(|id| OrderId::new(id).ok()),
            customer_id: customer.and_then(|id| CustomerId::new(id).ok()),
        };
        assert_eq!(read(json), Some(expected), "{json}");
    }
}

#[test]
fn should_refuse_an_order_that_is_named_by_no_id() {
    for named in
        [r#""orderId":"../1""#, r#""orderId":{},"id":"ord_1""#, r#""orderId":-1"#, r#""id":true"#, r#""orderId":"","id":"a b""#]
    {
        assert_eq!(read::<Order>(&format!(r#"{{{named},"customer":{{"customerId":"cust_1"}}}}"#)), None, "{named}");
    }
    for json in [r#"{"customer":"cust_1"}"#, "null", r#""cust_1""#] {
        assert_eq!(read::<Order>(json), None, "{json}");
    }
}

#[test]
fn should_mend_what_only_a_strict_reader_refuses() {
    let name = |bytes: &[u8]| {
        let body = [br#"{"files":[{"fileId":"f1","fileName":""#, bytes, br#""},{"fileId":"f2"}],"count":2}"#].concat();
        let list: FileList = serde_json::from_str(&mend_json(&body)).unwrap();
        (list.files.len() == 2).then(|| list.files[0].name.clone().unwrap())
    };
    for (bytes, expected) in [
        (br"half \ud83d.pdf".as_slice(), "half \u{fffd}.pdf"),
        (br"half \uDE00.pdf", "half \u{fffd}.pdf"),
        (br"two \ud83d\ud83d\ude00.pdf", "two \u{fffd}😀.pdf"),
        (br"whole \ud83d\ude00.pdf", "whole 😀.pdf"),
        (br"escaped \\ud83d \\\ud83d.pdf", "escaped \\ud83d \\\u{fffd}.pdf"),
        (b"latin \xe9.pdf", "latin \u{fffd}.pdf"),
        (b"quoted \\\" 1e400", "quoted \" 1e400"),
    ] {
        assert_eq!(name(bytes).as_deref(), Some(expected), "{}", bytes.escape_ascii());
    }
    let beyond = br#"{"files":[{"fileId":"f1","size":1e400,"orderId":-1e999}],"count":1E+999}"#;
    let list: FileList = serde_json::from_str(&mend_json(&[b"\xEF\xBB\xBF".as_slice(), beyond].concat())).unwrap();
    assert_eq!((list.files[0].size, list.files[0].misattributed, list.count), (None, true, None));
}

#[test]
fn should_keep_no_more_records_than_any_page_has() {
    let record = r#"{"fileId":"f"},"#;
    let text = format!("{{\"files\":[{}{{}}]}}", record.repeat(MAX_RECORDS + 5));
    let list: FileList = serde_json::from_str(&text).unwrap();
    assert_eq!((list.files.len(), list.dropped), (MAX_RECORDS, 6));
    assert_eq!(list.received(), MAX_RECORDS as u64 + 6);
}
