//! `GET /api/v1/files`: one page of an order's documents, or of the customer's.

use super::{enter, json_bytes, place, query, tell_age};
use crate::app::App;
use crate::encoding::{Encoding, choose};
use crate::error::Failure;
use crate::isolation::Access;
use crate::lists::{Kept, Shown};
use crate::ownership::{ask_about_unclear, permit_order};
use crate::patience::Patience;
use crate::policy::{self, Permitted, Scope};
use crate::session::Session;
use crate::upstream::Page;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flexportal::{DocumentType, FileRecord, ObjectWriter, OrderId};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// About how long a record is in an answer, in bytes.
const USUAL_RECORD: usize = 450;

/// Answers the list, minimised, with every record checked to be the session's.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let session = enter(&app, &parts, Access::Fetched).await?;
    let [order, word, limit, offset] = query::read(&parts.uri, ["orderId", "type", "limit", "offset"])?;
    let page = page_of(word, limit.as_deref(), offset.as_deref())?;
    let (shown, age) = of_session(&app, &session, order.as_deref(), &page).await?;
    Ok(answer(&shown, age, &parts.headers))
}

/// What the session may see of a page of the order's list, or of the customer's own where no order is named, and how old that is. All that shows
/// a list comes here, so that there is one place where it is decided.
///
/// # Errors
/// [`Failure::NotFound`] where the order is not the session's, or what the upstream failed with.
pub(crate) async fn of_session(
    app: &App,
    session: &Session,
    order: Option<&str>,
    page: &Page,
) -> Result<(Arc<Shown>, Duration), Failure> {
    let patience = Patience::lasting(app.limits.budget_wait);
    let scope = match order {
        Some(order) => permit_order(app, session, order, patience).await?,
        None => policy::customer(session),
    };
    let kept = app.lists.page(&scope, page, patience).await?;
    let (scope, judged) = match scope.what() {
        Scope::Order(_) => (scope, usize::MAX),
        Scope::Customer(_) => {
            let asked_for = kept.list().files.len().min(page.limit as usize);
            ask_about_unclear(app, session, scope, &kept.list().files[..asked_for], patience).await?
        }
    };
    let shown = kept.shown(&scope, || shown(app, &scope, page, judged, &kept));
    Ok((shown, kept.age()))
}

/// The answer, compressed where that is accepted.
fn answer(shown: &Shown, age: Duration, request: &HeaderMap) -> Response {
    let gzip = (choose(request, false, true) == Encoding::Gzip).then(|| shown.gzip()).flatten();
    let encoding = if gzip.is_some() { Encoding::Gzip } else { Encoding::Identity };
    let mut response = json_bytes(gzip.unwrap_or_else(|| shown.plain()));
    let headers = response.headers_mut();
    encoding.tell(headers);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    tell_age(headers, age);
    response
}

fn page_of(word: Option<Cow<'_, str>>, limit: Option<&str>, offset: Option<&str>) -> Result<Page, Failure> {
    let limit = limit.map_or(Ok(50), str::parse).ok().filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or(Failure::Unprocessable("limit is a whole number from 1 to 100"))?;
    Ok(Page { limit, offset: place::offset(offset)?.unwrap_or(0), document_type: place::document_type(word)? })
}

/// What of the upstream's page is shown, as JSON: of its first `judged` records, for of the others it is not known yet whose they are.
fn shown(app: &App, scope: &Permitted<Scope>, page: &Page, judged: usize, kept: &Kept) -> String {
    let list = kept.list();
    // Whether more follows goes by what was on the page before anything is taken out of it.
    let (received, continues) = (list.received(), list.may_continue(page.offset, page.limit));
    let records = &list.files[..judged.min(page.limit as usize).min(list.files.len())];
    let cut = records.len() < list.files.len();
    // After a cut, unreadable records among the first ones make the next page begin a little early: a record twice is better than one never.
    let step = if cut { records.len() as u64 } else { received };
    let next_offset = (cut || continues).then(|| page.offset + step);
    let mut own: Vec<_> = policy::own(scope, records).collect();
    let held_back = (records.len() - own.len()) as u64;
    app.metrics.dropped(list.dropped, held_back);
    if held_back > 0 {
        tracing::warn!(held_back, customer = %scope.customer(), "records that are not the session's were held back: the upstream does not filter");
    }
    app.findings.remember(scope, records, kept.asked());
    if let Some(word) = &page.document_type {
        let wanted = DocumentType::from_word(word);
        own.retain(|record| record.document_type == wanted);
    }
    // A permitted order's unreadable records may be the customer's, who should know. Anyone's may stand in a customer's list.
    let dropped = if scope.what().order().is_some() { list.dropped } else { 0 };
    written(scope.what().order(), page, &own, next_offset, dropped)
}

/// The page of the order's list, or of the customer's, that has these records. The upstream's own count may be of everything it holds: the page's is
/// written.
pub(crate) fn written(
    order: Option<&OrderId>,
    page: &Page,
    records: &[&FileRecord],
    next_offset: Option<u64>,
    dropped: u64,
) -> String {
    let mut json = String::with_capacity(USUAL_RECORD * (1 + records.len()));
    let mut list = ObjectWriter::begin(&mut json);
    // All of an order's records have one query.
    let of_all = order.map(|order| place::query(Some(order), page, true));
    list.objects("files", records, |object, record| {
        record.write(object);
        let own = of_all.is_none().then(|| place::query(record.order_id.as_ref(), page, false));
        let (file, query) = (record.file_id.as_str(), of_all.as_ref().or(own.as_ref()).map_or("", String::as_str));
        object.object("links", |links| {
            links.plain("view", &["/api/v1/files/", file, "/view", query]);
            links.plain("download", &["/api/v1/files/", file, "/download", query]);
        });
    });
    list.number("count", records.len() as u64);
    list.number("limit", page.limit);
    list.number("offset", page.offset);
    list.bool("hasMore", next_offset.is_some());
    if let Some(next_offset) = next_offset {
        list.number("nextOffset", next_offset);
    }
    if dropped > 0 {
        list.number("dropped", dropped);
    }
    list.object("filters", |filters| {
        if let Some(order) = order {
            filters.plain("orderId", &[order.as_str()]);
        }
        if let Some(word) = &page.document_type {
            filters.text("type", word);
        }
    });
    list.end();
    json
}
