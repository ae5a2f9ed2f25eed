//! Child processes that say when they are ready, and end with their owner.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Generous, since the machine may be busy with a build.
const READY_WITHIN: Duration = Duration::from_secs(60);
const END_WITHIN: Duration = Duration::from_secs(3);

/// A running child; dropping it ends it.
pub struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    /// Starts `command` and waits for the first line of its output that `ready` takes.
    pub fn start<T: Send + 'static>(
        name: &'static str,
        command: &mut Command,
        ready: impl Fn(&str) -> Option<T> + Send + 'static,
    ) -> Result<(Process, T)> {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log_file(name)?).spawn().with_context(|| {
                format!("cannot start {name} ({:?}); `cargo xtask test portal` builds all it needs", command.get_program())
            })?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let (said, heard) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // After readiness nobody listens, but reading goes on: a full pipe would stop the child.
                if let Some(value) = ready(&line) {
                    said.send(value).unwrap_or_default();
                }
            }
        });
        let mut process = Process { name, child };
        match heard.recv_timeout(READY_WITHIN) {
            Ok(value) => Ok((process, value)),
            Err(_) => bail!("{name} was not ready; it is {:?}, and its log is in target/portal-tests", process.child.try_wait()),
        }
    }

    /// Starts `command`, whose readiness the caller knows better.
    pub fn spawn(name: &'static str, command: &mut Command) -> Result<Process> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file(name)?);
        Ok(Process { name, child: command.spawn().with_context(|| format!("cannot start {name}"))? })
    }
}

impl Drop for Process {
    /// Asks first: nginx ends its workers then, which nobody else would.
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let deadline = Instant::now() + END_WITHIN;
        while asked.is_ok() && Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        if self.child.kill().and_then(|()| self.child.wait().map(drop)).is_err() {
            eprintln!("{} (process {}) could not be ended", self.name, self.child.id());
        }
    }
}

fn log_file(name: &str) -> Result<std::fs::File> {
    let directory = crate::target_directory().join("portal-tests");
    std::fs::create_dir_all(&directory)?;
    Ok(std::fs::OpenOptions::new().create(true).append(true).open(directory.join(format!("{name}.log")))?)
}
