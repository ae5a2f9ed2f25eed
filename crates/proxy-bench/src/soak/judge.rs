//! What must hold of every answer, every upstream call and everything that is written. Pure: it is handed what there is to see.

use crate::upstream::{Call, Question};
use crate::world::{Order, STORAGE, order_of_file};
use std::time::Duration;

/// Customers up to this one sign in; those beyond never do.
pub const CUSTOMERS: u32 = 24;

/// Those whom only sessions ask for that name their orders: of these the upstream must never hear.
pub const UNHEARD: std::ops::Range<u32> = 900..950;

/// Those whom sessions without orders ask for: whose their orders are the upstream may be asked, and nothing else.
pub const ASKED: std::ops::Range<u32> = 950..1000;

/// The proxy's own deadline of a request, and room for a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// What a request was, as far as its answer can be judged by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The list of an own order.
    OwnOrder(Order),
    /// The customer's own list.
    OwnList,
    /// A signature, by script.
    OwnSign,
    /// A link to an own file.
    OwnLink,
    /// Another's order, or a file in it, by a session that names its orders: that needs no upstream to be refused.
    ForeignToClaim,
    /// Another's order, or a file in it, where the upstream is asked whose the order is.
    ForeignOrder,
    /// Another's file in an own order, whose list is asked for.
    ForeignFile,
    /// No session, or none that is valid.
    NoSession,
    /// From another site's page.
    CrossSite,
    /// No HTTP, or hardly.
    Malformed,
}

impl Kind {
    /// Its name in the tally.
    pub fn name(self) -> &'static str {
        match self {
            Self::OwnOrder(_) => "an own order's list",
            Self::OwnList => "the own list",
            Self::OwnSign => "sign an own file",
            Self::OwnLink => "link to an own file",
            Self::ForeignToClaim => "what the claim does not name",
            Self::ForeignOrder => "another's order",
            Self::ForeignFile => "another's file in an own order",
            Self::NoSession => "no valid session",
            Self::CrossSite => "from another site",
            Self::Malformed => "malformed HTTP",
        }
    }

    /// Whether the customer asked for what is another's.
    fn is_foreign(self) -> bool {
        matches!(self, Self::ForeignToClaim | Self::ForeignOrder | Self::ForeignFile)
    }

    /// Whether the customer asked for what is his.
    pub fn is_own(self) -> bool {
        matches!(self, Self::OwnOrder(_) | Self::OwnList | Self::OwnSign | Self::OwnLink)
    }

    fn may_be(self, status: u16) -> bool {
        match self {
            Self::OwnOrder(_) | Self::OwnList | Self::OwnSign => matches!(status, 200 | 403 | 404 | 429 | 502 | 503 | 504),
            Self::OwnLink => matches!(status, 302 | 403 | 404 | 429 | 502 | 503 | 504),
            Self::ForeignToClaim => status == 404,
            // That the upstream cannot be asked now says nothing of the order: of one that does not exist it is asked, too.
            Self::ForeignOrder => matches!(status, 404 | 429 | 502 | 503 | 504),
            // Nor says that the own order's list cannot be had, or is refused, anything of the file.
            Self::ForeignFile => matches!(status, 403 | 404 | 429 | 502 | 503 | 504),
            Self::NoSession => status == 401,
            Self::CrossSite => status == 403,
            Self::Malformed => (400..500).contains(&status),
        }
    }
}

/// An answer, whole.
pub struct Seen<'a> {
    /// Who asked; for no session, nobody.
    pub customer: Option<u32>,
    /// What for.
    pub kind: Kind,
    /// The status.
    pub status: u16,
    /// Status line and fields.
    pub head: &'a str,
    /// The body, decoded.
    pub body: &'a str,
    /// How long it took.
    pub after: Duration,
}

