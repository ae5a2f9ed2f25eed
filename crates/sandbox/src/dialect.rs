//! How an answer is written: as the vendor's reference says, as the vendor's guide says, or as a deployment between the two.

use crate::store::StoredFile;
use flexportal::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// Which of the vendor's two pages the answers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// The generated reference.
    Schema,
    /// The prose and its examples.
    Guide,
    /// Either, field by field, with every form of size and time: the same record always in the same way.
    Mixed,
}

/// A page of a list, before a dialect is chosen.
pub(crate) struct Page<'a> {
    pub(crate) files: &'a [StoredFile],
    pub(crate) total: u64,
    pub(crate) limit: u64,
    pub(crate) offset: u64,
    /// The echo: the filters that were understood.
    pub(crate) filters: Map<String, Value>,
    pub(crate) tenant_id: &'a str,
}

/// A list's answer. Records are text already, because some state numbers that no Rust integer holds.
#[derive(Serialize)]
pub(crate) struct PageAnswer {
    files: Vec<Box<RawValue>>,
    #[serde(flatten)]
    rest: Value,
}

/// A signed URL, before a dialect is chosen.
pub(crate) struct Signed<'a> {
    pub(crate) url: String,
    pub(crate) file: &'a StoredFile,
    /// The bytes' real size; 0 for an upload.
    pub(crate) size: u64,
    /// Seconds since 1970.
    pub(crate) expires: i64,
}

impl Dialect {
    /// The answer of a list.
    pub(crate) fn page(self, page: &Page) -> PageAnswer {
        let Page { total, limit, offset, filters, .. } = page;
        let own = page.files.len();
        let rest = match self {
            Self::Schema => json!({ "count": total, "limit": limit, "offset": offset, "filters": filters }),
            Self::Guide => json!({ "count": own }),
            // `count` is the total on one page and the page's own on the next.
            Self::Mixed if (offset / limit).is_multiple_of(2) => {
                json!({ "count": total, "limit": limit.to_string(), "offset": offset })
            }
            Self::Mixed => json!({ "count": own.to_string(), "filters": filters }),
        };
        PageAnswer { files: page.files.iter().map(|file| self.raw_record(file, page.tenant_id)).collect(), rest }
    }

    /// One record, unless it is one of those that no API should answer: those go out as they are.
    pub(crate) fn raw_record(self, file: &StoredFile, tenant_id: &str) -> Box<RawValue> {
        let text = file.raw.clone().unwrap_or_else(|| self.record(file, tenant_id).to_string());
        RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }

    fn record(self, file: &StoredFile, tenant_id: &str) -> Value {
        match self {
            Self::Schema => schema_record(file, tenant_id),
            Self::Guide => guide_record(file),
            Self::Mixed => mixed_record(file, tenant_id),
        }
    }

    /// The answer of a signing.
    pub(crate) fn signed(self, signed: &Signed) -> Value {
        let Signed { url, file, size, expires } = signed;
        let millis = expires * 1000;
        let upload = file.pending.then_some(&file.file_id);
        match self {
            Self::Guide => without_nulls(json!({ "url": url, "fileId": upload, "expiresAt": iso(millis) })),
            Self::Schema => schema_signed(signed, json!(millis)),
            Self::Mixed => match variant(&file.file_id, 5) % 4 {
                0 => schema_signed(signed, json!(expires)),
                1 => schema_signed(signed, json!(iso(millis))),
                2 => without_nulls(
                    json!({ "url": url, "fileId": upload, "fileName": name(file), "expiresAt": expires.to_string() }),
                ),
                _ => without_nulls(json!({ "url": url, "fileId": upload, "size": size.to_string(), "expiresAt": millis })),
            },
        }
    }
}

fn schema_signed(signed: &Signed, expires_at: Value) -> Value {
    let Signed { url, file, size, .. } = signed;
    let upload = file.pending.then_some(&file.file_id);
    without_nulls(json!({
        "success": true, "url": url, "fileId": upload, "filename": name(file), "fileSize": size, "expiresAt": expires_at,
        "contentType": file.content_type.as_deref().unwrap_or("application/octet-stream"),
    }))
}

fn schema_record(file: &StoredFile, tenant_id: &str) -> Value {
    let mut record = json!({
        "fileId": file.file_id, "orderId": file.order_id, "type": file.kind, "category": file.category,
        "filename": file.filename, "originalFilename": file.original_filename, "contentType": file.content_type,
        "createdAt": iso(file.created_at), "updatedAt": iso(file.updated_at),
    });
    add_internal(&mut record, file, tenant_id);
    let mut record = without_nulls(record);
    record["fileSize"] = json!(file.size);
    record
}

fn guide_record(file: &StoredFile) -> Value {
    let mut record = without_nulls(json!({
        "fileId": file.file_id, "fileName": name(file), "fileType": file.kind, "mimeType": file.content_type,
        "orderId": file.order_id, "customerId": file.customer_id, "createdAt": iso(file.created_at),
    }));
    record["size"] = json!(file.size);
    record
}

