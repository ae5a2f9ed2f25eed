//! What happened, counted.

use super::lock;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

/// Breaches that are told in full.
const TOLD: usize = 20;

/// Counts of a run.
#[derive(Default)]
pub struct Tally(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    requests: u64,
    by_kind: BTreeMap<(&'static str, u16), u64>,
    codes: BTreeMap<String, u64>,
    left: u64,
    faults: BTreeMap<&'static str, u64>,
    slowest: Duration,
    broken: u64,
}

impl Tally {
    /// An answer came.
    pub fn answered(&self, kind: &'static str, status: u16, after: Duration) {
        let mut counted = lock(&self.0);
        counted.requests += 1;
        *counted.by_kind.entry((kind, status)).or_default() += 1;
        counted.slowest = counted.slowest.max(after);
    }

    /// A customer who asked for his own was told of a failure.
    pub fn failed(&self, code: &str) {
        *lock(&self.0).codes.entry(code.to_owned()).or_default() += 1;
    }

    /// A client left before its answer.
    pub fn left(&self) {
        lock(&self.0).left += 1;
    }

    /// A fault was set.
    pub fn fault(&self, name: &'static str) {
        *lock(&self.0).faults.entry(name).or_default() += 1;
    }

    /// An invariant broke; the first ones are told at once.
    pub fn broke(&self, what: String) {
        let mut counted = lock(&self.0);
        counted.broken += 1;
        if counted.broken as usize <= TOLD {
            println!("BROKEN: {what}");
        }
    }

    /// Each of them.
    pub fn broke_each(&self, all: Vec<String>) {
        all.into_iter().for_each(|what| self.broke(what));
    }

    /// How many invariants broke.
    pub fn broken(&self) -> u64 {
        lock(&self.0).broken
    }

    /// How many answers of a kind had the status.
    pub fn of(&self, kind: &'static str, status: u16) -> u64 {
        lock(&self.0).by_kind.get(&(kind, status)).copied().unwrap_or_default()
    }

    /// All of it, for a person.
    pub fn text(&self, elapsed: Duration) -> String {
        let counted = lock(&self.0);
        let mut text = format!(
            "soak: {:.0} s\n  requests                 {}, and {} whose client left in the middle\n",
            elapsed.as_secs_f64(),
            counted.requests,
            counted.left
        );
        for ((kind, status), count) in &counted.by_kind {
            let _ = writeln!(text, "    {kind:22} {status}  {count}");
        }
        let _ = writeln!(text, "  faults                   {}", counted.faults.values().sum::<u64>());
        for (name, count) in &counted.faults {
            let _ = writeln!(text, "    {name:27} {count}");
        }
        let _ = writeln!(text, "  failures customers saw   {}", counted.codes.values().sum::<u64>());
        for (code, count) in &counted.codes {
            let _ = writeln!(text, "    {code:27} {count}");
        }
        let _ = write!(text, "  slowest answer           {:.1} s", counted.slowest.as_secs_f64());
        text
    }
}
