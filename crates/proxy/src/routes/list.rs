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
use flexportal::{DocumentType, FileId, FileList, Filters, Links};
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
    let shown = kept.shown(&scope, || json_of(&shown(app, &scope, page, judged, &kept)))?;
    Ok((shown, kept.age()))
}

/// A list as bytes, for which there is room at once.
fn json_of(list: &FileList) -> Result<Vec<u8>, Failure> {
    let mut json = Vec::with_capacity(USUAL_RECORD * (1 + list.files.len()));
    serde_json::to_writer(&mut json, list).map_err(|_| Failure::Internal)?;
    Ok(json)
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

/// What of the upstream's page is shown: of its first `judged` records, for of the others it is not known yet whose they are.
fn shown(app: &App, scope: &Permitted<Scope>, page: &Page, judged: usize, kept: &Kept) -> FileList {
    let mut list = kept.list().clone();
    // Whether more follows goes by what was on the page before anything is taken out of it.
    let (received, continues, readable) = (list.received(), list.may_continue(page.offset, page.limit), list.files.len());
    list.files.truncate(judged.min(page.limit as usize));
    let cut = list.files.len() < readable;
    // After a cut, unreadable records among the first ones make the next page begin a little early: a record twice is better than one never.
    let step = if cut { list.files.len() as u64 } else { received };
    let next_offset = (cut || continues).then(|| page.offset + step);
    let unreadable = list.dropped;
    let held_back = policy::keep(scope, &mut list);
    app.metrics.dropped(unreadable, held_back);
    if held_back > 0 {
        tracing::warn!(held_back, customer = %scope.customer(), "records that are not the session's were held back: the upstream does not filter");
    }
    app.findings.remember(scope, &list, kept.asked());
    if let Some(word) = &page.document_type {
        let wanted = DocumentType::from_word(word);
        list.files.retain(|record| record.document_type == wanted);
    }
    let order = scope.what().order();
    let query = order.map(|order| place::query(Some(order), page, true));
    for record in &mut list.files {
        // All of an order's records have one query.
        record.links = Some(match &query {
            Some(query) => links(&record.file_id, query),
            None => links(&record.file_id, &place::query(record.order_id.as_ref(), page, false)),
        });
    }
    FileList {
        // The upstream's own count may be of everything it holds, so it stays here; without it the page's is written.
        count: None,
        // A permitted order's unreadable records may be the customer's, who should know. Anyone's may stand in a customer's list.
        dropped: if order.is_some() { unreadable } else { 0 },
        limit: Some(page.limit),
        offset: Some(page.offset),
        has_more: Some(next_offset.is_some()),
        next_offset,
        filters: Some(Filters { order_id: order.cloned(), document_type: page.document_type.clone() }),
        ..list
    }
}

fn links(file: &FileId, query: &str) -> Links {
    let path = |action: &str| ["/api/v1/files/", file.as_str(), action, query].concat();
    Links { view: path("/view"), download: path("/download") }
}
