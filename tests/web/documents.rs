//! One `<order-documents>` as a test sees and uses it.

use crate::page::object;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent, ShadowRoot};

/// The element.
#[derive(Clone)]
pub struct Documents {
    pub node: HtmlElement,
}

impl Documents {
    /// Its shadow root.
    pub fn root(&self) -> ShadowRoot {
        self.node.shadow_root().unwrap()
    }

    /// The first element inside that the selector fits.
    pub fn find(&self, selector: &str) -> Option<HtmlElement> {
        self.root().query_selector(selector).unwrap().map(JsCast::unchecked_into)
    }

    /// The element inside that the selector fits.
    pub fn get(&self, selector: &str) -> HtmlElement {
        self.find(selector).unwrap_or_else(|| panic!("there is no {selector} in {}", self.html()))
    }

    /// All elements inside that the selector fits.
    pub fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let found = self.root().query_selector_all(selector).unwrap();
        (0..found.length()).map(|index| found.item(index).unwrap().unchecked_into()).collect()
    }

    /// Whether there is such an element inside.
    pub fn has(&self, selector: &str) -> bool {
        self.find(selector).is_some()
    }

    /// Everything inside.
    pub fn html(&self) -> String {
        self.root().inner_html()
    }

    /// The text of an element inside; empty without it.
    pub fn text(&self, selector: &str) -> String {
        self.find(selector).and_then(|found| found.text_content()).unwrap_or_default()
    }

    /// The names of the rows in the document, in their order.
    pub fn names(&self) -> Vec<String> {
        self.all(".row .name").iter().filter_map(|name| name.text_content()).collect()
    }

    /// Whether the list is there, with rows and complete.
    pub fn is_listed(&self) -> bool {
        self.has(".row") && self.state().is_empty()
    }

    /// Whether the element is in this `:state(…)`.
    pub fn is_state(&self, name: &str) -> bool {
        self.node.matches(&format!(":state({name})")).unwrap()
    }

    /// The state that it is in; empty for a list that is shown.
    pub fn state(&self) -> String {
        let states = ["loading", "empty", "error", "offline"].into_iter().filter(|state| self.is_state(state));
        states.collect::<Vec<_>>().join(" ")
    }

    /// Clicks on an element inside.
    pub fn click(&self, selector: &str) {
        self.get(selector).click();
    }

    /// Moves the focus to an element inside and clicks on it, as a hand does.
    pub fn push(&self, selector: &str) {
        self.get(selector).focus().unwrap();
        self.click(selector);
    }

    /// Presses a key where the focus is. Answers whether it was taken.
    pub fn press(&self, key: &str) -> bool {
        let target = self.root().active_element().expect("the focus is inside");
        let options = object(&[
            ("key", key.into()),
            ("bubbles", JsValue::TRUE),
            ("composed", JsValue::TRUE),
            ("cancelable", JsValue::TRUE),
        ]);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", options.unchecked_ref()).unwrap();
        !target.dispatch_event(&event).unwrap()
    }

    /// What an input has.
    pub fn value_of(&self, selector: &str) -> String {
        self.get(selector).unchecked_into::<HtmlInputElement>().value()
    }

    /// Types into the search.
    pub fn search(&self, text: &str) {
        let input: HtmlInputElement = self.get(".search-input").unchecked_into();
        input.set_value(text);
        tell(&input, "input");
    }

    /// Chooses an order.
    pub fn sort(&self, word: &str) {
        let select: HtmlSelectElement = self.get(".sort-select").unchecked_into();
        select.set_value(word);
        assert_eq!(select.value(), word, "no such order is offered");
        tell(&select, "change");
    }

    /// The row of a document.
    pub fn row(&self, id: &str) -> String {
        format!(".row[data-file='{id}']")
    }

    /// A property.
    pub fn property(&self, name: &str) -> JsValue {
        Reflect::get(&self.node, &name.into()).unwrap()
    }

    /// Sets a property.
    pub fn set_property(&self, name: &str, value: impl Into<JsValue>) {
        Reflect::set(&self.node, &name.into(), &value.into()).unwrap();
    }

    /// Sets an attribute.
    pub fn set(&self, name: &str, value: &str) {
        self.node.set_attribute(name, value).unwrap();
    }

    /// Calls a method with at most one argument, and awaits its promise.
    pub async fn call(&self, name: &str, argument: Option<&str>) -> Result<JsValue, JsValue> {
        JsFuture::from(self.start(name, argument)).await
    }

    /// Calls a method with at most one argument.
    pub fn start(&self, name: &str, argument: Option<&str>) -> Promise {
        let method: Function = self.property(name).unchecked_into();
        let result = match argument {
            Some(argument) => method.call1(&self.node, &argument.into()),
            None => method.call0(&self.node),
        };
        result.unwrap().unchecked_into()
    }
}

fn tell(target: &Element, event: &str) {
    let options = EventInit::new();
    options.set_bubbles(true);
    options.set_composed(true);
    target.dispatch_event(&Event::new_with_event_init_dict(event, &options).unwrap()).unwrap();
}
