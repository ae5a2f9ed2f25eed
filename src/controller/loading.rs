//! Loading the list.

use super::Controller;
use crate::browser;
use crate::client::Cancel;
use crate::host::Event;
use crate::later;
use crate::model::{Document, Listing, PageRequest, Phase, Problem, Scope, Settings, totals};
use crate::reactive::{Signal, memo};
use flexportal::{FileList, OrderId};
use leptos::leptos_dom::helpers::set_timeout;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// For how long pages that follow the first are gathered before they are shown.
const GATHER: Duration = Duration::from_millis(200);

/// What the list is of. When it changes, the list is another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    endpoint: String,
    order_id: Option<OrderId>,
    order_id_invalid: bool,
    scope: Scope,
    only_type: Option<String>,
}

impl Source {
    fn new(settings: &Settings) -> Self {
        Self {
            endpoint: settings.endpoint.clone(),
            order_id: settings.order_id.clone(),
            order_id_invalid: settings.order_id_invalid,
            scope: settings.scope,
            only_type: settings.only_type(),
        }
    }
}

impl Controller {
    /// What the list is of.
    pub fn source(self) -> Signal<Source> {
        let settings = self.settings;
        memo(move || settings.with(Source::new))
    }

    /// Begins the list of what the settings now name; what was under way ends.
    pub fn load(self, source: &Source) {
        self.opened.set(None);
        self.show_all();
        self.begin(match source {
            Source { scope: Scope::Customer, .. } | Source { order_id: Some(_), .. } => Listing::loading(),
            // An id that cannot exist is answered as one that does not.
            Source { order_id_invalid: true, .. } => Listing::stopped(Problem::NotFound),
            Source { order_id: None, .. } => Listing::default(),
        });
    }

    /// Loads the same list anew; what is shown stays until the first page is there.
    pub fn refresh(self) {
        let mut listing = self.listing.get_untracked();
        if *listing.phase() != Phase::Idle {
            listing.renewed();
        }
        self.begin(listing);
    }

    fn begin(self, listing: Listing) {
        self.list_cancel.set_value(Cancel::new());
        let stopped = match listing.phase() {
            Phase::Stopped(problem) => Some(problem.clone()),
            _ => None,
        };
        self.listing.set(listing);
        // Who waits for the list before looks again.
        self.wake();
        match stopped {
            Some(problem) => self.settled(Some(&problem)),
            None => self.pump(),
        }
    }

    /// Goes on after a failure.
    pub fn resume(self) {
        self.listing.try_update(Listing::resume);
        self.pump();
    }

    /// The document with this id, as soon as it has arrived; `None` when the list is settled without it. Where no id is given, none
    /// arrives.
    pub async fn awaited(self, id: Option<&str>) -> Option<Document> {
        loop {
            match id.and_then(|id| self.document(id)) {
                None if self.is_loading() => self.arrival().await,
                found => return found,
            }
        }
    }

    /// Waits for the next page's arrival or failure.
    async fn arrival(self) {
        let promise = js_sys::Promise::new(&mut |resolve, _| {
            self.waiting.try_update_value(|waiting| waiting.push(resolve));
        });
        // Nobody rejects it.
        let _ = JsFuture::from(promise).await;
    }

    /// Wakes all that wait for an arrival.
    fn wake(self) {
        for resolve in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }

    fn is_loading(self) -> bool {
        self.listing.try_with_untracked(|listing| *listing.phase() == Phase::Loading).unwrap_or(false)
    }

    /// Asks for as many pages as may be under way.
    fn pump(self) {
        // Taken now: when the request begins, another list may have begun.
        let Some(cancel) = self.list_cancel.try_with_value(Cancel::signal) else { return };
        // Asking changes nothing that is shown, so it tells no view.
        while let Some(request) = self.listing.try_update_untracked(Listing::ask).flatten() {
            match self.shown(request) {
                Some(page) => {
                    self.arrived(request, page);
                    // The host hears of it when it has the component in its hands; and the start is a long enough task without the next requests.
                    return set_timeout(
                        move || {
                            if !cancel.aborted() {
                                self.settled_if_done(None);
                                self.pump();
                            }
                        },
                        Duration::ZERO,
                    );
                }
                None => spawn_local(self.fetch(request, cancel.clone())),
            }
        }
    }

    /// The page that is shown already, where it is the one that is asked for.
    fn shown(self, request: PageRequest) -> Option<FileList> {
        let client = self.client()?;
        let page = self.first_page.try_with_value(|first| client.shown(request, first.as_ref()?)).flatten()?;
        // Once: what is asked for again is asked for anew.
        self.first_page.set_value(None);
        Some(page)
    }

    fn arrived(self, request: PageRequest, page: FileList) {
        // Views hear of the first page and of the end at once. What comes between is gathered: drawing for each page would hold up the next.
        let take = |listing: &mut Listing| listing.arrived(request, page, browser::fold_all);
        if self.listing.try_update_untracked(take).unwrap_or(false) {
            self.tell();
        } else if !self.is_gathering.try_with_value(|is| *is).unwrap_or(true) {
            self.is_gathering.set_value(true);
            set_timeout(move || self.tell(), GATHER);
        }
    }

    /// Tells the views what has arrived.
    fn tell(self) {
        self.is_gathering.set_value(false);
        self.listing.try_update(|_| ());
    }

    async fn fetch(self, request: PageRequest, cancel: AbortSignal) {
        if cancel.aborted() {
            return;
        }
        let Some(client) = self.client() else { return };
        let first = self.first_page.try_update_value(Option::take).flatten();
        let answer = client.list(request, first, &cancel).await;
        // Another list has begun, or the component is gone.
        if cancel.aborted() {
            return;
        }
        let failure = match answer {
            Ok(page) => {
                self.arrived(request, page);
                None
            }
            Err(problem) => {
                self.listing.try_update(|listing| listing.failed(request, problem.clone()));
                Some(problem)
            }
        };
        self.pump();
        self.wake();
        self.settled_if_done(failure.as_ref());
    }

    fn settled_if_done(self, failure: Option<&Problem>) {
        if failure.is_some() || !self.is_loading() {
            self.settled(failure);
        }
    }

    fn settled(self, problem: Option<&Problem>) {
        // Whoever clicks next should not have to wait for it.
        later::fetch_ahead();
        match problem {
            Some(problem) => self.report(problem),
            None => {
                let sum = |listing: &Listing| (*listing.phase() == Phase::Complete).then(|| totals(listing.documents(), &[]));
                if let Some((count, bytes)) = self.listing.try_with_untracked(sum).flatten() {
                    self.emit(&Event::Load { count, bytes });
                }
            }
        }
    }
}
