//! One document as the list shows it.

use flexportal::FileRecord;

/// One document, taken out of the list (`Documents`) to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its record, as far as it is for customers.
    pub record: FileRecord,
}

impl Document {
    /// The id's text.
    pub fn id(&self) -> &str {
        self.record.file_id.as_str()
    }

    /// The name's ending in lower case, without the dot: `pdf`. Empty where there is none or it is no usual ending.
    pub fn extension(&self) -> String {
        let name = self.record.name.as_deref().unwrap_or_default();
        match name.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && is_ending(ending) => ending.to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    /// The moment that sorting by date uses, in milliseconds since the epoch.
    pub fn created_millis(&self) -> Option<i64> {
        self.record.created_at.map(flexportal::Timestamp::millis)
    }
}

fn is_ending(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A document out of a JSON record.
    pub(crate) fn document(record: serde_json::Value) -> Document {
        Document { record: serde_json::from_value(record).unwrap() }
    }

    #[test]
    fn should_know_an_ending_from_a_dot_in_a_name() {
        let ending = |name: &str| document(serde_json::json!({ "fileId": "f", "filename": name })).extension();
        assert_eq!(ending("Invoice.2026.PDF"), "pdf");
        assert_eq!(ending("Version 1.2 of the plan"), "");
        assert_eq!(ending(".gitignore"), "");
        assert_eq!(ending("README"), "");
    }
}
