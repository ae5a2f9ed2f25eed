//! `GET /api/v1/files`: one page of an order's documents, or of the customer's.

use super::{enter, json};
use crate::app::App;
use crate::error::Failure;
use crate::isolation::Access;
use crate::ownership::{ask_about_unclear, permit_order};
use crate::policy::{self, Permitted, Scope};
use crate::upstream::Page;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use flexportal::{DocumentType, FileList, FileRecord, Filters, Links};
use serde::Deserialize;
use std::sync::Arc;

/// The query. A parameter that stands twice is refused; one that is not known is passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    order_id: Option<String>,
    #[serde(rename = "type")]
    document_type: Option<String>,
    limit: Option<String>,
    offset: Option<String>,
}

/// Answers the list, minimised, with every record checked to be the session's.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let session = enter(&app, &parts, Access::Fetched).await?;
    let Query(query) =
        Query::<ListQuery>::try_from_uri(&parts.uri).map_err(|_| Failure::BadRequest("The query cannot be read."))?;
    let page = page_of(&query)?;
    let scope = match &query.order_id {
        Some(order) => permit_order(&app, &session, order).await?,
        None => policy::customer(&session),
    };
    let list = app.upstream.list(&scope, &page).await?;
    let scope = ask_about_unclear(&app, &session, scope, &list).await?;
    json(&shown(&app, &scope, &page, list))
}

fn page_of(query: &ListQuery) -> Result<Page, Failure> {
    let number = |text: &Option<String>| text.as_deref().map(str::parse::<u64>).transpose();
    let limit = number(&query.limit).ok().map(|limit| limit.unwrap_or(50)).filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or(Failure::Unprocessable("limit is a whole number from 1 to 100"))?;
    let offset = number(&query.offset).ok().map(|offset| offset.unwrap_or(0)).filter(|&offset| offset <= 10_000_000);
    let offset = offset.ok_or(Failure::Unprocessable("offset is a whole number from 0 to 10000000"))?;
    let document_type = query.document_type.clone().filter(|word| !word.is_empty());
    if document_type.as_ref().is_some_and(|word| word.chars().count() > 64 || word.chars().any(char::is_control)) {
        return Err(Failure::Unprocessable("type has at most 64 characters"));
    }
    Ok(Page { limit, offset, document_type })
}

/// What of the upstream's page is shown.
fn shown(app: &App, scope: &Permitted<Scope>, page: &Page, mut list: FileList) -> FileList {
    // Whether more follows goes by what was on the page before anything was taken out of it.
    let has_more = list.received() > 0 && list.may_continue(page.offset, page.limit);
    let unreadable = list.dropped;
    let held_back = policy::keep(scope, &mut list);
    app.metrics.dropped(unreadable, held_back);
    if held_back > 0 {
        tracing::warn!(held_back, customer = %scope.customer(), "records that are not the session's were held back: the upstream does not filter");
    }
    app.findings.remember(scope, &list, page.document_type.is_none().then_some(page.offset));
    if let Some(word) = &page.document_type {
        let wanted = DocumentType::from_word(word);
        list.files.retain(|record| record.document_type == wanted);
    }
    for record in &mut list.files {
        record.links = Some(links(record));
    }
    let order_id = match scope.what() {
        Scope::Order(order) => Some(order.clone()),
        Scope::Customer(_) => None,
    };
    FileList {
        // The upstream's own count may be of everything it holds, so it stays here; without it the page's is written.
        count: None,
        limit: Some(page.limit),
        offset: Some(page.offset),
        has_more: Some(has_more),
        filters: Some(Filters { order_id, document_type: page.document_type.clone() }),
        ..list
    }
}

fn links(record: &FileRecord) -> Links {
    let order = record.order_id.as_ref().map(|order| format!("?orderId={order}")).unwrap_or_default();
    let path = |action: &str| format!("/api/v1/files/{}/{action}{order}", record.file_id);
    Links { view: path("view"), download: path("download") }
}
