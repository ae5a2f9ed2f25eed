//! Which documents are shown, in which groups and in which order.

use super::{Documents, Generation, GroupBy, Kind, Settings, Sort, SortKey};
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
            Self::Type(kind) => ["type ", kind.as_word()].concat(),
            Self::Order(order) => ["order ", order].concat(),
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

    fn admits(&self, documents: &Documents, index: usize) -> bool {
        let kind = documents.document_type(index);
        (self.only.is_empty() || self.only.contains(kind))
            && !self.hidden.contains(kind)
            && self.words.iter().all(|word| documents.folded(index).contains(word.as_str()))
    }
}

/// The words of a folded search text.
pub fn fold_words(folded: &str) -> Vec<String> {
    folded.split_whitespace().map(str::to_owned).collect()
}

/// The groups that are shown; none is empty.
#[derive(Debug, Clone, Default)]
pub struct Arrangement {
    /// The groups in the order shown.
    pub groups: Vec<Group>,
    query: Query,
    generation: Generation,
    /// How many of the documents it is of.
    taken: usize,
}

impl Arrangement {
    /// Arranges documents. `ranks` has each document's place when sorted by name in the reader's language; it may be empty
    /// where the order is by another key.
    pub fn new(documents: &Documents, ranks: &[u32], query: &Query) -> Self {
        let mut arrangement = Self { query: query.clone(), generation: documents.generation(), ..Self::default() };
        arrangement.extend(documents, ranks);
        arrangement
    }

    /// The arrangement that follows this one, and whether it shows anything else. While documents arrive, the new ones alone are
    /// looked at.
    pub fn renewed(mut self, documents: &Documents, ranks: &[u32], query: &Query) -> (Self, bool) {
        // Each new name moves the ranks of those behind it.
        let goes_on = self.query == *query && self.generation == documents.generation() && query.sort.key != SortKey::Name;
        if goes_on {
            let is_other = self.extend(documents, ranks);
            return (self, is_other);
        }
        let new = Self::new(documents, ranks, query);
        let is_other = new.groups != self.groups;
        (new, is_other)
    }

