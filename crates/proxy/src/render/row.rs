//! What a document's row says, as src/markup/list.js says it. A portal test holds them equal.

use super::language::Language;
use super::markup::{Markup, Values};
use super::words::fill;
use super::{data, description};
use flexportal::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A document, out of the very JSON that the browser is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record<'a> {
    #[serde(borrow)]
    file_id: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    pub document_type: Cow<'a, str>,
    #[serde(borrow, default)]
    category: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    filename: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    content_type: Option<Cow<'a, str>>,
    #[serde(default)]
    pub file_size: Option<u64>,
    #[serde(borrow, default)]
    created_at: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    links: Option<Links<'a>>,
}

#[derive(Debug, Deserialize)]
struct Links<'a> {
    #[serde(borrow)]
    view: Cow<'a, str>,
    #[serde(borrow)]
    download: Cow<'a, str>,
}

/// The colour of the badge by ending and media type.
static KINDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let kinds: HashMap<String, String> =
        serde_json::from_str(data(include_str!("../../../../src/markup/kinds.js"))).expect("kinds.js is an object of texts");
    kinds.iter().flat_map(|(kind, words)| words.split(' ').map(|word| (word.to_owned(), kind.clone()))).collect()
});

impl Record<'_> {
    /// When it was made.
    pub fn created(&self) -> Option<Timestamp> {
        self.created_at.as_deref().and_then(Timestamp::from_text)
    }

    /// Writes its row.
    pub fn write(&self, language: &Language, out: &mut Markup) {
        let Language { words, forms, .. } = language;
        let given = |text: &Option<Cow<'_, str>>| text.as_deref().filter(|text| !text.is_empty()).map(str::to_owned);
        let name = given(&self.filename).unwrap_or_else(|| words.unnamed.clone());
        let ending = self.filename.as_deref().and_then(ending);
        let created = self.created();
        let category = match self.category.as_deref() {
            Some("generated") => Some(words.generated.as_str()),
            Some("uploaded") => Some(words.uploaded.as_str()),
            _ => None,
        };
        let iso = created.map(|created| created.to_string());
        let date = iso.as_deref().and_then(|iso| {
            let mut parts = iso.get(..10)?.split('-').map(str::parse::<u32>);
            let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
            Some(forms.date(year.into(), month as usize, day))
        });
        let size = self.file_size.map(|size| forms.bytes(size));
        let badge = ending.clone().unwrap_or_else(|| match self.content_type.as_deref().map(subtype) {
            Some(subtype) if subtype.len() <= 4 => subtype.to_owned(),
            _ => "file".to_owned(),
        });
        let values = Values {
            texts: &[
                ("id", Some(&self.file_id)),
                ("kind", Some(self.kind(ending.as_deref()))),
                ("ending", Some(&badge)),
                ("name", Some(&name)),
                ("category", category),
                ("created", iso.as_deref()),
                ("date", Some(date.as_deref().unwrap_or(&words.date_unknown))),
                ("size", Some(size.as_deref().unwrap_or(&words.size_unknown))),
                ("view", self.links.as_ref().map(|links| &*links.view)),
                ("download", self.links.as_ref().map(|links| &*links.download)),
                ("preview", Some(&words.preview)),
                ("save", Some(&words.download)),
                ("previewOf", Some(&fill(&words.preview_of, &[("name", &name)]))),
                ("downloadOf", Some(&fill(&words.download_of, &[("name", &name)]))),
            ],
            places: &[],
        };
        description().row.write(&values, out);
    }

    fn kind(&self, ending: Option<&str>) -> &'static str {
        let content_type = self.content_type.as_deref();
        let known = content_type.and_then(|known| KINDS.get(known)).or_else(|| KINDS.get(ending?));
        match (known, content_type) {
            (Some(kind), _) => kind,
            (None, Some(text)) if text.starts_with("text/") => "text",
            _ => "other",
        }
    }
}

/// The ending of a name, in lower case, where it is one.
fn ending(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_one = !stem.is_empty() && (1..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_one.then(|| ending.to_ascii_lowercase())
}

/// The last word of a media type.
fn subtype(content_type: &str) -> &str {
    content_type.rsplit(['/', '.', '+', '-']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_know_an_ending() {
        for (name, expected) in [
            ("a.pdf", Some("pdf")),
            ("A.b.XLSX", Some("xlsx")),
            (".htaccess", None),
            ("a.", None),
            ("a", None),
            ("a.toolong", None),
            ("a.p df", None),
            ("فاتورة.pdf", Some("pdf")),
            ("a.é", None),
        ] {
            assert_eq!(ending(name).as_deref(), expected, "{name}");
        }
    }
}
