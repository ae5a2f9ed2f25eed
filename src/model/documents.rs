//! All documents of a list, kept small: a hundred thousand of them have to fit into a phone.

use super::Document;
use flexportal::{Category, DocumentType, FileId, FileRecord, Links, OrderId, Timestamp};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};

/// How many of the last forms and links are looked through for one that fits; what is farther back is kept a second time.
const RECENT: usize = 64;

/// What stands in links for the id: no character that a link can have.
const ID: char = '\0';

/// What many documents have in common, kept once.
#[derive(Debug, Clone, PartialEq)]
struct Form {
    document_type: DocumentType,
    category: Option<Category>,
    content_type: Option<String>,
    order_id: Option<OrderId>,
}

/// What is one document's own. Its id, its name and its folded name stand one behind the other in its page's text.
#[derive(Debug, Clone, Copy)]
struct Entry {
    page: u32,
    start: u32,
    id: u16,
    name: u16,
    folded: u16,
    form: u32,
    links: Option<u32>,
    size: Option<u64>,
    created: Option<Timestamp>,
}

/// The documents of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// The type.
    pub document_type: DocumentType,
    /// How many there are.
    pub count: usize,
    /// The sum of the sizes that are known, in bytes.
    pub bytes: u64,
}

/// Tells one list's documents from another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation(u32);

impl Default for Generation {
    /// One that has not been before.
    fn default() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// All documents, in the order of their arrival. They are reached by index; an index stays one document's until [`Self::clear`].
#[derive(Debug, Clone, Default)]
pub struct Documents {
    entries: Vec<Entry>,
    pages: Vec<Box<str>>,
    forms: Vec<Form>,
    links: Vec<Links>,
    kinds: Vec<Kind>,
    /// Hashes of ids: two ids of the same one are met once in billions of lists.
    seen: HashSet<u64>,
    hasher: RandomState,
    generation: Generation,
}

impl Documents {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Changes when indices begin to mean other documents.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The types that there are, in the order in which they were first met.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes a page's records, each with its folded name. A record whose id is here already is left out: a document that moved
    /// across a page's edge while pages were under way arrives twice.
    pub fn append(&mut self, records: Vec<FileRecord>, folded: &[impl AsRef<str>]) {
        let page = self.pages.len() as u32;
        let mut text = String::new();
        for (record, folded) in records.into_iter().zip(folded) {
            let FileRecord { file_id, name, document_type, category, content_type, size, order_id, created_at, links, .. } =
                record;
            let (id, name, folded) = (file_id.as_str(), name.unwrap_or_default(), folded.as_ref());
            // Names are at most 200 characters long and folded ones a few times that; what is longer is not found by searching.
            let folded = if folded.len() > usize::from(u16::MAX) { "" } else { folded };
            if !self.seen.insert(self.hasher.hash_one(id)) {
                continue;
            }
            self.count(&document_type, size.unwrap_or(0));
            let start = text.len() as u32;
            for part in [id, &name, folded] {
                text.push_str(part);
            }
            let links = links.map(|Links { view, download }| {
                let pattern = |link: String| link.replacen(id, ID.encode_utf8(&mut [0]), 1);
                kept(&mut self.links, Links { view: pattern(view), download: pattern(download) })
            });
            self.entries.push(Entry {
                page,
                start,
                id: id.len() as u16,
                name: name.len() as u16,
                folded: folded.len() as u16,
                form: kept(&mut self.forms, Form { document_type, category, content_type, order_id }),
                links,
                size,
                created: created_at,
            });
        }
        self.pages.push(text.into_boxed_str());
    }

    fn count(&mut self, document_type: &DocumentType, size: u64) {
        let at = self.kinds.iter().position(|kind| kind.document_type == *document_type).unwrap_or_else(|| {
            self.kinds.push(Kind { document_type: document_type.clone(), count: 0, bytes: 0 });
            self.kinds.len() - 1
        });
        let kind = &mut self.kinds[at];
        kind.count += 1;
        kind.bytes = kind.bytes.saturating_add(size);
    }

    /// A document with all that is known of it.
    ///
    /// The index is one below [`Self::len`], as in all that follow.
    pub fn get(&self, index: usize) -> Option<Document> {
        let entry = self.entries.get(index)?;
        let Form { document_type, category, content_type, order_id } = self.forms[entry.form as usize].clone();
        let id = self.id(index);
        let name = Some(self.name(index)).filter(|name| !name.is_empty()).map(str::to_owned);
        let links = entry.links.map(|links| {
            let Links { view, download } = &self.links[links as usize];
            Links { view: view.replace(ID, id), download: download.replace(ID, id) }
        });
        let record = FileRecord {
            file_id: FileId::new(id).ok()?,
            name,
            document_type,
            category,
            content_type,
            size: entry.size,
            order_id,
            customer_id: None,
            misattributed: false,
            created_at: entry.created,
            updated_at: None,
            links,
        };
        Some(Document { record })
    }

    /// The index of the document with this id.
    pub fn find(&self, id: &str) -> Option<usize> {
        (0..self.len()).find(|&index| self.id(index) == id)
    }

    /// The id.
    pub fn id(&self, index: usize) -> &str {
        let Entry { start, id, .. } = self.entries[index];
        self.text(index, start, id)
    }

    /// The name; empty where there is none.
    pub fn name(&self, index: usize) -> &str {
        let Entry { start, id, name, .. } = self.entries[index];
        self.text(index, start + u32::from(id), name)
    }

