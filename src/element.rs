//! The custom element's Rust side: the handle that element.js holds while the element is in a page.

use crate::browser;
use crate::client::{Answer, FirstPage};
use crate::component::Mounted;
use crate::controller::Controller;
use crate::host::{Event, Host};
use crate::model::{Document, Settings};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Node;

#[wasm_bindgen]
extern "C" {
    /// What element.js gives the handle.
    pub type ElementHost;

    #[wasm_bindgen(method)]
    fn emit(this: &ElementHost, name: &str, detail: &JsValue, cancelable: bool) -> bool;

    #[wasm_bindgen(method)]
    fn state(this: &ElementHost, name: &str);

    #[wasm_bindgen(method)]
    fn texts(this: &ElementHost, language: &str) -> js_sys::Promise;
}

impl Host for ElementHost {
    fn emit(&self, event: &Event<'_>) -> bool {
        Self::emit(self, event.name(), &detail(event), event.is_cancelable())
    }

    fn state(&self, state: &'static str) {
        Self::state(self, state);
    }

    fn texts(&self, language: &str) -> Option<js_sys::Promise> {
        Some(Self::texts(self, language))
    }
}

/// One element's component, from its connection to its disconnection.
#[wasm_bindgen]
pub struct Handle {
    settings: RefCell<Settings>,
    host: RefCell<Option<ElementHost>>,
    mounted: RefCell<Option<Mounted>>,
}

// Methods take `&self`: a handler may call back into the handle while an event of it is being heard.
#[wasm_bindgen]
impl Handle {
    /// A handle that shows nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new(host: ElementHost) -> Self {
        Self { settings: RefCell::default(), host: RefCell::new(Some(host)), mounted: RefCell::default() }
    }

    /// Takes an attribute's value; `undefined` for one that is absent.
    pub fn set(&self, attribute: &str, value: Option<String>) {
        self.settings.borrow_mut().set(attribute, value.as_deref());
        if let Some(controller) = self.controller() {
            controller.configure(self.settings.borrow().clone());
        }
    }

    /// Shows the component in `stage`. `url` and `response` are the first page's request, if it is under way; `shown` is its
    /// answer instead, if that is in `stage` already. `words` is the catalogue of the language in use.
    pub fn mount(
        &self,
        stage: Node,
        url: Option<String>,
        response: Option<js_sys::Promise>,
        shown: Option<String>,
        words: JsValue,
    ) {
        let Some(host) = self.host.take() else { return };
        let answer = shown.map(Answer::Shown).or(response.map(Answer::Response));
        let first_page = url.zip(answer).map(|(url, answer)| FirstPage { url, answer });
        let settings = self.settings.borrow().clone();
        *self.mounted.borrow_mut() = Some(Mounted::new(&stage, settings, Rc::new(host), first_page, words));
    }

    /// Takes everything down: requests end, and nothing is left in the page.
    pub fn unmount(&self) {
        let mounted = self.mounted.take();
        drop(mounted);
    }

    /// Does what one of the element's methods is for, `refresh`, `preview` or `download`, as soon as the document has arrived.
    /// The promise rejects where the list does not have the document. One export, since each promise costs a kilobyte.
    pub fn run(&self, method: String, file_id: String) -> js_sys::Promise {
        let controller = self.controller();
        future_to_promise(async move {
            let missing = || JsValue::from(js_sys::Error::new("the list has no such document"));
            let controller = controller.ok_or_else(missing)?;
            let wanted = if method == "refresh" { None } else { Some(&*file_id) };
            if wanted.is_none() {
                controller.refresh();
            }
            match controller.awaited(wanted).await {
                None if wanted.is_some() => return Err(missing()),
                None => {}
                Some(document) if method == "preview" => controller.open(&document),
                Some(document) => controller.download(document).await,
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// What has been loaded so far, as plain objects.
    pub fn documents(&self) -> js_sys::Array {
        let Some(controller) = self.controller() else { return js_sys::Array::new() };
        controller.listing.with_untracked(|listing| listing.documents().iter().map(|document| plain(&document)).collect())
    }

    fn controller(&self) -> Option<Controller> {
        self.mounted.borrow().as_ref().map(Mounted::controller)
    }
}

/// An event's detail, as documented.
fn detail(event: &Event<'_>) -> JsValue {
    match event {
        Event::Load { count, bytes } => browser::load_detail(*count as f64, *bytes as f64),
        Event::Preview(document) | Event::Download(document) => browser::document_detail(&plain(document)),
        Event::Error(problem, message) => {
            browser::error_detail(problem.code(), problem.status(), problem.is_retryable(), message)
        }
        Event::SessionExpired => js_sys::Object::new().into(),
    }
}

/// A document as the host sees it, in the schema dialect's words; without links, which are for the component.
fn plain(document: &Document) -> JsValue {
    let record = &document.record;
    browser::plain(
        record.file_id.as_str(),
        record.name.as_deref(),
        record.document_type.as_word(),
        record.category.map(flexportal::Category::as_word),
        record.content_type.as_deref(),
        record.size.map(|size| size as f64),
        record.created_at.map(|created| created.millis() as f64),
        record.order_id.as_ref().map(|order| order.as_str()),
    )
}
