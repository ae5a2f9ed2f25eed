//! The order of names, which the browser knows: sorted in short slices, ahead of the reader's asking where the list is long.

use super::Controller;
use crate::browser;
use crate::model::{Generation, Listing, Phase, SortKey};
use leptos::prelude::untrack;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Lists of such lengths are sorted by name before anybody asks. A shorter one is sorted in an instant; a longer one takes seconds of work,
/// which most readers never need.
const AHEAD: std::ops::RangeInclusive<usize> = 1000..=20_000;

/// How many names are handed over in one task.
const AT_ONCE: usize = 1000;

/// Each document's place among the others when sorted by name.
#[derive(Debug, Default)]
pub struct Ranks {
    generation: Generation,
    lang: String,
    places: Vec<u32>,
}

impl Ranks {
    /// The places, where they are of this list and language: of all documents, or of the first ones.
    pub fn of(&self, listing: &Listing, lang: &str) -> &[u32] {
        if self.generation == listing.documents().generation() && self.lang == lang { &self.places } else { &[] }
    }
}

impl Controller {
    /// Whether names are to be sorted: the reader's order needs it, or may well need it next.
    pub fn lacks_ranks(self) -> bool {
        // An effect, and who waits, may come back once more after the component is gone.
        let lacks = || {
            let sort = self.sort.try_get()?.or_else(|| self.settings.try_with(|settings| settings.sort))?;
            let lang = self.text.lang.try_get()?;
            self.listing.try_with(|listing| {
                let count = listing.documents().len();
                let is_ahead = AHEAD.contains(&count) && *listing.phase() == Phase::Complete;
                let ranked = self.ranks.try_with(|ranks| ranks.of(listing, &lang).len())?;
                Some((sort.key == SortKey::Name || is_ahead) && ranked < count)
            })?
        };
        lacks().unwrap_or(false)
    }

    /// Sorts names until all are sorted that there are.
    pub async fn rank(self) {
        if self.is_ranking.try_with_value(|is| *is).unwrap_or(true) {
            return;
        }
        self.is_ranking.set_value(true);
        while untrack(|| self.lacks_ranks()) {
            let Some(ranks) = self.ranked().await else { return };
            if !self.ranks.try_set(ranks) {
                return;
            }
        }
        self.is_ranking.set_value(false);
    }

    /// The places of the documents that there are now; `None` when the component is gone.
    async fn ranked(self) -> Option<Ranks> {
        let (generation, count) =
            self.listing.try_with_untracked(|listing| (listing.documents().generation(), listing.documents().len()))?;
        let lang = self.text.lang.try_get_untracked()?;
        let lines = js_sys::Array::new();
        for from in (0..count).step_by(AT_ONCE) {
            let more = self.listing.try_with_untracked(|listing| listing.documents().names(from, AT_ONCE.min(count - from)))?;
            let turn = browser::gather(&lines, &more);
            // A short list is there in the frame in which it is asked for.
            if from + AT_ONCE < count {
                JsFuture::from(turn).await.ok()?;
            }
        }
        let places = JsFuture::from(browser::rank(&lang, &lines)).await.ok()?;
        Some(Ranks { generation, lang, places: places.unchecked_into::<js_sys::Uint32Array>().to_vec() })
    }
}