    /// Takes in the documents that are new, and tells whether any of them is shown.
    fn extend(&mut self, documents: &Documents, ranks: &[u32]) -> bool {
        let Query { group_by, sort, .. } = self.query;
        let groups = &mut self.groups;
        let mut is_any = false;
        for index in self.taken..documents.len() {
            if !self.query.admits(documents, index) {
                continue;
            }
            let at = groups.iter().position(|group| holds(&group.key, documents, index)).unwrap_or_else(|| {
                let key = key_of(documents, index, group_by);
                let at = groups.iter().position(|group| compare_keys(&group.key, &key).is_gt()).unwrap_or(groups.len());
                groups.insert(at, Group { key, rows: Vec::new(), bytes: 0 });
                at
            });
            groups[at].rows.push(index as u32);
            groups[at].bytes = groups[at].bytes.saturating_add(documents.size(index).unwrap_or(0));
            is_any = true;
        }
        self.taken = documents.len();
        if is_any {
            for group in groups {
                // A stable sort: equals stay as the server has them. What is sorted already it goes past in one step.
                group.rows.sort_by_key(|&row| sort_key(documents, ranks, sort, row as usize));
            }
        }
        is_any
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
pub fn kinds(documents: &Documents, only: &[DocumentType]) -> Vec<(DocumentType, usize)> {
    let mut kinds: Vec<(DocumentType, usize)> = Vec::new();
    // Put in their places and not sorted: they are few, and sorting is code for each type of what is sorted.
    for Kind { document_type, count, .. } in shown_kinds(documents, only) {
        let at = kinds.iter().position(|(known, _)| compare_types(known, document_type).is_gt()).unwrap_or(kinds.len());
        kinds.insert(at, (document_type.clone(), *count));
    }
    kinds
}

/// How many documents of these types there are, and the sum of the sizes that are known, in bytes.
pub fn totals(documents: &Documents, only: &[DocumentType]) -> (usize, u64) {
    shown_kinds(documents, only).fold((0, 0), |(count, bytes), kind| (count + kind.count, bytes + kind.bytes))
}

fn shown_kinds<'a>(documents: &'a Documents, only: &'a [DocumentType]) -> impl Iterator<Item = &'a Kind> {
    documents.kinds().iter().filter(|kind| only.is_empty() || only.contains(&kind.document_type))
}

fn holds(key: &GroupKey, documents: &Documents, index: usize) -> bool {
    match key {
        GroupKey::Type(kind) => kind == documents.document_type(index),
        GroupKey::Order(order) => order == documents.order(index),
        GroupKey::All => true,
    }
}

fn key_of(documents: &Documents, index: usize, group_by: GroupBy) -> GroupKey {
    match group_by {
        GroupBy::Type => GroupKey::Type(documents.document_type(index).clone()),
        GroupBy::Order => GroupKey::Order(documents.order(index).to_owned()),
        GroupBy::None => GroupKey::All,
    }
}

/// Types as below; orders by id; the nameless last.
fn compare_keys(one: &GroupKey, other: &GroupKey) -> Ordering {
    match (one, other) {
        (GroupKey::Type(one), GroupKey::Type(other)) => compare_types(one, other),
        (GroupKey::Order(one), GroupKey::Order(other)) => (one.is_empty(), one).cmp(&(other.is_empty(), other)),
        _ => Ordering::Equal,
    }
}

/// Documented types as documented, then others by their word, the nameless last.
fn compare_types(one: &DocumentType, other: &DocumentType) -> Ordering {
    let place = |kind: &DocumentType| DocumentType::DOCUMENTED.iter().position(|known| known == kind).unwrap_or(usize::MAX);
    let key = |kind: &DocumentType| (place(kind), kind.as_word().is_empty());
    key(one).cmp(&key(other)).then_with(|| one.as_word().cmp(other.as_word()))
}

/// A document's place among the others, smallest first. What is not known comes last in either direction: it is what
/// nobody looks for.
fn sort_key(documents: &Documents, ranks: &[u32], sort: Sort, index: usize) -> i64 {
    let value = match sort.key {
        SortKey::Created => documents.created_millis(index),
        SortKey::Size => documents.size(index).map(|size| size as i64),
        SortKey::Name if documents.name(index).is_empty() => None,
        SortKey::Name => ranks.get(index).copied().map(i64::from),
    };
    value.map_or(i64::MAX, |value| if sort.descending { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::super::documents::tests::{append, documents};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn sample() -> Documents {
        documents([
            json!({"fileId": "a", "type": "invoice", "filename": "Invoice 10.pdf", "fileSize": 100, "createdAt": 3_000_000_000_000_u64}),
            json!({"fileId": "b", "type": "contract", "filename": "Contract.pdf", "fileSize": 300, "createdAt": 1_700_000_000}),
            json!({"fileId": "c", "type": "warranty", "filename": "Zertifikat.pdf", "size": "50"}),
            json!({"fileId": "d", "fileType": "invoice", "fileName": "invoice 9.pdf", "createdAt": "2025-01-01"}),
            json!({"fileId": "e"}),
        ])
    }

    fn ids(documents: &Documents, arrangement: &Arrangement) -> String {
        arrangement.rows().map(|row| documents.id(row as usize)).collect()
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

    /// Type, size, moment and name.
    type Fields = (usize, Option<u64>, Option<i64>, String);

    proptest! {
        #[test]
        fn should_lose_and_invent_nothing(
            records in prop::collection::vec((0..5_usize, prop::option::of(0..1000_u64), prop::option::of(1..2_000_000_000_i64)), 0..60),
            sort in prop::sample::select(Sort::ALL.to_vec()),
            group_by in prop::sample::select(vec![GroupBy::Type, GroupBy::Order, GroupBy::None]),
        ) {
            let documents = documents(records.iter().enumerate().map(|(index, (kind, size, created))| json!({
                "fileId": format!("f{index}"), "filename": format!("{index}.pdf"), "fileSize": size, "createdAt": created,
                "type": (["contract", "invoice", "document", "attachment", "other"][*kind]), "orderId": format!("o{kind}"),
            })));
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

        #[test]
        fn should_come_to_the_same_page_by_page_as_at_once(
            records in prop::collection::vec((0..5_usize, prop::option::of(0..9_u64), prop::option::of(1..9_i64), "[ab]{0,2}"), 0..80),
            pages in prop::collection::vec((0..20_usize, 0..6_usize, 0..4_usize, 0..3_usize), 1..12),
            clear_at in 0..24_usize,
        ) {
            let words = ["contract", "invoice", "document", "attachment", "other"];
            let record = |(index, (kind, size, created, name)): (usize, &Fields)| json!({
                "fileId": format!("f{index}"), "filename": name, "fileSize": size, "createdAt": created.map(|at| at * 1_000_000),
                "type": (words[*kind]), "orderId": format!("o{kind}"),
            });
            let mut rest = records.iter().enumerate().map(record);
            let (mut documents, mut arrangement) = (Documents::default(), Arrangement::default());
            for (at, (count, sort, search, group_by)) in pages.into_iter().enumerate() {
                if at == clear_at {
                    documents.clear();
                }
                append(&mut documents, rest.by_ref().take(count));
                // Half of the queries are the default one, so that arrangements are gone on with.
                let query = Query {
                    sort: Sort::from_word(Sort::ALL[sort]).unwrap(),
                    words: fold_words(["", "", "a", "b"][search]),
                    group_by: [GroupBy::Type, GroupBy::Type, GroupBy::Order][group_by],
                    hidden: if group_by == 1 { vec![DocumentType::Invoice] } else { Vec::new() },
                    ..Query::default()
                };
                let query = if sort < 3 { Query::default() } else { query };
                let ranks: Vec<u32> = (0..documents.len() as u32).rev().collect();
                let before = arrangement.groups.clone();
                let (renewed, is_other) = arrangement.renewed(&documents, &ranks, &query);
                prop_assert_eq!(&renewed.groups, &Arrangement::new(&documents, &ranks, &query).groups);
                // After a clearing the same rows are other documents, which the list's own readers hear.
                prop_assert!(is_other || before == renewed.groups);
                arrangement = renewed;
            }
        }
    }
}
