//! `GET /api/v1/orders/{orderId}/fragment`: an order's list as HTML, for a portal's own server to put into its `<order-documents>`.

use super::page::AnyPath;
use super::{enter, html, list, place};
use crate::app::App;
use crate::error::Failure;
use crate::isolation::Access;
use crate::render::list::{self as rendered_list, Context, LIMIT};
use crate::render::settings::{Asked, Settings};
use crate::upstream::Page;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use flexportal::OrderId;
use std::sync::Arc;

/// Answers what stands inside the element: its declarative shadow root. Whatever is no success is JSON, and nothing to be put into a page.
pub async fn fragment(State(app): State<Arc<App>>, path: AnyPath, request: Request) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let session = enter(&app, &parts, Access::Fetched).await?;
    let Path(order) = path.map_err(|_| Failure::NotFound)?;
    let order = OrderId::new(order).map_err(|_| Failure::NotFound)?;
    let Query(asked) = Query::<Asked>::try_from_uri(&parts.uri).map_err(|_| Failure::BadRequest("The query cannot be read."))?;
    // Without the component's files nobody can say what it is to look like.
    let stylesheet = app.pages.stylesheet.as_deref().ok_or(Failure::NotFound)?;
    let (settings, language) = (Settings::default().with(&asked), html::language(&asked, &parts.headers));
    let offset = place::offset(asked.offset.as_deref())?.unwrap_or(0);
    let page = Page { limit: LIMIT, offset, document_type: None };
    let (shown, age) = list::of_session(&app, &session, Some(order.as_str()), &page).await?;
    // The portal's page is not known here; the order's own one is.
    let further = |offset| format!("/orders/{order}?offset={offset}");
    let context = Context { order: &order, offset, language: &language, settings: &settings, stylesheet, page: &further };
    let markup = rendered_list::rendered(&context, &shown.plain()).map_err(|_| Failure::Internal)?;
    Ok(html::answer(markup.into_string(), &language, age, &parts.headers))
}
