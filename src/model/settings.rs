//! The element's attributes, parsed. An attribute that cannot be read counts as absent.

use flexportal::{DocumentType, OrderId};

/// Whose files are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// The files of one order.
    #[default]
    Order,
    /// All the signed-in customer's files.
    Customer,
}

/// What makes a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupBy {
    /// One group for each document type.
    #[default]
    Type,
    /// One group for each order.
    Order,
    /// One list.
    None,
}

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// The moment of creation.
    Created,
    /// The name, as the reader's language sorts.
    Name,
    /// The size in bytes.
    Size,
}

/// A sort order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What by.
    pub key: SortKey,
    /// Largest, newest or last first.
    pub descending: bool,
}

impl Sort {
    /// All six, in the order in which they are offered.
    pub const ALL: [&'static str; 6] = ["-created", "created", "name", "-name", "-size", "size"];

    /// Reads `created`, `name` or `size`, `-` in front for descending.
    pub fn from_word(word: &str) -> Option<Self> {
        let (descending, key) = match word.trim().strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, word.trim()),
        };
        let key = match key {
            "created" => SortKey::Created,
            "name" => SortKey::Name,
            "size" => SortKey::Size,
            _ => return None,
        };
        Some(Self { key, descending })
    }

    /// The attribute's word.
    pub fn as_word(self) -> &'static str {
        match (self.key, self.descending) {
            (SortKey::Created, true) => "-created",
            (SortKey::Created, false) => "created",
            (SortKey::Name, true) => "-name",
            (SortKey::Name, false) => "name",
            (SortKey::Size, true) => "-size",
            (SortKey::Size, false) => "size",
        }
    }
}

impl Default for Sort {
    fn default() -> Self {
        Self { key: SortKey::Created, descending: true }
    }
}

/// The colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the page around it: its `color-scheme`.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// All settings of one element.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `order-id`, where it is of an id's form.
    pub order_id: Option<OrderId>,
    /// `order-id` is given but is not of an id's form: no such order can exist.
    pub order_id_invalid: bool,
    /// `scope`.
    pub scope: Scope,
    /// `endpoint`: a path on the page's own origin, without a slash at its end.
    pub endpoint: String,
    /// `type`: only these types; empty for all.
    pub types: Vec<DocumentType>,
    /// `group-by`.
    pub group_by: GroupBy,
    /// `sort`.
    pub sort: Sort,
    /// `theme`.
    pub theme: Theme,
    /// `link-minutes`: the lifetime asked for a signed URL, 1 to 1440.
    pub link_minutes: u32,
    /// `heading`; `None` for the localised default.
    pub heading: Option<String>,
    /// `heading-level`, 1 to 6.
    pub heading_level: u8,
    /// The resolved language of the nearest ancestor with `lang`; empty for the browser's.
    pub lang: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            order_id: None,
            order_id_invalid: false,
            scope: Scope::default(),
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            types: Vec::new(),
            group_by: GroupBy::default(),
            sort: Sort::default(),
            theme: Theme::default(),
            link_minutes: 5,
            heading: None,
            heading_level: 2,
            lang: String::new(),
        }
    }
}

const DEFAULT_ENDPOINT: &str = "/api/v1";

impl Settings {
    /// The word of the one type that is shown, which the server can filter by; `None` where it is all or several.
    pub fn only_type(&self) -> Option<String> {
        match self.types.as_slice() {
            [only] => Some(only.as_word().to_owned()),
            _ => None,
        }
    }

