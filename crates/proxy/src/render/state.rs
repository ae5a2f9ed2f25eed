//! What stands in the place of a list: that there is nothing, or why it cannot be shown.

use super::language::Language;
use super::markup::{Markup, Place, Values};
use super::settings::Settings;
use super::words::{Words, plural};
use super::{description, own};
use crate::error::{Failure, whole_seconds};

/// A state, as the component shows it.
pub struct State {
    slot: &'static str,
    part: &'static str,
    glyph: &'static str,
    title: fn(&Words) -> &str,
    text: fn(&Words) -> &str,
    /// Trying again may mend it.
    is_retryable: bool,
}

const FOLDER: &str = "M3 7a2 2 0 0 1 2-2h4l2.5 2.5H19a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7Z";
const LOCK: &str = "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5v-9Z";
const CLOCK: &str = "M12 7v5l3.5 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z";
const WARNING: &str = "M12 4 2.5 20h19L12 4Zm0 6v4.5m0 2.5v.5";

/// An order without documents.
pub const EMPTY: State = State {
    slot: "empty",
    part: "empty",
    glyph: FOLDER,
    title: |words| &words.empty_title,
    text: |words| &words.empty_text,
    is_retryable: false,
};

const SIGNED_OUT: State = State {
    slot: "error",
    part: "error signed-out",
    glyph: LOCK,
    title: |words| &words.signed_out_title,
    text: |words| &words.signed_out_text,
    is_retryable: true,
};

const FORBIDDEN: State = State {
    part: "error forbidden",
    title: |words| &words.forbidden_title,
    text: |words| &words.forbidden_text,
    is_retryable: false,
    ..SIGNED_OUT
};

const NOT_FOUND: State = State {
    part: "error not-found",
    glyph: FOLDER,
    title: |words| &words.not_found_title,
    text: |words| &words.not_found_text,
    is_retryable: false,
    ..SIGNED_OUT
};

const LIMITED: State = State {
    part: "error rate-limited",
    glyph: CLOCK,
    title: |words| &words.limited_title,
    text: |words| &words.limited_text,
    ..SIGNED_OUT
};

const FAILED: State = State {
    part: "error unavailable",
    glyph: WARNING,
    title: |words| &words.failed_title,
    text: |words| &words.failed_text,
    ..SIGNED_OUT
};

impl State {
    /// Writes it. `wait`: the seconds after which to try again.
    pub fn write(&self, language: &Language, wait: Option<u64>, out: &mut Markup) {
        let words = language.words;
        let text = (self.text)(words);
        let text = wait.map_or_else(|| text.to_owned(), |seconds| plural(text, &language.forms, seconds));
        let again = |out: &mut Markup| {
            if self.is_retryable {
                // An empty reference is this very page.
                let texts = [("here", Some("")), ("label", Some(&*words.retry))];
                own().again.write(&Values { texts: &texts, places: &[] }, out);
            }
        };
        let texts = [
            ("slot", Some(self.slot)),
            ("part", Some(self.part)),
            ("role", (self.slot == "error").then_some("alert")),
            ("glyph", Some(self.glyph)),
            ("title", Some((self.title)(words))),
            ("text", Some(&*text)),
        ];
        own().state.write(&Values { texts: &texts, places: &[("again", &again)] }, out);
    }
}

/// The element's declarative shadow root where the list cannot be shown. It says no more than the failure's kind.
pub fn failed(failure: &Failure, language: &Language, settings: &Settings, stylesheet: &str) -> Markup {
    let (state, wait) = match failure {
        Failure::SignedOut => (SIGNED_OUT, None),
        Failure::CrossSite | Failure::Forbidden => (FORBIDDEN, None),
        Failure::NotFound => (NOT_FOUND, None),
        Failure::RateLimited(wait) | Failure::UpstreamResting(wait) => (LIMITED, Some(whole_seconds(*wait))),
        _ => (FAILED, None),
    };
    let instead = |out: &mut Markup| state.write(language, wait, out);
    Markup::shadow(stylesheet, |out| view(language, settings, "", &[("groups", &instead)], out))
}

/// The whole view, with something in its places.
pub fn view(language: &Language, settings: &Settings, summary: &str, places: &[Place<'_>], out: &mut Markup) {
    let theme = settings.theme.map(|theme| format!(" {theme}")).unwrap_or_default();
    let texts = [
        ("theme", Some(&*theme)),
        ("level", Some(&*settings.level.to_string())),
        ("heading", Some(settings.heading.as_deref().unwrap_or(&language.words.heading))),
        ("summary", Some(summary)),
    ];
    description().view.write(&Values { texts: &texts, places }, out);
}
