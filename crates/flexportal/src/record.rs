//! One file's metadata.

use crate::loose::Loose;
use crate::name::clean;
use crate::{Category, CustomerId, DocumentType, FileId, ObjectWriter, OrderId, Timestamp};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// One file's metadata, out of either dialect; it holds only what a customer may see.
///
/// `tenantId`, `storagePath`, `uploadedBy` and `metadata` have no place in it, so they cannot travel on.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRecord {
    /// The id; a record without a valid one is unreadable.
    pub file_id: FileId,
    /// The original name (`originalFilename`, the guide's `fileName`) where there is one, else the stored one, cleaned by [`clean_name`](crate::clean_name); `None` where nothing is left.
    pub name: Option<String>,
    /// What it is.
    pub document_type: DocumentType,
    /// Who made it.
    pub category: Option<Category>,
    /// The media type in lower case without parameters, such as `application/pdf`. It may be wrong for the name.
    pub content_type: Option<String>,
    /// The size in bytes, up to 2^53 - 1; `None` where it is not known or cannot be.
    pub size: Option<u64>,
    /// The order it belongs to; tenant-level files have none.
    pub order_id: Option<OrderId>,
    /// The customer it belongs to, where the answer says so.
    pub customer_id: Option<CustomerId>,
    /// The answer names an order or a customer that is not of an id's form: it belongs to nobody who can be named.
    pub misattributed: bool,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed; `None` where that is not said, or is when it was made.
    pub updated_at: Option<Timestamp>,
    /// Same-origin links that our proxy adds; read, never written here.
    pub links: Option<Links>,
}

/// Same-origin paths that answer with a redirect to a fresh signed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// Opens the file in the browser.
    pub view: String,
    /// Saves the file.
    pub download: String,
}

/// A record as it came: every field of both dialects, not yet judged.
#[derive(Default)]
struct Fields<'a> {
    file_id: Loose<'a>,
    original_filename: Loose<'a>,
    filename: Loose<'a>,
    file_name: Loose<'a>,
    kind: Loose<'a>,
    file_type: Loose<'a>,
    category: Loose<'a>,
    content_type: Loose<'a>,
    mime_type: Loose<'a>,
    file_size: Loose<'a>,
    size: Loose<'a>,
    order_id: Loose<'a>,
    customer_id: Loose<'a>,
    created_at: Loose<'a>,
    updated_at: Loose<'a>,
    links: Option<Links>,
}

impl<'a> Fields<'a> {
    fn slot(&mut self, key: &[u8]) -> Option<&mut Loose<'a>> {
        Some(match key {
            b"fileId" => &mut self.file_id,
            b"originalFilename" => &mut self.original_filename,
            b"filename" => &mut self.filename,
            b"fileName" => &mut self.file_name,
            b"type" => &mut self.kind,
            b"fileType" => &mut self.file_type,
            b"category" => &mut self.category,
            b"contentType" => &mut self.content_type,
            b"mimeType" => &mut self.mime_type,
            b"fileSize" => &mut self.file_size,
            b"size" => &mut self.size,
            b"orderId" => &mut self.order_id,
            b"customerId" => &mut self.customer_id,
            b"createdAt" => &mut self.created_at,
            b"updatedAt" => &mut self.updated_at,
            _ => return None,
        })
    }

    fn into_record(self) -> Option<FileRecord> {
        let file_id = FileId::new(self.file_id.into_text()?).ok()?;
        let text = |value: Loose<'a>| value.into_text().and_then(clean);
        let created_at = Timestamp::from_loose(&self.created_at);
        let (order_id, order_bad) = owner(self.order_id, OrderId::new);
        let (customer_id, customer_bad) = owner(self.customer_id, CustomerId::new);
        Some(FileRecord {
            file_id,
            name: text(self.original_filename)
                .or_else(|| text(self.file_name))
                .or_else(|| text(self.filename))
                .map(Cow::into_owned),
            document_type: DocumentType::from_clean(text(self.kind).or_else(|| text(self.file_type)).unwrap_or_default()),
            category: text(self.category).and_then(|word| Category::from_word(&word)),
            content_type: media_type(self.content_type).or_else(|| media_type(self.mime_type)),
            size: self.file_size.to_count().or_else(|| self.size.to_count()),
            order_id,
            customer_id,
            misattributed: order_bad || customer_bad,
            created_at,
            updated_at: Timestamp::from_loose(&self.updated_at).filter(|at| Some(*at) != created_at),
            links: self.links,
        })
    }
}

/// The owner that a field names, and whether it names one that cannot be: only an absent, `null` or empty field names none.
pub(crate) fn owner<'a, Id, E>(value: Loose<'a>, new: impl Fn(Cow<'a, str>) -> Result<Id, E>) -> (Option<Id>, bool) {
    match value {
        Loose::Null => (None, false),
        value => match value.into_text() {
            Some(text) if text.is_empty() => (None, false),
            text => {
                let id = text.and_then(|text| new(text).ok());
                let bad = id.is_none();
                (id, bad)
            }
        },
    }
}

