//! What a document is, and who made it.

use crate::name::clean;
use std::borrow::Cow;

/// The vendor's word for what a document is. Words that are not documented are kept: each is a group of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DocumentType {
    /// `contract`: subscription contract documents.
    Contract,
    /// `invoice`: billing invoices.
    Invoice,
    /// `document`: general uploaded documents.
    Document,
    /// `attachment`: order or subscription attachments.
    Attachment,
    /// Any other word, cleaned for display; empty where the record has none.
    Other(String),
}

impl DocumentType {
    /// The documented types, in the order in which they are shown.
    pub const DOCUMENTED: [DocumentType; 4] = [Self::Contract, Self::Invoice, Self::Document, Self::Attachment];

    /// Reads the vendor's word, whatever its case.
    pub fn from_word(word: &str) -> Self {
        // Cleaned first: a word that looks like a documented one is that one, not a second group of the same name.
        Self::from_clean(clean(word.into()).unwrap_or_default())
    }

    /// Reads the vendor's word, cleaned.
    pub(crate) fn from_clean(word: Cow<'_, str>) -> Self {
        let documented = Self::DOCUMENTED.into_iter().find(|documented| word.eq_ignore_ascii_case(documented.as_word()));
        documented.unwrap_or_else(|| Self::Other(word.into_owned()))
    }

    /// The vendor's word.
    pub fn as_word(&self) -> &str {
        match self {
            Self::Contract => "contract",
            Self::Invoice => "invoice",
            Self::Document => "document",
            Self::Attachment => "attachment",
            Self::Other(word) => word,
        }
    }
}

/// Who made a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// FlexPortal made it.
    Generated,
    /// Somebody uploaded it.
    Uploaded,
}

impl Category {
    /// The vendor's word.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Uploaded => "uploaded",
        }
    }

    /// Reads the vendor's word; one that is not documented says nothing.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Generated, Self::Uploaded].into_iter().find(|category| word.trim().eq_ignore_ascii_case(category.as_word()))
    }
}
