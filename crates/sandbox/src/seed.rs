//! What is in the sandbox: the customers of Nordlicht Energie, their orders and documents.

mod customers;
mod documents;
mod large;
mod odd;

pub use customers::{DemoCustomer, DemoOrder, demo_customers};

use crate::faults::Fault;
use crate::store::{Store, StoreError, StoredFile, StoredOrder, insert_file, insert_order};
use include_dir::{Dir, include_dir};

/// Raised whenever the seed changes: data directories of another version are seeded anew.
const VERSION: i64 = 5;

/// The documents' bytes, made by `seed/make.py`.
static BYTES: Dir = include_dir!("$CARGO_MANIFEST_DIR/seed/files");

/// The orders that show a state each; the fault meets their list.
pub(crate) const STATE_FAULTS: [(&str, Fault); 7] = [
    ("ord_slow", Fault::Slow),
    ("ord_failing", Fault::ServerError),
    ("ord_limited", Fault::RateLimitedUntilWaited),
    ("ord_forbidden", Fault::Forbidden),
    ("ord_garbled", Fault::NotJson),
    ("ord_cut", Fault::HalfJson),
    ("ord_partial", Fault::LaterPages),
];

/// Fills a data directory that is new or of another version; leaves any other as it is, uploads included.
pub(crate) fn seed(store: &Store) -> Result<(), StoreError> {
    if store.seed_version()? == VERSION {
        return Ok(());
    }
    // Of another version's files, the records are about to go.
    for old in ["seed", "uploads"] {
        match std::fs::remove_dir_all(store.blob_path(old)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    std::fs::create_dir_all(store.blob_path("seed"))?;
    for file in BYTES.files() {
        std::fs::write(store.blob_path("seed").join(file.path()), file.contents())?;
    }
    store.replace(VERSION, |transaction| {
        for customer in demo_customers() {
            for order in &customer.orders {
                insert_order(
                    transaction,
                    &StoredOrder {
                        order_id: order.id.to_owned(),
                        customer_id: customer.id.to_owned(),
                        customer_name: customer.name.to_owned(),
                        title: order.title.to_owned(),
                    },
                )?;
            }
        }
        let mut files = documents::files();
        files.extend(odd::files());
        files.extend(large::files());
        files.iter().try_for_each(|file| insert_file(transaction, file))
    })
}

/// A record of a seeded file, in good order: what is odd about one is changed afterwards.
fn record(file_id: String, order_id: &str, blob: &str, content_type: &str, created_at: i64) -> StoredFile {
    let customer = demo_customers().into_iter().find(|customer| customer.orders.iter().any(|order| order.id == order_id));
    StoredFile {
        filename: blob.to_owned(),
        file_id,
        order_id: Some(order_id.to_owned()),
        customer_id: customer.map(|customer| customer.id.to_owned()),
        content_type: Some(content_type.to_owned()),
        size: BYTES.get_file(blob).map(|file| file.contents().len() as u64),
        created_at,
        updated_at: created_at,
        uploaded_by: "user_backoffice_7".to_owned(),
        blob: format!("seed/{blob}"),
        ..StoredFile::default()
    }
}
