//! Requests that no HTTP library would send, with the answers that are expected. A hyper that answers otherwise shows here.

use crate::harness::{Harness, anna};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends the bytes and reads until the server closes, or for two seconds.
pub async fn exchange(harness: &Harness, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(harness.public).await.unwrap();
    // A server that has refused what came first need not take the rest.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Who finds out that a request is none, or is not to be answered.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    /// Our own code: the edge's checks, the router, a route.
    Us,
    /// hyper, which cannot read it. The words and the headers are ours all the same.
    Parser,
    /// hyper, which closes the connection without a word.
    Nobody,
}
use By::{Nobody, Parser, Us};

/// Headers that every answer has, with what their value begins with.
const EVERYWHERE: [(&str, &str); 8] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "accelerometer=()"),
    ("cache-control", "no-store"),
    ("x-request-id", ""),
];

/// What is wrong with the answers to one row, or nothing.
fn judge(answer: &str, statuses: &str, by: By) -> Option<String> {
    let answer = answer.replace("HTTP/1.0 ", "HTTP/1.1 ");
    let answers: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).collect();
    let found: Vec<&str> = answers.iter().map(|answer| &answer[..3]).collect();
    if found.join(" ") != statuses {
        return Some(format!("answered {found:?}"));
    }
    for answer in answers.iter().filter(|answer| !answer.starts_with("100")) {
        let head = answer.split("\r\n\r\n").next().unwrap();
        for (name, value) in EVERYWHERE {
            if !head.contains(&format!("\r\n{name}: {value}")) {
                return Some(format!("no {name} in {head}"));
            }
        }
    }
    let last = answers.last().copied().unwrap_or_default();
    let is_parsers = ["This is not a request that can be read.", "The request's header fields are too large."];
    let found = match last {
        "" => Nobody,
        last if is_parsers.iter().any(|words| last.contains(words)) => Parser,
        _ => Us,
    };
    (found != by).then(|| format!("answered by {found:?}: {last}"))
}

