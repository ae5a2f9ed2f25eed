//! The interface's texts, in the language of the page around the element.

mod catalogue;
mod key;

pub use catalogue::Catalogue;
pub use key::Key;

use crate::browser;
use crate::reactive::{RwSignal, StoredValue};
use flexportal::DocumentType;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

impl Catalogue {
    /// A language's file as the browser parsed it.
    pub fn from_js(object: &JsValue) -> Self {
        Self::new(|name| Reflect::get(object, &name.into()).ok()?.as_string())
    }
}

/// The texts of the language in use. Everything read from it follows the language when it changes.
#[derive(Clone, Copy)]
pub struct Text {
    /// The texts.
    pub catalogue: RwSignal<Catalogue>,
    /// The same as the scripts use them (`src/markup/`).
    pub words: StoredValue<JsValue>,
    /// The language tag for numbers, dates and sorting; empty for the browser's own.
    pub lang: RwSignal<String>,
}

impl Text {
    /// The texts out of a language's file, in the language that `lang` says.
    pub fn new(words: JsValue, lang: RwSignal<String>) -> Self {
        Self { catalogue: RwSignal::new(Catalogue::from_js(&words)), words: StoredValue::new(words), lang }
    }

    /// Goes on with another language's file.
    pub fn learn(self, words: JsValue) {
        if self.words.try_with_value(|known| *known == words).unwrap_or(true) {
            return;
        }
        let catalogue = Catalogue::from_js(&words);
        self.words.set_value(words);
        // Set last: it is what others follow.
        self.catalogue.set(catalogue);
    }

    /// Follows the language, and nothing more.
    pub fn track(self) {
        self.catalogue.track();
        self.lang.track();
    }

    /// A text as it is.
    pub fn get(self, key: Key) -> String {
        self.catalogue.with(|catalogue| catalogue.text(key).to_owned())
    }

    /// A text with its marks filled in.
    pub fn filled(self, key: Key, values: &[(&str, &str)]) -> String {
        self.catalogue.with(|catalogue| catalogue.filled(key, values))
    }

    /// A text about a number of things, `{n}`.
    pub fn plural(self, key: Key, number: u64) -> String {
        let form = self.lang.with(|lang| browser::plural_form(lang, number as f64));
        let number = self.number(number);
        self.catalogue.with(|catalogue| catalogue.plural(key, form, &[("n", &number)]))
    }

    /// A text about a part of a whole, `{n}` and `{total}`.
    pub fn part(self, key: Key, number: u64, total: u64) -> String {
        self.filled(key, &[("n", &self.number(number)), ("total", &self.number(total))])
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
        let count = self.plural(Key::Documents, count);
        if bytes == 0 { count } else { format!("{count} · {}", self.size(bytes)) }
    }

    /// A moment's date, in milliseconds since the epoch.
    pub fn date(self, millis: i64) -> String {
        self.lang.with(|lang| browser::format_date(lang, millis as f64))
    }

    /// The name of a document type's group. A type that is not documented speaks for itself.
    pub fn document_type(self, kind: &DocumentType) -> String {
        let key = match kind {
            DocumentType::Contract => Key::Contract,
            DocumentType::Invoice => Key::Invoice,
            DocumentType::Document => Key::Document,
            DocumentType::Attachment => Key::Attachment,
            DocumentType::Other(word) if word.is_empty() => Key::OtherType,
            DocumentType::Other(word) => {
                let mut word = word.replace(['_', '-'], " ");
                // The style sheet gives other alphabets their capital; their table would weigh kilobytes.
                if let Some(first) = word.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                return word;
            }
        };
        self.get(key)
    }
}
