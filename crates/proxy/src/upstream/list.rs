//! A list as the upstream may write it.

use flexportal::FileList;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, Visitor};
use std::fmt;

/// A list without the fields that only this proxy writes: how many records are missing, and where the next page begins. An upstream that wrote
/// them would have its word about others' records passed on.
pub struct UpstreamList(pub FileList);

impl<'de> Deserialize<'de> for UpstreamList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor;
        impl<'de> Visitor<'de> for ListVisitor {
            type Value = FileList;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of files")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FileList, A::Error> {
                FileList::deserialize(MapAccessDeserializer::new(WithoutOurs(map)))
            }
        }
        deserializer.deserialize_map(ListVisitor).map(Self)
    }
}

struct WithoutOurs<A>(A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutOurs<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.0.next_key::<String>()? {
            if !matches!(key.as_str(), "dropped" | "nextOffset") {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            self.0.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_count_for_itself() {
        let text = r#"{"dropped":7,"files":[{"fileId":"f"},7],"nextOffset":9,"hasMore":true,"dropped":{"x":[1]}}"#;
        let UpstreamList(list) = serde_json::from_str(text).unwrap();
        assert_eq!((list.files.len(), list.dropped, list.next_offset, list.has_more), (1, 1, None, Some(true)));
        assert!(serde_json::from_str::<UpstreamList>(r#"{"dropped":7}"#).is_err());
    }
}