/// Every row carries what would be a good session where that makes a difference, so that a row which is taken for good makes an upstream call.
#[tokio::test]
async fn should_answer_malformed_requests_as_the_table_says() {
    let harness = Harness::with(&[], |config| {
        config.limits.client_head = Duration::from_millis(300);
        config.limits.client_body = Duration::from_millis(300);
    })
    .await;
    let token = anna();
    let get = |target: &str, more: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{more}\r\n")
    };
    let list = |more: &str| get("/api/v1/files?orderId=ord_a1", more);
    let anonymous =
        |more: &str| format!("GET /api/v1/files?orderId=ord_a1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{more}\r\n");
    let cookie = |more: &str| anonymous(&format!("Cookie: __Host-portal_session={token}\r\n{more}"));
    // A list without the fields that make it one, so that the row says them all.
    let bare = |line: &str, fields: &str| format!("{line}\r\n{fields}Authorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    let line = "GET /api/v1/files?orderId=ord_a1 HTTP/1.1";
    // A request for a signature that a body of two bytes completes, which then lacks its file.
    let sign = |more: &str, body: &str| {
        format!(
            "POST /api/v1/files/url HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nConnection: close\r\n{more}\r\n{body}"
        )
    };
    let wanted = r#"{"fileId":"file_ord_a1_1","orderId":"ord_a1"}"#;
    let length = wanted.len();
    let fields = |count: usize| (0..count).map(|number| format!("X-{number}: 1\r\n")).collect::<String>();
    let long = |count: usize| "a".repeat(count);
    let chunked = "2\r\n{}\r\n0\r\n\r\n".to_owned();
    let kept = |request: &str| request.replacen("Connection: close\r\n", "", 1);

    let rows: Vec<(&str, String, &str, By)> = vec![
        // Positive controls: what is good, is answered.
        ("nothing wrong, nothing there", get("/nowhere", ""), "404", Us),
        ("nothing wrong, no file named", sign("Content-Length: 2\r\n", "{}"), "422", Us),
        // The host.
        ("no host", bare(line, ""), "400", Us),
        ("two hosts", bare(line, "Host: a\r\nHost: a\r\n"), "400", Us),
        ("two hosts, the second in capitals", bare(line, "Host: a\r\nHOST: b\r\n"), "400", Us),
        ("empty host", bare(line, "Host:\r\n"), "400", Us),
        ("host with user", bare(line, "Host: u@a\r\n"), "400", Us),
        ("host with path", bare(line, "Host: a/b\r\n"), "400", Us),
        ("host with query", bare(line, "Host: a?b\r\n"), "400", Us),
        ("list of hosts", bare(line, "Host: a, b\r\n"), "400", Us),
        ("host with a space", bare(line, "Host: a b\r\n"), "400", Us),
        ("host with a port that is none", bare(line, "Host: a:b\r\n"), "400", Us),
        ("host that is not ASCII", bare(line, "Host: \u{e9}\r\n"), "400", Us),
        ("HTTP/1.0 without host", bare("GET /api/v1/files?orderId=ord_a1 HTTP/1.0", ""), "400", Us),
        // The target's form.
        ("own absolute form", get("http://a/nowhere", ""), "404", Us),
        ("foreign absolute form", get("http://evil.example/api/v1/files?orderId=ord_a1", ""), "400", Us),
        ("foreign absolute form, https", get("https://evil.example/api/v1/files?orderId=ord_a1", ""), "400", Us),
        ("absolute form with user", get("http://a@evil.example/api/v1/files?orderId=ord_a1", ""), "400", Us),
        ("absolute form with own user", get("http://u@a/api/v1/files?orderId=ord_a1", ""), "400", Us),
        ("absolute form, another port", get("http://a:81/api/v1/files?orderId=ord_a1", ""), "400", Us),
        ("absolute form, another scheme", get("ftp://a/api/v1/files?orderId=ord_a1", ""), "400", Us),
        ("connect", bare("CONNECT evil.example:443 HTTP/1.1", "Host: evil.example:443\r\n"), "400", Us),
        ("connect to oneself", bare("CONNECT a HTTP/1.1", "Host: a\r\n"), "400", Us),
        ("authority form without connect", get("a", ""), "404", Us),
        ("asterisk form", bare("OPTIONS * HTTP/1.1", "Host: a\r\n"), "404", Us),
        ("target without slash", get("api/v1/files", ""), "400", Parser),
        ("5 kB target", get(&format!("/{}", long(5_000)), ""), "414", Us),
        ("70 kB target", get(&format!("/{}", long(70_000)), ""), "431", Parser),
        ("control in the target", get("/api/v1/files\u{1}", ""), "400", Parser),
        ("NUL in the target", get("/api/v1/files\0", ""), "400", Parser),
        ("space in the target", get("/api/v1/files x", ""), "400", Parser),
        // hyper cuts a fragment off; what is left is what is routed and decided.
        ("fragment", get("/nowhere#/api/v1/files?orderId=ord_a1", ""), "404", Us),
        ("fragment after a prefix", get("/assets/x#/../../api/v1/files", ""), "404", Us),
        // Paths that others would fold or decode.
        ("two slashes before", get("//api/v1/files?orderId=ord_a1", ""), "404", Us),
        ("two slashes within", get("/api//v1/files?orderId=ord_a1", ""), "404", Us),
        ("slash behind", get("/api/v1/files/?orderId=ord_a1", ""), "404", Us),
        ("encoded slash", get("/api/v1%2ffiles?orderId=ord_a1", ""), "404", Us),
        ("encoded slash in capitals", get("/api/v1%2Ffiles?orderId=ord_a1", ""), "404", Us),
        ("encoded letter", get("/%61pi/v1/files?orderId=ord_a1", ""), "404", Us),
        ("encoded twice", get("/api/v1/%2566iles?orderId=ord_a1", ""), "404", Us),
        ("dots", get("/assets/../api/v1/files?orderId=ord_a1", ""), "404", Us),
        ("one dot", get("/api/./v1/files?orderId=ord_a1", ""), "404", Us),
        ("encoded dots", get("/assets/%2e%2e/api/v1/files?orderId=ord_a1", ""), "404", Us),
        ("dots with a parameter", get("/assets/..;/api/v1/files?orderId=ord_a1", ""), "404", Us),
        ("backslash", get("/api\\v1\\files?orderId=ord_a1", ""), "404", Us),
        ("parameter of a segment", get("/api/v1/files;a=b?orderId=ord_a1", ""), "404", Us),
        ("encoded NUL", get("/api/v1/files%00?orderId=ord_a1", ""), "404", Us),
        ("encoded line end", get("/api/v1/files%0d%0aX:%201?orderId=ord_a1", ""), "404", Us),
        ("suffix of a static file", get("/api/v1/files/a.css", ""), "404", Us),
        ("capitals", get("/API/V1/FILES?orderId=ord_a1", ""), "404", Us),
        ("admin's path", get("/metrics", ""), "404", Us),
        // The request line.
        ("lower-case method", bare("get /api/v1/files?orderId=ord_a1 HTTP/1.1", "Host: a\r\n"), "405", Us),
        ("TRACE", bare("TRACE /api/v1/files?orderId=ord_a1 HTTP/1.1", "Host: a\r\n"), "405", Us),
        ("method of our own", bare("STEAL /api/v1/files?orderId=ord_a1 HTTP/1.1", "Host: a\r\n"), "405", Us),
        ("method that is none", bare("GE(T /api/v1/files?orderId=ord_a1 HTTP/1.1", "Host: a\r\n"), "400", Parser),
        ("no method", bare(" /api/v1/files?orderId=ord_a1 HTTP/1.1", "Host: a\r\n"), "400", Parser),
        ("tabs between", bare("GET\t/api/v1/files?orderId=ord_a1\tHTTP/1.1", "Host: a\r\n"), "400", Parser),
        ("HTTP/0.9", "GET /api/v1/files\r\n\r\n".into(), "400", Parser),
        ("HTTP/1.2", bare("GET /api/v1/files?orderId=ord_a1 HTTP/1.2", "Host: a\r\n"), "400", Parser),
        ("HTTP/2.0", bare("GET /api/v1/files?orderId=ord_a1 HTTP/2.0", "Host: a\r\n"), "400", Parser),
        ("HTTP in small letters", bare("GET /api/v1/files?orderId=ord_a1 http/1.1", "Host: a\r\n"), "400", Parser),
        ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), "", Nobody),
        ("TLS hello", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n".into(), "400", Parser),
        ("empty lines before", format!("\r\n\r\n{}", get("/nowhere", "")), "404", Us),
        // Fields.
        ("space before colon", bare(line, "Host : a\r\n"), "400", Parser),
        ("space before the first field", bare(line, " Host: a\r\n"), "400", Parser),
        ("folded field", list("X: 1\r\n 2\r\n"), "400", Parser),
        ("NUL in a field", list("X: \0\r\n"), "400", Parser),
        ("control in a field", list("X: \u{1}\r\n"), "400", Parser),
        ("CR in a field", list("X: a\rb\r\n"), "400", Parser),
        ("no colon", list("X\r\n"), "400", Parser),
        ("no name", list(": x\r\n"), "400", Parser),
        ("name with a space", list("X Y: x\r\n"), "400", Parser),
        ("name that is not ASCII", list("X\u{e9}: x\r\n"), "400", Parser),
        // Allowed (RFC 9112, section 2.2), and no way to hide a field: what follows is one more field, which is counted.
        ("bare line feeds", get("/nowhere", "X: 1\nY: 1\n"), "404", Us),
        ("a second token behind a bare line feed", list(&format!("X: 1\nAuthorization: Bearer {token}\r\n")), "401", Us),
        ("64 fields", get("/nowhere", &fields(61)), "404", Us),
        ("65 fields", list(&fields(62)), "431", Parser),
        ("101 fields", list(&fields(98)), "431", Parser),
        ("30 kB field", list(&format!("X: {}\r\n", long(30_000))), "431", Parser),
        ("500 kB field", list(&format!("X: {}\r\n", long(500_000))), "431", Parser),
        ("500 kB name", list(&format!("{}: x\r\n", long(500_000))), "431", Parser),
        // Fields that would make somebody of the asker, or another request of this one.
        ("user named by underscores", anonymous("X_Forwarded_User: cust_anna\r\nRemote_User: cust_anna\r\n"), "401", Us),
        ("user named by a proxy", anonymous("X-Forwarded-User: cust_anna\r\nX-Forwarded-Email: a@a@b\r\n"), "401", Us),
        ("local address", anonymous("X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nX-Real-IP: ::1\r\n"), "401", Us),
        (
            "path of a proxy",
            get(
                "/nowhere",
                "X-Original-URL: /api/v1/files\r\nX-Forwarded-Uri: /api/v1/files\r\nX-Rewrite-URL: /api/v1/files\r\n",
            ),
            "404",
            Us,
        ),
        ("public path of a proxy", anonymous("X-Original-URL: /\r\nX-Forwarded-Uri: /assets/a.js\r\n"), "401", Us),
        ("method of a proxy", anonymous("X-HTTP-Method-Override: OPTIONS\r\nX-Method-Override: HEAD\r\n"), "401", Us),
        (
            "host of a proxy",
            cookie("Origin: http://evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\n"),
            "403",
            Us,
        ),
        ("a monitor's user agent", anonymous("User-Agent: kube-probe/1.30\r\nUser-Agent: GoogleHC/1.0\r\n"), "401", Us),
        (
            "token in the query",
            get("/api/v1/files?orderId=ord_a1", "").replace("?", &format!("?access_token={token}&")).replacen(
                "Authorization",
                "X",
                1,
            ),
            "401",
            Us,
        ),
        (
            "token under an underscore",
            anonymous(&format!("Author_ization: Bearer {token}\r\nProxy-Authorization: Bearer {token}\r\n")),
            "401",
            Us,
        ),
        (
            "credential named hop-by-hop",
            cookie("Connection: cookie, sec-fetch-site\r\nSec-Fetch-Site: cross-site\r\n"),
            "403",
            Us,
        ),
        ("no credential left by a hop", anonymous("Connection: authorization, x-forwarded-for\r\n"), "401", Us),
        // What is there twice.
        ("two tokens", list(&format!("Authorization: Bearer {token}\r\n")), "401", Us),
        ("two tokens, one empty", list("Authorization:\r\n"), "401", Us),
        ("two tokens in one field", anonymous(&format!("Authorization: Bearer {token}, Bearer {token}\r\n")), "401", Us),
        ("token and cookie", list(&format!("Cookie: __Host-portal_session={token}\r\n")), "401", Us),
        (
            "cookie twice in one field",
            anonymous(&format!(
                "Cookie: __Host-portal_session={token}; __Host-portal_session={token}\r\nSec-Fetch-Site: same-origin\r\n"
            )),
            "401",
            Us,
        ),
        (
            "cookie in two fields",
            cookie(&format!("Cookie: __Host-portal_session={token}\r\nSec-Fetch-Site: same-origin\r\n")),
            "401",
            Us,
        ),
        ("two sites", cookie("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n"), "403", Us),
        ("two sites in one field", cookie("Sec-Fetch-Site: same-origin, cross-site\r\n"), "403", Us),
        ("site under an underscore", cookie("Sec_Fetch_Site: same-origin\r\n"), "403", Us),
        ("two origins", cookie("Sec-Fetch-Site: same-origin\r\nOrigin: http://a\r\nOrigin: http://a\r\n"), "403", Us),
        ("two referers", cookie("Referer: http://a/\r\nReferer: http://a/\r\n"), "403", Us),
        ("two types", sign(&format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"), wanted), "415", Us),
        (
            "two types in one field",
            sign(&format!("Content-Length: {length}\r\n"), wanted).replace("application/json", "application/json, text/plain"),
            "415",
            Us,
        ),
        (
            "type of a form",
            sign(&format!("Content-Length: {length}\r\n"), wanted).replace("application/json", "text/plain; a=application/json"),
            "415",
            Us,
        ),
        // Where the body ends.
        ("two lengths", sign("Content-Length: 1\r\nContent-Length: 45\r\n", wanted), "400", Parser),
        // Allowed (RFC 9112, section 6.3): whoever reads them reads the same.
        ("the same length twice", sign("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), "422", Us),
        ("two lengths in one field", sign(&format!("Content-Length: {length}, {length}\r\n"), wanted), "400", Parser),
        ("signed length", sign(&format!("Content-Length: +{length}\r\n"), wanted), "400", Parser),
        ("negative length", sign("Content-Length: -1\r\n", wanted), "400", Parser),
        ("length in hex", sign("Content-Length: 0x2d\r\n", wanted), "400", Parser),
        ("length with a fraction", sign("Content-Length: 45.0\r\n", wanted), "400", Parser),
        ("length without end", sign("Content-Length: 99999999999999999999\r\n", wanted), "400", Parser),
        ("empty length", sign("Content-Length:\r\n", wanted), "400", Parser),
        ("length of 1 GB", sign("Content-Length: 1000000000\r\n", wanted), "413", Us),
        // Allowed (RFC 9112, section 6.3): the chunks count, and nothing behind them is believed.
        (
            "length and chunks",
            kept(&sign("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", &chunked)) + &list(""),
            "422",
            Us,
        ),
        (
            "chunks and length",
            kept(&sign("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", &chunked)) + &list(""),
            "422",
            Us,
        ),
        ("unknown coding", sign("Transfer-Encoding: x\r\n", wanted), "400", Parser),
        ("identity", sign("Transfer-Encoding: identity\r\nContent-Length: 45\r\n", wanted), "400", Parser),
        ("coding after chunks", sign("Transfer-Encoding: chunked, x\r\n", wanted), "400", Parser),
        ("coding before a vertical tab", sign("Transfer-Encoding: \u{b}chunked\r\n", wanted), "400", Parser),
        (
            "coding with a space before the colon",
            sign("Transfer-Encoding : chunked\r\nContent-Length: 45\r\n", wanted),
            "400",
            Parser,
        ),
        ("coding under an underscore", sign("Transfer_Encoding: chunked\r\nContent-Length: 2\r\n", "{}"), "422", Us),
        (
            "HTTP/1.0 with chunks",
            sign("Transfer-Encoding: chunked\r\n", "0\r\n\r\n").replacen("HTTP/1.1", "HTTP/1.0", 1),
            "400",
            Parser,
        ),
        ("chunk with an extension", sign("Transfer-Encoding: chunked\r\n", "2;a=b\r\n{}\r\n0\r\n\r\n"), "422", Us),
        (
            "chunk with an extension and a bare line feed",
            sign("Transfer-Encoding: chunked\r\n", "2;a\nb\r\n{}\r\n0\r\n\r\n"),
            "400",
            Us,
        ),
        (
            "chunk with an extension without end",
            sign("Transfer-Encoding: chunked\r\n", &format!("2;{}\r\n{{}}\r\n0\r\n\r\n", long(20_000))),
            "400",
            Us,
        ),
        ("chunk whose size is none", sign("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"), "400", Us),
        ("chunk with a signed size", sign("Transfer-Encoding: chunked\r\n", "+2\r\n{}\r\n0\r\n\r\n"), "400", Us),
        ("chunk with a size in C", sign("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n"), "400", Us),
        (
            "chunk with a size without end",
            sign("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
            "400",
            Us,
        ),
        ("chunk longer than its size", sign("Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n"), "400", Us),
        ("chunks with bare line feeds", sign("Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n"), "400", Us),
        (
            "field behind the chunks",
            sign("Transfer-Encoding: chunked\r\n", &format!("2\r\n{{}}\r\n0\r\nCookie: __Host-portal_session={token}\r\n\r\n")),
            "422",
            Us,
        ),
        ("chunks of 20 kB", sign("Transfer-Encoding: chunked\r\n", &format!("4e20\r\n{}\r\n0\r\n\r\n", long(20_000))), "413", Us),
        ("half a body", sign("Content-Length: 100\r\n", wanted).replace("Connection: close\r\n", ""), "408", Us),
        // Expectations, other protocols.
        ("expectation", sign("Expect: 100-continue\r\nContent-Length: 2\r\n", "{}"), "100 422", Us),
        (
            "expectation without a session",
            sign("Expect: 100-continue\r\nContent-Length: 2\r\n", "").replacen("Authorization", "X", 1),
            "401",
            Us,
        ),
        ("unknown expectation", sign("Expect: the-unexpected\r\nContent-Length: 2\r\n", "{}"), "422", Us),
        (
            "upgrade to h2c",
            list("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
            "400",
            Us,
        ),
        (
            "upgrade to websocket",
            list(
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            ),
            "400",
            Us,
        ),
        ("half an upgrade", list("Upgrade: h2c\r\n"), "400", Us),
        ("the other half", list("Connection: upgrade\r\n"), "400", Us),
        // More than one request.
        (
            "two at once",
            format!("{}{}", get("/nowhere", "").replace("Connection: close\r\n", ""), get("/nowhere", "")),
            "404 404",
            Us,
        ),
        (
            "a good one before a bad one",
            format!("{}{}", get("/nowhere", "").replace("Connection: close\r\n", ""), bare(line, "Host : a\r\n")),
            "404 400",
            Parser,
        ),
        ("a bad one before a good one", format!("{}{}", bare(line, "Host : a\r\n"), list("")), "400", Parser),
        ("bytes behind the last one", format!("{}{}", get("/nowhere", ""), list("")), "404", Us),
        ("bytes behind a body", format!("{}{}", sign("Content-Length: 2\r\n", "{}"), list("")), "422", Us),
        ("a body that nobody reads", format!("{}{wanted}", get("/nowhere", &format!("Content-Length: {length}\r\n"))), "404", Us),
    ];
    assert!(rows.len() > 140, "{}", rows.len());
    let mut wrong = Vec::new();
    for (what, bytes, statuses, by) in rows {
        let answer = exchange(&harness, bytes.as_bytes()).await;
        wrong.extend(judge(&answer, statuses, by).map(|why| format!("{what}: {why}")));
        let calls = harness.world.take_calls().len();
        wrong.extend((calls > 0).then(|| format!("{what}: made {calls} upstream calls")));
    }
    assert!(wrong.is_empty(), "{} rows are not as the table says:\n{}", wrong.len(), wrong.join("\n"));
    // What the rows deviate from is good: it is answered, and makes a call.
    for (good, calls) in [(list(""), 1), (sign(&format!("Content-Length: {length}\r\n"), wanted), 1)] {
        let answer = exchange(&harness, good.as_bytes()).await;
        assert_eq!(judge(&answer, "200", Us), None);
        assert_eq!(harness.world.take_calls().len(), calls, "{good}");
    }
}

#[tokio::test]
async fn should_not_take_an_unread_body_for_the_next_request() {
    let harness = Harness::with(&[], |config| config.limits.client_head = Duration::from_millis(300)).await;
    let inner = "GET /api/v1/files HTTP/1.1\r\nHost: a\r\n\r\n";
    let length = inner.len();
    for head in ["POST /api/v1/files/url", "POST /nowhere", "GET /nowhere", "DELETE /"] {
        let by_length = format!("{head} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{inner}");
        let chunked =
            format!("{head} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{inner}\r\n0\r\n\r\n");
        for bytes in [by_length, chunked] {
            let answer = exchange(&harness, bytes.as_bytes()).await;
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{bytes}\n{answer}");
        }
    }
}

/// Clients fold dots and turn backslashes before they send; whoever attacks does not.
#[tokio::test]
async fn should_take_paths_as_they_are() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::create_dir(dist.path().join("assets")).unwrap();
    std::fs::write(dist.path().join("assets/a.js"), "a").unwrap();
    std::fs::write(dist.path().join("index.html"), "page").unwrap();
    let harness = Harness::with(&[("PROXY_ASSETS", dist.path().to_str().unwrap())], |_| {}).await;
    let token = anna();
    for (target, status) in [
        ("/assets/a.js", "200"),
        ("/api/v1/files?orderId=ord_a1", "200"),
        ("/api/v1/../v1/files?orderId=ord_a1", "404"),
        ("/x/../api/v1/files?orderId=ord_a1", "404"),
        ("/./api/v1/files", "404"),
        ("/api/v1/files/../files/url", "404"),
        ("/api/v1\\files", "404"),
        ("/assets/../index.html", "404"),
        ("/assets/./a.js", "404"),
        ("/assets/../../../../etc/passwd", "404"),
        ("/assets/..\\index.html", "404"),
        ("/assets//a.js", "404"),
        ("/assets/a.js/..", "404"),
        ("/orders/..", "404"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
        let answer = exchange(&harness, request.as_bytes()).await;
        assert_eq!(answer.get(9..12).unwrap_or_default(), status, "{target}: {answer}");
    }
}