fn mixed_record(file: &StoredFile, tenant_id: &str) -> Value {
    let pick = |salt| variant(&file.file_id, salt);
    let mut record = json!({ "fileId": file.file_id, "orderId": file.order_id });
    let mut set = |key: &str, value: Value| record[key] = value;
    match pick(0) % 3 {
        0 => {
            set("filename", json!(file.filename));
            set("originalFilename", json!(file.original_filename));
        }
        1 => set("fileName", json!(name(file))),
        _ => set("originalFilename", json!(name(file))),
    }
    set(if pick(1).is_multiple_of(2) { "type" } else { "fileType" }, json!(file.kind));
    set(if pick(2).is_multiple_of(2) { "contentType" } else { "mimeType" }, json!(file.content_type));
    match (pick(3) % 8, file.size) {
        (0, Some(size)) => set("size", json!(size.to_string())),
        (1, Some(size)) => set("fileSize", json!(size.to_string())),
        (2, _) => set("fileSize", Value::Null),
        (3 | 4, Some(size)) => set("size", json!(size)),
        (_, Some(size)) => set("fileSize", json!(size)),
        (_, None) => {}
    }
    set("createdAt", moment(file.created_at, pick(4)));
    if pick(6).is_multiple_of(2) {
        set("updatedAt", moment(file.updated_at, pick(7)));
        set("category", json!(file.category));
    }
    if pick(8).is_multiple_of(2) {
        set("customerId", json!(file.customer_id));
    }
    if pick(9).is_multiple_of(2) {
        add_internal(&mut record, file, tenant_id);
    }
    // Absent and `null` mean the same, and both occur.
    if pick(10).is_multiple_of(2) { record } else { without_nulls(record) }
}

/// What must never reach a browser.
fn add_internal(record: &mut Value, file: &StoredFile, tenant_id: &str) {
    let order = file.order_id.as_deref().unwrap_or("none");
    record["tenantId"] = json!(tenant_id);
    record["storagePath"] = json!(format!("gs://nordlicht-internal/{tenant_id}/{order}/{}", file.file_id));
    record["uploadedBy"] = json!(file.uploaded_by);
    record["metadata"] =
        json!({ "source": "crm-sync", "internalNote": "margin 31 %, do not show to the customer", "checked": true });
}

/// An ISO string, epoch seconds, epoch milliseconds or either of them as digits.
fn moment(millis: i64, pick: u64) -> Value {
    match pick % 5 {
        0 => json!(iso(millis)),
        1 => json!(millis / 1000),
        2 => json!(millis),
        3 => json!((millis / 1000).to_string()),
        _ => json!(millis.to_string()),
    }
}

fn name(file: &StoredFile) -> &str {
    file.original_filename.as_deref().unwrap_or(&file.filename)
}

fn iso(millis: i64) -> Option<String> {
    Timestamp::from_millis(millis).map(|moment| moment.to_string())
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => other,
    }
}

/// A number that depends on the record and the field only: FNV-1a, with its last bits mixed so that fields do not vary together.
fn variant(file_id: &str, salt: u8) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = file_id.bytes().chain([salt]).fold(0xcbf2_9ce4_8422_2325, step);
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flexportal::{DocumentType, FileList, FileRecord, clean_name};
    use proptest::prelude::*;

    prop_compose! {
        fn stored()(
            file_id in "[A-Za-z0-9_-]{1,40}", order_id in prop::option::of("[a-z0-9_]{1,20}"), kind in "[a-z]{1,12}", filename in "\\PC{1,40}",
            original_filename in prop::option::of("\\PC{1,40}"), content_type in prop::option::of("[a-z]{1,8}/[a-z0-9.+-]{1,20}"),
            size in prop::option::of(0..1_u64 << 53), seconds in 1_000_000_000..4_000_000_000_i64, uploaded in any::<bool>(),
        ) -> StoredFile {
            let category = if uploaded { "uploaded" } else { "generated" }.to_owned();
            let (created_at, updated_at) = (seconds * 1000, seconds * 1000 + 60_000);
            StoredFile { file_id, order_id, kind, category, filename, original_filename, content_type, size, created_at, updated_at, ..StoredFile::default() }
        }
    }

    proptest! {
        #[test]
        fn should_be_read_back_from_every_dialect(files in prop::collection::vec(stored(), 0..8), offset in 0_u64..1000) {
            let page = Page { files: &files, total: 5000, limit: 8, offset, filters: Map::new(), tenant_id: "tenant" };
            for dialect in [Dialect::Schema, Dialect::Guide, Dialect::Mixed] {
                let list: FileList = serde_json::from_str(&serde_json::to_string(&dialect.page(&page)).unwrap()).unwrap();
                prop_assert_eq!((list.files.len(), list.dropped), (files.len(), 0));
                prop_assert!(list.count == Some(5000) || list.count == Some(files.len() as u64));
                for (file, FileRecord { file_id, name: read_name, document_type, content_type, size, order_id, created_at, .. }) in files.iter().zip(list.files) {
                    prop_assert_eq!(file_id.as_str(), &file.file_id);
                    prop_assert_eq!(document_type, DocumentType::from_word(&file.kind));
                    prop_assert_eq!(content_type, file.content_type.clone());
                    prop_assert_eq!(order_id.map(|id| id.to_string()), file.order_id.clone());
                    prop_assert_eq!(created_at.map(Timestamp::millis), Some(file.created_at));
                    prop_assert!(size == file.size || (dialect == Dialect::Mixed && size.is_none()));
                    if let Some(expected) = clean_name(name(file)) {
                        prop_assert_eq!(read_name, Some(expected));
                    }
                }
            }
        }
    }
}
