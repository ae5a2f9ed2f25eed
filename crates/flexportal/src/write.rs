//! JSON, written field by field to the end of a text.
//!
//! `serde_json` looks at each byte of each text for one to escape, fields' names included. Nearly all of a list is known to have none.

use std::fmt::Write;

/// An object that is being written. The names of its fields are the program's own, and stand as they are.
pub struct ObjectWriter<'a>(&'a mut String);

impl<'a> ObjectWriter<'a> {
    /// Begins an object at the end of the text, which [`ObjectWriter::end`] ends.
    pub fn begin(json: &'a mut String) -> Self {
        json.push('{');
        Self(json)
    }

    /// Ends the object.
    pub fn end(self) {
        self.0.push('}');
    }

    /// Any text.
    pub fn text(&mut self, name: &'static str, text: &str) {
        if !text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
            return self.plain(name, &[text]);
        }
        let json = self.field(name);
        json.push('"');
        for char in text.chars() {
            match char {
                '"' | '\\' => json.extend(['\\', char]),
                // Writing to a text cannot fail.
                '\0'..' ' => drop(write!(json, "\\u{:04x}", u32::from(char))),
                _ => json.push(char),
            }
        }
        json.push('"');
    }

    /// A text in parts, none of which has anything to escape: ids, paths, moments, documented words.
    pub fn plain(&mut self, name: &'static str, parts: &[&str]) {
        let json = self.field(name);
        json.push('"');
        for part in parts {
            debug_assert!(!part.bytes().any(is_escaped), "{name} is not plain");
            json.push_str(part);
        }
        json.push('"');
    }

    /// A number.
    pub fn number(&mut self, name: &'static str, number: u64) {
        let _ = write!(self.field(name), "{number}");
    }

    /// `true` or `false`.
    pub fn bool(&mut self, name: &'static str, value: bool) {
        self.field(name).push_str(if value { "true" } else { "false" });
    }

    /// `null`.
    pub fn null(&mut self, name: &'static str) {
        self.field(name).push_str("null");
    }

    /// An object, with the fields that are written to it.
    pub fn object(&mut self, name: &'static str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        let mut object = ObjectWriter::begin(self.field(name));
        write(&mut object);
        object.end();
    }

    /// An array of objects, one for each item, with the fields that are written to it.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut ObjectWriter<'_>, T),
    ) {
        let json = self.field(name);
        json.push('[');
        for item in items {
            if !json.ends_with('[') {
                json.push(',');
            }
            let mut object = ObjectWriter::begin(json);
            write(&mut object, item);
            object.end();
        }
        json.push(']');
    }

    fn field(&mut self, name: &'static str) -> &mut String {
        self.0.push_str(if self.0.ends_with('{') { "\"" } else { ",\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0
    }
}

fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn written(write: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
        let mut json = String::new();
        let mut object = ObjectWriter::begin(&mut json);
        write(&mut object);
        object.end();
        json
    }

    #[test]
    fn should_write_every_kind_of_value() {
        let json = written(|object| {
            object.objects("none", [0; 0], |_, _| {});
            object.objects("numbers", [1, 2], |object, number| object.number("is", number));
            object.object("empty", |_| {});
            object.plain("path", &["/a/", "b"]);
            object.bool("yes", true);
            object.bool("no", false);
            object.null("nothing");
            object.number("most", u64::MAX);
        });
        let expected = r#"{"none":[],"numbers":[{"is":1},{"is":2}],"empty":{},"path":"/a/b","yes":true,"no":false,"nothing":null,"most":18446744073709551615}"#;
        assert_eq!(json, expected);
        assert_eq!(written(|_| {}), "{}");
    }

    proptest! {
        #[test]
        fn should_write_any_text(texts in proptest::collection::vec("[\\s\\S]{0,12}|[ -~]{0,40}|[{\\[\"\\\\]{0,3}", 2)) {
            let json = written(|object| {
                object.text("first", &texts[0]);
                object.objects("more", [&texts[1]], |object, text| object.text("text", text));
            });
            prop_assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), json!({"first": texts[0], "more": [{"text": texts[1]}]}));
        }
    }
}
