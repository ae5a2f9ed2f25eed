//! JSON as people read it.

/// The text with a line for each item, indented by two spaces; nothing else of it changes, so that every number stays as it
/// is written. A text that is no JSON comes out as some text.
pub fn indent_json(text: &str) -> String {
    let mut indented = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if in_string {
            indented.push(char);
            in_string = escaped || char != '"';
            escaped = char == '\\' && !escaped;
            continue;
        }
        match char {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                indented.push(char);
                while chars.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                // An empty one stays on its line.
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    indented.push(end);
                } else {
                    // Depth is bounded: nobody reads, and no text need be, hundreds of levels deep.
                    depth = (depth + 1).min(MAX_DEPTH);
                    new_line(&mut indented, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut indented, depth);
                indented.push(char);
            }
            ',' => {
                indented.push(char);
                new_line(&mut indented, depth);
            }
            ':' => indented.push_str(": "),
            _ => {
                in_string = char == '"';
                indented.push(char);
            }
        }
    }
    indented
}

/// Deeper than this, lines are not moved in further.
const MAX_DEPTH: usize = 40;

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    for _ in 0..depth {
        text.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn should_keep_every_number_as_it_is_written() {
        let text = r#"{"a":12345678901234567890.10,"b":[1e5,{}, [ ] ],"c":"x{,}\\\"y"}"#;
        let expected =
            "{\n  \"a\": 12345678901234567890.10,\n  \"b\": [\n    1e5,\n    {},\n    []\n  ],\n  \"c\": \"x{,}\\\\\\\"y\"\n}";
        assert_eq!(indent_json(text), expected);
    }

    #[test]
    fn should_not_grow_without_bound() {
        let text = "[".repeat(10_000);
        assert!(indent_json(&text).len() < text.len() * (2 * MAX_DEPTH + 3));
    }

    proptest! {
        #[test]
        fn should_indent_as_serde_json_does(
            keys in prop::collection::vec("[\\s\\S]{0,6}", 0..5), numbers in prop::collection::vec(any::<i64>(), 0..4), spaced: bool,
        ) {
            let inner: Value = keys.iter().map(|key| (key.clone(), Value::from(numbers.clone()))).collect::<serde_json::Map<_, _>>().into();
            let value = serde_json::json!([inner, keys, null, true, inner]);
            let text = if spaced { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert_eq!(indent_json(&text), serde_json::to_string_pretty(&value).unwrap());
        }

        #[test]
        fn should_never_panic(text in "[\\s\\S]{0,60}") {
            let _ = indent_json(&text);
        }
    }
}
