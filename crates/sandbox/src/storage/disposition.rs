//! `Content-Disposition` with names in any script (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 8187's `attr-char` is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The longest name in a header, in bytes: longer ones no file system takes.
const MAX_NAME: usize = 255;

/// The header's value: `filename` for whom ASCII is all, `filename*` for everyone since.
pub(super) fn content_disposition(attachment: bool, name: &str) -> String {
    let kind = if attachment { "attachment" } else { "inline" };
    // Controls would end the header, and a separator would name a directory.
    let name: String =
        name.chars().filter(|char| !char.is_control()).map(|char| if "/\\".contains(char) { '_' } else { char }).collect();
    let name = shortened(&name);
    // `%` too: some browsers decode it here.
    let plain = |char: char| (char.is_ascii_graphic() || char == ' ') && !"\"%".contains(char);
    let ascii: String = name.chars().map(|char| if plain(char) { char } else { '_' }).collect();
    let encoded = utf8_percent_encode(&name, ENCODED);
    if name.is_empty() { kind.to_owned() } else { format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}") }
}

/// Cut before its extension, so that the kind of file survives.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let extension = name.rfind('.').map(|dot| &name[dot..]).filter(|extension| extension.len() <= 16).unwrap_or_default();
    let end = (0..=MAX_NAME - extension.len()).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    format!("{}{extension}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    #[test]
    fn should_name_files_in_every_script() {
        assert_eq!(
            content_disposition(false, "Invoice 7.pdf"),
            "inline; filename=\"Invoice 7.pdf\"; filename*=UTF-8''Invoice%207.pdf"
        );
        assert_eq!(
            content_disposition(true, "Übergabe \"final\".pdf"),
            "attachment; filename=\"_bergabe _final_.pdf\"; filename*=UTF-8''%C3%9Cbergabe%20%22final%22.pdf"
        );
        assert_eq!(
            content_disposition(true, "保証書.pdf"),
            "attachment; filename=\"___.pdf\"; filename*=UTF-8''%E4%BF%9D%E8%A8%BC%E6%9B%B8.pdf"
        );
        assert_eq!(
            content_disposition(true, "../a\r\nSet-Cookie: b"),
            "attachment; filename=\".._aSet-Cookie: b\"; filename*=UTF-8''.._aSet-Cookie%3A%20b"
        );
        assert_eq!(content_disposition(true, "\n"), "attachment");
    }

    #[test]
    fn should_keep_the_extension_of_a_long_name() {
        let value = content_disposition(true, &format!("{}.pdf", "ü".repeat(5000)));
        let (_, encoded) = value.rsplit_once("''").unwrap();
        let name = percent_decode_str(encoded).decode_utf8().unwrap();
        assert!(name.len() <= MAX_NAME && name.ends_with("ü.pdf"), "{name}");
    }

    proptest! {
        #[test]
        fn should_be_one_line_of_visible_ascii_that_decodes_to_the_name(name in "\\PC{0,80}") {
            let value = content_disposition(true, &name);
            prop_assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            if let Some((_, encoded)) = value.rsplit_once("UTF-8''") {
                let expected = shortened(&name.replace(['/', '\\'], "_"));
                prop_assert_eq!(percent_decode_str(encoded).decode_utf8().unwrap(), expected);
            }
        }
    }
}
