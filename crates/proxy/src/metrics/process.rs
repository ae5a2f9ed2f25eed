//! The process itself, under the names that every Prometheus client uses. Linux tells it in `/proc`; where that cannot be read they are 0.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is read anew for each scrape.
pub struct Process {
    registry: Registry,
    memory: Gauge,
    files: Gauge,
}

impl Default for Process {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("process");
        let started = Gauge::<f64, AtomicU64>::default();
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        let (memory, files) = (Gauge::default(), Gauge::default());
        registry.register_with_unit("start_time", "When the process started, since 1970", Unit::Seconds, started);
        registry.register_with_unit("resident_memory", "Memory that is held", Unit::Bytes, memory.clone());
        registry.register("open_fds", "Open files and connections", files.clone());
        Self { registry, memory, files }
    }
}

impl Process {
    /// The registry, after a look at the process.
    pub fn look(&self) -> &Registry {
        self.memory.set(resident().unwrap_or_default());
        self.files.set(std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as i64));
        &self.registry
    }
}

fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.trim().parse::<i64>().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_see_this_process() {
        let process = Process::default();
        process.look();
        // A test program with its libraries: more than a megabyte, and at least its three standard streams.
        assert!(process.memory.get() > 1 << 20 && process.files.get() >= 3, "{} {}", process.memory.get(), process.files.get());
    }
}
