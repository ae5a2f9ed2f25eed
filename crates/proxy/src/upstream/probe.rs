//! One call for the operator, who asks whether the upstream answers and is understood.

use super::list::UpstreamList;
use super::{Upstream, UpstreamError, check};
use crate::budget::{Call, Purpose};
use crate::http::{BodyError, Cause};
use crate::policy::Probe;
use flexportal::CustomerId;
use serde::de::IgnoredAny;
use std::time::Duration;

/// How an answer was made; nothing that was in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Records that were read, 0 or 1.
    pub records: usize,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Whether the record says whose it is, by an order or a customer: without that it is shown to nobody.
    pub owned: bool,
}

/// Why the operator's call did not bring a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// No answer.
    #[error("{0}")]
    None(Cause),
    /// An answer that says no, or that the call was not made.
    #[error("{0}")]
    Refused(UpstreamError),
    /// An answer that cannot be had.
    #[error("{}", .0.reason())]
    Body(BodyError),
    /// An answer that is no JSON.
    #[error("the answer is not JSON")]
    NoJson,
    /// JSON that is no list of files.
    #[error("the answer is JSON, and not a list of files")]
    NoList,
}

impl Upstream {
    /// Asks once for a list with one record, with the headers, deadlines and bounds of every other call, and without a second try. It is a call of
    /// the budget like the others.
    ///
    /// # Errors
    /// [`ProbeError`]
    pub async fn probe(&self, _: Probe) -> Result<Shape, ProbeError> {
        let request = self.templates.probe().map_err(ProbeError::Refused)?;
        let customer = CustomerId::new("operator").map_err(|_| ProbeError::Refused(UpstreamError::Unreadable("request")))?;
        let call = Call { purpose: Purpose::Read, customer };
        let _taken = self.gate.pass(call, Duration::ZERO).await.map_err(|refused| ProbeError::Refused(refused.into()))?;
        let answer = self.client.send(request).await.map_err(ProbeError::None)?;
        check(&answer).map_err(ProbeError::Refused)?;
        let body = answer.body(self.max_bytes).await.map_err(ProbeError::Body)?;
        let body = flexportal::mend_json(&body);
        let UpstreamList(list) = serde_json::from_str(&body).map_err(|_| match serde_json::from_str::<IgnoredAny>(&body) {
            Ok(_) => ProbeError::NoList,
            Err(_) => ProbeError::NoJson,
        })?;
        let owned = list.files.iter().all(|record| record.order_id.is_some() || record.customer_id.is_some());
        Ok(Shape { records: list.files.len(), unreadable: list.dropped, owned })
    }
}
