//! How a list arrives: page by page, the first shown at once, the rest behind it.

use super::{Documents, Problem};
use flexportal::FileList;

/// The page size that is asked for, the vendor's largest.
pub const PAGE_LIMIT: u64 = 100;

/// The most pages under way at once: enough to hide the round trips, few enough to leave a shared upstream budget alone.
const PAGES_AT_ONCE: usize = 4;

/// The most pages in a row without anything new: 10,000 records that are all unreadable or another's.
const MAX_BARREN: u32 = 100;

/// One page to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// How many records come before it.
    pub offset: u64,
}

/// How far the list is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// No order is named, so nothing is asked for.
    #[default]
    Idle,
    /// Pages are under way.
    Loading,
    /// Everything is here.
    Complete,
    /// A page could not be had; what is here stays.
    Stopped(Problem),
}

/// The documents that have arrived, and what is still to come.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    documents: Documents,
    dropped: u64,
    total: Option<u64>,
    phase: Phase,
    /// The first offset that has never been asked for.
    next: u64,
    /// Whether there is anything at `next`.
    more: bool,
    /// What is shown is from before: the first page that arrives takes its place.
    stale: bool,
    /// How many records a page of this server holds; learned from the first that is short and yet not the last.
    step: u64,
    /// How many pages in a row brought nothing new.
    barren: u32,
    /// Offsets to ask for first: their request failed, or a page ended before them.
    gaps: Vec<u64>,
    under_way: usize,
    /// How many pages have arrived that were not the last.
    pages: usize,
}

impl Listing {
    /// An empty list, about to be loaded.
    pub fn loading() -> Self {
        Self { phase: Phase::Loading, more: true, step: PAGE_LIMIT, ..Self::default() }
    }

    /// A list that cannot be loaded, without having asked.
    pub fn stopped(problem: Problem) -> Self {
        Self { phase: Phase::Stopped(problem), ..Self::default() }
    }

    /// The same list, about to be loaded anew; what is here stays until the first page has arrived.
    pub fn renewed(&mut self) {
        let documents = std::mem::take(&mut self.documents);
        *self = Self { stale: !documents.is_empty(), documents, ..Self::loading() };
    }

    /// The documents so far, in the order of their arrival.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Whether what is here is a list of before, of which the new one has brought nothing yet.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// How many documents there will be, where more are on their way than are here; without end where the server does not tell.
    pub fn awaited(&self) -> Option<u64> {
        let is_growing = self.phase == Phase::Loading && self.more && !self.stale;
        is_growing.then(|| self.total.unwrap_or(u64::MAX))
    }

    /// How many records could not be shown so far.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many records there are in all, where the server tells.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// How far the list is.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The next page to ask for now, if any. Each one handed out must come back through [`Self::arrived`] or [`Self::failed`].
    ///
    /// Where the list's length is not known, as many are asked for at once as have arrived before: a long list is fetched in
    /// parallel all the same, and a short one costs no request beyond its end.
    pub fn ask(&mut self) -> Option<PageRequest> {
        if self.phase != Phase::Loading || self.under_way >= PAGES_AT_ONCE {
            return None;
        }
        if let Some(offset) = self.gaps.pop() {
            self.under_way += 1;
            return Some(PageRequest { offset });
        }
        let is_known = self.total.is_some_and(|total| self.next < total);
        // Beyond a length that was told there is nothing, unless it was told wrong: the pages under way will show that.
        let at_once = if self.total.is_some() { 1 } else { self.pages.max(1) };
        if !self.more || (self.under_way >= at_once && !is_known) {
            return None;
        }
        let offset = self.next;
        self.next += self.step;
        self.under_way += 1;
        Some(PageRequest { offset })
    }

    /// Takes a page. `fold` makes the text that searching compares, out of all names of the page at once.
    ///
    /// Tells whether it should be shown at once: it is the first one, or nothing follows it.
    pub fn arrived(&mut self, request: PageRequest, page: FileList, fold: impl Fn(&[&str]) -> Vec<String>) -> bool {
        let is_first = self.stale || self.documents.is_empty();
        self.under_way -= 1;
        if std::mem::take(&mut self.stale) {
            self.documents.clear();
        }
        self.dropped += page.dropped;
        let total = page.total(request.offset);
        let mut more = page.may_continue(request.offset, PAGE_LIMIT);
        let end = page.end(request.offset);
        let before = self.documents.len();
        let names: Vec<&str> = page.files.iter().map(|record| record.name.as_deref().unwrap_or_default()).collect();
        let names_none = names.is_empty();
        let folded = fold(&names);
        self.documents.append(page.files, &folded);
        // A server that does not know `offset` answers with the same page for ever.
        let is_new = self.documents.len() > before;
        more &= is_new || names_none;
        self.barren = if is_new { 0 } else { self.barren + 1 };
        self.total = total.or(self.total);
        let is_last_asked = request.offset + self.step >= self.next;
        self.more &= more;
        self.pages += usize::from(more);
        if more && end < (request.offset + self.step).min(self.next) {
            if is_last_asked {
                (self.step, self.next) = (end - request.offset, end);
            } else {
                self.gaps.push(end);
            }
        }
        if self.more && self.barren >= MAX_BARREN {
            self.barren = 0;
            self.phase = Phase::Stopped(Problem::Unavailable(None));
        }
        self.settle();
        is_first || self.phase != Phase::Loading
    }

