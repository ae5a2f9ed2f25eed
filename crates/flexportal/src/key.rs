//! A field's name while a record is read.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// The longest name of a field that is read, in bytes.
const LONGEST: usize = 16;

/// A field's name, of which a list has thousands: it is kept in place. One that is longer than any that is read is empty.
pub(crate) struct Key {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Key {
    /// The name.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a field's name")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                let mut key = Key { bytes: [0; LONGEST], length: 0 };
                if let Some(bytes) = key.bytes.get_mut(..name.len()) {
                    bytes.copy_from_slice(name.as_bytes());
                    key.length = name.len();
                }
                Ok(key)
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
