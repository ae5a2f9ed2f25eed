//! Joins the model, the client and the views: the signals that views read, and the verbs that they call.

mod loading;
mod opening;
mod ranking;

pub use opening::{Content, ObjectUrl, Stage};

use crate::browser;
use crate::client::{Cancel, Client, Download, FirstPage};
use crate::host::{Event, Host};
use crate::later::Here;
use crate::model::{Arrangement, Document, Listing, Problem, Query, Scope, Settings, Sort, SortKey, fold_words, kinds};
use crate::reactive::{RwSignal, Signal, StoredValue, memo, memo_of};
use crate::text::{Key, Text};
use flexportal::{DocumentType, FileId};
use leptos::prelude::{untrack, window};
use ranking::Ranks;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// One component's state. Copies share it.
#[derive(Clone, Copy)]
pub struct Controller {
    /// The host's settings.
    pub settings: RwSignal<Settings>,
    /// The texts.
    pub text: Text,
    /// The documents, as far as they have arrived.
    pub listing: RwSignal<Listing>,
    /// What the reader searches for.
    pub search: RwSignal<String>,
    /// The order that the reader chose, over the host's.
    pub sort: RwSignal<Option<Sort>>,
    /// The types that the reader hid.
    pub hidden: RwSignal<Vec<DocumentType>>,
    /// What is shown.
    pub arrangement: Signal<Arrangement>,
    /// The documents' places when sorted by name, as far as they are known.
    ranks: RwSignal<Ranks>,
    /// Whether names are being sorted.
    is_ranking: StoredValue<bool>,
    /// Whether what has arrived is about to be told.
    is_gathering: StoredValue<bool>,
    /// The types that there are, with how many documents each.
    pub kinds: Signal<Vec<(DocumentType, usize)>>,
    /// Seconds until the list goes on after a 429.
    pub countdown: RwSignal<u32>,
    /// Whether the browser has no network.
    pub offline: RwSignal<bool>,
    /// The document whose preview is open.
    pub opened: RwSignal<Option<FileId>>,
    /// What its preview shows.
    pub stage: RwSignal<Stage>,
    /// Why a download did not start.
    pub trouble: RwSignal<Option<String>>,
    /// What is said to a screen reader, once.
    pub said: RwSignal<String>,
    /// The second module, once something of it has been wanted.
    pub here: RwSignal<Option<Here>>,
    host: StoredValue<Rc<dyn Host>>,
    first_page: StoredValue<Option<FirstPage>>,
    list_cancel: StoredValue<Cancel>,
    file_cancel: StoredValue<Cancel>,
    downloads_cancel: StoredValue<Cancel>,
    downloading: StoredValue<Option<Download>>,
    waiting: StoredValue<Vec<js_sys::Function>>,
}

impl Controller {
    /// A new one, owned by the current reactive owner. It asks for nothing yet.
    pub fn new(settings: Settings, host: Rc<dyn Host>, first_page: Option<FirstPage>, words: JsValue) -> Self {
        let lang = RwSignal::new(settings.lang.clone());
        let settings = RwSignal::new(settings);
        let listing = RwSignal::new(Listing::default());
        let (search, sort, hidden) = (RwSignal::new(String::new()), RwSignal::new(None), RwSignal::new(Vec::new()));
        let ranks = RwSignal::new(Ranks::default());
        let arrangement = memo_of(move |before: Option<Arrangement>| {
            let mut query = settings.with(Query::from_settings);
            query.sort = sort.get().unwrap_or(query.sort);
            query.hidden = hidden.get();
            query.words = search.with(|search| if search.is_empty() { Vec::new() } else { fold_words(&browser::fold(search)) });
            let renew =
                |ranks: &[u32]| listing.with(|listing| before.unwrap_or_default().renewed(listing.documents(), ranks, &query));
            // Collation is the one costly part, and only one order needs it.
            match query.sort.key {
                SortKey::Name => ranks.with(|ranks| renew(listing.with(|listing| lang.with(|lang| ranks.of(listing, lang))))),
                SortKey::Created | SortKey::Size => renew(&[]),
            }
        });
        let kinds = memo(move || {
            let only = settings.with(|settings| settings.types.clone());
            listing.with(|listing| kinds(listing.documents(), &only))
        });
        Self {
            settings,
            text: Text::new(words, lang),
            listing,
            search,
            sort,
            hidden,
            arrangement,
            ranks,
            is_ranking: StoredValue::new(false),
            is_gathering: StoredValue::new(false),
            kinds,
            countdown: RwSignal::new(0),
            offline: RwSignal::new(false),
            opened: RwSignal::new(None),
            stage: RwSignal::new(Stage::Loading),
            trouble: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            here: RwSignal::new(None),
            host: StoredValue::new(host),
            first_page: StoredValue::new(first_page),
            list_cancel: StoredValue::new(Cancel::new()),
            file_cancel: StoredValue::new(Cancel::new()),
            downloads_cancel: StoredValue::new(Cancel::new()),
            downloading: StoredValue::new(None),
            waiting: StoredValue::new(Vec::new()),
        }
    }

