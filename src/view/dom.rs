//! Elements, without a type for each shape.
//!
//! Leptos's `view!` gives every piece of markup a type of its own, and with it code to build, rebuild and drop it: this
//! interface came to 171 kB of compressed WebAssembly in that form and to three fifths of it in this one (docs/SIZE.md).
//! What changes is still Leptos's: signals, memos, effects and owners. Every binding is one `RenderEffect` of one type.
//! No markup is ever parsed, which `require-trusted-types-for 'script'` would forbid.

use crate::browser;
use crate::reactive::binding;
use leptos::prelude::{Owner, document, untrack};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Element, Event, Node};

/// An element with everything that keeps it alive: dropping it ends its bindings and listeners and takes it out of the page.
pub struct El {
    node: Element,
    keeps: Vec<Box<dyn Any>>,
    place: Option<Node>,
}

impl Drop for El {
    fn drop(&mut self) {
        self.node.remove();
    }
}

/// Empties what it holds when it is dropped.
struct Emptied<T: Default>(Rc<RefCell<T>>);

impl<T: Default> Drop for Emptied<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        drop(value);
    }
}

/// A child of a list: what tells it from the others, and how it is made when it is new.
pub struct Item {
    /// What tells it from the others; no two items of a list have the same.
    id: String,
    make: Box<dyn FnOnce(Option<Element>) -> El>,
}

impl Item {
    /// An item. `make` takes over the element that shows it already, where there is one.
    pub fn new(id: String, make: impl FnOnce(Option<Element>) -> El + 'static) -> Self {
        Self { id, make: Box::new(make) }
    }
}

/// An element whose class and `part` are both `name`; without either where the name is empty.
pub fn el(tag: &str, name: &str) -> El {
    // Neither can fail: tags and names are ours.
    let el = El::of(document().create_element(tag).unwrap_throw());
    if name.is_empty() { el } else { el.attr("class", name).attr("part", name) }
}

/// An element of `src/markup/description.js`: `known`, where it is shown already, or else a new one with empty holes.
pub fn described(name: &str, known: Option<Element>) -> El {
    El::of(known.unwrap_or_else(|| browser::build(name, &js_sys::Object::new().into())))
}

/// An icon of one path in a 24 by 24 box. It says nothing by itself: the control around it has the name.
pub fn icon(path: &str) -> El {
    let svg = |tag| El::of(document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag).unwrap_throw());
    let path = svg("path").attr("d", path);
    svg("svg").attr("class", "glyph").attr("viewBox", "0 0 24 24").attr("aria-hidden", "true").child(path)
}

impl El {
    /// An element that is there.
    pub fn of(node: Element) -> Self {
        Self { node, keeps: Vec::new(), place: None }
    }

    /// What is inside and the selector fits, to be told what it does.
    pub fn inside(mut self, selector: &str, tell: impl FnOnce(El) -> El) -> Self {
        if let Ok(Some(node)) = self.node.query_selector(selector) {
            self.keeps.push(Box::new(tell(El::of(node))));
        }
        self
    }

    /// The next [`Self::when`] or [`Self::each`] goes to the place of this name in the description.
    pub fn at(mut self, place: &str) -> Self {
        let children = self.node.child_nodes();
        let is_place = |node: &Node| node.node_type() == Node::COMMENT_NODE && node.node_value().as_deref() == Some(place);
        self.place = (0..children.length()).filter_map(|index| children.item(index)).find(is_place);
        self
    }

    /// The element itself.
    pub fn node(&self) -> &Element {
        &self.node
    }

    /// An attribute that does not change.
    pub fn attr(self, name: &str, value: &str) -> Self {
        self.node.set_attribute(name, value).unwrap_throw();
        self
    }

    /// The names by which hosts style it, where they are not the class.
    pub fn part(self, names: &str) -> Self {
        self.attr("part", names)
    }

    /// A text that does not change.
    pub fn text(self, text: &str) -> Self {
        self.node.append_with_str_1(text).unwrap_throw();
        self
    }

    /// A text that follows signals; the element has nothing else in it.
    pub fn says(self, text: impl Fn() -> String + 'static) -> Self {
        self.says_boxed(Box::new(text))
    }

    /// An attribute that follows signals; absent for `None`.
    pub fn bind(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.bind_boxed(name, Box::new(value))
    }

