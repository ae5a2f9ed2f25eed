//! An answer's JSON.

use flexportal::mend_json;
use serde::de::DeserializeOwned;

/// Reads the body, which is mended where a strict reader refuses it. What is mended says nothing else where one does not, and mending takes a third
/// of the time of reading.
///
/// The parser's message is not kept: it may quote what it read.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let strictly = || serde_json::from_str(str::from_utf8(body).ok()?).ok();
    strictly().or_else(|| serde_json::from_str(&mend_json(body)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::list::UpstreamList;
    use proptest::prelude::*;

    fn ids(body: &[u8]) -> Option<Vec<String>> {
        let UpstreamList(list) = read(body)?;
        Some(list.files.iter().map(|file| file.file_id.as_str().to_owned()).collect())
    }

    #[test]
    fn should_read_what_a_strict_reader_refuses() {
        for body in [
            br#"{"files":[{"fileId":"f"}]}"#.as_slice(),
            b"\xEF\xBB\xBF{\"files\":[{\"fileId\":\"f\"}]}",
            b"{\"files\":[{\"fileId\":\"f\",\"fileName\":\"\xff\"}]}",
            br#"{"files":[{"fileId":"f","fileName":"\ud83d"}]}"#,
            br#"{"files":[{"fileId":"f","fileSize":1e400}]}"#,
        ] {
            assert_eq!(ids(body).as_deref(), Some(["f".to_owned()].as_slice()), "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(ids(b"{"), None);
    }

    proptest! {
        /// Whether it is mended or not, where it can be read either way.
        #[test]
        fn should_say_the_same_mended(
            values in prop::collection::vec(
                prop::sample::select(vec![
                    "1e305", "-1", "1e299", "1e400", "7", "\"a\"", "\"\\ud83d\"", "\"\\ud83d\\ude00\"", "\"1e305\"", "null", "[1e306]", "{\"x\":1e307}",
                ]),
                8,
            ),
        ) {
            let names = ["fileId", "orderId", "orderId", "customerId", "fileSize", "createdAt", "fileName", "unknown"];
            let fields: Vec<_> = names.iter().zip(&values).map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let body = format!("{{\"files\":[{{\"fileId\":\"f\"}},{{{}}}],\"count\":{}}}", fields.join(","), values[0]);
            let mended = serde_json::from_str::<UpstreamList>(&mend_json(body.as_bytes()));
            prop_assert_eq!(read::<UpstreamList>(body.as_bytes()).map(|list| list.0), mended.ok().map(|list| list.0));
        }
    }
}
