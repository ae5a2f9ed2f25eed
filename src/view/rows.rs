//! A group's rows: of a long list those near the viewport.

use super::dom::El;
use super::row::fill;
use crate::controller::Controller;
use crate::model::{Arrangement, Document, Documents, Generation, Group, Listing, Metrics, Window, window as window_of};
use crate::reactive::{RwSignal, Signal, effect, memo};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::mem::take;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

/// The rows of a group, in `list`.
pub fn rows(controller: Controller, this: Signal<Option<Group>>, moved: Signal<u32>, list: El) -> El {
    let Controller { arrangement, listing, .. } = controller;
    let count = move || this.with(|group| group.as_ref().map_or(0, |group| group.rows.len()));
    // A list that goes on is taken for a long one: rows would be made that go as soon as the next page is here.
    let awaited = move || listing.with(Listing::awaited);
    let all = memo(move || {
        awaited().map_or_else(|| arrangement.with(Arrangement::count), |awaited| usize::try_from(awaited).unwrap_or(usize::MAX))
    });
    let row_height = RwSignal::new(0.0_f64);
    let rows = RefCell::new(Rows::of(list.node()));
    // What is painted already stays until it is known what is seen.
    let painted = rows.borrow().shown.len();
    let shown = RwSignal::new(Window { first: 0, last: painted.max(1) });
    let list = list.with(move |list: &HtmlElement| {
        controller.text.track();
        let (count, Window { first, last }) = (count(), shown.get());
        let (first, last) = (first.min(count), last.min(count));
        let is_whole = (first, last) == (0, count);
        let mut rows = rows.borrow_mut();
        // Nothing is borrowed any more when elements move: a host that hears of it may change the list.
        let found = listing.with(|listing| {
            this.with(|group| {
                let wanted = group.as_ref().map_or(&[][..], |group| &group.rows[first..last]);
                rows.find(controller, listing.documents(), wanted)
            })
        });
        rows.show(controller, list, found, (!is_whole).then_some((first, count)));
        let class = if is_whole { "rows" } else { "rows windowed" };
        if list.class_name() != class {
            list.set_class_name(class);
        }
        // A list that was never longer needs no room, and no attribute that says so.
        if !is_whole || list.has_attribute("style") {
            let room = |rows: usize| ((rows as f64 * row_height.get()) as u32).to_string() + "px";
            let _ = list.style().set_property("padding-block-start", &room(first));
            let _ = list.style().set_property("padding-block-end", &room(count - last));
        }
    });

    // Where the rows are is known only when the rest of the page is laid out.
    let node = list.node().clone();
    effect(move || {
        moved.track();
        arrangement.track();
        let (count, all, node) = (count(), all.get(), node.clone());
        // In a turn of its own, so that all groups look before any of them changes: a look after a change lays the page out anew.
        spawn_local(async move {
            let (Some(known), Some(before)) = (row_height.try_get_untracked(), shown.try_get_untracked()) else { return };
            let height = node.first_element_child().map_or(known, |row| row.get_bounding_client_rect().height());
            let viewport = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
            let metrics = Metrics { row_height: height, top: node.get_bounding_client_rect().top(), viewport };
            let now = window_of(count, all, metrics);
            if height != known {
                row_height.set(height);
            }
            if now != before {
                shown.set(now);
            }
        });
    });
    list
}

/// A row that is shown.
struct Row {
    id: String,
    node: Element,
    /// Which document it was filled in with; none where others painted it.
    of: Option<(Generation, u32)>,
    /// Its place, counted from 1, and the length of the list, where assistive technology has to be told.
    place: Option<(usize, usize)>,
}

/// A document that is to be shown.
struct Found {
    of: (Generation, u32),
    /// The row that shows it already.
    row: Option<Row>,
    /// What is to be filled in.
    document: Option<Document>,
}

/// The rows that are shown, in their order.
struct Rows {
    shown: Vec<Row>,
    /// The language in which they are.
    words: JsValue,
    lang: String,
}

