//! What the scripted network answers, and what it was asked.

use serde_json::{Value, json};

/// An answer of the scripted network.
#[derive(Clone)]
pub struct Answer {
    pub times: f64,
    pub kind: &'static str,
    pub status: u16,
    pub headers: Value,
    pub body: String,
}

impl Answer {
    /// An answer with this body, for as long as the test lasts.
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        let headers = json!({ "content-type": content_type });
        Self { times: f64::INFINITY, kind: "answer", status, headers, body: body.to_owned() }
    }

    /// JSON, with status 200.
    pub fn json(body: &Value) -> Self {
        Self::text(200, "application/json", &body.to_string())
    }

    /// A whole list.
    pub fn list(records: &[Value]) -> Self {
        Self::json(&json!({ "files": records, "count": records.len(), "hasMore": false }))
    }

    /// A failure with the proxy's envelope.
    pub fn failure(status: u16) -> Self {
        let body = json!({ "error": { "code": "SOME_CODE", "message": "For developers only." }, "requestId": "req_1" });
        Self { status, ..Self::json(&body) }
    }

    /// A URL that the storage would honour.
    pub fn signed(url: &str) -> Self {
        Self::json(&json!({ "url": url, "expiresAt": 4_000_000_000_000_u64, "method": "GET" }))
    }

    /// No answer at all.
    pub fn unreachable() -> Self {
        Self { kind: "unreachable", ..Self::failure(500) }
    }

    /// The same, once.
    pub fn once(self) -> Self {
        Self { times: 1.0, ..self }
    }

    /// The same, but only when it is let go.
    pub fn held(self) -> Self {
        Self { kind: "held", ..self }
    }

    /// The same, but its connection breaks off halfway.
    pub fn broken_off(self) -> Self {
        Self { kind: "cut", ..self }
    }

    /// The same with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers[name] = value.into();
        self
    }
}

/// A request that was made.
#[derive(Debug)]
pub struct Call(pub Value);

impl Call {
    /// Method and address.
    pub fn line(&self) -> String {
        format!("{} {}", self.word("method"), self.word("url"))
    }

    /// One of its words, such as its `url` or its `credentials`.
    pub fn word(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }

    /// Whether it was given up.
    pub fn is_aborted(&self) -> bool {
        self.0["aborted"] == true
    }

    /// Its body, read as JSON.
    pub fn body(&self) -> Value {
        serde_json::from_str(self.word("body")).unwrap()
    }
}

/// A record of an invoice, without links.
pub fn record(id: &str, name: &str) -> Value {
    json!({
        "fileId": id, "filename": name, "type": "invoice", "category": "generated", "contentType": "text/plain",
        "fileSize": 1500, "orderId": "ord_1", "createdAt": "2026-03-04T12:00:00Z",
    })
}

/// The same record with some fields changed; `null` takes one away.
pub fn with(mut record: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            record.as_object_mut().unwrap().remove(key);
        } else {
            record[key] = value.clone();
        }
    }
    record
}

/// Three invoices: `a.txt`, `b.txt`, `c.txt`, from the newest to the oldest.
pub fn three() -> Vec<Value> {
    let one = |id: &str, month: u32| {
        with(record(id, &format!("{id}.txt")), json!({ "createdAt": format!("2026-{month:02}-04T12:00:00Z") }))
    };
    vec![one("a", 6), one("b", 5), one("c", 4)]
}

/// The same record with the links that our proxy adds.
pub fn linked(record: Value) -> Value {
    let id = record["fileId"].as_str().unwrap().to_owned();
    with(
        record,
        json!({ "links": { "view": format!("/api/v1/files/{id}/view"), "download": format!("/api/v1/files/{id}/download") } }),
    )
}

/// The page at `offset` of a list of `total` records, `f0` being the newest.
pub fn pages(total: u32, offset: u32) -> Answer {
    let one = |index: u32| {
        let created = 1_700_000_000_000_u64 - u64::from(index) * 1000;
        with(record(&format!("f{index}"), &format!("File {index}.txt")), json!({ "createdAt": created }))
    };
    let records: Vec<Value> = (offset..total.min(offset + 100)).map(one).collect();
    Answer::json(&json!({ "files": records, "count": total, "hasMore": offset + 100 < total }))
}
