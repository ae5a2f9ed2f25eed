//! The component that is compiled into the program, with the feature `embedded-assets`; without it, nothing.

use super::Assets;
use bytes::Bytes;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

impl Assets {
    /// The page and the component that are part of this program; none where it was built without them.
    pub fn embedded() -> Self {
        Self::from_files(FILES.iter().map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes))).collect())
    }
}
