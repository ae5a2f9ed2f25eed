//! The list as HTML: what src/markup/list.js shows before the component is there, made of the same description of elements.
//!
//! In reading order: [`language`] whom it is for; [`words`] and [`format`] what is said; `row` a document; [`list`] all of them; [`state`] what stands
//! in their place; [`shell`] the page around; `markup` the only writer of HTML, in which no text can become an element.

pub mod format;
pub mod language;
pub mod list;
pub mod settings;
pub mod shell;
pub mod state;
pub mod words;

mod markup;
mod row;

pub use markup::Markup;

use crate::assets::Assets;
use markup::Element;
use serde::Deserialize;
use shell::Shell;
use std::sync::LazyLock;

/// The elements of a list, which scripts build from the same file.
#[derive(Deserialize)]
struct Description {
    view: Element,
    toolbar: Element,
    sort: Element,
    types: Element,
    toggle: Element,
    group: Element,
    heading: Element,
    row: Element,
}

/// The elements that only the proxy writes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Own {
    state: Element,
    again: Element,
    notice: Element,
    without_script: Element,
    pages: Element,
    page: Element,
}

fn description() -> &'static Description {
    static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
        serde_json::from_str(data(include_str!("../../../src/markup/description.js"))).expect("description.js describes elements")
    });
    &DESCRIPTION
}

/// What a script exports that is JSON but for its first two words: scripts import it without a parser of their own.
fn data(script: &'static str) -> &'static str {
    script.trim_start().trim_start_matches("export default")
}

fn own() -> &'static Own {
    static OWN: LazyLock<Own> =
        LazyLock::new(|| serde_json::from_str(include_str!("render/own.json")).expect("own.json describes elements"));
    &OWN
}

/// What of the component's files renderings are made with.
pub struct Pages {
    /// The page around the element, where a list can be put into it.
    pub shell: Option<Shell>,
    /// Where the element's style sheet is. Without it nothing is rendered.
    pub stylesheet: Option<String>,
}

impl Pages {
    /// Looks for them among the files that are served.
    pub fn of(assets: &Assets) -> Self {
        Self { shell: assets.text("index.html").and_then(Shell::of), stylesheet: assets.hashed("element", ".css") }
    }
}
