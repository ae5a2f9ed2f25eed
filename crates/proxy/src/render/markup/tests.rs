use super::*;
use html5gum::{Token, Tokenizer};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What a browser's tokenizer makes of HTML: tags with their attributes, and texts.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Open(String, BTreeMap<String, String>),
    Close(String),
    Text(String),
    Comment(String),
}

fn seen(html: &str) -> Vec<Seen> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut all: Vec<Seen> = Vec::new();
    for token in Tokenizer::new(html).map(|token| token.unwrap()) {
        match token {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                all.push(Seen::Open(text(&tag.name), attributes));
            }
            Token::EndTag(tag) => all.push(Seen::Close(text(&tag.name))),
            Token::Comment(comment) => all.push(Seen::Comment(text(&comment))),
            Token::String(string) => match all.last_mut() {
                Some(Seen::Text(before)) => before.push_str(&text(&string)),
                _ => all.push(Seen::Text(text(&string))),
            },
            // Unusual, and read as what it is.
            Token::Error(error) if error.value == html5gum::Error::ControlCharacterReference => {}
            other => panic!("{other:?} in {html}"),
        }
    }
    all
}

fn element(json: &str) -> Element {
    serde_json::from_str(json).unwrap()
}

fn written(element: &Element, texts: &[(&str, Option<&str>)], places: &[Place<'_>]) -> String {
    let mut markup = Markup::default();
    element.write(&Values { texts, places }, &mut markup);
    markup.into_string()
}

#[test]
fn should_write_what_is_described() {
    let link =
        element(r#"["a|button", {"class": "action", "href": "{to}", "title": "{t}"}, ["b.x", {}, "{t} and {t}"], "*inside"]"#);
    let inside = |out: &mut Markup| element(r#"["input", {"type": "search"}]"#).write(&Values { texts: &[], places: &[] }, out);
    assert_eq!(
        written(&link, &[("to", Some("/v?a=1&b=2")), ("t", Some("T"))], &[("inside", &inside)]),
        "<a class=\"action\" href=\"/v?a=1&amp;b=2\" title=\"T\"><b class=\"x\" part=\"x\">T and T</b><input type=\"search\"><!--inside--></a>"
    );
    assert_eq!(
        written(&link, &[("to", None)], &[]),
        "<button type=\"button\" class=\"action\"><b class=\"x\" part=\"x\"></b><!--inside--></button>"
    );
}

/// Texts of the characters that mean something to a parser, and any others.
fn hostile() -> impl Strategy<Value = String> {
    let words = [
        "</script>",
        "<!--",
        "-->",
        "\"",
        "'",
        "<img src=x onerror=alert(1)>",
        "&lt;",
        "&#x3c;",
        "]]>",
        "\u{2028}",
        "\r\n",
        "\0",
        "{name}",
    ];
    let word = prop_oneof![3 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 2 => "[<>&\"'=/` a-z]{1,6}", 1 => "\\PC{1,8}"];
    proptest::collection::vec(word, 0..8).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn should_let_no_value_break_out(text in hostile(), link in hostile()) {
        let texts = [("id", Some(&*text)), ("name", Some(&*text)), ("ending", Some(&*text)), ("kind", Some(&*text)), ("view", Some(&*link))];
        let row = &crate::render::description().row;
        let plain = [("id", Some("x")), ("name", Some("x")), ("ending", Some("x")), ("kind", Some("x")), ("view", Some("x"))];
        let (found, expected) = (seen(&written(row, &texts, &[])), seen(&written(row, &plain, &[])));
        let shape = |all: &[Seen]| {
            let shape = all.iter().filter_map(|seen| match seen {
                Seen::Open(name, attributes) => Some(format!("{name} {:?}", attributes.keys().collect::<Vec<_>>())),
                Seen::Close(name) => Some(format!("/{name}")),
                Seen::Comment(text) => Some(format!("!{text}")),
                Seen::Text(_) => None,
            });
            shape.collect::<Vec<_>>()
        };
        prop_assert_eq!(shape(&found), shape(&expected));
        // The text arrives as it is, where HTML can say it at all.
        let text = text.replace('\0', "\u{FFFD}");
        let names: Vec<&str> = found.iter().filter_map(|seen| match seen {
            Seen::Open(_, attributes) => attributes.get("data-file").map(String::as_str),
            _ => None,
        }).collect();
        prop_assert_eq!(names, [text.as_str()]);
        let texts: Vec<&str> = found.iter().filter_map(|seen| match seen { Seen::Text(text) => Some(text.as_str()), _ => None }).collect();
        prop_assert!(texts.iter().all(|found| *found == text));
    }

    #[test]
    fn should_keep_data_inside_its_script(text in hostile()) {
        let json = serde_json::to_string(&text).unwrap();
        let mut markup = Markup::default();
        markup.data(&[("data-url", &text)], &json);
        let html = markup.into_string();
        let (_, body) = html.strip_suffix("</script>").unwrap().split_once('>').unwrap();
        // An attribute's value may not end the tag, since `>` is escaped in it.
        let is_tame = !body.contains(['<', '\u{2028}', '\u{2029}']);
        prop_assert!(is_tame);
        prop_assert_eq!(serde_json::from_str::<String>(body).unwrap(), text);
    }
}

#[test]
fn should_describe_no_element_whose_text_is_no_text() {
    fn check(element: &Element) {
        for tag in std::iter::once(&element.tag).chain(&element.button) {
            assert!(tag.bytes().all(|byte| byte.is_ascii_lowercase()), "{tag}");
            assert!(
                !["script", "style", "title", "textarea", "iframe", "xmp", "plaintext", "template"].contains(&tag.as_str()),
                "{tag}"
            );
        }
        for (name, _) in &element.attributes.0 {
            assert!(
                name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') && !name.starts_with("on") && name != "style",
                "{name}"
            );
        }
        for child in &element.children {
            match child {
                Child::Element(element) => check(element),
                Child::Place(place) => assert!(place.bytes().all(|byte| byte.is_ascii_lowercase()), "{place}"),
                Child::Text(_) => {}
            }
        }
    }
    let (all, own) = (crate::render::description(), crate::render::own());
    for element in [&all.view, &all.toolbar, &all.sort, &all.types, &all.toggle, &all.group, &all.heading, &all.row] {
        check(element);
    }
    for element in [&own.state, &own.again, &own.notice, &own.without_script, &own.pages, &own.page] {
        check(element);
    }
}
