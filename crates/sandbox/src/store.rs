//! Records in SQLite, bytes on disk below the data directory.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database says no.
    #[error("the database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file system says no.
    #[error("the files: {0}")]
    Files(#[from] io::Error),
}

/// A file's record, before a dialect is chosen.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct StoredFile {
    pub(crate) file_id: String,
    pub(crate) order_id: Option<String>,
    pub(crate) customer_id: Option<String>,
    /// The vendor's `type`.
    pub(crate) kind: String,
    pub(crate) category: String,
    pub(crate) filename: String,
    pub(crate) original_filename: Option<String>,
    pub(crate) content_type: Option<String>,
    /// The size that the record states; the bytes themselves may be known better.
    pub(crate) size: Option<u64>,
    /// Milliseconds since 1970.
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) uploaded_by: String,
    /// The bytes' path below the data directory.
    pub(crate) blob: String,
    /// JSON that is answered instead of this record, as it is: for records that no API should answer.
    pub(crate) raw: Option<String>,
    /// Signed for upload, and not yet uploaded.
    pub(crate) pending: bool,
}

/// An order and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredOrder {
    pub(crate) order_id: String,
    pub(crate) customer_id: String,
    pub(crate) customer_name: String,
    pub(crate) title: String,
}

/// What a list is filtered by; all of it must match.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) order_id: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) customer_id: Option<String>,
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS orders (
        order_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, customer_name TEXT NOT NULL, title TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS files (
        file_id TEXT PRIMARY KEY, order_id TEXT, customer_id TEXT, kind TEXT NOT NULL, category TEXT NOT NULL,
        filename TEXT NOT NULL, original_filename TEXT, content_type TEXT, size INTEGER, created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL, uploaded_by TEXT NOT NULL, blob TEXT NOT NULL, raw TEXT, pending INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS files_of_order ON files (order_id, created_at DESC, file_id);
    CREATE INDEX IF NOT EXISTS files_of_customer ON files (customer_id, created_at DESC, file_id);
    CREATE INDEX IF NOT EXISTS files_by_age ON files (created_at DESC, file_id);
";

const COLUMNS: &str = "file_id, order_id, customer_id, kind, category, filename, original_filename, content_type, size, \
    created_at, updated_at, uploaded_by, blob, raw, pending";

/// The data directory.
pub(crate) struct Store {
    // Statements take well below a millisecond, so that handlers call them in place.
    connection: Mutex<Connection>,
    directory: PathBuf,
}

impl Store {
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(directory)?;
        let connection = Connection::open(directory.join("records.sqlite"))?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection: Mutex::new(connection), directory: directory.to_owned() })
    }

    /// The path of a record's bytes.
    pub(crate) fn blob_path(&self, blob: &str) -> PathBuf {
        self.directory.join(blob)
    }

    /// Which seed the data came from; 0 where there is none.
    pub(crate) fn seed_version(&self) -> Result<i64, StoreError> {
        Ok(self.lock().pragma_query_value(None, "user_version", |row| row.get(0))?)
    }

    /// Replaces everything by what `fill` inserts, in one transaction, and marks it with the seed's version.
    pub(crate) fn replace(
        &self,
        version: i64,
        fill: impl FnOnce(&Transaction) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute_batch("DELETE FROM files; DELETE FROM orders;")?;
        fill(&transaction)?;
        transaction.pragma_update(None, "user_version", version)?;
        Ok(transaction.commit()?)
    }

    /// One page, newest first, and the number of all that match.
    pub(crate) fn list(&self, filter: &Filter, limit: u64, offset: u64) -> Result<(Vec<StoredFile>, u64), StoreError> {
        let wanted = [("order_id", &filter.order_id), ("kind", &filter.kind), ("customer_id", &filter.customer_id)];
        let wanted: Vec<(&str, &String)> =
            wanted.into_iter().filter_map(|(column, value)| Some((column, value.as_ref()?))).collect();
        let clauses: String = wanted.iter().map(|(column, _)| format!(" AND {column} = ?")).collect();
        let values = || params_from_iter(wanted.iter().map(|(_, value)| value.as_str()));

        let connection = self.lock();
        let count = format!("SELECT count(*) FROM files WHERE pending = 0{clauses}");
        let total: i64 = connection.prepare_cached(&count)?.query_row(values(), |row| row.get(0))?;
        let page = format!(
            "SELECT {COLUMNS} FROM files WHERE pending = 0{clauses} ORDER BY created_at DESC, file_id LIMIT {limit} OFFSET {offset}"
        );
        let files = connection.prepare(&page)?.query_map(values(), file)?.collect::<Result<_, _>>()?;
        Ok((files, total as u64))
    }

    /// A file's record; also one whose bytes are still to come.
    pub(crate) fn file(&self, file_id: &str) -> Result<Option<StoredFile>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM files WHERE file_id = ?"))?;
        Ok(statement.query_row([file_id], file).optional()?)
    }

    pub(crate) fn order(&self, order_id: &str) -> Result<Option<StoredOrder>, StoreError> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT order_id, customer_id, customer_name, title FROM orders WHERE order_id = ?")?;
        Ok(statement
            .query_row([order_id], |row| {
                Ok(StoredOrder {
                    order_id: row.get(0)?,
                    customer_id: row.get(1)?,
                    customer_name: row.get(2)?,
                    title: row.get(3)?,
                })
            })
            .optional()?)
    }

    pub(crate) fn insert(&self, file: &StoredFile) -> Result<(), StoreError> {
        Ok(insert_file(&self.lock(), file)?)
    }

    /// Makes an uploaded file's record appear in the lists.
    pub(crate) fn complete_upload(&self, file_id: &str, size: u64, now: i64) -> Result<(), StoreError> {
        self.lock().execute(
            "UPDATE files SET pending = 0, size = ?2, created_at = iif(pending, ?3, created_at), updated_at = ?3 WHERE file_id = ?1",
            params![file_id, size as i64, now],
        )?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Inserts a record.
pub(crate) fn insert_file(connection: &Connection, file: &StoredFile) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached(&format!("INSERT INTO files ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"))?;
    statement.execute(params![
        file.file_id,
        file.order_id,
        file.customer_id,
        file.kind,
        file.category,
        file.filename,
        file.original_filename,
        file.content_type,
        file.size.map(|size| size as i64),
        file.created_at,
        file.updated_at,
        file.uploaded_by,
        file.blob,
        file.raw,
        file.pending,
    ])?;
    Ok(())
}

/// Inserts an order.
pub(crate) fn insert_order(connection: &Connection, order: &StoredOrder) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("INSERT INTO orders VALUES (?,?,?,?)")?;
    statement.execute(params![order.order_id, order.customer_id, order.customer_name, order.title])?;
    Ok(())
}

fn file(row: &Row) -> rusqlite::Result<StoredFile> {
    Ok(StoredFile {
        file_id: row.get(0)?,
        order_id: row.get(1)?,
        customer_id: row.get(2)?,
        kind: row.get(3)?,
        category: row.get(4)?,
        filename: row.get(5)?,
        original_filename: row.get(6)?,
        content_type: row.get(7)?,
        size: row.get::<_, Option<i64>>(8)?.map(|size| size as u64),
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
        uploaded_by: row.get(11)?,
        blob: row.get(12)?,
        raw: row.get(13)?,
        pending: row.get(14)?,
    })
}
