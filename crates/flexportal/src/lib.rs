//! The FlexPortal Files API's wire types.
//!
//! FlexPortal documents its API twice, in a *schema* dialect (the generated reference) and a *guide* dialect (prose and
//! examples), and a deployment answers in either or in a mix. Everything that **decodes** here accepts all of it and is
//! lenient field by field; everything that **encodes** does so in the schema dialect, minimised to what a customer may see.
//!
//! Decoding is independent of the JSON reader: the native parts use `serde_json`, the component a small one of its own.
//! Where a reader is stricter than a browser, give it what [`mend_json`] makes of the body.
#![forbid(unsafe_code)]

mod document_type;
mod error;
mod id;
mod list;
mod loose;
mod mend;
mod name;
mod order;
mod record;
mod signing;
mod time;
mod write;

pub use document_type::{Category, DocumentType};
pub use error::{ErrorBody, ErrorEnvelope};
pub use id::{CustomerId, FileId, InvalidId, OrderId};
pub use list::{FileList, MAX_RECORDS};
pub use mend::mend_json;
pub use name::clean_name;
pub use order::Order;
pub use record::{FileRecord, Links};
pub use signing::{Action, SignRequest, SignedUrl};
pub use time::Timestamp;
pub use write::ObjectWriter;
