//! What holds for any answer: nothing readable is lost, nothing internal travels on, nothing panics.

mod support;

use flexportal::{
    Category, CustomerId, DocumentType, ErrorEnvelope, FileId, FileList, FileRecord, Links, ObjectWriter, Order, OrderId,
    SignRequest, SignedUrl, Timestamp, clean_name, mend_json,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};
use support::read;

/// Times that every form can carry: from 1973-03-03, before which a number of milliseconds looks like seconds, to the year 5138.
fn times() -> impl Strategy<Value = Timestamp> {
    (100_000_000_000..100_000_000_000_000_i64).prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

fn words() -> impl Strategy<Value = String> {
    "\\PC{0,40}".prop_map(|word| clean_name(&word).unwrap_or_default())
}

fn types() -> impl Strategy<Value = DocumentType> {
    prop_oneof![select(DocumentType::DOCUMENTED.to_vec()), words().prop_map(|word| DocumentType::from_word(&word))]
}

prop_compose! {
    fn links()(path in "(/[a-z0-9]{1,6}){1,3}") -> Links {
        Links { view: format!("{path}/view"), download: format!("{path}/download") }
    }
}

prop_compose! {
    fn records()(
        (file_id, order_id, customer_id) in ("[A-Za-z0-9_-]{1,128}", option::of("[A-Za-z0-9_-]{1,20}"), option::of("[A-Za-z0-9_-]{1,20}")),
        (name, document_type) in (words(), types()),
        category in option::of(select(vec![Category::Generated, Category::Uploaded])),
        content_type in option::of("[a-z]{1,10}/[a-z0-9.+-]{1,20}"),
        size in option::of(0..1_u64 << 53),
        (created_at, updated_at) in (option::of(times()), option::of(times())),
        links in option::of(links()),
    ) -> FileRecord {
        FileRecord {
            file_id: FileId::new(file_id).unwrap(),
            name: Some(name).filter(|name| !name.is_empty()),
            document_type, category, content_type, size, links,
            order_id: order_id.map(|id| OrderId::new(id).unwrap()),
            customer_id: customer_id.map(|id| CustomerId::new(id).unwrap()),
            misattributed: false,
            created_at,
            updated_at: updated_at.filter(|at| Some(*at) != created_at),
        }
    }
}

/// A server's own way to write one record: each number picks the dialect or the form of one field.
fn encode(record: &FileRecord, ways: &[u8]) -> Value {
    let mut ways = ways.iter().cycle().copied();
    let mut way = move |of: u8| ways.next().unwrap_or(0) % of;
    let mut fields = Map::new();
    // The schema's field, the guide's, either with the other one null, or both.
    let mut put = |way: u8, schema: &str, guide: &str, value: Value| {
        for (key, used, present) in [(schema, way != 1 && way != 3, way != 1), (guide, way != 0 && way != 2, way != 0)] {
            if present {
                fields.insert(key.to_owned(), if used { value.clone() } else { Value::Null });
            }
        }
    };
    put(0, "fileId", "", json!(record.file_id.as_str()));
    put(way(5), "originalFilename", "fileName", json!(record.name));
    put(way(5), "type", "fileType", json!(record.document_type.as_word()));
    put(
        way(5),
        "contentType",
        "mimeType",
        record.content_type.as_ref().map_or(Value::Null, |essence| match way(3) {
            0 => json!(essence),
            1 => json!(format!("{}; charset=utf-8", essence.to_uppercase())),
            _ => json!(format!(" {essence} ;q=1")),
        }),
    );
    put(
        way(5),
        "fileSize",
        "size",
        match (record.size, way(2)) {
            (Some(size), 0) => json!(size),
            (Some(size), _) => json!(size.to_string()),
            (None, 0) => json!(-1),
            (None, _) => json!("12 KB"),
        },
    );
    put(
        0,
        "category",
        "",
        json!(record.category.map(|category| if category == Category::Generated { "generated" } else { "Uploaded" })),
    );
    put(0, "orderId", "", json!(record.order_id.as_ref().map(OrderId::as_str)));
    put(0, "customerId", "", json!(record.customer_id.as_ref().map(CustomerId::as_str)));
    for (key, at) in [("createdAt", record.created_at), ("updatedAt", record.updated_at)] {
        let oracle = |at: Timestamp| jiff::Timestamp::from_millisecond(at.millis()).unwrap();
        put(
            0,
            key,
            "",
            at.map_or(json!("never"), |at| match way(5) {
                0 => json!(at.millis()),
                1 => json!(at.millis().to_string()),
                2 if at.millis() % 1000 == 0 => json!(at.millis() / 1000),
                3 => json!(
                    oracle(at)
                        .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(-7)))
                        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
                        .to_string()
                ),
                _ => json!(oracle(at).to_string()),
            }),
        );
    }
    if record.name.is_some() && way(2) == 1 {
        put(0, "filename", "", json!("stored-under-this-name"));
    }
    if let Some(Links { view, download }) = &record.links {
        put(0, "links", "", json!({ "view": view, "download": download }));
    }
    for internal in ["tenantId", "storagePath", "uploadedBy"] {
        put(0, internal, "", json!("canary"));
    }
    put(0, "metadata", "", json!({ "canary": ["canary"] }));
    fields.remove("");
    Value::Object(fields)
}