    /// Takes an attribute's new value, `None` where it was removed. Names that are not ours are ignored.
    pub fn set(&mut self, attribute: &str, value: Option<&str>) {
        let default = Self::default();
        let value = value.map(str::trim);
        match attribute {
            "order-id" => {
                self.order_id = value.and_then(|id| OrderId::new(id).ok());
                self.order_id_invalid = self.order_id.is_none() && value.is_some_and(|id| !id.is_empty());
            }
            "scope" => self.scope = if value == Some("customer") { Scope::Customer } else { Scope::Order },
            "endpoint" => self.endpoint = value.and_then(own_path).unwrap_or(default.endpoint),
            "type" => {
                let words = value.unwrap_or_default().split(',').map(str::trim);
                self.types = words.filter(|word| !word.is_empty()).map(DocumentType::from_word).collect();
            }
            "group-by" => {
                self.group_by = match value {
                    Some("order") => GroupBy::Order,
                    Some("none") => GroupBy::None,
                    _ => GroupBy::Type,
                }
            }
            "sort" => self.sort = value.and_then(Sort::from_word).unwrap_or_default(),
            "theme" => {
                self.theme = match value {
                    Some("light") => Theme::Light,
                    Some("dark") => Theme::Dark,
                    _ => Theme::Auto,
                }
            }
            "link-minutes" => {
                let minutes = value.and_then(|value| value.parse().ok());
                self.link_minutes = minutes.filter(|minutes| (1..=1440).contains(minutes)).unwrap_or(default.link_minutes);
            }
            "heading" => self.heading = value.filter(|text| !text.is_empty()).map(str::to_owned),
            "heading-level" => {
                let level = value.and_then(|value| value.parse().ok());
                self.heading_level = level.filter(|level| (1..=6).contains(level)).unwrap_or(default.heading_level);
            }
            "lang" => self.lang = value.unwrap_or_default().to_owned(),
            _ => {}
        }
    }
}

/// An absolute path on the page's own origin, without a slash at its end; anything that could name another origin is refused.
fn own_path(path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let own =
        path.starts_with('/') && !path.contains("//") && !path.split('/').any(|part| part == "..") && path.bytes().all(safe);
    own.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(attribute: &str, value: &str) -> Settings {
        let mut settings = Settings::default();
        settings.set(attribute, Some(value));
        settings
    }

    #[test]
    fn should_refuse_an_endpoint_on_another_origin() {
        for bad in
            ["https://evil.example", "//evil.example/api", "/\\evil.example", "api", "/a/../b", "/a?b", "javascript:1", "/a//b"]
        {
            assert_eq!(with("endpoint", bad).endpoint, "/api/v1", "{bad}");
        }
        assert_eq!(with("endpoint", "/portal/files/").endpoint, "/portal/files");
    }

    #[test]
    fn should_fall_back_where_a_value_cannot_be_read() {
        for (attribute, value) in [
            ("scope", "tenant"),
            ("group-by", "colour"),
            ("sort", "-colour"),
            ("theme", "sepia"),
            ("link-minutes", "0"),
            ("link-minutes", "1441"),
            ("link-minutes", "5.5"),
            ("heading-level", "7"),
            ("heading", "  "),
            ("unknown", "x"),
        ] {
            assert_eq!(with(attribute, value), Settings::default(), "{attribute}={value}");
        }
    }

    #[test]
    fn should_return_to_the_default_when_an_attribute_is_removed() {
        let mut settings = Settings::default();
        let given = [
            ("order-id", "ord_1"),
            ("scope", "customer"),
            ("endpoint", "/x"),
            ("type", "invoice, warranty"),
            ("group-by", "none"),
            ("sort", "name"),
            ("theme", "dark"),
            ("link-minutes", "60"),
            ("heading", "Files"),
            ("heading-level", "3"),
            ("lang", "de"),
        ];
        for (attribute, value) in given {
            let before = settings.clone();
            settings.set(attribute, Some(value));
            assert_ne!(settings, before, "{attribute}");
        }
        assert_eq!(settings.types, [DocumentType::Invoice, DocumentType::Other("warranty".into())]);
        for (attribute, _) in given {
            settings.set(attribute, None);
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn should_tell_no_order_from_one_that_cannot_exist() {
        assert!(with("order-id", "../secret").order_id_invalid);
        assert!(!with("order-id", "").order_id_invalid);
    }

    #[test]
    fn should_read_each_offered_sort_back() {
        for word in Sort::ALL {
            assert_eq!(Sort::from_word(word).unwrap().as_word(), word);
        }
    }
}
