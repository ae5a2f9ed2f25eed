//! Servers as child processes: pinned to a core, awaited, and read out of `/proc`.

use crate::Outcome;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Linux counts CPU time for `/proc` in hundredths of a second, on every machine that this runs on.
const TICK: Duration = Duration::from_millis(10);

/// A server is ready within it, or is not measured.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// A running server; dropping it ends it.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its admin listener, where it has one.
    pub admin: Option<SocketAddr>,
    /// From before it was started to its line of readiness.
    pub ready_after: Duration,
}

/// `program` on one core, and before other programs where the system permits that.
pub fn pinned(core: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &core.to_string()]).args(["nice", "-n", "-10"]).arg(program);
    command
}

impl Server {
    /// Starts a program that prints one line of JSON when it is ready, with its address under `proxy`; what it logs goes to the file.
    ///
    /// # Errors
    /// Where it does not become ready; its last words are in the text.
    pub fn start(mut command: Command, log: &Path) -> Outcome<Self> {
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(log)?).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            let _ = said.send((lines.next(), Instant::now()));
            // Read on, so that a child that prints more never stops at a full pipe.
            lines.map_while(Result::ok).for_each(drop);
        });
        let line = heard.recv_timeout(READY_WITHIN);
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), admin: None, ready_after: Duration::ZERO };
        let Ok((Some(Ok(line)), at)) = line else {
            let words = fs::read_to_string(log).unwrap_or_default();
            return Err(format!("the server did not become ready; its last words:\n{words}").into());
        };
        let ready: serde_json::Value = serde_json::from_str(&line)?;
        let port =
            |name: &str| ready[name].as_str().and_then(|origin| origin.rsplit(':').next()).and_then(|port| port.parse().ok());
        server.address.set_port(port("proxy").ok_or("the ready line names no port")?);
        server.admin = port("admin").map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        server.ready_after = at - begun;
        Ok(server)
    }

    /// Starts a program that says nothing, and waits until its port takes connections.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_silent(mut command: Command, address: SocketAddr, log: &Path) -> Outcome<Self> {
        let begun = Instant::now();
        let log_file = fs::File::create(log)?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file).spawn()?;
        while TcpStream::connect(address).is_err() {
            if child.try_wait()?.is_some() || begun.elapsed() > READY_WITHIN {
                let words = fs::read_to_string(log).unwrap_or_default();
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("the server did not become ready; its last words:\n{words}").into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Self { child, address, admin: None, ready_after: begun.elapsed() })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    /// Asks first: nginx ends its worker only when it is asked.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let deadline = Instant::now() + Duration::from_secs(3);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts this session's processes before others' for as long as it lives, where the system groups processes by session and permits it. Without it
/// whatever else runs on the machine is in the figures.
pub struct Priority {
    before: Option<String>,
}

impl Priority {
    /// From now on.
    pub fn high() -> Self {
        let before = fs::read_to_string("/proc/self/autogroup").ok();
        let before = before.and_then(|text| text.split_whitespace().last().map(str::to_owned));
        Self { before: before.filter(|_| fs::write("/proc/self/autogroup", "-15").is_ok()) }
    }
}

impl Drop for Priority {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = fs::write("/proc/self/autogroup", before);
        }
    }
}

/// CPU time that a server and its workers have used, all threads, in user and system mode.
pub fn cpu_with_children(process: u32) -> Duration {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok()).map(cpu_with_children);
    cpu(process) + children.sum::<Duration>()
}

/// CPU time that a process has used, all threads, in user and system mode.
pub fn cpu(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in brackets, may hold anything; utime and stime are the 12th and 13th field after it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: u32 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// Memory in use, in bytes.
pub fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Open descriptors.
pub fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}

/// How long a core was busy since the machine started, for whomever.
pub fn core_busy(core: usize) -> Duration {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().find_map(|line| line.strip_prefix(&format!("cpu{core} "))).unwrap_or_default();
    // user, nice, system, (idle, iowait,) irq, softirq, steal
    let fields: Vec<u32> = line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    TICK * [0, 1, 2, 5, 6, 7].iter().filter_map(|&at| fields.get(at)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_read_what_this_process_uses() {
        let (before, begun) = (cpu(std::process::id()), Instant::now());
        while begun.elapsed() < Duration::from_millis(200) {
            std::hint::black_box(begun);
        }
        assert!(cpu(std::process::id()) > before);
        assert!(resident(std::process::id()) > 1 << 20 && descriptors(std::process::id()) >= 3);
        assert!(core_busy(0) > Duration::ZERO);
    }

    #[test]
    fn should_tell_the_last_words_of_a_server_that_does_not_start() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo 'the port is taken' >&2"]);
        let Err(error) = Server::start(command, log.path()) else { panic!("should not be ready") };
        assert!(error.to_string().contains("the port is taken"), "{error}");
    }
}
