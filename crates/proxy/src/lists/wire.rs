//! A page as it lies in a cache that several proxies share: JSON of what this program keeps of it, and nothing else that the upstream said.

use flexportal::{FileList, ObjectWriter};

/// The page as JSON.
pub fn write(list: &FileList) -> String {
    let mut json = String::new();
    let mut page = ObjectWriter::begin(&mut json);
    page.objects("files", &list.files, |object, record| {
        record.write(object);
        // What is shown to browsers has no customer in it. One that cannot be a customer stays one that cannot.
        match &record.customer_id {
            _ if record.misattributed => object.bool("customerId", true),
            Some(customer) => object.plain("customerId", &[customer.as_str()]),
            None => {}
        }
    });
    page.number("dropped", list.dropped);
    for (name, number) in [("count", list.count), ("limit", list.limit)] {
        if let Some(number) = number {
            page.number(name, number);
        }
    }
    if let Some(has_more) = list.has_more {
        page.bool("hasMore", has_more);
    }
    page.end();
    json
}

/// The page out of bytes that [`write`] made. It is judged like every page: that it was kept by one of ours makes nobody see more of it.
pub fn read(bytes: &[u8]) -> Option<FileList> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u32>().prop_map(Value::from),
            "[a-z0-9_]{1,8}".prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            Just(json!("2025-01-15T11:30:00Z")),
            Just(json!("application/pdf")),
            Just(json!(["x"])),
        ]
    }

    fn page() -> impl Strategy<Value = FileList> {
        let names = [
            "fileId",
            "orderId",
            "customerId",
            "type",
            "category",
            "originalFilename",
            "contentType",
            "fileSize",
            "createdAt",
            "updatedAt",
            "links",
        ];
        let file = proptest::collection::hash_map(proptest::sample::select(names.to_vec()), value(), 0..11);
        let known = ("[a-z]{3}", file).prop_map(|(id, mut file)| {
            file.insert("fileId", json!(id));
            json!(file)
        });
        let files = proptest::collection::vec(prop_oneof![4 => known, 1 => value()], 0..6);
        (files, value(), value(), value()).prop_map(|(files, count, limit, more)| {
            let page = json!({"files": files, "count": count, "limit": limit, "hasMore": more});
            serde_json::from_value(page).unwrap()
        })
    }

    proptest! {
        #[test]
        fn should_read_what_it_writes(list in page()) {
            let mut expected = list.clone();
            for record in &mut expected.files {
                record.links = None;
                if record.misattributed {
                    record.customer_id = None;
                }
            }
            expected.offset = None;
            prop_assert_eq!(read(write(&list).as_bytes()), Some(expected));
        }
    }

    #[test]
    fn should_read_nothing_else() {
        for bytes in [&b""[..], b"{}", b"[]", b"{\"files\":7}", b"\xff"] {
            assert_eq!(read(bytes), None);
        }
    }
}
