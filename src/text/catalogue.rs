//! One language's texts.

use super::Key;

/// One language's texts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue {
    /// By [`Key`].
    texts: Vec<String>,
}

impl Catalogue {
    /// A catalogue out of a language's file; a text that it does not have is its key's name.
    pub fn new(lookup: impl Fn(&str) -> Option<String>) -> Self {
        Self { texts: Key::ALL.iter().map(|name| lookup(name).unwrap_or_else(|| (*name).to_owned())).collect() }
    }

    /// The text, with its marks unfilled.
    pub fn text(&self, key: Key) -> &str {
        self.texts.get(key as usize).map_or("", String::as_str)
    }

    /// The text with its marks filled in. What is filled in is not looked through again.
    pub fn filled(&self, key: Key, values: &[(&str, &str)]) -> String {
        fill(self.text(key), values)
    }

    /// The text's plural form with this number (see `pluralForm` in browser.js), filled in; the last form where it has fewer.
    pub fn plural(&self, key: Key, form: usize, values: &[(&str, &str)]) -> String {
        let text = self.text(key);
        fill(text.split('|').nth(form).or(text.rsplit('|').next()).unwrap_or(text), values)
    }
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// The catalogues in the repository, and how many plural forms their language has (CLDR).
    const CATALOGUES: [(&str, usize); 4] =
        [(ENGLISH, 2), (include_str!("de.json"), 2), (include_str!("fr.json"), 3), (include_str!("es.json"), 3)];
    const ENGLISH: &str = include_str!("en.json");

    fn english() -> BTreeMap<String, String> {
        serde_json::from_str(ENGLISH).unwrap()
    }

    fn marks(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn should_have_every_text_in_every_language() {
        for (json, forms) in CATALOGUES {
            let texts: BTreeMap<String, String> = serde_json::from_str(json).unwrap();
            let names: BTreeSet<_> = texts.keys().map(String::as_str).collect();
            assert_eq!(names, Key::ALL.iter().copied().collect::<BTreeSet<_>>());
            for (name, english) in &english() {
                let text = &texts[name];
                assert_eq!(marks(text), marks(english), "{name}: {text}");
                let expected = if english.contains('|') { forms } else { 1 };
                assert_eq!(text.split('|').count(), expected, "{name}: {text}");
                assert!(!text.trim().is_empty());
            }
        }
    }

    #[test]
    fn should_fill_in_once() {
        let catalogue = Catalogue::new(|name| english().remove(name));
        assert_eq!(catalogue.filled(Key::PreviewOf, &[("name", "{name}.pdf")]), "{name}.pdf: preview");
        assert_eq!(catalogue.plural(Key::Documents, 0, &[("n", "1")]), "1 document");
        assert_eq!(catalogue.plural(Key::Documents, 7, &[("n", "9")]), "9 documents");
    }

    #[test]
    fn should_show_a_name_where_a_language_has_no_text() {
        let catalogue = Catalogue::new(|name| (name == "Close").then(|| "Zu".to_owned()));
        assert_eq!((catalogue.text(Key::Close), catalogue.text(Key::Retry)), ("Zu", "Retry"));
    }
}