    /// Goes on with other settings.
    pub fn configure(self, settings: Settings) {
        // No memo: an effect that reads one after another one made of it misses the change where the other stays the same
        // (reactive_graph 0.2.16).
        if self.text.lang.try_with_untracked(|lang| *lang != settings.lang).unwrap_or(false) {
            self.text.lang.set(settings.lang.clone());
        }
        self.settings.set(settings);
    }

    /// The document with this id, where the list has it.
    pub fn document(self, id: &str) -> Option<Document> {
        let find = |listing: &Listing| {
            let documents = listing.documents();
            documents.find(id).and_then(|index| documents.get(index))
        };
        self.listing.try_with_untracked(find).flatten()
    }

    /// A document's name, or what stands for it.
    pub fn name_of(self, document: &Document) -> String {
        document.record.name.clone().unwrap_or_else(|| self.text.get(Key::Unnamed))
    }

    /// Shows or hides a type.
    pub fn toggle(self, kind: &DocumentType) {
        self.hidden.update(|hidden| match hidden.iter().position(|known| known == kind) {
            Some(at) => drop(hidden.remove(at)),
            None => hidden.push(kind.clone()),
        });
    }

    /// Takes back every search and every hidden type.
    pub fn show_all(self) {
        self.search.set(String::new());
        self.hidden.set(Vec::new());
    }

    /// What the customer is told of a problem with the list: a title and a sentence.
    pub fn explain(self, problem: &Problem) -> (String, String) {
        let (title, sentence) = match problem {
            Problem::SignedOut => (Key::SignedOutTitle, Key::SignedOutText),
            Problem::Forbidden => (Key::ForbiddenTitle, Key::ForbiddenText),
            Problem::NotFound => (Key::NotFoundTitle, Key::NotFoundText),
            Problem::Offline => (Key::OfflineTitle, Key::OfflineText),
            Problem::RateLimited(_) => {
                let seconds = self.countdown.get().into();
                return (self.text.get(Key::LimitedTitle), self.text.plural(Key::LimitedText, seconds));
            }
            _ => (Key::FailedTitle, Key::FailedText),
        };
        (self.text.get(title), self.text.get(sentence))
    }

    /// Loads the catalogue of the language in use.
    pub async fn learn(self, lang: String) {
        let spoken = if lang.is_empty() { window().navigator().language().unwrap_or_default() } else { lang.clone() };
        let language = spoken.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let promise = self.host.try_with_value(|host| host.texts(&language)).flatten();
        let Some(promise) = promise else { return };
        let Ok(words) = wasm_bindgen_futures::JsFuture::from(promise).await else { return };
        // The language may have changed again while the file was under way.
        if words.is_object() && self.text.lang.try_get_untracked() == Some(lang) {
            self.text.learn(words);
        }
    }

    fn client(self) -> Option<Client> {
        self.settings.try_with_untracked(|settings| Client {
            endpoint: settings.endpoint.clone(),
            order_id: (settings.scope == Scope::Order).then(|| settings.order_id.clone()).flatten(),
            document_type: settings.only_type(),
            link_minutes: settings.link_minutes,
        })
    }

    fn emit(self, event: &Event<'_>) -> bool {
        // Cloned out of the store, so that whatever the host does in answer finds nothing borrowed.
        self.host.try_with_value(Rc::clone).is_none_or(|host| host.emit(event))
    }

    /// Tells the host of a problem; a session's end is an event of its own.
    fn report(self, problem: &Problem) {
        if *problem == Problem::SignedOut {
            self.emit(&Event::SessionExpired);
        }
        let (title, _) = untrack(|| self.explain(problem));
        self.emit(&Event::Error(problem, &title));
    }

    /// Tells the host how the list is.
    pub fn show_state(self, state: &'static str) {
        if let Some(host) = self.host.try_with_value(Rc::clone) {
            host.state(state);
        }
    }
}
