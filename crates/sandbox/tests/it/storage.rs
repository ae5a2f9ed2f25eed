//! The signed URLs: what they open, what they refuse, and what they send with it.

use crate::common::{Running, header, start, start_with};
use flexportal::{FileRecord, SignedUrl};
use futures_util::stream;
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use std::io;

#[tokio::test]
async fn should_show_a_view_and_save_a_download() {
    let running = start().await;
    let view = running.client.get(running.signed_url("file_demo_021", "view").await).send().await.unwrap();
    assert_eq!(view.status(), 200);
    assert_eq!(header(&view, "content-type"), "text/markdown");
    assert_eq!(header(&view, "accept-ranges"), "bytes");
    assert!(header(&view, "content-disposition").starts_with("inline; filename=\"Your solar system in short.md\""));

    let download = running.client.get(running.signed_url("file_demo_035", "download").await).send().await.unwrap();
    assert_eq!(
        header(&download, "content-disposition"),
        "attachment; filename=\"___________.pdf\"; \
         filename*=UTF-8''%E5%A4%AA%E9%99%BD%E5%85%89%E3%83%A2%E3%82%B8%E3%83%A5%E3%83%BC%E3%83%AB%E4%BF%9D%E8%A8%BC%E6%9B%B8.pdf"
    );
    assert!(download.bytes().await.unwrap().starts_with(b"%PDF-"));
}

#[tokio::test]
async fn should_open_nothing_but_what_was_signed() {
    let running = start().await;
    let view = running.signed_url("file_demo_001", "view").await;
    let expires = view.split("expires=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let later = (expires.parse::<i64>().unwrap() + 600).to_string();
    let tampered = [
        view.replace("file_demo_001", "file_demo_002"),
        view.replace("action=view", "action=download"),
        view.replace(&expires, &later),
        view.replace("signature=", "signature=A"),
        view.split("&signature").next().unwrap().to_owned(),
        view.split('?').next().unwrap().to_owned(),
        view.replace("action=view", "action=upload"),
    ];
    for url in tampered {
        assert_ne!(url, view);
        let answer = running.client.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{url}");
        assert!(answer.text().await.unwrap().contains("<Code>AccessDenied</Code>"));
    }
    for method in [Method::HEAD, Method::PUT] {
        assert_eq!(running.client.request(method.clone(), &view).send().await.unwrap().status(), 403, "{method}");
    }
    for method in [Method::POST, Method::DELETE, Method::PATCH] {
        assert_eq!(running.client.request(method.clone(), &view).send().await.unwrap().status(), 405, "{method}");
    }
    assert_eq!(running.client.get(&view).send().await.unwrap().status(), 200, "the untouched URL still works");
}

#[tokio::test]
async fn should_refuse_a_url_that_has_expired() {
    let running = start().await;
    running.control("/control/fault", json!({ "fault": "expired-signed-url", "times": 1 })).await;
    let answer = running.client.get(running.signed_url("file_demo_001", "view").await).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("expired"));
    let again = running.client.get(running.signed_url("file_demo_001", "view").await).send().await.unwrap();
    assert_eq!(again.status(), 200);
}

#[tokio::test]
async fn should_send_the_ranges_that_are_asked_for() {
    let running = start().await;
    let url = running.signed_url("file_demo_033", "view").await;
    let whole = running.client.get(&url).send().await.unwrap();
    let etag = header(&whole, "etag").to_owned();
    let whole = whole.bytes().await.unwrap();
    let size = whole.len();
    assert_eq!(&whole[4..8], b"ftyp", "an MP4");
    let ask = async |range: &str| running.client.get(&url).header("range", range).send().await.unwrap();

    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=100-199".to_owned(), 100, 200),
        (format!("bytes={}-", size - 7), size - 7, size),
        ("bytes=-9".to_owned(), size - 9, size),
        (format!("bytes={}-{}", size - 1, size + 500), size - 1, size),
        (format!("bytes=-{}", size * 2), 0, size),
    ] {
        let part = ask(&range).await;
        assert_eq!(part.status(), 206, "{range}");
        assert_eq!(header(&part, "content-range"), format!("bytes {from}-{}/{size}", to - 1));
        assert_eq!(header(&part, "content-length"), (to - from).to_string());
        assert_eq!(part.bytes().await.unwrap(), whole.slice(from..to), "{range}");
    }
    for range in [format!("bytes={size}-"), "bytes=-0".to_owned()] {
        let refused = ask(&range).await;
        assert_eq!(refused.status(), 416, "{range}");
        assert_eq!(header(&refused, "content-range"), format!("bytes */{size}"));
    }
    for range in ["bytes=0-1,5-6", "bytes=9-5", "lines=0-5"] {
        let all = ask(range).await;
        assert_eq!((all.status(), all.bytes().await.unwrap().len()), (StatusCode::OK, size), "{range}");
    }
    let conditional = async |value: &str| {
        let request = running.client.get(&url).header("range", "bytes=0-9").header("if-range", value.to_owned());
        request.send().await.unwrap().status()
    };
    assert_eq!(conditional(&etag).await, 206);
    assert_eq!(conditional("\"another\"").await, 200);
    let unchanged = running.client.get(&url).header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(unchanged.status(), 304);
}

