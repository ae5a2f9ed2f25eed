//! What the component knows and decides, in plain Rust: no browser type, no request, no view.

mod arrangement;
mod csv;
mod document;
mod documents;
mod indent;
mod listing;
mod preview;
mod problem;
mod settings;
mod signed_url;
mod window;

pub use arrangement::{Arrangement, Group, GroupKey, Query, fold_words, kinds, totals};
pub use csv::{Table, parse_csv};
pub use document::Document;
pub use documents::{Documents, Generation, Kind};
pub use indent::indent_json;
pub use listing::{Listing, PAGE_LIMIT, PageRequest, Phase};
pub use preview::{Preview, preview_of};
pub use problem::Problem;
pub use settings::{GroupBy, Scope, Settings, Sort, SortKey, Theme};
pub use signed_url::is_safe_signed_url;
pub use window::{Metrics, Window, window};
