//! A page as it lies in a cache that several proxies share: JSON of what this program keeps of it, and nothing else that the upstream said.

use flexportal::{FileList, FileRecord};
use serde_json::{Map, Value, json};

/// The page as bytes; `None` where it cannot be written.
pub fn write(list: &FileList) -> Option<Vec<u8>> {
    let files = list.files.iter().map(record).collect::<Option<Vec<_>>>()?;
    let mut page = json!({"files": files, "dropped": list.dropped});
    if let Value::Object(page) = &mut page {
        insert(page, "count", list.count.map(Value::from));
        insert(page, "limit", list.limit.map(Value::from));
        insert(page, "hasMore", list.has_more.map(Value::from));
    }
    serde_json::to_vec(&page).ok()
}

/// The page out of bytes that [`write`] made. It is judged like every page: that it was kept by one of ours makes nobody see more of it.
pub fn read(bytes: &[u8]) -> Option<FileList> {
    serde_json::from_slice(bytes).ok()
}

fn record(record: &FileRecord) -> Option<Value> {
    let mut value = serde_json::to_value(record).ok()?;
    let fields = value.as_object_mut()?;
    fields.remove("links");
    // What is shown to browsers has no customer in it. One that cannot be a customer stays one that cannot.
    let customer = match record.misattributed {
        true => Some(Value::from(true)),
        false => record.customer_id.as_ref().map(|customer| Value::from(customer.as_str())),
    };
    insert(fields, "customerId", customer);
    Some(value)
}

fn insert(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            prop_assert_eq!(read(&write(&list).unwrap()), Some(expected));
        }
    }

    #[test]
    fn should_read_nothing_else() {
        for bytes in [&b""[..], b"{}", b"[]", b"{\"files\":7}", b"\xff"] {
            assert_eq!(read(bytes), None);
        }
    }
}