async fn with_origin(running: &Running, method: Method, url: &str, origin: &str) -> reqwest::Response {
    let request = running.client.request(method, url).header("origin", origin);
    request
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn should_let_scripts_of_the_portal_and_of_no_stranger_read() {
    let running = start_with(|config| config.portal = "https://portal.example".parse().unwrap()).await;
    let url = running.signed_url("file_demo_001", "view").await;
    for origin in ["https://portal.example", "http://localhost:8080", "http://127.0.0.1:5173"] {
        let answer = with_origin(&running, Method::GET, &url, origin).await;
        assert_eq!(header(&answer, "access-control-allow-origin"), origin);
        assert!(header(&answer, "vary").to_lowercase().contains("origin"));
        let exposed = header(&answer, "access-control-expose-headers").to_lowercase();
        for name in ["content-range", "content-length", "accept-ranges", "content-disposition", "etag"] {
            assert!(exposed.contains(name), "{exposed}");
        }
        let preflight = with_origin(&running, Method::OPTIONS, &url, origin).await;
        assert_eq!(preflight.status(), 200);
        assert_eq!(header(&preflight, "access-control-allow-origin"), origin);
        assert!(header(&preflight, "access-control-allow-methods").contains("PUT"));
        assert!(header(&preflight, "access-control-allow-headers").contains("content-type"));
        assert!(answer.headers().get("access-control-allow-credentials").is_none());
    }
    for origin in [
        "https://evil.example",
        "http://portal.example",
        "https://portal.example.evil.example",
        "http://localhost.evil.example",
        "null",
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            let answer = with_origin(&running, method, &url, origin).await;
            assert_eq!(header(&answer, "access-control-allow-origin"), "", "{origin}");
            assert!(header(&answer, "vary").to_lowercase().contains("origin"));
        }
    }
}

#[tokio::test]
async fn should_take_an_upload_and_list_it() {
    let running = start().await;
    let asked = json!({ "action": "upload", "fileName": "Größe & Maß.txt", "contentType": "text/plain", "orderId": "ord_empty", "type": "attachment" });
    let signed: SignedUrl = running.sign(asked).await.json().await.unwrap();
    let file_id = signed.file_id.unwrap();
    let count = async || running.json("/v1/files?orderId=ord_empty").await["count"].as_u64();
    let before = running.json("/v1/files?orderId=ord_empty").await;
    assert_eq!((&before["count"], &before["files"]), (&json!(0), &json!([])), "nothing is listed before the bytes are there");
    assert_eq!(running.get(&format!("/v1/files/{file_id}")).await.status(), 404);
    assert_eq!(running.sign(json!({ "fileId": file_id })).await.status(), 404);

    let put = async |content_type: Option<&str>, body: &'static str| {
        let request = running.client.put(&signed.url).body(body);
        let request = content_type.into_iter().fold(request, |request, value| request.header("content-type", value));
        request.send().await.unwrap().status()
    };
    assert_eq!(put(Some("text/html"), "<script>").await, 403, "bound to the media type");
    assert_eq!(put(None, "bytes").await, 403);
    assert_eq!(running.client.get(&signed.url).send().await.unwrap().status(), 403, "bound to the method");
    let elsewhere = signed.url.replace(file_id.as_str(), "file_demo_001");
    assert_eq!(running.client.put(elsewhere).header("content-type", "text/plain").send().await.unwrap().status(), 403);
    assert_eq!(count().await, Some(0));

    assert_eq!(put(Some("text/plain"), "Zwölf Byte").await, 200);
    let listed: Value = running.json("/v1/files?orderId=ord_empty").await;
    let record: FileRecord = serde_json::from_value(listed["files"][0].clone()).unwrap();
    assert_eq!(record.file_id, file_id);
    assert_eq!((record.name.as_deref(), record.size), (Some("Größe & Maß.txt"), Some(11)));
    assert_eq!((record.document_type.as_word(), listed["files"][0]["category"].as_str()), ("attachment", Some("uploaded")));

    let back = running.client.get(running.signed_url(file_id.as_str(), "download").await).send().await.unwrap();
    assert!(header(&back, "content-disposition").contains("filename*=UTF-8''Gr%C3%B6%C3%9Fe%20&%20Ma%C3%9F.txt"));
    assert_eq!(back.text().await.unwrap(), "Zwölf Byte");
}

#[tokio::test]
async fn should_keep_nothing_of_an_upload_that_is_too_large() {
    let running = start().await;
    let asked = json!({ "action": "upload", "fileName": "a.bin", "contentType": "application/zip", "orderId": "ord_empty" });
    let signed: SignedUrl = running.sign(asked).await.json().await.unwrap();
    let known = Body::from(vec![0_u8; (64 << 20) + 1]);
    // Without a Content-Length, the size shows only while it is read.
    let unknown = Body::wrap_stream(stream::iter((0..65).map(|_| Ok::<_, io::Error>(vec![0_u8; 1 << 20]))));
    for body in [known, unknown] {
        // The server may refuse before it has read all, which some clients see as a broken connection.
        if let Ok(answer) = running.client.put(&signed.url).header("content-type", "application/zip").body(body).send().await {
            assert_eq!(answer.status(), 413);
        }
    }
    assert_eq!(running.json("/v1/files?orderId=ord_empty").await["count"], 0);
    let left = std::fs::read_dir(running.directory.path().join("uploads")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}
