//! How the element is set, by its attributes: what the page says, and what a request adds.

use serde::Deserialize;

/// The attributes that the rendering goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The heading's text; the language's own where there is none.
    pub heading: Option<String>,
    /// From 1 to 6.
    pub level: u8,
    /// `light`, `dark`, or nothing for what the page has.
    pub theme: Option<&'static str>,
    /// The word of the order in which documents stand.
    pub sort: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heading: None, level: 2, theme: None, sort: "-created" }
    }
}

/// The orders that need no knowledge of a language's alphabet.
const SORTS: [&str; 4] = ["-created", "created", "-size", "size"];

/// The longest heading that a request may name, in characters.
const MAX_HEADING: usize = 200;

impl Settings {
    /// Sets one attribute. `None` where the element then shows what is not rendered here.
    pub fn set(&mut self, attribute: &str, value: &str) -> Option<()> {
        match attribute {
            "heading" => self.heading = Some(value.trim()).filter(|heading| !heading.is_empty()).map(str::to_owned),
            "heading-level" => self.level = value.parse().ok().filter(|level| (1..=6).contains(level)).unwrap_or(2),
            "theme" => self.theme = ["light", "dark"].into_iter().find(|theme| *theme == value),
            "sort" => self.sort = SORTS.into_iter().find(|sort| *sort == value)?,
            "group-by" if value != "type" => return None,
            "scope" if value != "order" => return None,
            "endpoint" if value != "/api/v1" => return None,
            "order-id" | "type" | "lang" => return None,
            _ => {}
        }
        Some(())
    }

    /// With what a request names. What it names wrongly is as the page has it.
    pub fn with(&self, asked: &Asked) -> Self {
        let mut settings = self.clone();
        let heading = asked.heading.as_ref().filter(|heading| heading.chars().count() <= MAX_HEADING);
        let named = [
            ("heading", heading),
            ("heading-level", asked.level.as_ref()),
            ("theme", asked.theme.as_ref()),
            ("sort", asked.sort.as_ref()),
        ];
        for (attribute, value) in named {
            if let Some(value) = value {
                // A sort that is not rendered leaves the order as it was, and the component sorts.
                let _ = settings.set(attribute, value);
            }
        }
        settings
    }
}

/// What a request's query names, by the element's attributes.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A language tag, instead of the languages that the reader accepts.
    pub lang: Option<String>,
    heading: Option<String>,
    #[serde(rename = "heading-level")]
    level: Option<String>,
    /// As the element's attribute.
    pub theme: Option<String>,
    sort: Option<String>,
    /// How many documents stand on the pages before.
    pub offset: Option<String>,
}

impl Asked {
    /// Without what an address of our own page must not change: the words that stand on it, say.
    pub fn of_a_page(&self) -> Self {
        Self { theme: self.theme.clone(), ..Self::default() }
    }
}