impl Seen<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// What is wrong with an answer.
pub fn answer(seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut require = |holds: bool, what: &str| {
        if !holds {
            let (customer, kind, status) = (seen.customer, seen.kind, seen.status);
            let head: String = seen.head.chars().take(300).collect();
            let body: String = seen.body.chars().take(300).collect();
            wrong.push(format!("{what}: customer {customer:?}, {kind:?}, {status}\n{head}\n{body}"));
        }
    };
    require(seen.kind.may_be(seen.status), "a status that must not be");
    require(seen.after <= DEADLINE, "later than the deadline");
    let both = [seen.head, seen.body];
    require(both.iter().all(|text| !text.contains("CANARY")), "a canary");
    let owners = both.iter().flat_map(|text| owners(text)).all(|owner| seen.kind.is_own() && seen.customer == Some(owner));
    require(owners, "another's name, file or signature");
    if seen.kind != Kind::Malformed {
        require(seen.field("x-content-type-options") == Some("nosniff"), "no security headers");
        require(seen.field("content-security-policy").is_some(), "no security policy");
        require(seen.field("cache-control") == Some("no-store"), "an answer that may be kept");
    }
    if seen.status == 404 && seen.kind.is_foreign() {
        require(code(seen.body) == "NOT_FOUND", "another code than that of what does not exist");
    }
    match seen.status {
        200 if matches!(seen.kind, Kind::OwnOrder(_) | Kind::OwnList) => {
            require(is_own_list(seen), "not a list of the customer's own")
        }
        200 => require(url_of(seen).is_some_and(|url| url.starts_with(&format!("{STORAGE}/"))), "a URL that points elsewhere"),
        302 => {
            let location = seen.field("location").unwrap_or_default();
            require(location.starts_with(&format!("{STORAGE}/")), "a redirect that points elsewhere");
        }
        // What is no HTTP is answered beneath everything that could know an id.
        400.. if seen.kind != Kind::Malformed => {
            require(is_error(seen), "an error that is not well formed");
            let wait = seen.field("retry-after").and_then(|text| text.parse::<u64>().ok());
            require(seen.status != 429 || wait.is_some_and(|wait| (1..=3600).contains(&wait)), "429 without a wait");
        }
        _ => {}
    }
    wrong
}

/// The customers that the text names: by a document's name, by a file's id, by a signature.
fn owners(text: &str) -> impl Iterator<Item = u32> {
    ["NAME-", "file_", "SIGNATURE-file_"].into_iter().flat_map(move |mark| {
        let after = text.match_indices(mark).map(move |(at, _)| &text[at + mark.len()..]);
        after.filter_map(|rest| rest.get(..5)?.parse().ok())
    })
}

fn is_own_list(seen: &Seen) -> bool {
    let Ok(list) = serde_json::from_str::<serde_json::Value>(seen.body) else { return false };
    let Some(files) = list["files"].as_array() else { return false };
    files.iter().all(|file| {
        let named = file["fileId"].as_str().and_then(order_of_file).map(|(order, _)| order);
        let order = file["orderId"].as_str().and_then(Order::of);
        let (Some(named), Some(order)) = (named, order) else { return false };
        let asked = if let Kind::OwnOrder(asked) = seen.kind { asked == order } else { true };
        named == order && asked && Some(order.customer) == seen.customer
    })
}

fn url_of(seen: &Seen) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(seen.body).ok()?;
    answer["url"].as_str().map(str::to_owned)
}

fn is_error(seen: &Seen) -> bool {
    let Ok(error) = serde_json::from_str::<serde_json::Value>(seen.body) else { return false };
    let text = |value: &serde_json::Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let id = text(&error["requestId"]);
    text(&error["error"]["code"]).is_some()
        && text(&error["error"]["message"]).is_some()
        && id.is_some()
        && id.as_deref() == seen.field("x-request-id")
}

/// The code of an error.
pub fn code(body: &str) -> String {
    let error: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    error["error"]["code"].as_str().unwrap_or("none").to_owned()
}

