//! The page and the component's files.

use crate::harness::Harness;
use reqwest::Method;
use std::path::Path;

fn write(directory: &Path, name: &str, content: &str) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

async fn harness() -> (tempfile::TempDir, Harness) {
    let outside = tempfile::tempdir().unwrap();
    let dist = outside.path().join("dist");
    write(outside.path(), "secret.txt", "secret");
    write(&dist, "secret.txt", "secret");
    for (suffix, content) in [("", "plain"), (".br", "brotli"), (".gz", "gzip")] {
        write(&dist, &format!("index.html{suffix}"), &format!("page {content}"));
        write(&dist, &format!("assets/order-documents.js{suffix}"), &format!("loader {content}"));
        write(&dist, &format!("assets/app-0123456789abcdef_bg.wasm{suffix}"), &format!("wasm {content}"));
    }
    write(&dist, "assets/demo/portal.html", "portal");
    write(&dist, "assets/.hidden", "hidden");
    std::os::unix::fs::symlink(outside.path().join("secret.txt"), dist.join("assets/link.txt")).unwrap();
    let harness = Harness::with(&[("PROXY_ASSETS", dist.to_str().unwrap())], |_| {}).await;
    (outside, harness)
}

#[tokio::test]
async fn should_serve_the_precompressed_form_that_is_accepted() {
    let (_directory, harness) = harness().await;
    for (accepted, encoding, content) in [
        ("", "", "wasm plain"),
        ("gzip, deflate, br, zstd", "br", "wasm brotli"),
        ("gzip", "gzip", "wasm gzip"),
        ("br;q=0.2, gzip;q=0.9", "gzip", "wasm gzip"),
        ("br;q=0, gzip;q=0", "", "wasm plain"),
    ] {
        let answer =
            harness.send(Method::GET, "/assets/app-0123456789abcdef_bg.wasm", &[("accept-encoding", accepted)], None).await;
        assert_eq!((answer.header("content-encoding"), answer.text.as_str()), (encoding, content), "{accepted}");
        assert_eq!(answer.header("content-type"), "application/wasm");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("vary"), "accept-encoding");
        // The tag is of this form and no other, and answers 304 for it.
        let held = [("accept-encoding", accepted), ("if-none-match", answer.header("etag"))];
        let again = harness.send(Method::GET, "/assets/app-0123456789abcdef_bg.wasm", &held, None).await;
        assert_eq!(
            (again.status.as_u16(), again.text.as_str(), again.header("etag")),
            (304, "", answer.header("etag")),
            "{accepted}"
        );
        let other =
            [("accept-encoding", if accepted == "gzip" { "br" } else { "gzip" }), ("if-none-match", answer.header("etag"))];
        if encoding != "gzip" {
            assert_eq!(harness.send(Method::GET, "/assets/app-0123456789abcdef_bg.wasm", &other, None).await.status, 200);
        }
    }
}

#[tokio::test]
async fn should_serve_the_page_without_a_session_and_always_ask_again() {
    let (_directory, harness) = harness().await;
    for path in ["/", "/?order=ord_a1", "/orders/ord_a1", "/orders/ord_of_anybody"] {
        let answer = harness.send(Method::GET, path, &[], None).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "page plain"), "{path}");
        assert_eq!(
            (answer.header("content-type"), answer.header("cache-control")),
            ("text/html; charset=utf-8", "no-cache"),
            "{path}"
        );
        let head = harness.send(Method::HEAD, path, &[], None).await;
        assert_eq!((head.status.as_u16(), head.text.as_str(), head.header("content-length")), (200, "", "10"), "{path}");
    }
    let loader = harness.send(Method::GET, "/assets/order-documents.js", &[], None).await;
    assert_eq!((loader.header("content-type"), loader.header("cache-control")), ("text/javascript; charset=utf-8", "no-cache"));
    assert_eq!(harness.send(Method::GET, "/assets/demo/portal.html", &[], None).await.text, "portal");
    harness.no_upstream_call("assets");
}

#[tokio::test]
async fn should_serve_nothing_that_is_not_an_asset() {
    let (_directory, harness) = harness().await;
    for path in [
        "/assets/",
        "/assets",
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets//etc/passwd",
        "/assets/%2fetc/passwd",
        "/assets/link.txt",
        "/assets/.hidden",
        "/secret.txt",
        "/assets/demo",
        "/assets/demo/",
        "/assets/x%00.js",
        "/assets/order-documents.js.br",
        "/assets/order-documents.js/",
        "/index.html",
        "/assets/..\\secret.txt",
    ] {
        let answer = harness.send(Method::GET, path, &[], None).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
}
