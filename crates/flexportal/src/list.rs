//! The answer of `GET /v1/files`.

use crate::FileRecord;
use crate::loose::Loose;
use crate::record::Entry;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// One page of files.
///
/// Decoding fails only where the answer is no JSON object or has no `files` array.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileList {
    /// The records that could be read, in the answer's order.
    pub files: Vec<FileRecord>,
    /// How many records could not be read, or were held back by our proxy.
    pub dropped: u64,
    /// The vendor's `count`: it is not said whether the page's or the total's.
    pub count: Option<u64>,
    /// The page size that was used.
    pub limit: Option<u64>,
    /// How many records come before this page.
    pub offset: Option<u64>,
    /// Whether more records follow: always said by our proxy, and by some of the vendor's lists.
    pub has_more: Option<bool>,
    /// Where the next page begins, where our proxy says so: it may have held back records that it does not count.
    pub next_offset: Option<u64>,
}

/// The most records of one answer that are kept; each that follows counts as dropped. A page has 100, and an answer of a few megabytes could hold
/// records without end that take hundreds in memory.
pub const MAX_RECORDS: usize = 10_000;

/// The vendor's page size where none is asked for, or none is heard.
const DEFAULT_LIMIT: u64 = 50;

impl FileList {
    /// How many records the page held on the wire, readable or not.
    pub fn received(&self) -> u64 {
        self.files.len() as u64 + self.dropped
    }

    /// Whether a next page is worth asking for, after a page that was asked for at `offset` with `limit`.
    ///
    /// An empty page is the last, unless our proxy says where the next one begins. `hasMore` decides where it is given. Otherwise a `count` beyond this page is a total that
    /// says that more follows, and without one a full page may have a successor: full by the `limit` that the answer
    /// tells, or else by the vendor's default, lest the one that was asked for was not heard. That asks once too often at a list whose
    /// length is a multiple of the page size and whose `count` is the page's: an empty page costs less than a lost document.
    pub fn may_continue(&self, offset: u64, limit: u64) -> bool {
        let end = offset.saturating_add(self.received());
        match self.has_more {
            Some(has_more) if self.next_offset.is_some_and(|next| next > offset) => has_more,
            _ if self.received() == 0 => false,
            Some(has_more) => has_more,
            None => {
                self.count.is_some_and(|count| count > end) || self.received() >= self.limit.unwrap_or(DEFAULT_LIMIT).min(limit)
            }
        }
    }

    /// Where the page ends that was asked for at `offset`: the next one's offset.
    pub fn end(&self, offset: u64) -> u64 {
        let told = self.next_offset.filter(|&next| next > offset);
        told.unwrap_or_else(|| offset.saturating_add(self.received()))
    }

    /// The list's whole length where the answer tells it: a `count` that cannot be this page's own.
    pub fn total(&self, offset: u64) -> Option<u64> {
        self.count.filter(|&count| count >= offset.saturating_add(self.received()) && count > self.received())
    }
}

impl<'de> Deserialize<'de> for FileList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor;
        impl<'de> Visitor<'de> for ListVisitor {
            type Value = FileList;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of files")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FileList, A::Error> {
                let mut list = FileList::default();
                let (mut unreadable, mut held_back) = (None, 0);
                while let Some(key) = map.next_key::<Loose>()? {
                    match key.as_bytes() {
                        b"files" => {
                            let Entries { files, dropped } = map.next_value()?;
                            (list.files, unreadable) = (files, Some(dropped));
                        }
                        b"count" => list.count = map.next_value::<Loose>()?.to_count(),
                        b"limit" => list.limit = map.next_value::<Loose>()?.to_count(),
                        b"offset" => list.offset = map.next_value::<Loose>()?.to_count(),
                        b"nextOffset" => list.next_offset = map.next_value::<Loose>()?.to_count(),
                        b"dropped" => held_back = map.next_value::<Loose>()?.to_count().unwrap_or(0),
                        b"hasMore" => {
                            list.has_more = match map.next_value()? {
                                Loose::Bool(has_more) => Some(has_more),
                                _ => None,
                            }
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                list.dropped = held_back + unreadable.ok_or_else(|| A::Error::custom("a list without files"))?;
                Ok(list)
            }
        }
        deserializer.deserialize_map(ListVisitor)
    }
}

/// The records of a page, with those that cannot be read counted.
struct Entries {
    files: Vec<FileRecord>,
    dropped: u64,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array of files")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entries, A::Error> {
                let mut entries = Entries { files: Vec::with_capacity(seq.size_hint().unwrap_or(0).min(1000)), dropped: 0 };
                while entries.files.len() < MAX_RECORDS {
                    match seq.next_element()? {
                        Some(Entry(Some(record))) => entries.files.push(record),
                        Some(Entry(None)) => entries.dropped += 1,
                        None => return Ok(entries),
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    entries.dropped += 1;
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_seq(EntriesVisitor)
    }
}
