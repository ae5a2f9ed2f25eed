//! The standalone page and the component's files. They are the same for everybody and need no session; the data they ask for does.
//!
//! An order's page has its list in it, for who may see it: see [`order`].

use super::{html, list, place};
use crate::app::App;
use crate::error::Failure;
use crate::headers::Kind;
use crate::isolation::{self, Access};
use crate::render::language::Language;
use crate::render::list::{self as rendered_list, Context, LIMIT};
use crate::render::settings::{Asked, Settings};
use crate::render::shell::Shell;
use crate::render::{Markup, state};
use crate::session::SessionError;
use crate::upstream::Page;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flexportal::OrderId;
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded::Serializer;

/// A path's variable part. One that is not UTF-8 names nothing that exists.
pub(super) type AnyPath = Result<Path<String>, PathRejection>;

/// `GET /`
pub async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    app.assets.answer("index.html", &headers).ok_or(Failure::NotFound)
}

/// `GET /orders/{orderId}`: the page with the order's list in it, complete without script.
///
/// The same page without a list is for every id that can be one, where nobody is signed in and where another site's page leads here (a link in an
/// e-mail, say): it costs no call and shows nothing, and what the component then asks for comes from this page.
pub async fn order(State(app): State<Arc<App>>, path: AnyPath, request: Request) -> Result<Response, Failure> {
    let Path(order) = path.map_err(|_| Failure::NotFound)?;
    let order = OrderId::new(order).map_err(|_| Failure::NotFound)?;
    let (parts, _) = request.into_parts();
    if let Some(response) = rendered(&app, &order, &parts).await {
        return Ok(response);
    }
    let mut response = app.assets.answer("index.html", &parts.headers).ok_or(Failure::NotFound)?;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static(html::VARY));
    Ok(response)
}

/// `GET /assets/{path}`
pub async fn asset(State(app): State<Arc<App>>, path: AnyPath, headers: HeaderMap) -> Result<Response, Failure> {
    let Path(path) = path.map_err(|_| Failure::NotFound)?;
    app.assets.answer(&format!("assets/{path}"), &headers).ok_or(Failure::NotFound)
}

/// How long a page waits for its list.
const PATIENCE: Duration = Duration::from_secs(2);

/// The page with the list, or with the reason why there is none.
async fn rendered(app: &App, order: &OrderId, parts: &Parts) -> Option<Response> {
    let (shell, stylesheet) = (app.pages.shell.as_ref()?, app.pages.stylesheet.as_deref()?);
    isolation::check(&parts.method, &parts.headers, Access::Link, app.public_origin.as_deref()).ok()?;
    let session = match app.sessions.of(&parts.headers).await {
        Err(SessionError::None) => return None,
        result => result.map_err(Failure::from),
    };
    let Query(asked) = Query::<Asked>::try_from_uri(&parts.uri).unwrap_or_default();
    // Of what a query may name, the page's own script follows the language and the theme.
    let settings = shell.settings().with(&asked.of_a_page());
    let language = html::language(&asked, &parts.headers);
    let offset = place::offset(asked.offset.as_deref()).ok().flatten().unwrap_or(0);
    let listed = async {
        let page = Page { limit: LIMIT, offset, document_type: None };
        let (shown, age) = list::of_session(app, &session?, Some(order.as_str()), &page).await?;
        let further = |offset| page_at(offset, &asked);
        let context = Context { order, offset, language: &language, settings: &settings, stylesheet, page: &further };
        let markup = rendered_list::rendered(&context, &shown.plain()).map_err(|_| Failure::Internal)?;
        Ok((markup, age))
    };
    let view = View { shell, stylesheet, order, language: &language, settings: &settings, asked: &asked };
    // A page that is late is better without its list: the component asks for it, and waits where the reader sees it.
    let listed = tokio::time::timeout(PATIENCE, listed).await.ok()?;
    Some(match listed {
        Ok((markup, age)) => view.answer(&markup, age, None, &parts.headers),
        Err(failure) => {
            let markup = state::failed(&failure, &language, &settings, stylesheet);
            view.answer(&markup, Duration::ZERO, Some(failure), &parts.headers)
        }
    })
}

/// The page's address with another offset, as a reference from itself.
fn page_at(offset: u64, asked: &Asked) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in [("lang", &asked.lang), ("theme", &asked.theme)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("?{}", query.append_pair("offset", &offset.to_string()).finish())
}

/// A page that is about to be answered.
struct View<'a> {
    shell: &'a Shell,
    stylesheet: &'a str,
    order: &'a OrderId,
    language: &'a Language,
    settings: &'a Settings,
    asked: &'a Asked,
}

impl View<'_> {
    fn answer(&self, markup: &Markup, age: Duration, failure: Option<Failure>, request: &HeaderMap) -> Response {
        let theme = self.asked.theme.as_ref().and(self.settings.theme);
        let html = self.shell.with(self.language, self.order, theme, markup);
        let mut response = html::answer(html, self.language, age, request);
        if let Some(failure) = failure {
            let failed = failure.into_response();
            *response.status_mut() = failed.status();
            response.headers_mut().extend(failed.headers().clone());
            response.extensions_mut().extend(failed.extensions().clone());
        }
        // Told in the head already, so that the sheet comes while the page is still on its way.
        if let Ok(value) = HeaderValue::from_str(&format!("<{}>; rel=preload; as=style", self.stylesheet)) {
            response.headers_mut().insert(header::LINK, value);
        }
        response.extensions_mut().insert(Kind::Page);
        response
    }
}
