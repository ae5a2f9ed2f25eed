//! The file itself.

use super::entry::{Entry, Read};
use super::{JournalError, unix_millis};
use crate::budget::{Purpose, WINDOW};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const MAGIC: &[u8; 8] = b"od-bud-1";
const HEAD: u64 = 16;
const ENTRY: u64 = 8;
/// No call takes longer: the deadlines of an upstream's answer end it before. One that was in flight when the process died ended by then.
const LONGEST_CALL: u64 = 60_000;

/// A call of before the start that may still count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// What for.
    pub purpose: Purpose,
    /// After this it has left the window.
    pub leaves_in: Duration,
}

impl Past {
    /// One that ended just now.
    pub fn just_now() -> Self {
        Self { purpose: Purpose::Sign, leaves_in: WINDOW }
    }
}

/// What was found in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened {
    /// There was none: nothing was called before.
    New,
    /// The calls that still count, in the order in which they leave the window.
    Read(Vec<Past>),
    /// It is not whole: what was called is not known.
    Damaged,
}

/// The open file, which belongs to this process alone.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// Twice the limit: an entry is overwritten after two minutes at the earliest, when its call counts no more.
    capacity: u64,
    next: u64,
    /// Entries behind `next` whose calls were not made.
    free: Vec<u64>,
    failed: AtomicBool,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy)]
pub struct Slot(u64);

impl Journal {
    /// Opens or makes the file, locks it, and reads what still counts at `now`, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`JournalError`]
    pub fn open(path: &Path, limit: u32, now: u64) -> Result<(Self, Opened), JournalError> {
        let unusable = |error: io::Error| JournalError::Unusable { path: path.to_owned(), what: reason(&error) };
        let (file, is_new) = open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let mut journal =
            Self { file, capacity: u64::from(limit) * 2, next: 0, free: Vec::new(), failed: AtomicBool::new(false) };
        let opened = journal.take_over(limit, now, is_new).map_err(unusable)?;
        Ok((journal, opened))
    }

    fn take_over(&mut self, limit: u32, now: u64, is_new: bool) -> io::Result<Opened> {
        if is_new {
            self.lay_out(&[])?;
            return Ok(Opened::New);
        }
        let Some(entries) = self.entries()? else {
            let used_up = Entry { millis: now, purpose: Purpose::Sign, ended: true };
            self.lay_out(&vec![used_up; limit as usize])?;
            return Ok(Opened::Damaged);
        };
        let mut counting: Vec<(Past, Entry)> =
            entries.iter().filter_map(|entry| past(*entry, now).map(|past| (past, *entry))).collect();
        counting.sort_by_key(|(past, _)| past.leaves_in);
        // Anew each time: so that the ring begins behind what counts, and has the size that the limit of today needs.
        let kept = counting.len().saturating_sub(self.capacity as usize);
        self.lay_out(&counting[kept..].iter().map(|(_, entry)| *entry).collect::<Vec<_>>())?;
        Ok(Opened::Read(counting.into_iter().map(|(past, _)| past).collect()))
    }

    /// All entries, or `None` where the file is not one of ours from beginning to end.
    fn entries(&self) -> io::Result<Option<Vec<Entry>>> {
        let length = self.file.metadata()?.len();
        // The head is as long as two entries.
        let whole = length > HEAD && length <= HEAD + ENTRY * 200_000 && length.is_multiple_of(ENTRY);
        if !whole {
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, 0)?;
        let (head, entries) = bytes.split_at(HEAD as usize);
        if head != Self::head((length - HEAD) / ENTRY) {
            return Ok(None);
        }
        let (entries, _) = entries.as_chunks::<8>();
        let read = entries.iter().map(|bytes| Entry::read(*bytes)).filter(|read| *read != Read::Empty);
        Ok(read.map(|read| if let Read::Entry(entry) = read { Some(entry) } else { None }).collect())
    }

