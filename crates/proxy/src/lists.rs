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

use crate::config::Limits;
use crate::flight::{Flights, Lost};
use crate::metrics::{ListOutcome, Metrics};
use crate::policy::{ListKey, Permitted, Scope};
use crate::upstream::{Page, Upstream, UpstreamError};
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument;

/// What became of a question to the upstream.
#[derive(Clone)]
struct Asked {
    result: Result<Arc<Kept>, UpstreamError>,
    /// It would have waited for the budget.
    is_patient: bool,
}

impl Asked {
    /// Says nothing about others who want the same: the asker's own share was used up, or it did not want to wait.
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
    patience: Duration,
}

impl Lists {
    /// Nothing is kept yet.
    pub fn new(upstream: Arc<Upstream>, metrics: Arc<Metrics>, limits: &Limits) -> Self {
        let kept = Cache::builder()
            .max_capacity(limits.list_bytes)
            .weigher(|_, page: &Arc<Kept>| page.weight())
            .time_to_live(limits.list_kept)
            .build();
        Self {
            kept,
            flights: Flights::new(Asked::is_personal),
            upstream,
            metrics,
            fresh: limits.list_fresh,
            stale: limits.list_stale,
            old: limits.list_kept,
            patience: limits.budget_wait,
        }
    }

    /// The page to show: a kept one where it is young enough, or where the upstream fails.
    ///
    /// # Errors
    /// What the upstream failed with, where nothing that may be shown is kept.
    pub async fn page(self: &Arc<Self>, scope: &Permitted<Scope>, page: &Page) -> Result<Arc<Kept>, UpstreamError> {
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
            Some(kept) => match self.fetch(&key, scope, page, Duration::ZERO).await {
                Err(error) if error.excuses_an_old_list() && kept.age() < self.old => (ListOutcome::Old, Ok(kept)),
                result => (ListOutcome::of(&result), result),
            },
            None => {
                let result = self.fetch(&key, scope, page, self.patience).await;
                (ListOutcome::of(&result), result)
            }
        };
        self.metrics.list(outcome);
        result
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
    ) -> Result<Arc<Kept>, UpstreamError> {
        match self.recent(scope, page, self.fresh.min(oldest)) {
            Some(kept) => Ok(kept),
            None => self.fetch(&ListKey::of(scope, page), scope, page, self.patience).await,
        }
    }

    /// The page, where one is kept that is no older.
    pub fn recent(&self, scope: &Permitted<Scope>, page: &Page, oldest: Duration) -> Option<Arc<Kept>> {
        self.kept.get(&ListKey::of(scope, page)).filter(|kept| kept.age() < oldest)
    }

    /// Asks the upstream, together with all who ask for the same now.
    async fn fetch(
        self: &Arc<Self>,
        key: &ListKey,
        scope: &Permitted<Scope>,
        page: &Page,
        patience: Duration,
    ) -> Result<Arc<Kept>, UpstreamError> {
        let (this, scope, page) = (Arc::clone(self), scope.clone(), page.clone());
        let shared = self.flights.share(key, move || this.ask(scope, page, patience)).await;
        let (asked, role) = shared.map_err(|Lost| UpstreamError::Abandoned)?;
        self.metrics.flight(role);
        asked.result
    }

    /// Asks anew in the background. It never waits for the budget: who waits for an answer comes first.
    fn revalidate(self: &Arc<Self>, key: ListKey, scope: &Permitted<Scope>, page: &Page) {
        let (this, scope, page) = (Arc::clone(self), scope.clone(), page.clone());
        // What became of it, the next one who asks will see.
        tokio::spawn(async move { this.fetch(&key, &scope, &page, Duration::ZERO).await.map(drop) }.in_current_span());
    }

    async fn ask(self: Arc<Self>, scope: Permitted<Scope>, page: Page, patience: Duration) -> Asked {
        let key = ListKey::of(&scope, &page);
        let asked = Instant::now();
        let result = match self.upstream.list(&scope, &page, patience).await {
            Ok(list) => {
                let kept = Arc::new(Kept::new(list, asked.elapsed()));
                self.kept.insert(key, Arc::clone(&kept));
                Ok(kept)
            }
            Err(error) => {
                if !error.excuses_an_old_list() {
                    self.kept.invalidate(&key);
                }
                Err(error)
            }
        };
        Asked { result, is_patient: patience > Duration::ZERO }
    }
}

/// What fuzz targets reach for.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed {
    pub use super::wire::{read, write};
}