    /// The names of up to `count` documents from an index on, a line for each.
    pub fn names(&self, from: usize, count: usize) -> String {
        let mut lines = String::new();
        for index in from..self.len().min(from + count) {
            if index > from {
                lines.push('\n');
            }
            lines.push_str(self.name(index));
        }
        lines
    }

    /// The name as searching compares it.
    pub fn folded(&self, index: usize) -> &str {
        let Entry { start, id, name, folded, .. } = self.entries[index];
        self.text(index, start + u32::from(id) + u32::from(name), folded)
    }

    fn text(&self, index: usize, start: u32, length: u16) -> &str {
        let (page, start) = (self.entries[index].page as usize, start as usize);
        &self.pages[page][start..start + usize::from(length)]
    }

    /// What it is.
    pub fn document_type(&self, index: usize) -> &DocumentType {
        &self.forms[self.entries[index].form as usize].document_type
    }

    /// The id of its order; empty where it belongs to none.
    pub fn order(&self, index: usize) -> &str {
        self.forms[self.entries[index].form as usize].order_id.as_ref().map_or("", OrderId::as_str)
    }

    /// The size in bytes, where it is known.
    pub fn size(&self, index: usize) -> Option<u64> {
        self.entries[index].size
    }

    /// When it was made, in milliseconds since the epoch, where that is known.
    pub fn created_millis(&self, index: usize) -> Option<i64> {
        self.entries[index].created.map(Timestamp::millis)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Document> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// Where it is among what is kept; it is put there when none of the last ones is the same.
fn kept<T: PartialEq>(known: &mut Vec<T>, new: T) -> u32 {
    let recent = known.len().saturating_sub(RECENT);
    let at = known[recent..].iter().rposition(|known| *known == new).map(|at| recent + at);
    at.unwrap_or_else(|| {
        known.push(new);
        known.len() - 1
    }) as u32
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// Documents out of JSON records, folded by plain lower-casing.
    pub(crate) fn documents(records: impl IntoIterator<Item = Value>) -> Documents {
        let mut documents = Documents::default();
        append(&mut documents, records);
        documents
    }

    /// Appends a page of JSON records.
    pub(crate) fn append(documents: &mut Documents, records: impl IntoIterator<Item = Value>) {
        let records: Vec<FileRecord> = records.into_iter().map(|record| serde_json::from_value(record).unwrap()).collect();
        let folded: Vec<String> =
            records.iter().map(|record| record.name.as_deref().unwrap_or_default().to_lowercase()).collect();
        documents.append(records, &folded);
    }

    fn record() -> impl Strategy<Value = Value> {
        let words = (0..40_u8, 0..6_u8, 0..3_u8, "[ -~é😀]{0,12}");
        let numbers = (prop::option::of(0..1_u64 << 53), prop::option::of(1..2_000_000_000_i64), 0..5_u8);
        (words, numbers).prop_map(|((id, kind, order, name), (size, created, links))| {
            let link = |action: &str| match links {
                0 => Value::Null,
                1 => json!(format!("/files/{action}")),
                2 => json!(format!("/files/id{id}/{action}?again=id{id}")),
                _ => json!(format!("/api/v1/files/id{id}/{action}?offset={}00", id / 8)),
            };
            json!({
                "fileId": format!("id{id}"), "filename": name, "type": format!("kind{kind}"), "fileSize": size, "createdAt": created,
                "orderId": (order > 0).then(|| format!("order{order}")), "contentType": format!("text/x-{kind}"),
                "category": (["generated", "uploaded", "?"][usize::from(order)]), "links": { "view": link("view"), "download": link("download") },
            })
        })
    }

    proptest! {
        #[test]
        fn should_give_back_what_was_taken(pages in prop::collection::vec(prop::collection::vec(record(), 0..30), 0..6)) {
            let (mut documents, mut expected) = (Documents::default(), Vec::<FileRecord>::new());
            for page in pages {
                append(&mut documents, page.clone());
                for record in page.into_iter().map(|record| serde_json::from_value::<FileRecord>(record).unwrap()) {
                    if expected.iter().all(|known| known.file_id != record.file_id) {
                        expected.push(record);
                    }
                }
            }
            prop_assert_eq!(documents.len(), expected.len());
            let bytes: u64 = documents.kinds().iter().map(|kind| kind.bytes).sum();
            prop_assert_eq!(bytes, expected.iter().filter_map(|record| record.size).sum::<u64>());
            prop_assert_eq!(documents.kinds().iter().map(|kind| kind.count).sum::<usize>(), expected.len());
            for (index, record) in expected.into_iter().enumerate() {
                let name = record.name.clone().unwrap_or_default();
                prop_assert_eq!(documents.name(index), &name);
                prop_assert_eq!(documents.folded(index), name.to_lowercase());
                prop_assert_eq!(documents.find(record.file_id.as_str()), Some(index));
                prop_assert_eq!(documents.size(index), record.size);
                prop_assert_eq!(documents.document_type(index), &record.document_type);
                prop_assert_eq!(documents.get(index).unwrap().record, record);
            }
        }
    }

    #[test]
    fn should_keep_once_what_is_the_same() {
        let record = |index: usize| {
            json!({
                "fileId": format!("f{index}"), "type": "invoice",
                "links": { "view": format!("/files/f{index}/view"), "download": format!("/files/f{index}/download") },
            })
        };
        let documents = documents((0..1000).map(record));
        assert_eq!((documents.forms.len(), documents.links.len(), documents.pages.len()), (1, 1, 1));
        assert!(size_of::<Entry>() <= 64);
    }
}
