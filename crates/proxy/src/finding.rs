//! Finds a file in the list of a permitted order, which is the only way to a signed URL.

use crate::app::App;
use crate::error::Failure;
use crate::ownership::permit_order;
use crate::policy::{self, Finding, Permitted, Scope, Sign};
use crate::session::Session;
use crate::upstream::Page;
use flexportal::{FileId, FileList};
use moka::sync::Cache;
use std::time::Duration;
use tokio::time::Instant;

/// The most records on one page of the upstream.
const PAGE: u64 = 100;

/// The most findings that are remembered.
const MAX_FINDINGS: u64 = 50_000;

/// For this long it is remembered where in its list a file was: only a place to look first, and it permits nothing.
const HINT: Duration = Duration::from_secs(1800);

/// What is remembered of a file that was found.
#[derive(Clone, Copy)]
struct Seen {
    at: Instant,
    /// How many records came before it in the whole list; `None` where the list was filtered by type.
    place: Option<u64>,
}

/// Recently found files. Consulted only after the order was permitted anew, for a stated time.
pub struct Findings {
    seen: Cache<Finding, Seen>,
    valid: Duration,
}

impl Findings {
    /// `valid`: for how long a finding is taken as said.
    pub fn new(valid: Duration) -> Self {
        Self { seen: Cache::builder().max_capacity(MAX_FINDINGS).time_to_live(HINT.max(valid)).build(), valid }
    }

    /// Remembers the records of a page that was kept for this scope. `offset` is the page's, where the list was not filtered by type.
    pub fn remember(&self, scope: &Permitted<Scope>, list: &FileList, offset: Option<u64>) {
        let at = Instant::now();
        for record in &list.files {
            if let Some(finding) = Finding::of(scope, record) {
                self.seen.insert(finding, Seen { at, place: offset });
            }
        }
    }
}

/// The permission to sign a file, found in the order that the request names or, where it names none, in the one that the file's record names.
///
/// # Errors
/// [`Failure::NotFound`] where it is not found in a permitted order's list, or what the upstream failed with.
pub async fn permit_file(app: &App, session: &Session, file: &str, order: Option<&str>) -> Result<Permitted<Sign>, Failure> {
    let file = FileId::new(file).map_err(|_| Failure::NotFound)?;
    match order {
        Some(order) => {
            let scope = permit_order(app, session, order).await?;
            find(app, session, &scope, &file).await
        }
        None => {
            let record = app.upstream.file(&policy::file(session, file.clone())).await?.ok_or(Failure::NotFound)?;
            match &record.order_id {
                // The record only says which order to ask about; the order's list has the word.
                Some(order) if !record.misattributed && record.file_id == file => {
                    let scope = permit_order(app, session, order.as_str()).await?;
                    find(app, session, &scope, &file).await
                }
                // A tenant-level file, of no order: its own record must name the session's customer.
                _ => policy::found(&policy::customer(session), &file, &record).ok_or(Failure::NotFound),
            }
        }
    }
}

async fn find(app: &App, session: &Session, scope: &Permitted<Scope>, file: &FileId) -> Result<Permitted<Sign>, Failure> {
    let seen = Finding::question(scope, file).and_then(|finding| app.findings.seen.get(&finding).map(|seen| (finding, seen)));
    let mut first = 0;
    if let Some((finding, seen)) = seen {
        if seen.at.elapsed() < app.findings.valid {
            return policy::found_earlier(scope, &finding).ok_or(Failure::NotFound);
        }
        first = seen.place.unwrap_or(0);
    }
    // The page where it was last, if it was on a later one.
    if first > 0
        && let (Some(permitted), _) = look(app, scope, file, first).await?
    {
        return Ok(permitted);
    }
    let (mut found, mut next) = look(app, scope, file, 0).await?;
    if found.is_none() && next.is_some() {
        // Before walking a long list for an id that may be made up: does the file say that it is of this order?
        let record = app.upstream.file(&policy::file(session, file.clone())).await?.ok_or(Failure::NotFound)?;
        policy::found(scope, file, &record).ok_or(Failure::NotFound)?;
    }
    for _ in 1..app.limits.walk_pages {
        match (&found, next) {
            (None, Some(offset)) => (found, next) = look(app, scope, file, offset).await?,
            _ => break,
        }
    }
    found.ok_or(Failure::NotFound)
}

/// Looks on one page. Returns the permission, if the file is there, and where the next page begins, if there is one.
async fn look(
    app: &App,
    scope: &Permitted<Scope>,
    file: &FileId,
    offset: u64,
) -> Result<(Option<Permitted<Sign>>, Option<u64>), Failure> {
    let page = Page { limit: PAGE, offset, document_type: None };
    let mut list = app.upstream.list(scope, &page).await?;
    let next = (list.received() > 0 && list.may_continue(offset, PAGE)).then(|| offset + list.received());
    let unreadable = list.dropped;
    let held_back = policy::keep(scope, &mut list);
    app.metrics.dropped(unreadable, held_back);
    app.findings.remember(scope, &list, Some(offset));
    Ok((list.files.iter().find_map(|record| policy::found(scope, file, record)), next))
}
