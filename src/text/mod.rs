//! The interface's texts, in the language of the page around the element. What fills them in is in `src/markup/list.js`.

mod key;

pub use key::Key;

use crate::browser;
use crate::reactive::RwSignal;
use flexportal::DocumentType;
use wasm_bindgen::JsValue;

/// The texts of the language in use. Everything read from it follows the language when it changes.
#[derive(Clone, Copy)]
pub struct Text {
    /// The language's file as an object of strings. A text that it does not have is its key's name.
    pub words: RwSignal<JsValue>,
    /// The language tag for numbers, dates and sorting; empty for the browser's own.
    pub lang: RwSignal<String>,
}

impl Text {
    /// The texts out of a language's file, in the language that `lang` says.
    pub fn new(words: JsValue, lang: RwSignal<String>) -> Self {
        Self { words: RwSignal::new(words), lang }
    }

    /// Goes on with another language's file.
    pub fn learn(self, words: JsValue) {
        if self.words.try_with_untracked(|known| *known != words).unwrap_or(false) {
            self.words.set(words);
        }
    }

    /// Follows the language, and nothing more.
    pub fn track(self) {
        self.words.track();
        self.lang.track();
    }

    /// A text as it is.
    pub fn get(self, key: Key) -> String {
        self.words.with(|words| browser::text(words, key.name()))
    }

    /// A text with its one mark filled in, whatever it is called.
    pub fn filled(self, key: Key, value: &str) -> String {
        browser::fill_in(&self.get(key), value)
    }

    /// A text about a number of things, `{n}`.
    pub fn plural(self, key: Key, number: u64) -> String {
        let text = self.get(key);
        self.lang.with(|lang| browser::plural(&text, lang, number as f64))
    }

    /// A text about a part of a whole, `{n}` and `{total}`.
    pub fn part(self, key: Key, number: u64, total: u64) -> String {
        let text = self.get(key);
        self.lang.with(|lang| browser::part(&text, lang, number as f64, total as f64))
    }

    /// A number.
    pub fn number(self, number: u64) -> String {
        self.lang.with(|lang| browser::format_number(lang, number as f64))
    }

    /// A size in bytes.
    pub fn size(self, bytes: u64) -> String {
        self.lang.with(|lang| browser::format_bytes(lang, bytes as f64))
    }

    /// `12 documents · 3.4 MB`; without a size where none is known.
    pub fn count_and_size(self, count: u64, bytes: u64) -> String {
        self.words.with(|words| self.lang.with(|lang| browser::count_and_size(words, lang, count as f64, bytes as f64)))
    }

    /// A moment's date, in milliseconds since the epoch.
    pub fn date(self, millis: i64) -> String {
        self.lang.with(|lang| browser::format_date(lang, millis as f64))
    }

    /// The name of a document type's group. A type that is not documented speaks for itself.
    pub fn document_type(self, kind: &DocumentType) -> String {
        self.words.with(|words| browser::type_name(words, kind.as_word()))
    }
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
}
