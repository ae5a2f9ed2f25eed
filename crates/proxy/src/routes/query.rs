//! A request's query, as far as a route knows its parameters. Lists and links are read so, which are most of what is asked; pages are read by axum's
//! extractor, with a deserializer for each value.

use crate::error::Failure;
use axum::http::Uri;
use std::borrow::Cow;
use url::form_urlencoded;

/// The values of the named parameters, in the order of the names. One that stands twice is refused; one that is not named is passed over.
///
/// # Errors
/// [`Failure::BadRequest`]
pub fn read<'a, const N: usize>(uri: &'a Uri, names: [&str; N]) -> Result<[Option<Cow<'a, str>>; N], Failure> {
    let mut values = [const { None }; N];
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let Some(at) = names.iter().position(|known| *known == name) else { continue };
        if values[at].replace(value).is_some() {
            return Err(Failure::BadRequest("The query cannot be read."));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Query;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Read {
        a: Option<String>,
        b: Option<String>,
    }

    #[test]
    fn should_read_what_is_named_and_refuse_what_stands_twice() {
        let read = |target: &str| {
            read(&target.parse().unwrap(), ["a", "b"]).map(|values| values.map(|value| value.map(Cow::into_owned)))
        };
        let some = |text: &str| Some(text.to_owned());
        for (target, expected) in [
            ("/", [None, None]),
            ("/?", [None, None]),
            ("/?b=2&a=1", [some("1"), some("2")]),
            ("/?%61=x%2By+z&c=1&c=2", [some("x+y z"), None]),
            ("/?a&B=1&aa=2", [some(""), None]),
            ("/?&&b==&", [None, some("=")]),
        ] {
            assert_eq!(read(target).unwrap(), expected, "{target}");
        }
        for twice in ["/?a=1&a=1", "/?a&b&%61", "/?a=&c=1&a="] {
            assert!(matches!(read(twice), Err(Failure::BadRequest(_))), "{twice}");
        }
    }

    proptest! {
        /// The oracle is axum's extractor, with a field for each parameter.
        #[test]
        fn should_read_as_an_extractor_does(query in "([ab]|%6[12]|[ -\"$->@-~é]|=|&){0,12}") {
            let Ok(uri) = format!("/x?{query}").parse::<Uri>() else { return Ok(()) };
            let theirs = Query::<Read>::try_from_uri(&uri).ok().map(|Query(read)| [read.a, read.b]);
            let ours = read(&uri, ["a", "b"]).ok().map(|values| values.map(|value| value.map(Cow::into_owned)));
            prop_assert_eq!(ours, theirs);
        }
    }
}
