//! The page around the element: the component's own index.html, or the operator's, with the rendering put into it.
//!
//! It is looked through once. What is put in goes right behind the element's tag, so that everything else in the page stays as it is; a page with no
//! such element, with more than one, or with one that is set to show something else is served as it is.

use super::language::Language;
use super::markup::{Markup, escape};
use super::settings::Settings;
use super::words::Words;
use flexportal::OrderId;
use std::ops::Range;

/// A page that a list can be put into.
#[derive(Debug)]
pub struct Shell {
    page: String,
    /// The value of the page's `lang`.
    lang: Option<Range<usize>>,
    /// The page's title, where it is only the heading in English.
    title: Option<Range<usize>>,
    /// Behind the element's name: where attributes go.
    attributes: usize,
    /// Behind the element's tag: where what it holds goes.
    inside: usize,
    /// How the element is set.
    settings: Settings,
}

const TAG: &str = "<order-documents";

impl Shell {
    /// The page, if it has one place for a list.
    pub fn of(page: &str) -> Option<Self> {
        let start = page.find(TAG)?;
        let attributes = start + TAG.len();
        // Another element may have a name that begins alike.
        let is_it = page[attributes..].starts_with(|char: char| char.is_ascii_whitespace() || char == '>');
        if !is_it || page.matches(TAG).count() != 1 || page[attributes..].matches("</order-documents>").count() != 1 {
            return None;
        }
        let mut settings = Settings::default();
        let (pairs, length) = attributes_of(&page[attributes..])?;
        for (name, value) in pairs {
            settings.set(&name, value)?;
        }
        let title = title_of(page).filter(|title| title.end <= start);
        let first = title.as_ref().map_or(start, |title| title.start);
        Some(Self {
            lang: lang_of(page).filter(|lang| lang.end <= first),
            title,
            attributes,
            inside: attributes + length,
            settings,
            page: page.to_owned(),
        })
    }

    /// How the page sets the element.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The page in a language, with an order's rendering in its element.
    pub fn with(&self, language: &Language, order: &OrderId, theme: Option<&str>, rendering: &Markup) -> String {
        let rendering = rendering.as_str();
        let mut html = String::with_capacity(self.page.len() + rendering.len() + 200);
        let mut done = 0;
        let mut put = |at: Range<usize>, write: &dyn Fn(&mut String)| {
            html.push_str(&self.page[done..at.start]);
            write(&mut html);
            done = at.end;
        };
        if let Some(lang) = &self.lang {
            put(lang.clone(), &|html| html.push_str(&language.tag));
        }
        if let Some(title) = &self.title {
            put(title.clone(), &|html| escape(&language.words.heading, html));
        }
        // Where the page has the attribute, too, the first one counts.
        put(self.attributes..self.attributes, &|html| {
            html.push_str(&format!(" order-id=\"{order}\""));
            if let Some(theme) = theme {
                html.push_str(&format!(" theme=\"{theme}\""));
            }
        });
        put(self.inside..self.inside, &|html| html.push_str(rendering));
        html.push_str(&self.page[done..]);
        html
    }
}

/// The attributes' names and values, and the length of the tag's rest with its `>`. `None` where one is written in a way that is not read here.
fn attributes_of(text: &str) -> Option<(Vec<(String, &str)>, usize)> {
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return Some((pairs, text.len() - after.len()));
        }
        let end = rest.find(|char: char| char.is_ascii_whitespace() || "=>\"'/<".contains(char)).filter(|end| *end > 0)?;
        let (name, after) = rest.split_at(end);
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = after.trim_start().strip_prefix('"')?.split_once('"')?;
        }
        // A reference to a character would have to be resolved.
        if value.contains('&') {
            return None;
        }
        pairs.push((name.to_ascii_lowercase(), value));
    }
}

fn lang_of(page: &str) -> Option<Range<usize>> {
    let start = page.find("<html")?;
    let tag = &page[start..start + page[start..].find('>')?];
    let value = start + tag.find(" lang=\"")? + " lang=\"".len();
    Some(value..value + page[value..].find('"')?)
}

fn title_of(page: &str) -> Option<Range<usize>> {
    let start = page.find("<title>")? + "<title>".len();
    let end = start + page[start..].find("</title>")?;
    (page[start..end] == Words::english().heading).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../index.html");

    fn order() -> OrderId {
        OrderId::new("ord_1").unwrap()
    }

    #[test]
    fn should_put_the_list_into_our_own_page() {
        let shell = Shell::of(PAGE).unwrap();
        assert_eq!(shell.settings(), &Settings { level: 1, ..Settings::default() });
        let rendering = Markup::shadow("/s.css", |_| ());
        let page = shell.with(&Language::of_tag("de-AT").unwrap(), &order(), Some("dark"), &rendering);
        for expected in [
            "<html lang=\"de-AT\">",
            "<title>Dokumente</title>",
            "<order-documents order-id=\"ord_1\" theme=\"dark\" heading-level=\"1\"><template shadowrootmode=\"open\">",
            "</template>\n      <div class=\"shell\"",
        ] {
            assert!(page.contains(expected), "{expected} in {page}");
        }
    }

    #[test]
    fn should_leave_a_page_alone_that_it_does_not_understand() {
        for page in [
            "<p>no element</p>",
            "<order-documents-other></order-documents-other>",
            "<order-documents></order-documents><order-documents></order-documents>",
            "<order-documents>",
            "<order-documents order-id=\"o\"></order-documents>",
            "<order-documents scope=\"customer\"></order-documents>",
            "<order-documents endpoint='/x'></order-documents>",
            "<order-documents sort=\"name\"></order-documents>",
            "<order-documents heading=\"a &amp; b\"></order-documents>",
            "<order-documents heading",
        ] {
            assert!(Shell::of(page).is_none(), "{page}");
        }
    }

    #[test]
    fn should_read_how_the_element_is_set() {
        let page = "<order-documents\n heading=\"My > files\" hidden theme = \"dark\" sort=\"size\" group-by=\"type\" data-x=\"1\"><p></p></order-documents>";
        let shell = Shell::of(page).unwrap();
        let expected = Settings { heading: Some("My > files".into()), level: 2, theme: Some("dark"), sort: "size" };
        assert_eq!(shell.settings(), &expected);
        let page = shell.with(&Language::of_tag("en").unwrap(), &order(), None, &Markup::default());
        assert!(page.ends_with("data-x=\"1\"><p></p></order-documents>"), "{page}");
    }
}
