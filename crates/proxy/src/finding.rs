//! Finds a file in a list of the upstream, which is the only way to a signed URL.
//!
//! A request says where the file was listed ([`Hint`]); that is only the place to look first. What was found says whose it is by itself, under
//! an order that was permitted just now. So a hint that is wrong, or made up, costs a few calls and permits nothing.

use crate::app::App;
use crate::cache::Cache;
use crate::error::Failure;
use crate::lists::Kept;
use crate::ownership::permit_order;
use crate::patience::Patience;
use crate::policy::{self, Finding, Permitted, Scope, Sign};
use crate::session::Session;
use crate::upstream::Page;
use flexportal::{CustomerId, FileId, FileRecord, OrderId};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The most records on one page of the upstream.
const PAGE: u64 = 100;

/// The most pages that are looked at for one request. With the question whose the order is, and the signature, a request costs 6 calls at most.
const MAX_PAGES: usize = 4;

/// The most files that are remembered as found, and the most that were looked for in vain.
const MAX_REMEMBERED: u64 = 50_000;

/// The most pages of one order on which something is remembered as found, the newest.
const MAX_PAGES_OF_AN_ORDER: usize = 16;

/// Where a request says that the file was listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hint {
    /// How many records came before that page.
    pub offset: u64,
    /// The type that the list was filtered by.
    pub document_type: Option<String>,
    /// It was the customer's list, and not the order's.
    pub in_customers_list: bool,
}

/// A file that was not found: for whom, in which order, which one.
type Absence = (CustomerId, Option<OrderId>, FileId);

/// A record that was met, which is the session's if its order is; and when the upstream was asked for it.
type Unclear = (Instant, Arc<FileRecord>);

/// What was found in an order's list, page by page, with the moments when the upstream was asked for them.
type Pages = Arc<[(Instant, Arc<Finding>)]>;

/// What was found recently, and what was looked for in vain. Consulted only after the order was permitted anew, for a stated time.
pub struct Findings {
    found: Cache<(CustomerId, OrderId), Pages>,
    /// With the record that was met, where nobody could say whose its order is.
    absent: Cache<Absence, Option<Unclear>>,
    /// When something was last found to be absent: where that is long ago, nothing has to be forgotten for each record of each list.
    last_absence: Mutex<Option<Instant>>,
    valid: Duration,
}

impl Findings {
    /// `valid`: for how long a finding, or its failure, is taken as said.
    pub fn new(valid: Duration) -> Self {
        Self {
            found: Cache::new(MAX_REMEMBERED, 10, valid, |_, pages| {
                pages.iter().map(|(_, finding)| 1 + finding.count() as u32).sum()
            }),
            absent: Cache::new(MAX_REMEMBERED, 1, valid, |_, _| 1),
            last_absence: Mutex::default(),
            valid,
        }
    }

    /// Remembers that it is not there, or what was met of which nobody could say whose it is.
    fn remember_absent(&self, absence: Absence, unclear: Option<Unclear>) {
        *self.last_absence.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.absent.insert(absence, unclear);
    }

    /// Whether anything may be remembered as absent.
    fn knows_absences(&self) -> bool {
        // Longer than they are kept: what is remembered while this looks is not missed.
        let last = *self.last_absence.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < self.valid * 2)
    }

    /// Remembers the records of a page that are the scope's own, with the moment when the upstream was asked; none of them is absent any more.
    pub fn remember(&self, scope: &Permitted<Scope>, records: &[FileRecord], asked: Instant) {
        if !self.counts(asked) {
            return;
        }
        if let (Some(order), Some(finding)) = (scope.what().order(), Finding::of(scope, records)) {
            self.remember_found((scope.customer().clone(), order.clone()), (asked, Arc::new(finding)));
        }
        if self.knows_absences() {
            for record in policy::own(scope, records) {
                for order in [None, record.order_id.clone()] {
                    self.absent.remove(&(scope.customer().clone(), order, record.file_id.clone()));
                }
            }
        }
    }

    /// Beside what else was found and is young enough; the same page, looked at again, counts once. Of two pages that come at once, one may be
    /// forgotten: that costs a call.
    fn remember_found(&self, list: (CustomerId, OrderId), page: (Instant, Arc<Finding>)) {
        let before = self.found.get(&list);
        let others = before.iter().flat_map(|pages| self.young(pages)).filter(|(asked, _)| *asked != page.0);
        let newest = std::iter::once(&page).chain(others).take(MAX_PAGES_OF_AN_ORDER);
        self.found.insert(list, newest.cloned().collect());
    }

    /// The permission, where the file was found in a list of the scope's that is not too old by now.
    fn earlier(&self, scope: &Permitted<Scope>, file: &FileId) -> Option<Permitted<Sign>> {
        let pages = self.found.get(&(scope.customer().clone(), scope.what().order()?.clone()))?;
        self.young(&pages).find_map(|(_, finding)| policy::found_earlier(scope, finding, file))
    }

    fn young<'a>(&'a self, pages: &'a Pages) -> impl Iterator<Item = &'a (Instant, Arc<Finding>)> {
        pages.iter().filter(|(asked, _)| self.counts(*asked))
    }

    /// Whether what the upstream was asked for at that moment is still taken as said.
    fn counts(&self, asked: Instant) -> bool {
        asked.elapsed() < self.valid
    }
}