/// Any JSON, with the names and values that the API knows among it.
fn anything() -> impl Strategy<Value = Value> {
    let keys = select(vec![
        "fileId",
        "orderId",
        "customerId",
        "type",
        "size",
        "fileSize",
        "createdAt",
        "links",
        "view",
        "filename",
        "category",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e299..1e299).prop_map(Value::from),
        (-2.0..2.0).prop_map(Value::from),
        "\\PC{0,12}|[a-z0-9_]{1,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let key = prop_oneof![keys.clone().prop_map(str::to_owned), "\\PC{0,6}"];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key, inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Anything that is no record.
fn garbage() -> impl Strategy<Value = Value> {
    let not_an_id =
        select(vec![json!(null), json!(""), json!("a b"), json!("../x"), json!(-1), json!(0.5), json!({}), json!(["file_1"])]);
    (anything(), option::of(not_an_id)).prop_map(|(mut value, id)| {
        if let Some(fields) = value.as_object_mut() {
            fields.remove("fileId");
            fields.extend(id.map(|id| ("fileId".to_owned(), id)));
        }
        value
    })
}

proptest! {
    #[test]
    fn should_count_every_entry_whatever_stands_in_the_list(files in vec(anything(), 0..20)) {
        let list: FileList = read(&json!({ "files": files, "count": 1 }).to_string()).unwrap();
        prop_assert_eq!(list.received(), files.len() as u64);
    }

    #[test]
    fn should_keep_good_records_among_garbage(entries in vec((any::<bool>(), records(), garbage(), vec(any::<u8>(), 1..20)), 0..12)) {
        let good: Vec<_> = entries.iter().filter(|entry| entry.0).map(|entry| entry.1.clone()).collect();
        let files: Vec<_> = entries.iter().map(|(good, record, other, ways)| if *good { encode(record, ways) } else { other.clone() }).collect();
        let list: FileList = read(&json!({ "files": files }).to_string()).unwrap();
        prop_assert_eq!(list.dropped as usize, files.len() - good.len());
        prop_assert_eq!(list.files, good);
    }

    #[test]
    fn should_read_the_same_record_in_any_mix_of_dialects(record in records(), ways in vec(any::<u8>(), 1..20)) {
        prop_assert_eq!(read::<FileRecord>(&encode(&record, &ways).to_string()), Some(record));
    }

    #[test]
    fn should_read_what_it_writes_and_write_nothing_internal(record in records(), ways in vec(any::<u8>(), 1..20)) {
        let received: FileRecord = serde_json::from_value(encode(&record, &ways)).unwrap();
        let mut written = String::new();
        let mut object = ObjectWriter::begin(&mut written);
        received.write(&mut object);
        object.end();
        let allowed = ["fileId", "orderId", "type", "category", "filename", "contentType", "fileSize", "createdAt", "updatedAt"];
        for key in serde_json::from_str::<Map<String, Value>>(&written).unwrap().keys() {
            prop_assert!(allowed.contains(&key.as_str()), "{} must not reach a browser", key);
        }
        prop_assert!(!written.contains("canary"));
        let expected = FileRecord { customer_id: None, links: None, ..record };
        prop_assert_eq!(read::<FileRecord>(&written), Some(expected));
    }

    #[test]
    fn should_never_panic_on_bytes(bytes in vec(any::<u8>(), 0..200), record in records(), flips in vec((any::<usize>(), any::<u8>()), 0..6)) {
        let mut near = json!({ "files": [encode(&record, &[1, 2, 3])], "url": "u", "error": {}, "customer": {}, "success": true }).to_string().into_bytes();
        for (at, byte) in flips {
            let length = near.len();
            near[at % length] = byte;
        }
        for bytes in [&bytes, &near] {
            for bytes in [bytes.as_slice(), mend_json(bytes).as_bytes()] {
                let _ = serde_json::from_slice::<FileList>(bytes);
                let _ = serde_json::from_slice::<FileRecord>(bytes);
                let _ = serde_json::from_slice::<SignedUrl>(bytes);
                let _ = serde_json::from_slice::<SignRequest>(bytes);
                let _ = serde_json::from_slice::<Order>(bytes);
                let _ = serde_json::from_slice::<ErrorEnvelope>(bytes);
            }
        }
    }

    #[test]
    fn should_leave_sound_json_as_it_is(value in anything()) {
        let text = value.to_string();
        prop_assert_eq!(mend_json(text.as_bytes()), text.as_str());
    }

    #[test]
    fn should_mend_any_surrogates_as_utf_16_does(units in vec(prop_oneof![any::<u16>(), 0xD7FE_u16..0xE002], 0..20)) {
        let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let read: String = serde_json::from_str(&mend_json(format!("\"{escaped}\"").as_bytes())).unwrap();
        prop_assert_eq!(read, String::from_utf16_lossy(&units));
    }
}