    fn head(capacity: u64) -> [u8; HEAD as usize] {
        let mut head = [0; HEAD as usize];
        head[..8].copy_from_slice(MAGIC);
        head[8..].copy_from_slice(&capacity.to_le_bytes());
        head
    }

    /// Writes the file anew. Its head comes last: a file without one is damaged, and not empty.
    fn lay_out(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.file.write_all_at(&[0; HEAD as usize], 0)?;
        self.file.set_len(HEAD)?;
        let mut bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_bytes()).collect();
        bytes.resize((ENTRY * self.capacity) as usize, 0);
        self.file.write_all_at(&bytes, HEAD)?;
        self.next = entries.len() as u64 % self.capacity;
        self.file.write_all_at(&Self::head(self.capacity), 0)
    }

    /// A call was taken.
    pub fn taken(&mut self, purpose: Purpose) -> Slot {
        // First what was given back, so that calls that are not made bring nobody's entry to its end before its time.
        let slot = self.free.pop().unwrap_or_else(|| {
            let next = (self.next + 1) % self.capacity;
            std::mem::replace(&mut self.next, next)
        });
        let slot = Slot(slot);
        self.write(slot, Entry { millis: unix_millis(), purpose, ended: false });
        slot
    }

    /// It has ended.
    pub fn ended(&self, slot: Slot, purpose: Purpose) {
        self.write(slot, Entry { millis: unix_millis(), purpose, ended: true });
    }

    /// It was not made: nothing is left of it.
    pub fn unmade(&mut self, slot: Slot) {
        self.write_bytes(slot, [0; ENTRY as usize]);
        self.free.push(slot.0);
    }

    fn write(&self, slot: Slot, entry: Entry) {
        self.write_bytes(slot, entry.to_bytes());
    }

    fn write_bytes(&self, Slot(slot): Slot, bytes: [u8; ENTRY as usize]) {
        let written = self.file.write_all_at(&bytes, HEAD + ENTRY * slot);
        // Told once for each change: it may be every call's.
        match (self.failed.swap(written.is_err(), Ordering::Relaxed), written) {
            (false, Err(error)) => {
                tracing::warn!(%error, "the budget file cannot be written: a restart would forget this minute's calls")
            }
            (true, Ok(())) => tracing::info!("the budget file can be written again"),
            (true, Err(_)) | (false, Ok(())) => {}
        }
    }
}

/// What an entry means at `now`. A moment that is still to come, because the clock went back, counts as now.
fn past(entry: Entry, now: u64) -> Option<Past> {
    let ended = if entry.ended { entry.millis } else { (entry.millis + LONGEST_CALL).min(now) };
    let age = Duration::from_millis(now.saturating_sub(ended));
    let leaves_in = WINDOW.checked_sub(age).filter(|left| !left.is_zero())?;
    Some(Past { purpose: entry.purpose, leaves_in })
}

/// The file, for this user alone, and whether it was made just now. It is not reached through a symbolic link of its own.
fn open(path: &Path) -> io::Result<(File, bool)> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut options = OpenOptions::new();
    // Not waiting: opening a pipe would.
    options.read(true).write(true).mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let (file, is_new) = match options.clone().create_new(true).open(path) {
        Ok(file) => (file, true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (options.open(path)?, false),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write to it"));
    }
    Ok((file, is_new))
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ELOOP) => "it is a symbolic link".into(),
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn should_say_once_that_it_cannot_be_written_and_once_that_it_can() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("budget");
        let (mut journal, _) = Journal::open(&path, 4, 0).unwrap();
        let (log, writable) = (Log::default(), journal.file.try_clone().unwrap());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            journal.taken(Purpose::Read);
            journal.file = File::open(&path).unwrap();
            journal.taken(Purpose::Read);
            journal.taken(Purpose::Read);
            journal.file = writable;
            journal.taken(Purpose::Read);
            journal.taken(Purpose::Read);
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let levels: Vec<_> = text.lines().map(|line| (line.contains("WARN"), line.contains("again"))).collect();
        assert_eq!(levels, [(true, false), (false, true)], "{text}");
    }
}
