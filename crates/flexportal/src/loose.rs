//! One JSON value as it comes, before it is known what it should have been. A field's name is read as one, too.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A scalar as it came; arrays and objects are read past.
///
/// Decoding into it never fails on well-formed input, so that one odd field cannot take a record, nor one odd record a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Loose<'a> {
    /// `null`, or the field is absent.
    #[default]
    Null,
    /// Any number. Integers from 2^53 on lose precision, so that two of them may look the same: they are refused.
    Number(f64),
    /// A string, unchanged; where the reader can, as it stands in what is read.
    Text(Cow<'a, str>),
    /// `true` or `false`.
    Bool(bool),
    /// An array or an object.
    Nested,
}

impl<'a> Loose<'a> {
    /// The string's bytes; none where it is no string.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Loose::Text(text) => text.as_bytes(),
            _ => b"",
        }
    }

    /// The string, or an integer's digits: some deployments write ids as numbers.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Loose::Text(text) => Some(text),
            Loose::Number(number) => whole(number).map(|number| number.to_string().into()),
            Loose::Null | Loose::Bool(_) | Loose::Nested => None,
        }
    }

    /// A count of 0 to 2^53 - 1, as a number or as a numeric string.
    pub(crate) fn to_count(&self) -> Option<u64> {
        match self {
            Loose::Number(number) => whole(*number),
            Loose::Text(text) => {
                let text = text.trim();
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let count = if digits { text.parse().ok() } else { None };
                count.filter(|&count: &u64| count <= MAX_EXACT)
            }
            Loose::Null | Loose::Bool(_) | Loose::Nested => None,
        }
    }
}

/// The largest integer that is itself wherever JSON is read: 2^53 - 1. From 2^53 on another number reads as the same, and an
/// id that is read as another's lets somebody in.
const MAX_EXACT: u64 = (1 << 53) - 1;

fn whole(number: f64) -> Option<u64> {
    let exact = number >= 0.0 && number <= MAX_EXACT as f64 && number.trunc() == number;
    exact.then_some(number as u64)
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Loose<'de>, E> {
        Ok(Loose::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(value.to_owned().into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Null)
    }

    fn visit_none<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Loose<'de>, D::Error> {
        Loose::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Nested)
    }
}