/// The permission to sign a file, found in the list of the order that the request names or, where it names none, in the customer's own list.
///
/// Without an order a file's own record is not asked for: about another's file that would cost other calls than about one that does not exist,
/// and fail in other ways. In the customer's own list neither is there. (Where the upstream does not filter, another's file can be; then, for a
/// session whose token names no orders, one more question is asked: whose the order is. It is asked last, when the pages have been looked at that
/// would be for a file that does not exist, and what it fails with is told nobody: an own file is then "not found", too, for it cannot be told from
/// another's. So the answers are the same; that one more call was made only the budget, shared by all, and the clock can tell.)
///
/// # Errors
/// [`Failure::NotFound`] where it is not found within [`MAX_PAGES`], or what the upstream failed with when it was asked for a list.
pub async fn permit_file(
    app: &App,
    session: &Session,
    file: &str,
    order: Option<&str>,
    hint: &Hint,
    patience: Patience,
) -> Result<Permitted<Sign>, Failure> {
    let file = FileId::new(file).map_err(|_| Failure::NotFound)?;
    let scope = match order {
        Some(order) => permit_order(app, session, order, patience).await?,
        None => policy::customer(session),
    };
    if let Some(permitted) = app.findings.earlier(&scope, &file) {
        return Ok(permitted);
    }
    let absence = (session.customer().clone(), scope.what().order().cloned(), file.clone());
    let mut search = Search { app, session, scope, file, pages_left: MAX_PAGES, unclear: None, patience };
    match app.findings.absent.get(&absence) {
        // As long as of a file that does not exist nothing but that is said, no list is asked for here either: its failure would tell them apart.
        Some(unclear) => search.unclear = unclear.filter(|(asked, _)| app.findings.counts(*asked)),
        None => {
            if let Some(permitted) = search.run(hint).await? {
                return Ok(permitted);
            }
            app.findings.remember_absent(absence.clone(), search.unclear.clone());
        }
    }
    let Some((_, record)) = &search.unclear else { return Err(Failure::NotFound) };
    let permitted = match search.permit_unclear(record).await {
        // Nobody could say: that is not remembered as an absence, and asked again the next time.
        Err(failure) => {
            tracing::debug!(code = failure.code(), "whose a file is cannot be said now, so that it counts as not found");
            return Err(Failure::NotFound);
        }
        Ok(permitted) => permitted,
    };
    match permitted {
        Some(_) => app.findings.absent.remove(&absence),
        None => app.findings.remember_absent(absence, None),
    }
    permitted.ok_or(Failure::NotFound)
}

/// What one look at a page brings: the permission, if the file is there, and where the next page begins, if there is one.
type Look = (Option<Permitted<Sign>>, Option<u64>);

/// A bounded search for one file.
struct Search<'a> {
    app: &'a App,
    session: &'a Session,
    scope: Permitted<Scope>,
    file: FileId,
    pages_left: usize,
    /// The first record that was met of which is not known yet whose its order is.
    unclear: Option<Unclear>,
    patience: Patience,
}

