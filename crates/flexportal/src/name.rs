//! File names come from whoever uploaded the file; what is shown must not mislead.

/// The most characters of a name that are kept.
const MAX_CHARS: usize = 200;

/// A name fit to be shown on one line, or `None` where nothing visible is left.
///
/// Control characters and the invisible characters that reorder text (bidi controls, which make `invoice\u{202E}fdp.exe`
/// look like a PDF) are removed. A name of more than 200 characters is cut in its middle, so that its ending still tells
/// the kind of file.
pub fn clean_name(name: &str) -> Option<String> {
    let mut chars: Vec<char> = Vec::new();
    for char in name.chars().filter(|&char| !is_misleading(char)) {
        // A name is one line: runs of white space are one space, and none stands in front.
        if !char.is_whitespace() {
            chars.push(char);
        } else if chars.last().is_some_and(|last| *last != ' ') {
            chars.push(' ');
        }
    }
    while chars.last() == Some(&' ') {
        chars.pop();
    }
    if chars.len() > MAX_CHARS {
        const TAIL: usize = 20;
        let tail = chars.split_off(chars.len() - TAIL);
        chars.truncate(MAX_CHARS - TAIL - 1);
        chars.push('…');
        chars.extend(tail);
    }
    (!chars.is_empty()).then(|| chars.into_iter().collect())
}

/// Controls other than white space, bidi controls, and the other characters that take no room of their own and join nothing.
fn is_misleading(char: char) -> bool {
    (char.is_control() && !char.is_whitespace())
        || matches!(char,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn should_keep_ordinary_names_in_any_script() {
        for name in ["Invoice 2026-10.pdf", "請求書.pdf", "فاتورة ١٢.pdf", "Счёт №5.pdf", "👩‍💻 notes.txt", "हिन्दी.txt"]
        {
            assert_eq!(clean_name(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn should_show_what_a_bidi_override_hides() {
        assert_eq!(clean_name("invoice\u{202E}fdp.exe").as_deref(), Some("invoicefdp.exe"));
    }

    #[test]
    fn should_have_nothing_left_of_an_invisible_name() {
        assert_eq!(clean_name(" \u{200B}\u{202E}\n\t"), None);
    }

    #[test]
    fn should_keep_the_ending_of_a_name_of_ten_kilobytes() {
        let name = clean_name(&format!("{}.pdf", "a".repeat(10_240))).unwrap();
        assert_eq!(name.chars().count(), MAX_CHARS);
        assert!(name.ends_with("aaaa.pdf") && name.contains('…'));
    }

    proptest! {
        #[test]
        fn should_be_bounded_visible_and_settled(name in "\\PC{0,300}|[\\s\\S]{0,300}") {
            if let Some(clean) = clean_name(&name) {
                prop_assert!((1..=MAX_CHARS).contains(&clean.chars().count()));
                prop_assert!(!clean.chars().any(|char| char.is_control() || is_misleading(char)));
                prop_assert_eq!(clean_name(&clean), Some(clean));
            }
        }
    }
}
