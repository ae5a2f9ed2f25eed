//! A list is fetched whole and the fetching ends, in whatever way a server speaks of its length.

use flexportal::FileList;
use serde_json::json;

/// What `count` is in a server's answers.
#[derive(Debug, Clone, Copy)]
enum Count {
    Absent,
    Pages,
    Total,
}

/// A server, in one of the ways in which servers speak of their length.
#[derive(Debug, Clone, Copy)]
struct Server {
    length: u64,
    /// The most records of a page.
    cap: u64,
    /// Whether it hears the `limit` that is asked for; a page is of 50 otherwise.
    hears_limit: bool,
    /// 0: it does not tell the page size; 1: as a number; 2: as a string.
    tells_limit: u8,
    tells_more: bool,
    count: Count,
    /// Every third record cannot be read.
    garbled: bool,
}

impl Server {
    fn page_size(self, limit: u64) -> u64 {
        if self.hears_limit { limit.min(self.cap) } else { 50 }
    }

    fn answer(self, offset: u64, limit: u64) -> FileList {
        let end = self.length.min(offset + self.page_size(limit));
        let file =
            |index: u64| json!({ "fileId": if self.garbled && index.is_multiple_of(3) { json!(null) } else { json!(index) } });
        let mut answer = json!({ "files": (offset..end).map(file).collect::<Vec<_>>() });
        match self.count {
            Count::Absent => {}
            Count::Pages => answer["count"] = json!(end.saturating_sub(offset)),
            Count::Total => answer["count"] = json!(self.length),
        }
        match self.tells_limit {
            0 => {}
            1 => answer["limit"] = json!(self.page_size(limit)),
            _ => answer["limit"] = json!(self.page_size(limit).to_string()),
        }
        if self.tells_more {
            answer["hasMore"] = json!(end < self.length);
        }
        serde_json::from_value(answer).unwrap()
    }

    /// A page below the default size that nothing tells of looks like the last one: no client can know.
    fn can_be_followed(self) -> bool {
        self.page_size(100) >= 50 || self.tells_limit > 0 || self.tells_more || matches!(self.count, Count::Total)
    }
}

fn servers() -> impl Iterator<Item = Server> {
    let lengths = [0, 1, 2, 7, 8, 14, 49, 50, 51, 99, 100, 101, 150, 200, 201, 350];
    let counts = [Count::Absent, Count::Pages, Count::Total];
    lengths.into_iter().flat_map(move |length| {
        counts.into_iter().flat_map(move |count| {
            [7, 50, 100].into_iter().flat_map(move |cap| {
                (0..24_u8).map(move |bits| {
                    let (hears_limit, tells_more, garbled) = (bits & 1 == 0, bits & 2 == 0, bits & 4 == 0);
                    Server { length, cap, hears_limit, tells_limit: bits / 8, tells_more, count, garbled }
                })
            })
        })
    })
}

#[test]
fn should_fetch_every_record_and_end_whatever_way_the_server_speaks_of_its_length() {
    const LIMIT: u64 = 100;
    let (mut followed, mut knew) = (0, 0);
    for server in servers().filter(|server| server.can_be_followed()) {
        let (mut ids, mut offset, mut requests) = (Vec::new(), 0, 0);
        loop {
            let page = server.answer(offset, LIMIT);
            requests += 1;
            assert!(requests <= server.length / server.page_size(LIMIT) + 2, "it does not end: {server:?}");
            let total = page.total(offset);
            assert!(total.is_none_or(|total| total == server.length), "total {total:?} at {offset} of {server:?}");
            knew += u32::from(total.is_some());
            let more = page.may_continue(offset, LIMIT);
            offset += page.received();
            ids.extend(page.files.iter().map(|file| file.file_id.as_str().parse::<u64>().unwrap()));
            if !more {
                break;
            }
        }
        let all: Vec<_> = (0..server.length).filter(|index| !server.garbled || !index.is_multiple_of(3)).collect();
        assert_eq!(ids, all, "{server:?}");
        followed += 1;
    }
    assert!(followed > 2000 && knew > 500, "{followed} servers followed, {knew} totals known");
}

#[test]
fn should_not_ask_again_after_a_page_that_is_clearly_the_last() {
    for server in servers().filter(|server| server.page_size(100) >= 50 && server.length % server.page_size(100) < 50) {
        let last = server.length - server.length % server.page_size(100);
        assert!(!server.answer(last, 100).may_continue(last, 100), "{server:?}");
    }
}

#[test]
fn should_end_at_an_empty_page_whatever_else_is_said() {
    let empty = |said: &str| serde_json::from_str::<FileList>(&format!(r#"{{"files":[],{said}}}"#)).unwrap();
    for said in [r#""hasMore":true"#, r#""count":1000"#, r#""limit":0"#] {
        assert!(!empty(said).may_continue(100, 100), "{said}");
    }
}

#[test]
fn should_not_take_a_count_for_the_total_that_the_pages_have_passed() {
    let page: FileList = serde_json::from_str(r#"{"files":[{"fileId":"a"}],"count":90}"#).unwrap();
    assert_eq!((page.total(89), page.total(90)), (Some(90), None));
}
