//! The page that a test has to itself: its network, what it hears, and the element in it.

use crate::answer::{Answer, Call};
use js_sys::{Array, Function, Object, Promise, Reflect};
use order_documents::element::{ElementHost, Handle};
use serde_json::Value;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement};

pub use crate::documents::Documents;

#[wasm_bindgen(module = "/src/element.js")]
extern "C" {
    fn define(options: &Object);
}

#[wasm_bindgen(module = "/tests/web/page.js")]
extern "C" {
    #[wasm_bindgen(js_name = cleanUp)]
    fn clean_up();
    #[wasm_bindgen(js_name = underAnotherName)]
    fn under_another_name(name: &str, define: &mut dyn FnMut());
    #[wasm_bindgen(js_name = setOnline)]
    pub fn set_online(online: bool);
    #[wasm_bindgen(js_name = nextFrame)]
    fn next_frame() -> Promise;

    type Network;
    #[wasm_bindgen(constructor)]
    fn new() -> Network;
    #[wasm_bindgen(method)]
    fn answer(this: &Network, part: &str, times: f64, kind: &str, status: u16, headers: &str, body: &str);
    #[wasm_bindgen(method)]
    fn release(this: &Network, part: &str);
    #[wasm_bindgen(method)]
    fn calls(this: &Network) -> String;

    type Events;
    #[wasm_bindgen(constructor)]
    fn new() -> Events;
    #[wasm_bindgen(method)]
    fn prevent(this: &Events, name: &str);
    #[wasm_bindgen(method)]
    fn heard(this: &Events) -> String;

    type Errors;
    #[wasm_bindgen(constructor)]
    fn new() -> Errors;
    #[wasm_bindgen(method)]
    fn uncaught(this: &Errors) -> String;

    type Links;
    #[wasm_bindgen(constructor)]
    fn new() -> Links;
    #[wasm_bindgen(method)]
    fn followed(this: &Links) -> String;

    /// Remembers whatever was in a root, even for a moment.
    pub type Witness;
    #[wasm_bindgen(constructor)]
    pub fn new() -> Witness;
    #[wasm_bindgen(method)]
    pub fn watch(this: &Witness, root: &JsValue);
    #[wasm_bindgen(method, js_name = hasSeen)]
    pub fn has_seen(this: &Witness, text: &str) -> bool;

    /// Counts what listens at the window and the document.
    pub type Listeners;
    #[wasm_bindgen(constructor)]
    pub fn new() -> Listeners;
    #[wasm_bindgen(method)]
    pub fn open(this: &Listeners) -> String;
}

/// How the component comes to an element that is defined for one test alone.
pub type Connect = Closure<dyn FnMut() -> Promise>;

/// A page with a scripted network and nothing in it.
pub struct Page {
    network: Network,
    events: Events,
    errors: Errors,
    links: Links,
    /// Where the test's elements are.
    pub place: HtmlElement,
}

impl Drop for Page {
    fn drop(&mut self) {
        let uncaught = self.errors.uncaught();
        clean_up();
        assert_eq!(uncaught, "", "the test is done, but this went wrong meanwhile");
    }
}

/// A page for one test. What a test before it has left, since it failed, is taken away.
pub fn fixture() -> Page {
    clean_up();
    register();
    let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    place.set_attribute("data-fixture", "").unwrap();
    document().body().unwrap().append_child(&place).unwrap();
    Page { network: Network::new(), events: Events::new(), errors: Errors::new(), links: Links::new(), place }
}

impl Page {
    /// Answers the requests whose method and address hold `part`; of several answers that fit, the first that is left.
    pub fn answer(&self, part: &str, answer: Answer) {
        let Answer { times, kind, status, headers, body } = answer;
        self.network.answer(part, times, kind, status, &headers.to_string(), &body);
    }

    /// Lets go the answers that are held and that `part` fits.
    pub fn release(&self, part: &str) {
        self.network.release(part);
    }

    /// The requests so far whose method and address hold `part`.
    pub fn calls(&self, part: &str) -> Vec<Call> {
        let calls: Vec<Value> = serde_json::from_str(&self.network.calls()).unwrap();
        calls.into_iter().map(Call).filter(|call| call.line().contains(part)).collect()
    }

    /// The events of this name that have arrived at the document.
    pub fn events(&self, name: &str) -> Vec<Value> {
        let events: Vec<Value> = serde_json::from_str(&self.events.heard()).unwrap();
        events.into_iter().filter(|event| event["type"] == format!("order-documents-{name}")).collect()
    }

