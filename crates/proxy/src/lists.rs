//! Pages of upstream lists: kept for a short time, asked for once for all who want the same one.
//!
//! What is kept is the upstream's page as it came, not what somebody may see of it: each who reads it has been permitted the list just now (a
//! [`ListKey`] is made of nothing else), and is shown the records that are his own.
//!
//! By its age a page is *fresh*, and shown; or *stale*, and shown while it is asked for again in the background; or *old*, and shown only where
//! the upstream fails. Beyond that it is forgotten. No signed URL ever comes here.

mod kept;
mod wire;

pub use kept::{Kept, Shown};

use crate::cache::Cache;
use crate::config::Limits;
use crate::flight::{Flights, Lost};
use crate::metrics::{ListOutcome, Metrics};
use crate::patience::Patience;
use crate::policy::{ListKey, Permitted, Scope};
use crate::upstream::{Page, Upstream, UpstreamError};
use flexportal::FileList;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument;

/// What most pages weigh, in bytes.
const TYPICAL: u32 = 20_000;

/// What became of a question to the upstream.
#[derive(Clone)]
struct Asked {
    result: Result<Arc<Kept>, UpstreamError>,
    outcome: ListOutcome,
    /// It would have waited for the budget, about as long as anybody.
    is_patient: bool,
}

impl Asked {
    fn failed(error: UpstreamError, is_patient: bool) -> Self {
        Self { result: Err(error), outcome: ListOutcome::Failed, is_patient }
    }

    /// Says nothing about others who want the same: the asker's own share was used up, or it did not want to wait, or no longer.
    fn is_personal(&self) -> bool {
        match self.result {
            Err(UpstreamError::OwnShare(_)) => true,
            Err(UpstreamError::Budget(_)) => !self.is_patient,
            _ => false,
        }
    }
}

/// The lists of all customers, as far as they are kept.
pub struct Lists {
    kept: Cache<ListKey, Arc<Kept>>,
    flights: Flights<ListKey, Asked>,
    upstream: Arc<Upstream>,
    metrics: Arc<Metrics>,
    fresh: Duration,
    stale: Duration,
    old: Duration,
}

impl Lists {
    /// Nothing is kept yet.
    pub fn new(upstream: Arc<Upstream>, metrics: Arc<Metrics>, limits: &Limits) -> Self {
        Self {
            kept: Cache::new(limits.list_bytes, TYPICAL, limits.list_kept, |_, page| page.weight()),
            flights: Flights::new(Asked::is_personal),
            upstream,
            metrics,
            fresh: limits.list_fresh,
            stale: limits.list_stale,
            old: limits.list_kept,
        }
    }

    /// The page to show: a kept one where it is young enough, or where the upstream fails. `patience`: the deadline of waits for the budget.
    ///
    /// # Errors
    /// What the upstream failed with, where nothing that may be shown is kept.
    pub async fn page(
        self: &Arc<Self>,
        scope: &Permitted<Scope>,
        page: &Page,
        patience: Patience,
    ) -> Result<Arc<Kept>, UpstreamError> {
        let key = ListKey::of(scope, page);
        let (outcome, result) = match self.kept.get(&key) {
            Some(kept) if kept.age() < self.fresh => (ListOutcome::Fresh, Ok(kept)),
            Some(kept) if kept.age() < self.stale => {
                if kept.is_to_be_tried(self.fresh) {
                    self.revalidate(key, scope, page);
                }
                (ListOutcome::Stale, Ok(kept))
            }
            // An old list now is better than a new one after a wait for the budget.
            Some(_) => self.fetched_or_old(&key, scope, page, Patience::none()).await,
            None => self.fetched_or_old(&key, scope, page, patience).await,
        };
        self.metrics.list(outcome);
        result
    }

    /// Asks the upstream; where it fails, what is kept here or by another replica is shown.
    async fn fetched_or_old(
        self: &Arc<Self>,
        key: &ListKey,
        scope: &Permitted<Scope>,
        page: &Page,
        patience: Patience,
    ) -> (ListOutcome, Result<Arc<Kept>, UpstreamError>) {
        let asked = self.fetch(key, scope, page, patience).await;
        match asked.result {
            Err(error) if error.excuses_an_old_list() => match self.recent(scope, page, self.old) {
                Some(kept) => (ListOutcome::Old, Ok(kept)),
                None => (ListOutcome::Failed, Err(error)),
            },
            result => (asked.outcome, result),
        }
    }

