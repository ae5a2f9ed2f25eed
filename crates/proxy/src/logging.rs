//! Logs, on standard error.

use crate::config::LogFormat;
use crate::telemetry::TraceLayer;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

/// Where and how events are written.
///
/// Only this program's own events are let through below warnings: libraries write whole URLs and headers at their finer levels, and a signed
/// URL has no place in a log.
///
/// `traces` sees the program's spans, too, where a collector is named.
pub fn subscriber<W>(format: LogFormat, level: Level, writer: W, traces: Option<TraceLayer>) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let targets = Targets::new().with_target("order_documents_proxy", level).with_default(Level::WARN.min(level));
    let layer = match format {
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(writer).boxed(),
        LogFormat::Json => fmt::layer().json().with_writer(writer).boxed(),
    };
    Registry::default().with(traces).with(layer.with_filter(targets))
}

/// A panic is logged by where it happened. Its message may hold anything, so it is not.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panic");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: Level, work: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        tracing::subscriber::with_default(subscriber(LogFormat::Text, level, move || writer.clone(), None), work);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn should_let_no_library_write_below_warnings() {
        let text = logged(Level::TRACE, || {
            tracing::trace!("ours");
            tracing::info!(target: "hyper", "LIBRARY");
            tracing::trace!(target: "hyper_util::client", "LIBRARY");
            tracing::warn!(target: "hyper", "their warning");
        });
        assert!(text.contains("ours") && text.contains("their warning") && !text.contains("LIBRARY"), "{text}");
    }

    #[test]
    fn should_log_where_a_panic_was_and_not_what_it_said() {
        let text = logged(Level::INFO, || {
            let before = std::panic::take_hook();
            log_panics();
            let ended = std::panic::catch_unwind(|| panic!("SECRET"));
            std::panic::set_hook(before);
            assert!(ended.is_err());
        });
        assert!(text.contains("logging.rs:") && !text.contains("SECRET"), "{text}");
    }
}
