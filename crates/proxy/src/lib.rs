//! The proxy between a portal's browsers and the FlexPortal Files API: it knows the customer, holds the key, decides and forwards.
//!
//! In reading order: [`config`] what the operator decides; [`app`] how the parts are put together; [`edge`] and `answer` what surrounds every
//! request; `session` whose it is; [`policy`] what that one may do; [`upstream`] the only door to FlexPortal; `routes` one module per action.
#![forbid(unsafe_code)]

pub mod app;
pub mod breaker;
pub mod budget;
pub mod check;
pub mod config;
pub mod edge;
pub mod error;
pub mod health;
pub mod logging;
pub mod patience;
pub mod policy;
pub mod session;
pub mod shared;
pub mod telemetry;
pub mod upstream;

#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;

mod answer;
mod assets;
mod cache;
mod encoding;
mod finding;
mod flight;
mod headers;
mod http;
mod isolation;
mod lists;
mod metrics;
mod ownership;
mod render;
mod routes;
mod signing;
mod storage;