/// What is wrong with an upstream call.
pub fn call(call: &Call) -> Vec<String> {
    let mut wrong = Vec::new();
    let (target, body) = (&call.target, String::from_utf8_lossy(&call.body));
    let mut require = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("an upstream call {what}: {} {target} {body}", call.method));
        }
    };
    require(call.authorized || call.question == Question::Jwks, "without the key");
    require(call.question != Question::Other, "of no known form");
    let about = about(target).chain(about(&body)).collect::<Vec<_>>();
    require(about.iter().all(|customer| !UNHEARD.contains(customer)), "for a request that is refused");
    let asks_whose = call.question == Question::Order;
    require(asks_whose || about.iter().all(|customer| !ASKED.contains(customer)), "about what is another's");
    wrong
}

/// The customers whose ids are in the text.
fn about(text: &str) -> impl Iterator<Item = u32> {
    ["ord_", "file_", "cust_"].into_iter().flat_map(move |mark| {
        let after = text.match_indices(mark).map(move |(at, _)| &text[at + mark.len()..]);
        after.filter_map(|rest| rest.get(..5)?.parse().ok())
    })
}

/// What is wrong with a line of the log, or with the metrics.
pub fn written(place: &str, text: &str) -> Vec<String> {
    // A token begins so, whatever it says.
    let marks = ["CANARY", "NAME-", "SIGNATURE", STORAGE, "eyJ"];
    let found = marks.into_iter().find(|mark| text.contains(mark));
    found.map(|mark| format!("{mark:?} in the {place}: {}", text.chars().take(500).collect::<String>())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::page;
    use bytes::Bytes;
    use hyper::Method;

    const MINE: Order = Order { customer: 1, number: 7, documents: 7 };
    const HEAD: &str = "HTTP/1.1 200 OK\r\nx-content-type-options: nosniff\r\ncontent-security-policy: x\r\ncache-control: no-store\r\nx-request-id: i\r\n";

    fn seen<'a>(kind: Kind, status: u16, head: &'a str, body: &'a str) -> Seen<'a> {
        Seen { customer: Some(1), kind, status, head, body, after: Duration::from_secs(1) }
    }

    fn is_good(kind: Kind, status: u16, head: &str, body: &str) -> bool {
        answer(&seen(kind, status, head, body)).is_empty()
    }

    fn list(order: Order) -> String {
        let file = order.file(0);
        format!(
            "{{\"files\":[{{\"fileId\":\"{file}\",\"orderId\":\"{}\",\"originalFilename\":\"NAME-{:05}-x\"}}]}}",
            order.id(),
            order.customer
        )
    }

    #[test]
    fn should_accept_what_is_as_it_should_be() {
        assert!(is_good(Kind::OwnOrder(MINE), 200, HEAD, &list(MINE)));
        assert!(is_good(Kind::OwnList, 200, HEAD, &list(MINE)));
        let url = format!("{{\"url\":\"{STORAGE}/{0}?signature=SIGNATURE-{0}\"}}", MINE.file(0));
        assert!(is_good(Kind::OwnSign, 200, HEAD, &url));
        assert!(is_good(Kind::OwnLink, 302, &format!("{HEAD}location: {STORAGE}/{}\r\n", MINE.file(0)), ""));
        let error = "{\"error\":{\"code\":\"C\",\"message\":\"M\"},\"requestId\":\"i\"}";
        let absent = error.replace("\"C\"", "\"NOT_FOUND\"");
        for kind in [Kind::ForeignToClaim, Kind::ForeignOrder, Kind::ForeignFile] {
            assert!(is_good(kind, 404, HEAD, &absent));
        }
        assert!(is_good(Kind::ForeignOrder, 502, HEAD, error));
        assert!(is_good(Kind::ForeignFile, 403, HEAD, error));
        assert!(is_good(Kind::OwnOrder(MINE), 429, &format!("{HEAD}retry-after: 3\r\n"), error));
    }

    #[test]
    fn should_see_every_breach() {
        let (other, sibling) = (Order { customer: 2, ..MINE }, Order { number: 8, ..MINE });
        let error = "{\"error\":{\"code\":\"C\",\"message\":\"M\"},\"requestId\":\"i\"}";
        let evil = format!("{{\"url\":\"https://evil.example/{}\"}}", MINE.file(0));
        let elsewhere = format!("{{\"url\":\"{STORAGE}/{}\"}}", other.file(0));
        for (kind, status, head, body) in [
            (Kind::OwnOrder(MINE), 200, HEAD, list(other)),
            (Kind::OwnOrder(MINE), 200, HEAD, list(sibling)),
            (Kind::OwnOrder(MINE), 200, HEAD, page(MINE, 1, 0)),
            (Kind::OwnOrder(MINE), 200, HEAD, "not JSON".into()),
            (Kind::OwnOrder(MINE), 200, "HTTP/1.1 200 OK\r\n", list(MINE)),
            (Kind::OwnOrder(MINE), 500, HEAD, error.into()),
            (Kind::OwnOrder(MINE), 429, HEAD, error.into()),
            (Kind::OwnOrder(MINE), 502, HEAD, "{}".into()),
            (Kind::OwnOrder(MINE), 502, HEAD, error.replace("\"i\"", "\"j\"")),
            (Kind::OwnSign, 200, HEAD, evil),
            (Kind::OwnSign, 200, HEAD, elsewhere),
            (Kind::ForeignOrder, 200, HEAD, list(MINE)),
            (Kind::ForeignOrder, 403, HEAD, error.into()),
            (Kind::ForeignOrder, 404, HEAD, error.into()),
            (Kind::ForeignToClaim, 502, HEAD, error.into()),
            (Kind::ForeignFile, 404, HEAD, error.replace("\"C\"", "\"NOT_FOUND\"").replace("\"M\"", "\"NAME-00002\"")),
            (Kind::NoSession, 200, HEAD, list(MINE)),
        ] {
            assert!(!is_good(kind, status, head, &body), "{kind:?} {status} {body}");
        }
        let late = Seen { after: DEADLINE * 2, ..seen(Kind::OwnOrder(MINE), 200, HEAD, "{\"files\":[]}") };
        assert_eq!(answer(&late).len(), 1);
    }

    #[test]
    fn should_see_calls_that_must_not_be() {
        let made = |question, target: &str, body: &str, authorized| {
            let body = Bytes::copy_from_slice(body.as_bytes());
            call(&Call { question, method: Method::GET, target: target.into(), authorized, body }).len()
        };
        assert_eq!(made(Question::List, "/v1/files?orderId=ord_00001_7_7", "", true), 0);
        assert_eq!(made(Question::Order, "/v1/orders/ord_00960_7_7", "", true), 0);
        assert_eq!(made(Question::Jwks, "/jwks", "", false), 0);
        assert_eq!(made(Question::List, "/v1/files?orderId=ord_00001_7_7", "", false), 1);
        assert_eq!(made(Question::Order, "/v1/orders/ord_00901_7_7", "", true), 1);
        assert_eq!(made(Question::List, "/v1/files?orderId=ord_00960_7_7", "", true), 1);
        assert_eq!(made(Question::Sign, "/v1/files/url", "{\"fileId\":\"file_00960_7_7_1\"}", true), 1);
        assert_eq!(made(Question::Other, "/v1/x", "", true), 1);
    }

    #[test]
    fn should_see_what_must_not_be_written() {
        assert!(written("log", "answered status=200 customer=cust_00001").is_empty());
        for line in ["key=CANARY-key", "name=NAME-00001", "url=https://storage.example/x", "cookie eyJhbGciOi"] {
            assert_eq!(written("log", line).len(), 1, "{line}");
        }
    }
}
