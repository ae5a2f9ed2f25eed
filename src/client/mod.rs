//! The only door to the network.

mod files;
mod http;
mod json;
mod list;
mod sign;

pub use files::{Bytes, Download};
pub use http::{Cancel, unreachable};
pub use list::{Answer, FirstPage, list_url};
pub use sign::SignedGet;

use flexportal::OrderId;

/// What every request needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// The proxy's path on the page's own origin.
    pub endpoint: String,
    /// The order whose files are listed; `None` for all the customer's files.
    pub order_id: Option<OrderId>,
    /// The one type that the server is asked for; `None` for all.
    pub document_type: Option<String>,
    /// The lifetime asked for a signed URL, in minutes.
    pub link_minutes: u32,
}
