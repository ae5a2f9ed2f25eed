//! Which documents are shown, in which groups and in which order.

use super::{Document, GroupBy, Settings, Sort, SortKey};
use flexportal::DocumentType;
use std::cmp::Ordering;

/// What is shared by a group's documents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupKey {
    /// A document type.
    Type(DocumentType),
    /// An order's id; empty for files of no order.
    Order(String),
    /// Everything.
    All,
}

impl GroupKey {
    /// A text that no other group has.
    pub fn to_text(&self) -> String {
        match self {
            Self::Type(kind) => format!("type {}", kind.as_word()),
            Self::Order(order) => format!("order {order}"),
            Self::All => String::new(),
        }
    }
}

/// One group of an [`Arrangement`].
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What its documents share.
    pub key: GroupKey,
    /// Indices into the documents, in the order shown.
    pub rows: Vec<u32>,
    /// The sum of the sizes that are known, in bytes.
    pub bytes: u64,
}

/// What the reader asked to see.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// The words that a name must hold, each folded as the names are.
    pub words: Vec<String>,
    /// What makes a group.
    pub group_by: GroupBy,
    /// The order of the documents in a group.
    pub sort: Sort,
    /// Only these types; empty for all. The host's choice.
    pub only: Vec<DocumentType>,
    /// Not these types. The reader's choice.
    pub hidden: Vec<DocumentType>,
}

impl Query {
    /// What a host's settings ask for, before the reader has said anything.
    pub fn from_settings(settings: &Settings) -> Self {
        Self { group_by: settings.group_by, sort: settings.sort, only: settings.types.clone(), ..Self::default() }
    }

    fn admits(&self, document: &Document) -> bool {
        let kind = &document.record.document_type;
        (self.only.is_empty() || self.only.contains(kind))
            && !self.hidden.contains(kind)
            && self.words.iter().all(|word| document.folded.contains(word.as_str()))
    }
}

/// The words of a folded search text.
pub fn fold_words(folded: &str) -> Vec<String> {
    folded.split_whitespace().map(str::to_owned).collect()
}

/// The groups that are shown; none is empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrangement {
    /// The groups in the order shown.
    pub groups: Vec<Group>,
}

impl Arrangement {
    /// Arranges documents. `ranks` has each document's place when sorted by name in the reader's language; it may be empty
    /// where the order is by another key.
    pub fn new(documents: &[Document], ranks: &[u32], query: &Query) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (index, document) in documents.iter().enumerate().filter(|(_, document)| query.admits(document)) {
            let at = groups.iter().position(|group| holds(&group.key, document)).unwrap_or_else(|| {
                let key = key_of(document, query.group_by);
                let at = groups.iter().position(|group| compare_keys(&group.key, &key).is_gt()).unwrap_or(groups.len());
                groups.insert(at, Group { key, rows: Vec::new(), bytes: 0 });
                at
            });
            groups[at].rows.push(index as u32);
            groups[at].bytes = groups[at].bytes.saturating_add(document.record.size.unwrap_or(0));
        }
        for group in &mut groups {
            // The row decides between equals, so that they stay as the server has them.
            let mut keyed: Vec<(i64, u32)> =
                group.rows.iter().map(|&row| (sort_key(documents, ranks, query.sort, row), row)).collect();
            keyed.sort_unstable();
            group.rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        Self { groups }
    }

    /// The indices of all documents in the order shown, across groups.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().flat_map(|group| group.rows.iter().copied())
    }

    /// How many documents are shown.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }
}

/// The types that the documents have, with how many documents each, in the order in which their groups are shown.
pub fn kinds(documents: &[Document], only: &[DocumentType]) -> Vec<(DocumentType, usize)> {
    let query = Query { only: only.to_vec(), ..Query::default() };
    let groups = Arrangement::new(documents, &[], &query).groups;
    let kind = |group: Group| match group.key {
        GroupKey::Type(kind) => Some((kind, group.rows.len())),
        GroupKey::Order(_) | GroupKey::All => None,
    };
    groups.into_iter().filter_map(kind).collect()
}

fn holds(key: &GroupKey, document: &Document) -> bool {
    match key {
        GroupKey::Type(kind) => *kind == document.record.document_type,
        GroupKey::Order(order) => order == order_of(document),
        GroupKey::All => true,
    }
}

fn key_of(document: &Document, group_by: GroupBy) -> GroupKey {
    match group_by {
        GroupBy::Type => GroupKey::Type(document.record.document_type.clone()),
        GroupBy::Order => GroupKey::Order(order_of(document).to_owned()),
        GroupBy::None => GroupKey::All,
    }
}

fn order_of(document: &Document) -> &str {
    document.record.order_id.as_ref().map_or("", |order| order.as_str())
}

/// Documented types as documented, then others by their word; orders by id; the nameless last.
fn compare_keys(one: &GroupKey, other: &GroupKey) -> Ordering {
    let place = |key: &GroupKey| match key {
        GroupKey::Type(kind) => {
            let documented = DocumentType::DOCUMENTED.iter().position(|known| known == kind);
            (documented.unwrap_or(DocumentType::DOCUMENTED.len()), kind.as_word().is_empty(), kind.as_word().to_owned())
        }
        GroupKey::Order(order) => (0, order.is_empty(), order.clone()),
        GroupKey::All => (0, false, String::new()),
    };
    place(one).cmp(&place(other))
}

