//! HTML out of a description of elements, as src/markup/list.js makes elements out of the same one.
//!
//! [`Markup`] is written here only, and every text that comes from outside is escaped on its way into it: there is no way to put markup in as a text.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// HTML that stands by itself: every element in it is closed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML.
    pub fn into_string(self) -> String {
        self.0
    }

    /// A script element with data for scripts. It runs nothing: its type is `application/json`.
    pub fn data(&mut self, attributes: &[(&str, &str)], json: &str) {
        self.0.push_str("<script type=\"application/json\"");
        for (name, value) in attributes {
            self.attribute(name, |out| escape(value, out));
        }
        self.0.push('>');
        // No `<`, so neither `</script>` nor `<!--`; the line separators are line ends to old scripts.
        for char in json.chars() {
            match char {
                '<' => self.0.push_str("\\u003c"),
                '\u{2028}' => self.0.push_str("\\u2028"),
                '\u{2029}' => self.0.push_str("\\u2029"),
                char => self.0.push(char),
            }
        }
        self.0.push_str("</script>");
    }

    /// An element's declarative shadow root: its style sheet first, so that nothing is seen without it.
    pub fn shadow(stylesheet: &str, inside: impl FnOnce(&mut Markup)) -> Self {
        let mut markup = Self("<template shadowrootmode=\"open\"><link rel=\"stylesheet\"".to_owned());
        markup.attribute("href", |out| escape(stylesheet, out));
        markup.0.push('>');
        inside(&mut markup);
        markup.0.push_str("</template>");
        markup
    }

    fn attribute(&mut self, name: &str, value: impl FnOnce(&mut String)) {
        self.0.push(' ');
        self.0.push_str(name);
        self.0.push_str("=\"");
        value(&mut self.0);
        self.0.push('"');
    }
}

/// As the text of an element, and as an attribute's value in double quotes.
pub fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser would make a line end of it.
            '\r' => out.push_str("&#13;"),
            // There is no way to write it in HTML.
            '\0' => out.push('\u{FFFD}'),
            char => out.push(char),
        }
    }
}

/// A place, and what writes its elements.
pub type Place<'a> = (&'a str, &'a dyn Fn(&mut Markup));

/// What fills an element's holes and places.
pub struct Values<'a> {
    /// Texts by the names of the holes; an attribute with a hole that is not here, or is `None`, is left out.
    pub texts: &'a [(&'a str, Option<&'a str>)],
    /// What writes the elements of a place.
    pub places: &'a [Place<'a>],
}

impl Values<'_> {
    fn text(&self, hole: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| *name == hole).and_then(|(_, text)| *text)
    }
}

/// An element: `["tag.name", {attribute: "text with {holes}"}, ...children]`, where the name is both class and part.
#[derive(Debug)]
pub struct Element {
    tag: String,
    /// What it is where its `href` has nothing to lead to.
    button: Option<String>,
    name: Option<String>,
    attributes: Attributes,
    children: Vec<Child>,
}

#[derive(Debug)]
enum Child {
    Element(Element),
    Text(Template),
    /// Elements that are handed in, followed by a comment of this name.
    Place(String),
}

#[derive(Debug)]
struct Attributes(Vec<(String, Template)>);

/// A text with `{holes}`.
#[derive(Debug)]
struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Literal(String),
    Hole(String),
}

impl Element {
    /// Writes the element.
    pub fn write(&self, values: &Values<'_>, out: &mut Markup) {
        let leads_somewhere = self.attributes.get("href").is_some_and(|href| href.is_filled(values));
        let (tag, is_button) = match &self.button {
            Some(button) if !leads_somewhere => (button, true),
            _ => (&self.tag, false),
        };
        out.0.push('<');
        out.0.push_str(tag);
        for (attribute, value) in [("class", &self.name), ("part", &self.name)] {
            if let Some(value) = value {
                out.attribute(attribute, |out| out.push_str(value));
            }
        }
        if is_button {
            out.attribute("type", |out| out.push_str("button"));
        }
        for (name, template) in self.attributes.0.iter().filter(|(_, template)| template.is_filled(values)) {
            out.attribute(name, |out| template.write(values, out));
        }
        out.0.push('>');
        if tag == "input" {
            return;
        }
        for child in &self.children {
            match child {
                Child::Element(element) => element.write(values, out),
                Child::Text(text) if text.is_filled(values) => text.write(values, &mut out.0),
                Child::Text(_) => {}
                Child::Place(place) => {
                    if let Some((_, write)) = values.places.iter().find(|(name, _)| name == place) {
                        write(out);
                    }
                    out.0.push_str("<!--");
                    out.0.push_str(place);
                    out.0.push_str("-->");
                }
            }
        }
        out.0.push_str("</");
        out.0.push_str(tag);
        out.0.push('>');
    }
}

impl Attributes {
    fn get(&self, name: &str) -> Option<&Template> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, template)| template)
    }
}

impl Template {
    fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, (hole, after))) =
            rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            pieces.extend([Piece::Literal(before.to_owned()), Piece::Hole(hole.to_owned())]);
            rest = after;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Literal(text) if text.is_empty()));
        Self(pieces)
    }

    fn is_filled(&self, values: &Values<'_>) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Literal(_) => true,
            Piece::Hole(name) => values.text(name).is_some(),
        })
    }

    fn write(&self, values: &Values<'_>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => escape(text, out),
                Piece::Hole(name) => escape(values.text(name).unwrap_or_default(), out),
            }
        }
    }
}

/// Attributes keep the order in which they are described.
impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Attributes;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut attributes = Vec::new();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    attributes.push((name, Template::new(&text)));
                }
                Ok(Attributes(attributes))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnElement;
        impl<'de> Visitor<'de> for AnElement {
            type Value = Element;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("[\"tag.name\", {attributes}, ...children]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Element, A::Error> {
                let lacks = || A::Error::custom("an element has a tag and attributes");
                let head: String = seq.next_element()?.ok_or_else(lacks)?;
                let (kinds, name) = match head.split_once('.') {
                    Some((kinds, name)) => (kinds, Some(name.to_owned())),
                    None => (head.as_str(), None),
                };
                let (tag, button) = match kinds.split_once('|') {
                    Some((tag, button)) => (tag, Some(button.to_owned())),
                    None => (kinds, None),
                };
                let attributes = seq.next_element()?.ok_or_else(lacks)?;
                let mut children = Vec::new();
                while let Some(child) = seq.next_element()? {
                    children.push(child);
                }
                Ok(Element { tag: tag.to_owned(), button, name, attributes, children })
            }
        }
        deserializer.deserialize_seq(AnElement)
    }
}

impl<'de> Deserialize<'de> for Child {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Element(Element),
            Text(String),
        }
        Ok(match Raw::deserialize(deserializer)? {
            Raw::Element(element) => Self::Element(element),
            Raw::Text(text) => match text.strip_prefix('*') {
                Some(place) => Self::Place(place.to_owned()),
                None => Self::Text(Template::new(&text)),
            },
        })
    }
}

#[cfg(test)]
mod tests;
