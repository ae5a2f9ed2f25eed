//! A JSON reader for serde, small enough for a phone.
//!
//! `serde_json` costs the component 10 to 15 kB compressed and `serde-wasm-bindgen` a crossing into JavaScript for every
//! field of every record. This one reads the text once, and its errors carry no words, which nobody would be shown.
//! Tests hold it to what `serde_json` reads.

use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The text is no JSON, or not of the wanted form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("unreadable JSON")
    }
}

impl std::error::Error for Unreadable {}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    // Without these, serde's own would format what they met, floating-point numbers among it: kilobytes for no reader.
    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self
    }
}

/// How deep arrays and objects may lie in one another.
const MAX_DEPTH: u8 = 64;

/// Reads a whole text. `float` reads a number that is no short integer; the browser's `parseFloat` does.
///
/// # Errors
/// [`Unreadable`] where the text is not one JSON value, or not of the wanted form.
pub fn from_str<T: DeserializeOwned>(text: &str, float: fn(&str) -> f64) -> Result<T, Unreadable> {
    let mut reader = Reader { text, at: 0, depth: MAX_DEPTH, float };
    let value = T::deserialize(&mut reader)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(Unreadable),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
    float: fn(&str) -> f64,
}

impl<'a> Reader<'a> {
    /// The next byte that is no white space, without taking it.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blank;
        rest.get(blank).copied()
    }

    fn take(&mut self, wanted: u8) -> Result<(), Unreadable> {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found.then_some(()).ok_or(Unreadable)
    }

    fn word(&mut self, word: &str) -> Result<(), Unreadable> {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        found.then_some(()).ok_or(Unreadable)
    }

    /// A string; as it stands in the text, where nothing in it is escaped.
    fn string(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        self.take(b'"')?;
        let mut string = Cow::Borrowed("");
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ').ok_or(Unreadable)?;
            string += &rest[..plain];
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Ok(string),
                b'\\' => string.to_mut().push(self.escape()?),
                _ => return Err(Unreadable),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Unreadable> {
        let byte = *self.text.as_bytes().get(self.at).ok_or(Unreadable)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                let start = self.at;
                let is_pair = (0xD800..0xDC00).contains(&high) && self.word("\\u").is_ok();
                let low = if is_pair { self.hex()? } else { 0 };
                if is_pair && (0xDC00..0xE000).contains(&low) {
                    return char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or(Unreadable);
                }
                // What followed was no second half: it is read again for what it is. A lone half is no character.
                self.at = start;
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(Unreadable),
        })
    }

    fn hex(&mut self) -> Result<u32, Unreadable> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(Unreadable)?;
        self.at += 4;
        let digit = |sum: u32, byte: &u8| Some(sum * 16 + char::from(*byte).to_digit(16)?);
        digits.iter().try_fold(0, digit).ok_or(Unreadable)
    }

    fn number(&mut self) -> Result<f64, Unreadable> {
        let bytes = &self.text.as_bytes()[self.at..];
        let count = |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let sign = usize::from(bytes.first() == Some(&b'-'));
        let whole = count(sign);
        let mut end = sign + whole;
        let mut is_valid = whole > 0 && (whole == 1 || bytes[sign] != b'0');
        let is_short = whole <= 15;
        let mut is_whole = true;
        if bytes.get(end) == Some(&b'.') {
            let fraction = count(end + 1);
            (is_valid, is_whole, end) = (is_valid && fraction > 0, false, end + 1 + fraction);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = count(end + 1 + signed);
            (is_valid, is_whole, end) = (is_valid && exponent > 0, false, end + 1 + signed + exponent);
        }
        if !is_valid {
            return Err(Unreadable);
        }
        let text = &self.text[self.at..self.at + end];
        self.at += end;
        match text.parse::<i64>() {
            Ok(number) if is_whole && is_short => Ok(number as f64),
            _ => Ok((self.float)(text)),
        }
    }

    fn nested<T>(&mut self, end: u8, visit: impl FnOnce(&mut Self) -> Result<T, Unreadable>) -> Result<T, Unreadable> {
        self.at += 1;
        self.depth = self.depth.checked_sub(1).ok_or(Unreadable)?;
        let value = visit(self)?;
        self.depth += 1;
        self.take(end)?;
        Ok(value)
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.peek().ok_or(Unreadable)? {
            b'{' => self.nested(b'}', |reader| visitor.visit_map(Items { reader, first: true })),
            b'[' => self.nested(b']', |reader| visitor.visit_seq(Items { reader, first: true })),
            b'"' => match self.string()? {
                Cow::Borrowed(string) => visitor.visit_borrowed_str(string),
                Cow::Owned(string) => visitor.visit_string(string),
            },
            b't' => self.word("true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.word("false").and_then(|()| visitor.visit_bool(false)),
            b'n' => self.word("null").and_then(|()| visitor.visit_unit()),
            _ => visitor.visit_f64(self.number()?),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// What stands between the brackets.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    first: bool,
}

impl Items<'_, '_> {
    /// Whether another item follows; its comma is taken.
    fn has_next(&mut self, end: u8) -> Result<bool, Unreadable> {
        if self.reader.peek() == Some(end) {
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            self.reader.take(b',')?;
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        if self.has_next(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        match self.has_next(b'}')? {
            true if self.reader.peek() == Some(b'"') => seed.deserialize(&mut *self.reader).map(Some),
            true => Err(Unreadable),
            false => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn float(text: &str) -> f64 {
        text.parse().unwrap()
    }

    /// What `serde_json` reads, with every number as the `f64` that it is to a browser.
    fn oracle(text: &str) -> Option<Value> {
        fn floats(value: Value) -> Value {
            match value {
                Value::Number(number) => number.as_f64().into(),
                Value::Array(items) => items.into_iter().map(floats).collect(),
                Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, floats(value))).collect(),
                other => other,
            }
        }
        serde_json::from_str(text).ok().map(floats)
    }

    fn read(text: &str) -> Option<Value> {
        from_str(text, float).ok()
    }

    #[test]
    fn should_read_and_refuse_what_the_oracle_does() {
        for text in [
            "",
            " ",
            "null",
            "nul",
            "nulls",
            "true",
            "tru",
            "false",
            "0",
            "-0",
            "01",
            "-",
            "1.",
            ".5",
            "1.5",
            "1e",
            "1e5",
            "1E-2",
            "1e+",
            "+1",
            "123456789012345",
            "1234567890123456789",
            "-9223372036854775808",
            "\"\"",
            "\"a",
            "\"\\q\"",
            "\"\\u12\"",
            "\"\\u00e9\\n\\/\"",
            "\"\\ud83d\\ude00\"",
            "\"tab\there\"",
            "\"nul\\u0000\"",
            "[]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1,2]",
            "[",
            "]",
            "{}",
            "{\"a\":1}",
            "{\"a\":1,}",
            "{a:1}",
            "{1:2}",
            "{\"a\" 1}",
            "{\"a\":}",
            "{\"a\":1,\"a\":2}",
            "1 2",
            " [ { \"a\" : [ ] } ] ",
            "\u{FEFF}1",
            "[1]]",
            "{\"a\":\"é😀\"}",
            "[\"\\\\\"]",
        ] {
            assert_eq!(read(text), oracle(text), "{text}");
        }
    }

    #[test]
    fn should_put_a_mark_for_half_a_character() {
        assert_eq!(read("\"a\\ud83d\""), Some("a\u{FFFD}".into()));
        assert_eq!(read("\"\\ud83d\\u0041\""), Some("\u{FFFD}A".into()));
        assert_eq!(read("\"\\ude00\""), Some("\u{FFFD}".into()));
    }

    #[test]
    fn should_not_follow_without_end() {
        assert_eq!(read(&"[".repeat(100_000)), None);
        assert!(read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_some());
        assert_eq!(read(&format!("{}{}", "[".repeat(65), "]".repeat(65))), None);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[\\s\\S]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map("[\\s\\S]{0,6}", inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn should_read_any_value(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert_eq!(read(&text), oracle(&text));
        }

        #[test]
        fn should_refuse_any_half(value in json(), cut in any::<prop::sample::Index>()) {
            let text = serde_json::to_string(&value).unwrap();
            let half = &text[..text.floor_char_boundary(cut.index(text.len()))];
            prop_assert_eq!(read(half), oracle(half));
        }

        #[test]
        fn should_never_panic(text in "[\\[\\]{}\",:\\\\u0-9eE.+\\- truefalsn]{0,30}|[\\s\\S]{0,20}") {
            prop_assert_eq!(read(&text).is_some(), oracle(&text).is_some());
        }
    }
}
