//! What a process holds: tasks and file descriptors. After a fault it is as much as before.

use super::fault::{Target, relay};
use crate::harness::Harness;
use std::fs;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    tasks: usize,
    files: usize,
}

impl Level {
    /// As it is now. It means something only in a process that runs nothing else.
    fn now() -> Self {
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        Self { tasks, files: fs::read_dir("/proc/self/fd").unwrap().count() }
    }

    /// Once nothing is under way: the connections that are only kept for later are closed first.
    pub async fn at_rest(harnesses: &[&Harness]) -> Self {
        cut(harnesses).await;
        let (mut level, mut since) = (Self::now(), Instant::now());
        while since.elapsed() < Duration::from_millis(300) {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if Self::now() != level {
                (level, since) = (Self::now(), Instant::now());
            }
        }
        level
    }

    /// Waits until it is no more than it was. (It may be less: an HTTP client's pool has a task that comes and goes with the minute.)
    pub async fn is_back(self, harnesses: &[&Harness], what: &str) {
        cut(harnesses).await;
        let (mut now, begun) = (Self::now(), Instant::now());
        while now.tasks > self.tasks || now.files > self.files {
            assert!(begun.elapsed() < super::NEVER, "{what} leaves {now:?} behind, where {self:?} was");
            tokio::time::sleep(Duration::from_millis(5)).await;
            now = Self::now();
        }
    }
}

async fn cut(harnesses: &[&Harness]) {
    for harness in harnesses {
        for target in [Target::List, Target::Keys] {
            relay(harness, target).cut().await.unwrap();
        }
    }
}