    /// The page for looking something up: kept no longer than fresh and than `oldest`, or asked for.
    ///
    /// # Errors
    /// What the upstream failed with.
    pub async fn fresh(
        self: &Arc<Self>,
        scope: &Permitted<Scope>,
        page: &Page,
        oldest: Duration,
        patience: Patience,
    ) -> Result<Arc<Kept>, UpstreamError> {
        match self.recent(scope, page, self.fresh.min(oldest)) {
            Some(kept) => Ok(kept),
            None => self.fetch(&ListKey::of(scope, page), scope, page, patience).await.result,
        }
    }

    /// The page, where one is kept that is no older.
    pub fn recent(&self, scope: &Permitted<Scope>, page: &Page, oldest: Duration) -> Option<Arc<Kept>> {
        self.kept.get(&ListKey::of(scope, page)).filter(|kept| kept.age() < oldest)
    }

    /// Asks the upstream, together with all who ask for the same now.
    async fn fetch(self: &Arc<Self>, key: &ListKey, scope: &Permitted<Scope>, page: &Page, patience: Patience) -> Asked {
        let (this, scope, page) = (Arc::clone(self), scope.clone(), page.clone());
        match self.flights.share(key, move || this.ask(scope, page, patience)).await {
            Ok((asked, role)) => {
                self.metrics.flight(role);
                asked
            }
            Err(Lost) => Asked::failed(UpstreamError::Abandoned, true),
        }
    }

    /// Asks anew in the background. It never waits for the budget: who waits for an answer comes first.
    fn revalidate(self: &Arc<Self>, key: ListKey, scope: &Permitted<Scope>, page: &Page) {
        let (this, scope, page) = (Arc::clone(self), scope.clone(), page.clone());
        // What became of it, the next one who asks will see.
        let ask = async move { drop(this.fetch(&key, &scope, &page, Patience::none()).await) };
        tokio::spawn(ask.in_current_span());
    }

    async fn ask(self: Arc<Self>, scope: Permitted<Scope>, page: Page, patience: Patience) -> Asked {
        let is_patient = patience.speaks_for_others();
        let key = ListKey::of(&scope, &page);
        if let Some(kept) = self.of_another_replica(&key).await {
            return Asked { result: Ok(kept), outcome: ListOutcome::Shared, is_patient: true };
        }
        let asked = Instant::now();
        match self.upstream.list(&scope, &page, patience).await {
            Ok(list) => {
                self.share(&key, &list, asked.elapsed());
                let kept = Arc::new(Kept::new(list, asked.elapsed()));
                self.kept.insert(key, Arc::clone(&kept));
                Asked { result: Ok(kept), outcome: ListOutcome::Fetched, is_patient: true }
            }
            Err(error) => {
                if !error.excuses_an_old_list() {
                    self.kept.remove(&key);
                    if let Some(shared) = self.upstream.shared() {
                        shared.forget_list(&key.text()).await;
                    }
                }
                Asked::failed(error, is_patient)
            }
        }
    }

    /// A fresh page that another replica has asked for.
    async fn of_another_replica(&self, key: &ListKey) -> Option<Arc<Kept>> {
        let (bytes, age) = self.upstream.shared()?.get_list(&key.text()).await?;
        self.take_over(key, Kept::new(wire::read(&bytes)?, age))
    }

    /// Keeps another replica's page where it is newer than what is kept here, and says whether it is fresh. One that is not is kept for the case
    /// that the upstream fails.
    fn take_over(&self, key: &ListKey, page: Kept) -> Option<Arc<Kept>> {
        let age = page.age();
        let page = Arc::new(page);
        if age < self.old && self.kept.get(key).is_none_or(|own| own.age() > age) {
            self.kept.insert(key.clone(), Arc::clone(&page));
        }
        (age < self.fresh).then_some(page)
    }

    /// Gives the page to the other replicas. Nobody waits for that.
    fn share(&self, key: &ListKey, list: &FileList, age: Duration) {
        let Some(shared) = self.upstream.shared().cloned() else { return };
        let (page, text, old) = (wire::write(list), key.text(), self.old);
        tokio::spawn(async move { shared.put_list(&text, page.as_bytes(), age, old).await });
    }
}

#[cfg(test)]
mod tests;

/// What fuzz targets reach for.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed {
    pub use super::wire::{read, write};
}