    /// Takes a page's failure. Pages already under way may still arrive; no further one is asked for until [`Self::resume`].
    pub fn failed(&mut self, request: PageRequest, problem: Problem) {
        self.under_way -= 1;
        self.gaps.push(request.offset);
        self.phase = Phase::Stopped(problem);
    }

    /// Goes on after a failure, with the page that failed.
    pub fn resume(&mut self) {
        if matches!(self.phase, Phase::Stopped(_)) {
            self.phase = Phase::Loading;
            self.more |= self.documents.is_empty() && self.gaps.is_empty();
        }
    }

    fn settle(&mut self) {
        let asked_all = self.gaps.is_empty() && !self.more;
        if self.under_way == 0 && asked_all && self.phase == Phase::Loading {
            self.phase = Phase::Complete;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn lower(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_lowercase()).collect()
    }

    /// A server of `length` records, in one of the ways in which servers speak of their length.
    fn page(length: u64, offset: u64, way: u8) -> FileList {
        let end = length.min(offset + PAGE_LIMIT);
        let files: Vec<_> = (offset..end).map(|index| json!({ "fileId": format!("f{index}") })).collect();
        let count = files.len();
        serde_json::from_value(match way {
            0 => json!({ "files": files, "count": length, "hasMore": end < length }),
            1 => json!({ "files": files, "count": length }),
            2 => json!({ "files": files, "count": count, "limit": "100" }),
            // Short pages, by a server that holds less on each than it is asked for.
            4 => json!({ "files": files[..count.min(30)], "hasMore": offset + 30 < length, "count": length }),
            5 => json!({ "files": files[..count.min(60)], "hasMore": offset + 60 < length }),
            _ => json!({ "files": files }),
        })
        .unwrap()
    }

    #[test]
    fn should_be_complete_with_an_empty_list() {
        let mut listing = Listing::loading();
        let request = listing.ask().unwrap();
        assert_eq!(listing.ask(), None, "the length is not known yet");
        listing.arrived(request, page(0, 0, 2), lower);
        assert_eq!(listing.phase(), &Phase::Complete);
        assert_eq!(listing.ask(), None);
    }

    #[test]
    fn should_keep_what_has_arrived_and_go_on_where_it_stopped() {
        let mut listing = Listing::loading();
        let first = listing.ask().unwrap();
        listing.arrived(first, page(350, 0, 0), lower);
        let (second, third) = (listing.ask().unwrap(), listing.ask().unwrap());
        listing.failed(second, Problem::RateLimited(3));
        listing.arrived(third, page(350, third.offset, 0), lower);
        assert_eq!(listing.phase(), &Phase::Stopped(Problem::RateLimited(3)));
        assert_eq!((listing.documents().len(), listing.ask()), (200, None));
        listing.resume();
        assert_eq!(listing.ask(), Some(second));
        listing.arrived(second, page(350, second.offset, 0), lower);
        let last = listing.ask().unwrap();
        listing.arrived(last, page(350, last.offset, 0), lower);
        assert_eq!((listing.phase(), listing.documents().len()), (&Phase::Complete, 350));
    }

    #[test]
    fn should_ask_past_the_end_of_a_short_list_never_and_of_a_long_one_hardly() {
        for (length, beyond) in [(0, 0), (1, 0), (100, 0), (101, 0), (200, 0), (250, 1), (1000, 3), (10_000, 3)] {
            let mut listing = Listing::loading();
            let (mut asked, mut most, mut under_way) = (0, 0, std::collections::VecDeque::new());
            loop {
                while let Some(request) = listing.ask() {
                    under_way.push_back(request);
                    asked += 1;
                }
                most = most.max(under_way.len());
                let Some(request) = under_way.pop_front() else { break };
                let end = length.min(request.offset + PAGE_LIMIT);
                let files: Vec<_> = (request.offset..end).map(|index| json!({ "fileId": format!("f{index}") })).collect();
                let page = serde_json::from_value(json!({ "files": files, "hasMore": end < length })).unwrap();
                listing.arrived(request, page, lower);
            }
            assert_eq!(listing.documents().len() as u64, length);
            assert!(asked <= length.div_ceil(PAGE_LIMIT).max(1) + beyond, "{asked} pages for {length}");
            assert_eq!(most, if length < 1000 { most.min(3) } else { PAGES_AT_ONCE });
        }
    }

    #[test]
    fn should_end_with_a_server_that_does_not_know_offset() {
        let mut listing = Listing::loading();
        for _ in 0..2 {
            let request = listing.ask().unwrap();
            listing.arrived(request, page(100, 0, 3), lower);
        }
        assert_eq!((listing.phase(), listing.documents().len()), (&Phase::Complete, 100));
    }

    #[test]
    fn should_go_on_where_the_proxy_says_though_it_held_everything_back() {
        let mut listing = Listing::loading();
        let first = listing.ask().unwrap();
        let nothing = serde_json::from_value(json!({ "files": [], "count": 0, "hasMore": true, "nextOffset": 100 })).unwrap();
        listing.arrived(first, nothing, lower);
        let second = listing.ask().unwrap();
        assert_eq!(second, PageRequest { offset: 100 });
        let some = json!({ "files": [{ "fileId": "f" }], "count": 1, "hasMore": true, "nextOffset": 150 });
        listing.arrived(second, serde_json::from_value(some).unwrap(), lower);
        assert_eq!(listing.ask(), Some(PageRequest { offset: 150 }));
    }

    #[test]
    fn should_end_with_such_a_server_though_a_record_is_unreadable() {
        let mut listing = Listing::loading();
        for _ in 0..2 {
            let request = listing.ask().unwrap();
            let same = serde_json::from_value(json!({ "files": [{ "fileId": "f" }, {}], "hasMore": true })).unwrap();
            listing.arrived(request, same, lower);
        }
        assert_eq!(listing.phase(), &Phase::Complete);
    }

    #[test]
    fn should_not_ask_for_ever_where_nothing_ever_comes() {
        let mut listing = Listing::loading();
        let mut asked = 0;
        while let Some(request) = listing.ask() {
            asked += 1;
            let held_back = serde_json::from_value(json!({ "files": [], "dropped": 100, "hasMore": true })).unwrap();
            listing.arrived(request, held_back, lower);
        }
        assert_eq!((asked, listing.phase()), (MAX_BARREN, &Phase::Stopped(Problem::Unavailable(None))));
    }

    #[test]
    fn should_count_what_was_dropped_and_still_page_on() {
        let mut listing = Listing::loading();
        let request = listing.ask().unwrap();
        let held_back = serde_json::from_value(json!({ "files": [], "dropped": 100, "hasMore": true })).unwrap();
        listing.arrived(request, held_back, lower);
        assert_eq!((listing.dropped(), listing.ask()), (100, Some(PageRequest { offset: 100 })));
    }

    #[test]
    fn should_keep_the_old_list_until_the_new_one_begins() {
        let mut listing = Listing::loading();
        let first = listing.ask().unwrap();
        listing.arrived(first, page(5, 0, 0), lower);
        listing.renewed();
        let again = listing.ask().unwrap();
        assert_eq!((listing.documents().len(), listing.phase()), (5, &Phase::Loading));
        listing.failed(again, Problem::Offline);
        assert_eq!(listing.documents().len(), 5);
        listing.resume();
        let again = listing.ask().unwrap();
        listing.arrived(again, page(3, 0, 0), lower);
        assert_eq!((listing.documents().len(), listing.phase()), (3, &Phase::Complete));
    }

    proptest! {
        #[test]
        fn should_arrive_whole_in_any_order_over_failures(length in 0..700_u64, way in 0..6_u8, choices in prop::collection::vec(any::<u8>(), 400)) {
            let mut listing = Listing::loading();
            let mut under_way = Vec::new();
            for choice in choices {
                while let Some(request) = listing.ask() {
                    under_way.push(request);
                }
                prop_assert!(under_way.len() <= PAGES_AT_ONCE);
                if under_way.is_empty() {
                    break;
                }
                let request = under_way.swap_remove(choice as usize % under_way.len());
                if choice % 5 == 0 {
                    listing.failed(request, Problem::Unavailable(Some(502)));
                    listing.resume();
                } else {
                    listing.arrived(request, page(length, request.offset, way), lower);
                }
            }
            prop_assert_eq!(listing.phase(), &Phase::Complete);
            prop_assert_eq!(listing.documents().len() as u64, length);
        }
    }
}