    /// Anything else that follows signals.
    pub fn with<Kind: JsCast + 'static>(mut self, set: impl Fn(&Kind) + 'static) -> Self {
        let node: Kind = self.node.clone().unchecked_into();
        self.bound(Box::new(move || set(&node)));
        self
    }

    /// A listener.
    pub fn on(self, event: &str, listen: impl FnMut(Event) + 'static) -> Self {
        self.on_boxed(event, Box::new(listen))
    }

    /// A child.
    pub fn child(mut self, child: El) -> Self {
        self.node.append_child(&child.node).unwrap_throw();
        self.keeps.push(Box::new(child));
        self
    }

    /// Several children.
    pub fn children(self, children: impl IntoIterator<Item = El>) -> Self {
        children.into_iter().fold(self, El::child)
    }

    /// A child that comes, goes and changes with signals.
    pub fn when(self, child: impl Fn() -> Option<El> + 'static) -> Self {
        self.when_boxed(Box::new(child))
    }

    /// One child for each item, in the order of the items; a child stays the same one as long as its item does. Children that are
    /// there from before are taken over: their attribute `mark` says which item each is of.
    pub fn each(self, mark: &'static str, items: impl Fn() -> Vec<Item> + 'static) -> Self {
        self.each_boxed(mark, Box::new(items))
    }

    // What does the work is not generic: a copy for each closure would weigh more than the boxes take time.

    fn says_boxed(mut self, text: Box<dyn Fn() -> String>) -> Self {
        let node = self.node.clone();
        self.bound(Box::new(move || {
            let text = text();
            // What says so already stays as it is, selected or read aloud.
            if node.text_content().as_deref() != Some(&text) {
                node.set_text_content(Some(&text));
            }
        }));
        self
    }

    fn bind_boxed(mut self, name: &'static str, value: Box<dyn Fn() -> Option<String>>) -> Self {
        let node = self.node.clone();
        self.bound(Box::new(move || {
            let _ = match value() {
                Some(value) if node.get_attribute(name).as_ref() == Some(&value) => Ok(()),
                Some(value) => node.set_attribute(name, &value),
                None => node.remove_attribute(name),
            };
        }));
        self
    }

    fn on_boxed(mut self, event: &str, listen: Box<dyn FnMut(Event)>) -> Self {
        let closure = Closure::wrap(listen);
        self.node.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref()).unwrap_throw();
        self.keeps.push(Box::new(closure));
        self
    }

    fn when_boxed(mut self, child: Box<dyn Fn() -> Option<El>>) -> Self {
        let anchor = self.anchor();
        let parent = self.node.clone();
        let shown = self.kept(None::<El>);
        self.bound(Box::new(move || {
            // The old one goes first, so that nothing of it reacts to what the new one does.
            shown.take();
            let child = child();
            if let Some(child) = &child {
                insert(&parent, &child.node, &anchor);
            }
            shown.replace(child);
        }));
        self
    }

    fn each_boxed(mut self, mark: &'static str, items: Box<dyn Fn() -> Vec<Item>>) -> Self {
        let anchor = self.anchor();
        let parent = self.node.clone();
        // The effect's own owner is emptied at each run, but what a child owns lasts as long as the child.
        let owner = Owner::current().unwrap_or_default();
        let shown = self.kept(Vec::<(String, El)>::new());
        let painted = RefCell::new(marked(&parent, mark));
        self.bound(Box::new(move || {
            let items = items();
            let mut shown = shown.borrow_mut();
            let mut before = std::mem::take(&mut *shown);
            let mut painted = painted.take();
            // From the last to the first, each before its successor.
            let mut next = anchor.clone();
            for Item { id, make } in items.into_iter().rev() {
                // Mostly nothing has moved, and the child that is wanted is the last one.
                let known = before.iter().rposition(|(known, _)| *known == id).map(|at| before.remove(at).1);
                let child = known.unwrap_or_else(|| {
                    let is_its = |node: &Element| node.get_attribute(mark).as_ref() == Some(&id);
                    let painted = painted.iter().rposition(is_its).map(|at| painted.remove(at));
                    let owner = owner.child();
                    let mut child = untrack(|| owner.with(|| make(painted)));
                    child.keeps.push(Box::new(owner));
                    child
                });
                insert(&parent, &child.node, &next);
                next = child.node.clone().unchecked_into();
                shown.push((id, child));
            }
            shown.reverse();
            // What was shown before and is of no item.
            painted.iter().for_each(Element::remove);
        }));
        self
    }

    /// A node before which something will be: the place that was named, or else an empty text at the end.
    fn anchor(&mut self) -> Node {
        self.place.take().unwrap_or_else(|| {
            let anchor = document().create_text_node("");
            self.node.append_child(&anchor).unwrap_throw();
            anchor.unchecked_into()
        })
    }

    /// What an effect shows, emptied with this element: an effect's own task, and what its closure holds, outlives the
    /// effect by a turn of the queue, in which bindings of the children would read signals that are gone.
    fn kept<T: Default + 'static>(&mut self, value: T) -> Rc<RefCell<T>> {
        let value = Rc::new(RefCell::new(value));
        self.keeps.push(Box::new(Emptied(value.clone())));
        value
    }

    fn bound(&mut self, run: Box<dyn Fn()>) {
        self.keeps.push(Box::new(binding(run)));
    }
}

/// The children with this attribute.
fn marked(parent: &Element, mark: &str) -> Vec<Element> {
    let children = parent.children();
    (0..children.length()).filter_map(|at| children.item(at)).filter(|child| child.has_attribute(mark)).collect()
}

/// Puts a child before another one, where it is not there already: moving an element takes the focus from it.
fn insert(parent: &Element, child: &Element, next: &Node) {
    if child.next_sibling().as_ref() != Some(next) {
        parent.insert_before(child, Some(next)).unwrap_throw();
    }
}
