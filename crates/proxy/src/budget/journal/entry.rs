//! One call in 8 bytes. Pure.

use crate::budget::Purpose;

/// A call that was taken, or has ended, at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When it was taken or, where it has ended, when it ended: milliseconds since 1970, below 2^44.
    pub millis: u64,
    /// What for.
    pub purpose: Purpose,
    /// Whether it has ended.
    pub ended: bool,
}

/// What 8 bytes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Nothing yet.
    Empty,
    /// A call.
    Entry(Entry),
    /// Nothing that this program wrote.
    Damaged,
}

const SIGN: u64 = 1 << 16;
const ENDED: u64 = 1 << 17;
const MILLIS_SHIFT: u32 = 20;

impl Entry {
    /// As it stands in the file.
    pub fn to_bytes(self) -> [u8; 8] {
        let mut bits = self.millis << MILLIS_SHIFT;
        bits |= if self.purpose == Purpose::Sign { SIGN } else { 0 };
        bits |= if self.ended { ENDED } else { 0 };
        (bits | check(bits)).to_le_bytes()
    }

    /// What the file says.
    pub fn read(bytes: [u8; 8]) -> Read {
        let bits = u64::from_le_bytes(bytes);
        if bits == 0 {
            return Read::Empty;
        }
        let purpose = if bits & SIGN == 0 { Purpose::Read } else { Purpose::Sign };
        let entry = Self { millis: bits >> MILLIS_SHIFT, purpose, ended: bits & ENDED != 0 };
        if entry.to_bytes() == bytes { Read::Entry(entry) } else { Read::Damaged }
    }
}

/// 16 bits that depend on all the others, and are not 0 for an entry of zeros.
fn check(bits: u64) -> u64 {
    ((bits >> 16).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 48
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn should_read_what_it_writes_and_notice_any_changed_bit(
            millis in 0u64..1 << 44, sign: bool, ended: bool, bit in 0u32..64,
        ) {
            let entry = Entry { millis, purpose: if sign { Purpose::Sign } else { Purpose::Read }, ended };
            let bytes = entry.to_bytes();
            prop_assert_eq!(Entry::read(bytes), Read::Entry(entry));
            let changed = u64::from_le_bytes(bytes) ^ 1 << bit;
            prop_assert!(!matches!(Entry::read(changed.to_le_bytes()), Read::Entry(_)), "bit {bit}");
        }
    }

    #[test]
    fn should_tell_nothing_from_a_call() {
        assert_eq!(Entry::read([0; 8]), Read::Empty);
        let entry = Entry { millis: 0, purpose: Purpose::Read, ended: false };
        assert_eq!(Entry::read(entry.to_bytes()), Read::Entry(entry));
        assert_eq!(Entry::read([255; 8]), Read::Damaged);
    }
}
