//! What is fuzzed: one function for each parser of what others write. Each takes bytes and panics where a promise is broken.
//!
//! Built for tests and with the feature `fuzzing` only. The targets in `fuzz/fuzz_targets` call these functions and nothing else, and the tests
//! here run the committed corpora (`fuzz/corpus`) through the same functions. See docs/FUZZING.md.

mod answers;
mod requests;
mod tokens;
mod upstream;

#[cfg(test)]
mod tests;

pub use answers::{error_envelope, list, name, signed_url};
pub use requests::{credential, isolation, place};
pub use tokens::{jwks, token};
pub use upstream::ids;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// A fuzz target by its name: the file in `fuzz/fuzz_targets` and the folder in `fuzz/corpus`.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 10] = [
    ("credential", credential),
    ("error_envelope", error_envelope),
    ("ids", ids),
    ("isolation", isolation),
    ("jwks", jwks),
    ("list", list),
    ("name", name),
    ("place", place),
    ("signed_url", signed_url),
    ("token", token),
];

/// Lines of `name: value` as headers; what cannot be a header line does not reach the code that is fuzzed, either.
fn headers(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|&byte| byte == b'\n').take(64) {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// The first line, and the rest.
fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    (&data[..end], data.get(end + 1..).unwrap_or_default())
}

/// An object's fields, as they come: a field that stands twice is seen twice.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}