impl Search<'_> {
    /// First where the hint says and on the pages beside it, since lists shift; then from the beginning.
    async fn run(&mut self, hint: &Hint) -> Result<Option<Permitted<Sign>>, Failure> {
        let scope = self.scope.clone();
        let hinted = if hint.in_customers_list { policy::customer(self.session) } else { scope.clone() };
        let is_plain = hinted.what() == scope.what() && hint.document_type.is_none();
        if hint.offset > 0 || !is_plain {
            let at = |offset| Page { limit: PAGE, offset, document_type: hint.document_type.clone() };
            let (mut found, next) = self.look(&hinted, at(hint.offset)).await?;
            let before = hint.offset.saturating_sub(PAGE);
            // Where the page before is the plain list's first one, it comes below.
            let before = (hint.offset > 0 && !(is_plain && before == 0)).then_some(before);
            for offset in [next, before].into_iter().flatten() {
                if found.is_none() {
                    (found, _) = self.look(&hinted, at(offset)).await?;
                }
            }
            if found.is_some() {
                return Ok(found);
            }
        }
        let (mut found, mut next) = (None, Some(0));
        while let (None, Some(offset)) = (&found, next) {
            (found, next) = self.look(&scope, Page { limit: PAGE, offset, document_type: None }).await?;
        }
        Ok(found)
    }

    /// Looks on one page of a list, as long as pages are left.
    async fn look(&mut self, listed: &Permitted<Scope>, page: Page) -> Result<Look, Failure> {
        let Some(left) = self.pages_left.checked_sub(1) else { return Ok((None, None)) };
        self.pages_left = left;
        let permits = |record: &FileRecord| policy::found(&self.scope, &self.file, record);
        let has_it = |kept: &Arc<Kept>| kept.list().files.iter().any(|record| permits(record).is_some());
        // That it is there may be read off a list of a minute ago; that it is not, only off a fresh one. So may not that it is another's.
        let valid = self.app.findings.valid;
        let kept = match self.app.lists.recent(listed, &page, valid).filter(has_it) {
            Some(kept) => kept,
            None => self.app.lists.fresh(listed, &page, valid, self.patience).await?,
        };
        let list = kept.list();
        let next = list.may_continue(page.offset, PAGE).then(|| page.offset + list.received());
        let met = list.files.iter().find(|record| record.file_id == self.file);
        let found = met.and_then(permits);
        let unclear = met.filter(|record| policy::unclear(&self.scope, record).is_some());
        if let (None, Some(record)) = (&self.unclear, unclear) {
            self.unclear = Some((kept.asked(), Arc::new(record.clone())));
        }
        // In the customer's list nobody was asked about the other records' orders, so that nothing can be said of them here.
        if listed.what().order().is_some() {
            self.app.findings.remember(listed, &list.files, kept.asked());
        }
        Ok((found, next))
    }

    /// The permission, where the record's order is the customer's.
    async fn permit_unclear(&self, record: &FileRecord) -> Result<Option<Permitted<Sign>>, Failure> {
        let Some(order) = policy::unclear(&self.scope, record) else { return Ok(None) };
        match permit_order(self.app, self.session, order.as_str(), self.patience).await {
            Ok(order) => Ok(policy::found(&policy::customer_and(&self.scope, &[order]), &self.file, record)),
            Err(Failure::NotFound) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::OrderDecision;
    use serde_json::json;
    use tokio::time::advance;

    const S: fn(u64) -> Duration = Duration::from_secs;
    const JUST: Duration = Duration::from_millis(1);

    fn scope() -> Permitted<Scope> {
        let session = Session::for_test("cust_anna", Some(&["ord_a1"]));
        let OrderDecision::Permitted(scope) = policy::order(&session, OrderId::new("ord_a1").unwrap()) else { panic!("hers") };
        scope
    }

    /// A page of the order's list.
    fn page(files: &[&str]) -> Vec<FileRecord> {
        let record = |file: &&str| serde_json::from_value(json!({"fileId": file, "orderId": "ord_a1"})).unwrap();
        files.iter().map(record).collect()
    }

    fn found<const N: usize>(findings: &Findings, files: [&str; N]) -> [bool; N] {
        files.map(|file| findings.earlier(&scope(), &FileId::new(file).unwrap()).is_some())
    }

    #[tokio::test(start_paused = true)]
    async fn should_take_each_page_as_said_until_it_is_too_old() {
        let findings = Findings::new(S(60));
        findings.remember(&scope(), &page(&["one", "two"]), Instant::now());
        advance(S(20)).await;
        let second = Instant::now();
        findings.remember(&scope(), &page(&["three"]), second);
        // The same page, looked at again.
        findings.remember(&scope(), &page(&["three"]), second);
        advance(S(40) - JUST).await;
        assert_eq!(found(&findings, ["one", "two", "three", "four"]), [true, true, true, false]);
        advance(JUST).await;
        assert_eq!(found(&findings, ["one", "two", "three"]), [false, false, true]);
        advance(S(20) - JUST).await;
        assert_eq!(found(&findings, ["three"]), [true]);
        advance(JUST).await;
        assert_eq!(found(&findings, ["three"]), [false]);
        // What was asked for so long ago is too old to be remembered.
        findings.remember(&scope(), &page(&["three"]), second);
        advance(S(1)).await;
        findings.remember(&scope(), &page(&["four"]), Instant::now());
        assert_eq!(found(&findings, ["three", "four"]), [false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn should_forget_that_a_file_was_not_found_when_a_list_shows_it() {
        let absence = |order: Option<&str>, file: &str| {
            let order = order.map(|order| OrderId::new(order).unwrap());
            (CustomerId::new("cust_anna").unwrap(), order, FileId::new(file).unwrap())
        };
        let absences = [absence(Some("ord_a1"), "one"), absence(None, "one"), absence(Some("ord_a1"), "two")];
        for since in [S(0), S(60) - JUST] {
            let findings = Findings::new(S(60));
            let left = || absences.each_ref().map(|absence| findings.absent.get(absence).is_some());
            absences.iter().for_each(|absence| findings.remember_absent(absence.clone(), None));
            advance(since).await;
            assert_eq!(left(), [true; 3]);
            findings.remember(&scope(), &page(&["one"]), Instant::now());
            assert_eq!(left(), [false, false, true], "{since:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn should_look_for_absences_for_as_long_as_there_may_be_some() {
        let findings = Findings::new(S(60));
        assert!(!findings.knows_absences());
        findings.remember_absent((CustomerId::new("cust_anna").unwrap(), None, FileId::new("one").unwrap()), None);
        advance(S(120) - JUST).await;
        assert!(findings.knows_absences());
        advance(JUST).await;
        assert!(!findings.knows_absences());
    }
}
