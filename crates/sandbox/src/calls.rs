//! What the API was asked: tests prove by it that a refused request cost no call and that only known headers travel.

use axum::http::{HeaderMap, Method, Uri};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// How many calls are remembered one by one.
const RECENT: usize = 500;

/// The calls since the start or the last reset.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CallLog {
    total: u64,
    /// By method and route, such as `GET /v1/files`.
    routes: BTreeMap<String, u64>,
    /// By the answer's status.
    statuses: BTreeMap<u16, u64>,
    /// The last 500, oldest first.
    recent: VecDeque<Call>,
}

/// One call. Values of credentials are not kept.
#[derive(Debug, Clone, Serialize)]
struct Call {
    method: String,
    uri: String,
    /// The names of the headers in lower case, sorted.
    headers: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Calls(Mutex<CallLog>);

impl Calls {
    pub(crate) fn asked(&self, method: &Method, route: &str, uri: &Uri, headers: &HeaderMap) {
        let mut names: Vec<String> = headers.keys().map(ToString::to_string).collect();
        names.sort();
        self.with(|log| {
            log.total += 1;
            *log.routes.entry(format!("{method} {route}")).or_default() += 1;
            log.recent.push_back(Call { method: method.to_string(), uri: uri.to_string(), headers: names });
            if log.recent.len() > RECENT {
                log.recent.pop_front();
            }
        });
    }

    pub(crate) fn answered(&self, status: u16) {
        self.with(|log| *log.statuses.entry(status).or_default() += 1);
    }

    pub(crate) fn log(&self) -> CallLog {
        self.with(|log| log.clone())
    }

    pub(crate) fn reset(&self) {
        self.with(|log| *log = CallLog::default());
    }

    fn with<T>(&self, act: impl FnOnce(&mut CallLog) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
