//! The demo's identity provider: the portal of a real company has one of its own. Keys are made anew at every start.

mod keys;

pub use keys::KeyError;

use crate::App;
use crate::seed::demo_customers;
use crate::signing::now_seconds;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use flexportal::{CustomerId, OrderId};
pub(crate) use keys::Identity;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The cookie that the proxy reads.
const COOKIE: &str = "__Host-portal_session";

/// Whom the tokens are for.
const AUDIENCE: &str = "order-documents";

/// How long a session lasts, in seconds. The cookie outlives it, so that an expired session can be met.
const SESSION: i64 = 8 * 3600;

/// Signing in and out, the public keys, and tokens for tests.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/.well-known/jwks.json", get(async |State(app): State<Arc<App>>| Json(app.identity.jwks())))
        .route("/sign-in", get(sign_in))
        .route("/sign-out", get(sign_out))
        .route("/token", get(token))
        .with_state(app)
}

/// Which of the two keys signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(crate) enum Algorithm {
    #[default]
    ES256,
    RS256,
}

/// What is asked of `/sign-in` and `/token`.
#[derive(Debug, Clone, Default, Deserialize)]
struct Wanted {
    /// Without one, the demo customer.
    customer: Option<CustomerId>,
    /// The order that the portal opens; without one and without a customer, the demo order.
    order: Option<OrderId>,
    /// Seconds until the token expires; below 0 it has expired already.
    ttl: Option<i64>,
    /// `claim`: the token names the customer's orders. `none`: it does not. Without either, as the customer's tokens always do.
    orders: Option<OrdersClaim>,
    #[serde(default)]
    alg: Algorithm,
    aud: Option<String>,
    iss: Option<String>,
    /// Seconds from now before which the token is not valid.
    nbf: Option<i64>,
    /// Claims that are left out, separated by commas.
    without: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OrdersClaim {
    Claim,
    None,
}

fn claims(app: &App, wanted: &Wanted) -> Map<String, Value> {
    let customers = demo_customers();
    let customer_id = wanted.customer.as_ref().map_or(customers[0].id, CustomerId::as_str);
    let customer = customers.iter().find(|customer| customer.id == customer_id);
    let now = now_seconds();
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    claim("iss", json!(wanted.iss.as_deref().unwrap_or(&app.origins.identity)));
    claim("aud", json!(wanted.aud.as_deref().unwrap_or(AUDIENCE)));
    claim("sub", json!(customer_id));
    claim("iat", json!(now));
    claim("exp", json!(now.saturating_add(wanted.ttl.unwrap_or(SESSION))));
    if let Some(seconds) = wanted.nbf {
        claim("nbf", json!(now.saturating_add(seconds)));
    }
    if let Some(customer) = customer {
        claim("name", json!(customer.name));
    }
    let named =
        wanted.orders.map_or(customer.is_some_and(|customer| customer.orders_in_token), |orders| orders == OrdersClaim::Claim);
    if named {
        let orders = customer.map(|customer| customer.orders.iter().map(|order| order.id).collect::<Vec<_>>());
        claim("orders", json!(orders.unwrap_or_default()));
    }
    for name in wanted.without.as_deref().unwrap_or_default().split(',') {
        claims.remove(name);
    }
    claims
}

/// A raw token, for tests.
async fn token(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>) -> Result<Response, KeyError> {
    Ok(([(CACHE_CONTROL, "no-store")], app.identity.sign(wanted.alg, &claims(&app, &wanted))?).into_response())
}

/// Signs a customer in and goes to the portal. It goes nowhere else, whatever the request says.
async fn sign_in(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>) -> Result<Response, KeyError> {
    let customers = demo_customers();
    let customer = match &wanted.customer {
        None => customers.first(),
        Some(id) => customers.iter().find(|customer| customer.id == id.as_str()),
    };
    let Some(customer) = customer else {
        return Ok((StatusCode::NOT_FOUND, "No such customer in the demo.\n").into_response());
    };
    let order = wanted.order.as_ref().map_or(customer.orders[0].id, OrderId::as_str);
    let token = app.identity.sign(wanted.alg, &claims(&app, &wanted))?;
    let cookie = format!("{COOKIE}={token}; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax");
    Ok(to_portal(&app, &[("customer", customer.id), ("order", order)], cookie))
}

/// Ends the session in the browser; the portal's page stays open on the same order.
async fn sign_out(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>) -> Response {
    let kept =
        [("customer", wanted.customer.as_ref().map(CustomerId::as_str)), ("order", wanted.order.as_ref().map(OrderId::as_str))];
    let kept: Vec<_> = kept.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    to_portal(&app, &kept, format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"))
}

fn to_portal(app: &App, query: &[(&str, &str)], cookie: String) -> Response {
    let mut page = app.portal();
    page.set_path("/assets/demo/portal.html");
    page.set_query(None);
    page.set_fragment(None);
    if !query.is_empty() {
        page.query_pairs_mut().extend_pairs(query);
    }
    let headers = [(LOCATION, String::from(page)), (SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}
