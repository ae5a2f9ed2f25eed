//! A server of the demo as a child process: started, awaited until it says that it is ready, watched, ended.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::problem::Problem;

/// Seeding 10,000 records on a busy machine takes a while, once.
const READY_WITHIN: Duration = Duration::from_secs(60);
const END_WITHIN: Duration = Duration::from_secs(5);

/// A running child; dropping it ends it.
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` and returns once it has printed its line of readiness. Its log goes to the file `log`.
    pub fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Process, Problem> {
        let directory = log.parent().expect("a log file lies in a directory");
        std::fs::create_dir_all(directory).map_err(Problem::file(directory))?;
        let stderr = File::create(log).map_err(Problem::file(log))?;
        // A process group of its own: Ctrl-C reaches only us, and we end the children in order.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).process_group(0);
        let mut child = command.spawn().map_err(|source| Problem::Start { command: name.into(), source })?;

        let stdout = child.stdout.take().expect("stdout is piped");
        let mut process = Process { name, child, log: log.to_owned() };
        let (said, heard) = channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            drop(said.send(lines.next()));
            // Read on, so that a child that prints more never stops at a full pipe.
            lines.map_while(Result::ok).for_each(drop);
        });
        match heard.recv_timeout(READY_WITHIN) {
            Ok(Some(Ok(_))) => Ok(process),
            Ok(_) => Err(process.ended()),
            Err(_) => Err(Problem::Other(format!("{name} was not ready within {READY_WITHIN:?}.\n{}", process.last_words()))),
        }
    }

    /// Says so when the process has ended by itself.
    pub fn require_running(&mut self) -> Result<(), Problem> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(self.ended()),
        }
    }

    fn ended(&mut self) -> Problem {
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        Problem::Other(format!("{} ended by itself ({status}); the demo ends with it.\n{}", self.name, self.last_words()))
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        format!("Its last words, of {}:\n{}", self.log.display(), lines[lines.len().saturating_sub(10)..].join("\n"))
    }
}

impl Drop for Process {
    /// Asks first, so that the sandbox closes its database, and does not ask twice.
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let deadline = Instant::now() + END_WITHIN;
        while asked.is_ok() && Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log: &str) -> Result<Process, Problem> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let log = std::env::temp_dir().join(format!("xtask-process-{}", std::process::id())).join(log);
        Process::start("the shell", command, &log)
    }

    #[test]
    fn should_wait_for_the_line_of_readiness_and_end_the_child() {
        let mut process = shell("echo '{}'; exec sleep 600", "ready.log").unwrap();
        process.require_running().unwrap();
        let id = process.child.id();
        drop(process);
        let alive = Command::new("kill").args(["-0", &id.to_string()]).stderr(Stdio::null()).status().unwrap();
        assert!(!alive.success(), "the child should have ended");
    }

    #[test]
    fn should_say_which_part_ended_and_its_last_words() {
        let Err(problem) = shell("echo 'the port is taken' >&2; exit 3", "ended.log") else { panic!("should not be ready") };
        let message = problem.to_string();
        assert!(
            message.contains("the shell ended") && message.contains("the port is taken") && message.contains('3'),
            "{message}"
        );
    }

    #[test]
    fn should_notice_a_child_that_ends_later() {
        let mut process = shell("echo '{}'; read line", "later.log").unwrap();
        while process.require_running().is_ok() {
            std::thread::yield_now();
        }
        assert!(process.require_running().unwrap_err().to_string().contains("ended by itself"));
    }
}
