//! `Range`: which bytes are asked for (RFC 9110, section 14).

/// What a `Range` header selects of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    /// Everything: no range, several ranges, or a header that is to be ignored.
    Whole,
    /// From the first to the last byte, both included.
    Part { first: u64, last: u64 },
    /// Nothing of the file.
    Unsatisfiable,
}

/// Reads the header for a file of `size` bytes.
pub(super) fn select(header: Option<&str>, size: u64) -> Selection {
    header.and_then(|header| single(header, size)).unwrap_or(Selection::Whole)
}

/// `None` where the header is to be ignored: another unit, several ranges, or no range at all.
fn single(header: &str, size: u64) -> Option<Selection> {
    let (unit, range) = header.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits beyond 2^64 are beyond the end of every file.
        true if !text.is_empty() => Some(text.parse().unwrap_or(u64::MAX)),
        _ => None,
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = match (first, last) {
        ("", suffix) => match number(suffix)? {
            0 => return Some(Selection::Unsatisfiable),
            length => (size.saturating_sub(length), u64::MAX),
        },
        (first, "") => (number(first)?, u64::MAX),
        (first, last) => (number(first)?, number(last)?),
    };
    if first > last {
        return None;
    }
    Some(if first >= size { Selection::Unsatisfiable } else { Selection::Part { first, last: last.min(size - 1) } })
}

#[cfg(test)]
mod tests {
    use super::Selection::{Part, Unsatisfiable, Whole};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn should_select_what_the_standard_says() {
        for (header, selected) in [
            ("bytes=0-0", Part { first: 0, last: 0 }),
            ("bytes=0-", Part { first: 0, last: 99 }),
            ("bytes=90-200", Part { first: 90, last: 99 }),
            ("BYTES=99-99", Part { first: 99, last: 99 }),
            ("bytes=-1", Part { first: 99, last: 99 }),
            ("bytes=-100", Part { first: 0, last: 99 }),
            ("bytes=-101", Part { first: 0, last: 99 }),
            ("bytes=5-99999999999999999999999", Part { first: 5, last: 99 }),
            ("bytes=100-", Unsatisfiable),
            ("bytes=100-200", Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=5-4", Whole),
            ("bytes=0-1,5-6", Whole),
            ("bytes=-", Whole),
            ("bytes=a-b", Whole),
            ("bytes=+1-2", Whole),
            ("bytes 0-1", Whole),
            ("lines=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(select(Some(header), 100), selected, "{header}");
        }
        assert_eq!(select(None, 100), Whole);
        assert_eq!(select(Some("bytes=0-"), 0), Unsatisfiable);
        assert_eq!(select(Some("bytes=-5"), 0), Unsatisfiable);
    }

    proptest! {
        #[test]
        fn should_never_leave_the_file(header in "bytes=[0-9]{0,20}-[0-9]{0,20}|\\PC{0,30}", size in any::<u64>()) {
            if let Part { first, last } = select(Some(&header), size) {
                prop_assert!(first <= last && last < size);
            }
        }
    }
}
