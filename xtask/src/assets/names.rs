//! Names that change with the bytes.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// A file that is to be written under a name of its own making.
pub struct Named<'a> {
    name: String,
    bytes: &'a [u8],
}

/// Names `bytes` `<stem>-<16 hex digits><ending>`: what servers of this project take for a name that may be kept for ever.
pub fn with_hash<'a>(stem: &str, ending: &str, bytes: &'a [u8]) -> Named<'a> {
    let digest = Sha256::digest(bytes);
    let hash: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    Named { name: format!("{stem}-{hash}{ending}"), bytes }
}

impl Named<'_> {
    /// Writes the file and returns its name.
    pub fn written(self, directory: &Path) -> Result<String, Problem> {
        let path = directory.join(&self.name);
        std::fs::write(&path, self.bytes).map_err(Problem::file(&path))?;
        Ok(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_name_by_the_bytes_alone() {
        assert_eq!(with_hash("page", ".css", b"").name, "page-e3b0c44298fc1c14.css");
        assert_eq!(with_hash("order-documents", "_bg.wasm", b"").name, "order-documents-e3b0c44298fc1c14_bg.wasm");
        assert_ne!(with_hash("page", ".css", b"a").name, with_hash("page", ".css", b"b").name);
    }
}