    /// The one event of this name.
    pub fn event(&self, name: &str) -> Value {
        let mut events = self.events(name);
        assert_eq!(events.len(), 1, "{name}: {events:?}");
        events.remove(0)
    }

    /// All events so far, as text.
    pub fn all_events(&self) -> String {
        self.events.heard()
    }

    /// Prevents what these events announce.
    pub fn prevent(&self, name: &str) {
        self.events.prevent(&format!("order-documents-{name}"));
    }

    /// The links that were followed, or would have been.
    pub fn links(&self) -> Vec<Value> {
        serde_json::from_str(&self.links.followed()).unwrap()
    }

    /// Adds the element with these attributes.
    pub fn add(&self, attributes: &[(&str, &str)]) -> Documents {
        let documents = create("order-documents", attributes);
        self.place.append_child(&documents.node).unwrap();
        documents
    }

    /// Adds the element for `ord_1`, and waits until its list is there.
    pub async fn listed(&self) -> Documents {
        let documents = self.add(&[("order-id", "ord_1")]);
        self.wait_for("the list", || documents.is_listed()).await;
        documents
    }

    /// Waits until the condition holds, looking once in each frame.
    pub async fn wait_for(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = js_sys::Date::now() + 10_000.0;
        while !condition() {
            let late = js_sys::Date::now() > deadline;
            assert!(!late, "{what}: not within 10 seconds; events {}; requests {}", self.events.heard(), self.network.calls());
            frame().await;
        }
    }

    /// Waits until everything has happened that could happen without another answer.
    pub async fn settle(&self) {
        for _ in 0..4 {
            frame().await;
        }
    }
}

/// An element that is in no page yet.
pub fn create(name: &str, attributes: &[(&str, &str)]) -> Documents {
    let node: HtmlElement = document().create_element(name).unwrap().unchecked_into();
    for (name, value) in attributes {
        node.set_attribute(name, value).unwrap();
    }
    Documents { node }
}

/// A name for an element that no other test has.
pub fn another_name() -> String {
    thread_local!(static COUNT: Cell<u32> = const { Cell::new(0) });
    let count = COUNT.replace(COUNT.get() + 1);
    format!("order-documents-{count}")
}

/// Defines the element under a name of its own, with its own way to the component.
pub fn define_as(name: &str, connect: Connect) {
    let options = options(connect);
    under_another_name(name, &mut || define(&options));
}

/// Defines `<order-documents>`, as the loader does. It may be done again.
pub fn register() {
    define(&options(connected()));
}

/// The component is there at once.
pub fn connected() -> Connect {
    Closure::new(|| Promise::resolve(&component()))
}

/// What the loader's `connect` gives: an object with the class `Handle`.
pub fn component() -> JsValue {
    let nobody: ElementHost = JsValue::UNDEFINED.unchecked_into();
    let handle: JsValue = Handle::new(nobody).into();
    let class = Reflect::get(&handle, &"constructor".into()).unwrap();
    let free: Function = Reflect::get(&handle, &"free".into()).unwrap().unchecked_into();
    free.call0(&handle).unwrap();
    object(&[("Handle", class)]).into()
}

/// A plain object.
pub fn object(entries: &[(&str, JsValue)]) -> Object {
    let entries = entries.iter().map(|(key, value)| Array::of2(&(*key).into(), value));
    Object::from_entries(&entries.collect::<Array>()).unwrap()
}

fn options(connect: Connect) -> Object {
    let texts = |language: String| {
        let catalogue = match language.as_str() {
            "de" => js_sys::JSON::parse(include_str!("../../src/text/de.json")),
            _ => js_sys::JSON::parse(include_str!("../../src/text/en.json")),
        };
        Promise::resolve(&catalogue.unwrap())
    };
    let texts = Closure::<dyn Fn(String) -> Promise>::new(texts);
    object(&[("styles", STYLES.into()), ("connect", connect.into_js_value()), ("texts", texts.into_js_value())])
}

/// The element's style sheets, without the imports that the bundler resolves.
const STYLES: &str = concat!(
    include_str!("../../style/tokens.css"),
    include_str!("../../style/frame.css"),
    include_str!("../../style/toolbar.css"),
    include_str!("../../style/list.css"),
    include_str!("../../style/states.css"),
    include_str!("../../style/preview.css"),
);

/// The next animation frame.
pub async fn frame() {
    JsFuture::from(next_frame()).await.unwrap();
}

/// The page.
pub fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

/// The element that has the focus, in whichever shadow root.
pub fn focused() -> Option<Element> {
    let mut focused = document().active_element()?;
    while let Some(inner) = focused.shadow_root().and_then(|root| root.active_element()) {
        focused = inner;
    }
    Some(focused)
}