impl Rows {
    /// The rows that are in the list already.
    fn of(list: &Element) -> Self {
        let children = list.children();
        let row = |node: Element| Some(Row { id: node.get_attribute("data-file")?, node, of: None, place: None });
        let shown = (0..children.length()).filter_map(|at| children.item(at)).filter_map(row).collect();
        Self { shown, words: JsValue::UNDEFINED, lang: String::new() }
    }

    /// Looks for the documents among the rows that are shown. A row stays with its document, so that the focus and a screen reader
    /// stay where they are.
    fn find(&mut self, controller: Controller, documents: &Documents, wanted: &[u32]) -> Vec<Found> {
        let is_same_text = self.is_same_text(controller);
        let find = |&index: &u32| {
            let (id, of) = (documents.id(index as usize), (documents.generation(), index));
            let row = self.shown.iter().position(|row| row.id == id).map(|at| self.shown.remove(at));
            let is_same = is_same_text && row.as_ref().is_some_and(|row| row.of == Some(of));
            Found { of, row, document: if is_same { None } else { documents.get(index as usize) } }
        };
        wanted.iter().map(find).collect()
    }

    /// Shows what was found. A row whose document has gone is filled in with another, which takes a third of the time of a new one.
    /// `places` is the first one's place, counted from 0, and the length of the list, where not all are shown.
    fn show(&mut self, controller: Controller, list: &Element, found: Vec<Found>, places: Option<(usize, usize)>) {
        let mut spare = take(&mut self.shown);
        let new = found.iter().filter(|found| found.row.is_none()).count();
        // Among rows that stay, one that is in the way goes first: else those would be moved, and moving takes the focus.
        let is_in_the_way = new < found.len();
        let mut kept = 0;
        spare.retain(|Row { node, .. }| {
            // What is being pressed must not become another document's under the finger, nor what the next key goes to.
            let is_free = kept < new && !node.matches(":active, :focus-within").unwrap_or(true);
            if is_in_the_way || !is_free {
                node.remove();
            }
            kept += usize::from(is_free);
            is_free
        });
        let mut spare = spare.into_iter();
        let mut next = list.first_element_child();
        for (at, Found { of, row, document }) in found.into_iter().enumerate() {
            let mut row = row.or_else(|| spare.next());
            if let Some(document) = document {
                let (known, place) = row.map_or((None, None), |row| (Some(row.node), row.place));
                let node = fill(controller, &document, known.as_ref());
                row = Some(Row { id: document.id().to_owned(), node, of: Some(of), place });
            }
            let Some(mut row) = row else { continue };
            row.put(places.map(|(first, count)| (first + at + 1, count)));
            // The last child is the place's comment.
            if next.as_ref() == Some(&row.node) {
                next = row.node.next_element_sibling();
            } else {
                let before = next.as_ref().map_or_else(|| list.last_child(), |next| Some(next.clone().into()));
                let _ = list.insert_before(&row.node, before.as_ref());
            }
            self.shown.push(row);
        }
    }

    fn is_same_text(&mut self, controller: Controller) -> bool {
        let lang = controller.text.lang.get_untracked();
        let words = controller.text.words.get_untracked();
        let is_same = self.lang == lang && self.words == words;
        (self.lang, self.words) = (lang, words);
        is_same
    }
}

impl Row {
    /// A list that is not whole tells assistive technology what it would be.
    fn put(&mut self, place: Option<(usize, usize)>) {
        if self.place != place {
            let _ = match place {
                None => self.node.remove_attribute("aria-setsize").and_then(|()| self.node.remove_attribute("aria-posinset")),
                Some((position, count)) => (self.node.set_attribute("aria-setsize", &count.to_string()))
                    .and_then(|()| self.node.set_attribute("aria-posinset", &position.to_string())),
            };
            self.place = place;
        }
    }
}
