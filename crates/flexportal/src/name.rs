//! File names come from whoever uploaded the file; what is shown must not mislead.

use std::borrow::Cow;

/// The most characters of a name that are kept.
const MAX_CHARS: usize = 200;

/// A name fit to be shown on one line, or `None` where nothing visible is left.
///
/// Control characters and the invisible characters that reorder text (bidi controls, which make `invoice\u{202E}fdp.exe`
/// look like a PDF) are removed. A name of more than 200 characters is cut in its middle, so that its ending still tells
/// the kind of file.
pub fn clean_name(name: &str) -> Option<String> {
    clean(name.into()).map(Cow::into_owned)
}

/// The same, of a name that may be kept as it is.
pub(crate) fn clean(name: Cow<'_, str>) -> Option<Cow<'_, str>> {
    // Most are so already, and there are many.
    if is_plain(&name) { Some(name) } else { cleaned(&name).map(Cow::Owned) }
}

/// Whether it is short, of visible ASCII characters, and of single spaces between them.
fn is_plain(name: &str) -> bool {
    let mut last = b' ';
    for &byte in name.as_bytes() {
        if !byte.is_ascii_graphic() && (byte != b' ' || last == b' ') {
            return false;
        }
        last = byte;
    }
    last != b' ' && name.len() <= MAX_CHARS
}

fn cleaned(name: &str) -> Option<String> {
    let mut chars: Vec<char> = Vec::with_capacity(name.len());
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
    let is_visible = chars.iter().any(|&char| char != ' ' && !is_joiner(char));
    is_visible.then(|| chars.into_iter().collect())
}

/// Controls other than white space, bidi controls, and the other characters that show nothing and join nothing.
fn is_misleading(char: char) -> bool {
    (char.is_control() && !char.is_whitespace())
        || matches!(char,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Joiners and variation selectors: they shape what is beside them, and are nothing by themselves.
fn is_joiner(char: char) -> bool {
    matches!(char, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
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
        for name in
            [" \u{200B}\u{202E}\n\t", "\u{3164}", "\u{2800}\u{115F}", "\u{FE0F} \u{200D}", "\u{E0100}", "\u{180B}\u{034F}"]
        {
            assert_eq!(clean_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn should_keep_the_ending_of_a_name_of_ten_kilobytes() {
        let name = clean_name(&format!("{}.pdf", "a".repeat(10_240))).unwrap();
        assert_eq!(name.chars().count(), MAX_CHARS);
        assert!(name.ends_with("aaaa.pdf") && name.contains('…'));
    }

    proptest! {
        #[test]
        fn should_be_the_same_where_nothing_has_to_be_cleaned(name in "[ -~]{0,20}|[!-~]{195,205}|[a \\n\u{a0}]{0,5}") {
            prop_assert_eq!(clean_name(&name), cleaned(&name));
        }

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