/// `type/subtype` in lower case, without parameters; anything else is as good as absent.
pub(crate) fn media_type(value: Loose<'_>) -> Option<String> {
    let text = value.into_text()?;
    let essence = text.split(';').next()?.trim();
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte));
    let (kind, subtype) = essence.split_once('/')?;
    (essence.len() <= 127 && token(kind) && token(subtype)).then(|| essence.to_ascii_lowercase())
}

/// What may stand in the list: a record, or something that cannot be read as one.
pub(crate) struct Entry(pub(crate) Option<FileRecord>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a file's metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<Loose>()? {
            match fields.slot(key.as_bytes()) {
                Some(slot) => {
                    let value: Loose = map.next_value()?;
                    let names_owner = matches!(key.as_bytes(), b"orderId" | b"customerId");
                    // Two owners in one record: readers that take the first would see another than those that take the last.
                    let is_second = names_owner && *slot != Loose::Null && *slot != value;
                    *slot = if is_second { Loose::Nested } else { value };
                }
                None if key.as_bytes() == b"links" => fields.links = map.next_value::<LinksOrNot>()?.0,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Entry(fields.into_record()))
    }

    // Everything that is not an object is an unreadable record.
    fn visit_bool<E>(self, _: bool) -> Result<Entry, E> {
        Ok(Entry(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Entry, E> {
        Ok(Entry(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Entry, E> {
        Ok(Entry(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Entry, E> {
        Ok(Entry(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Entry, E> {
        Ok(Entry(None))
    }

    fn visit_unit<E>(self) -> Result<Entry, E> {
        Ok(Entry(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entry, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entry(None))
    }
}

/// One record on its own, as `GET /v1/files/{fileId}` answers it. Fails where it cannot be read.
impl<'de> Deserialize<'de> for FileRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Entry(record) = Entry::deserialize(deserializer)?;
        record.ok_or_else(|| serde::de::Error::custom("a file's metadata without a valid fileId"))
    }
}

/// Both links, where both are paths on the page's own origin.
struct LinksOrNot(Option<Links>);

impl<'de> Deserialize<'de> for LinksOrNot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LinksVisitor;
        impl<'de> Visitor<'de> for LinksVisitor {
            type Value = LinksOrNot;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("links")
            }

            fn visit_unit<E>(self) -> Result<LinksOrNot, E> {
                Ok(LinksOrNot(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<LinksOrNot, E> {
                Ok(LinksOrNot(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<LinksOrNot, E> {
                Ok(LinksOrNot(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<LinksOrNot, E> {
                Ok(LinksOrNot(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<LinksOrNot, E> {
                Ok(LinksOrNot(None))
            }

            fn visit_str<E>(self, _: &str) -> Result<LinksOrNot, E> {
                Ok(LinksOrNot(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<LinksOrNot, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(LinksOrNot(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LinksOrNot, A::Error> {
                let (mut view, mut download) = (None, None);
                while let Some(key) = map.next_key::<Loose>()? {
                    let value = map.next_value::<Loose>()?.into_text().filter(|path| is_own_path(path)).map(Cow::into_owned);
                    match key.as_bytes() {
                        b"view" => view = value,
                        b"download" => download = value,
                        _ => {}
                    }
                }
                Ok(LinksOrNot(view.zip(download).map(|(view, download)| Links { view, download })))
            }
        }
        deserializer.deserialize_any(LinksVisitor)
    }
}

/// An absolute path on the page's own origin: not `//host`, and nothing that a URL parser would turn into it.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && path.bytes().all(|byte| byte.is_ascii_graphic())
}

impl FileRecord {
    /// Writes what a customer may see of it, in the schema dialect; without `customerId`, which is for the proxy's own check, and without links.
    pub fn write(&self, object: &mut ObjectWriter<'_>) {
        object.plain("fileId", &[self.file_id.as_str()]);
        if let Some(order_id) = &self.order_id {
            object.plain("orderId", &[order_id.as_str()]);
        }
        object.text("type", self.document_type.as_word());
        if let Some(category) = self.category {
            object.plain("category", &[category.as_word()]);
        }
        match &self.name {
            Some(name) => object.text("filename", name),
            None => object.null("filename"),
        }
        if let Some(content_type) = &self.content_type {
            object.text("contentType", content_type);
        }
        match self.size {
            Some(size) => object.number("fileSize", size),
            None => object.null("fileSize"),
        }
        match self.created_at {
            Some(created_at) => object.plain("createdAt", &[created_at.iso_8601(&mut [0; 24])]),
            None => object.null("createdAt"),
        }
        if let Some(updated_at) = self.updated_at.filter(|at| Some(*at) != self.created_at) {
            object.plain("updatedAt", &[updated_at.iso_8601(&mut [0; 24])]);
        }
    }
}
