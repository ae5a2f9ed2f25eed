//! The interface's texts, as src/markup/list.js uses them.

use super::format::Forms;
use serde::Deserialize;
use std::sync::LazyLock;

/// One language's texts, by their names in src/text/*.json.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Words {
    pub heading: String,
    pub contract: String,
    pub invoice: String,
    pub document: String,
    pub attachment: String,
    pub other_type: String,
    pub documents: String,
    pub search: String,
    pub search_hint: String,
    pub sort: String,
    pub sort_newest: String,
    pub sort_oldest: String,
    pub sort_name: String,
    pub sort_name_back: String,
    pub sort_largest: String,
    pub sort_smallest: String,
    pub types: String,
    pub generated: String,
    pub uploaded: String,
    pub preview: String,
    pub download: String,
    pub preview_of: String,
    pub download_of: String,
    pub unnamed: String,
    pub size_unknown: String,
    pub date_unknown: String,
    pub loaded_so_far: String,
    pub empty_title: String,
    pub empty_text: String,
    pub not_found_title: String,
    pub not_found_text: String,
    pub signed_out_title: String,
    pub signed_out_text: String,
    pub forbidden_title: String,
    pub forbidden_text: String,
    pub limited_title: String,
    pub limited_text: String,
    pub failed_title: String,
    pub failed_text: String,
    pub retry: String,
    pub dropped: String,
}

/// What only a page without script says: there the component would go on by itself.
#[derive(Debug)]
pub struct Own {
    pub pages: &'static str,
    pub previous: &'static str,
    pub next: &'static str,
}

impl Own {
    /// The texts of a language that has [`Words`].
    pub fn of(language: &str) -> &'static Self {
        match language {
            "de" => &Self { pages: "Seiten", previous: "Vorherige Seite", next: "Nächste Seite" },
            "es" => &Self { pages: "Páginas", previous: "Página anterior", next: "Página siguiente" },
            "fr" => &Self { pages: "Pages", previous: "Page précédente", next: "Page suivante" },
            _ => &Self { pages: "Pages", previous: "Previous page", next: "Next page" },
        }
    }
}

macro_rules! catalogue {
    ($name:literal) => {
        serde_json::from_str(include_str!(concat!("../../../../src/text/", $name, ".json"))).expect(concat!(
            "src/text/",
            $name,
            ".json has every text"
        ))
    };
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| catalogue!("en"));
static GERMAN: LazyLock<Words> = LazyLock::new(|| catalogue!("de"));
static SPANISH: LazyLock<Words> = LazyLock::new(|| catalogue!("es"));
static FRENCH: LazyLock<Words> = LazyLock::new(|| catalogue!("fr"));

impl Words {
    /// The texts of a language, such as `de`.
    pub fn of(language: &str) -> Option<&'static Self> {
        match language {
            "en" => Some(&ENGLISH),
            "de" => Some(&GERMAN),
            "es" => Some(&SPANISH),
            "fr" => Some(&FRENCH),
            _ => None,
        }
    }

    /// What everybody else reads.
    pub fn english() -> &'static Self {
        &ENGLISH
    }

    /// `12 documents · 3.4 MB`; without a size where none is known.
    pub fn count_and_size(&self, forms: &Forms, count: u64, bytes: u64) -> String {
        let documents = plural(&self.documents, forms, count);
        if bytes == 0 { documents } else { format!("{documents} · {}", forms.bytes(bytes)) }
    }

    /// The name of a document type's group. A type that is not documented speaks for itself.
    pub fn type_name(&self, word: &str) -> String {
        let name = match word {
            "contract" => &self.contract,
            "invoice" => &self.invoice,
            "document" => &self.document,
            "attachment" => &self.attachment,
            "" => &self.other_type,
            word => {
                let mut word = word.replace(['_', '-'], " ");
                // Only of the alphabet whose table every browser has; the style sheet gives others theirs.
                if let Some(first) = word.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                return word;
            }
        };
        name.clone()
    }
}

/// The text with its marks filled in. What is filled in is not looked through again.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 40);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A text about a number of things, `{n}`, in its plural form.
pub fn plural(text: &str, forms: &Forms, number: u64) -> String {
    let form = text.split('|').nth(forms.plural(number)).or(text.rsplit('|').next()).unwrap_or(text);
    fill(form, &[("n", &forms.number(number))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_have_every_text_in_every_language() {
        for language in ["en", "de", "es", "fr"] {
            assert!(!Words::of(language).unwrap().heading.is_empty());
        }
        assert!(Words::of("it").is_none());
    }

    #[test]
    fn should_fill_in_once() {
        assert_eq!(fill(&Words::english().preview_of, &[("name", "{name}.pdf")]), "{name}.pdf: preview");
        assert_eq!(fill("{x} {", &[]), " {");
    }

    #[test]
    fn should_count_in_plural_forms() {
        let counted = |language: &str, number| plural(&Words::of(language).unwrap().documents, &Forms::of(language, ""), number);
        assert_eq!([counted("en", 1), counted("en", 0)], ["1 document", "0 documents"]);
        assert_eq!([counted("fr", 0), counted("fr", 2)], ["0 document", "2 documents"]);
        assert_eq!(counted("es", 1_000_000), "1.000.000 documentos");
    }

    #[test]
    fn should_name_types() {
        let words = Words::of("de").unwrap();
        for (word, name) in
            [("invoice", "Rechnungen"), ("", "Weitere Dokumente"), ("delivery_note", "Delivery note"), ("ärger", "ärger")]
        {
            assert_eq!(words.type_name(word), name);
        }
    }
}