/// A document's place among the others, smallest first. What is not known comes last in either direction: it is what
/// nobody looks for.
fn sort_key(documents: &[Document], ranks: &[u32], sort: Sort, row: u32) -> i64 {
    let document = &documents[row as usize];
    let value = match sort.key {
        SortKey::Created => document.created_millis(),
        SortKey::Size => document.record.size.map(|size| size as i64),
        SortKey::Name => document.record.name.as_ref().map(|_| ranks.get(row as usize).copied().map_or(0, i64::from)),
    };
    value.map_or(i64::MAX, |value| if sort.descending { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::document;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn sample() -> Vec<Document> {
        vec![
            document(
                json!({"fileId": "a", "type": "invoice", "filename": "Invoice 10.pdf", "fileSize": 100, "createdAt": 3_000_000_000_000_u64}),
            ),
            document(
                json!({"fileId": "b", "type": "contract", "filename": "Contract.pdf", "fileSize": 300, "createdAt": 1_700_000_000}),
            ),
            document(json!({"fileId": "c", "type": "warranty", "filename": "Zertifikat.pdf", "size": "50"})),
            document(json!({"fileId": "d", "fileType": "invoice", "fileName": "invoice 9.pdf", "createdAt": "2025-01-01"})),
            document(json!({"fileId": "e"})),
        ]
    }

    fn ids(documents: &[Document], arrangement: &Arrangement) -> String {
        arrangement.rows().map(|row| documents[row as usize].id()).collect()
    }

    #[test]
    fn should_group_documented_types_first_and_the_nameless_last() {
        let documents = sample();
        let arrangement = Arrangement::new(&documents, &[], &Query::default());
        let words = arrangement.groups.iter().map(|group| match &group.key {
            GroupKey::Type(kind) => (kind.as_word(), group.rows.len(), group.bytes),
            _ => unreachable!(),
        });
        assert_eq!(words.collect::<Vec<_>>(), [("contract", 1, 300), ("invoice", 2, 100), ("warranty", 1, 50), ("", 1, 0)]);
    }

    #[test]
    fn should_put_the_unknown_last_in_both_directions() {
        let documents = sample();
        let order = |word: &str| {
            let query = Query { group_by: GroupBy::None, sort: Sort::from_word(word).unwrap(), ..Query::default() };
            ids(&documents, &Arrangement::new(&documents, &[2, 1, 4, 3, 0], &query))
        };
        assert_eq!(order("-created"), "adbce");
        assert_eq!(order("created"), "bdace");
        assert_eq!(order("size"), "cabde");
        assert_eq!(order("-size"), "bacde");
        assert_eq!(order("name"), "badce");
        assert_eq!(order("-name"), "cdabe");
    }

    #[test]
    fn should_find_by_every_word() {
        let documents = sample();
        let found = |text: &str| {
            let query = Query { words: fold_words(text), group_by: GroupBy::None, ..Query::default() };
            ids(&documents, &Arrangement::new(&documents, &[], &query))
        };
        assert_eq!(found("pdf invoice"), "ad");
        assert_eq!(found("  "), "adbce");
        assert_eq!(found("nothing"), "");
    }

    #[test]
    fn should_hide_what_the_reader_hides_within_what_the_host_shows() {
        let documents = sample();
        let query = Query {
            only: vec![DocumentType::Invoice, DocumentType::Contract],
            hidden: vec![DocumentType::Contract],
            ..Query::default()
        };
        assert_eq!(ids(&documents, &Arrangement::new(&documents, &[], &query)), "ad");
        assert_eq!(kinds(&documents, &query.only), [(DocumentType::Contract, 1), (DocumentType::Invoice, 2)]);
    }

    proptest! {
        #[test]
        fn should_lose_and_invent_nothing(
            records in prop::collection::vec((0..5_usize, prop::option::of(0..1000_u64), prop::option::of(1..2_000_000_000_i64)), 0..60),
            sort in prop::sample::select(Sort::ALL.to_vec()),
            group_by in prop::sample::select(vec![GroupBy::Type, GroupBy::Order, GroupBy::None]),
        ) {
            let documents: Vec<_> = records.iter().enumerate().map(|(index, (kind, size, created))| document(json!({
                "fileId": format!("f{index}"), "filename": format!("{index}.pdf"), "fileSize": size, "createdAt": created,
                "type": (["contract", "invoice", "document", "attachment", "other"][*kind]), "orderId": format!("o{kind}"),
            }))).collect();
            let ranks: Vec<u32> = (0..documents.len() as u32).collect();
            let query = Query { group_by, sort: Sort::from_word(sort).unwrap(), ..Query::default() };
            let arrangement = Arrangement::new(&documents, &ranks, &query);
            let mut rows: Vec<u32> = arrangement.rows().collect();
            prop_assert_eq!(arrangement.count(), documents.len());
            rows.sort_unstable();
            prop_assert_eq!(rows, ranks);
            let bytes: u64 = arrangement.groups.iter().map(|group| group.bytes).sum();
            prop_assert_eq!(bytes, records.iter().filter_map(|record| record.1).sum::<u64>());
            prop_assert!(arrangement.groups.iter().all(|group| !group.rows.is_empty()));
        }
    }
}
