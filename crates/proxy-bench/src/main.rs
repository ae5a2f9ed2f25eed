//! The program behind `cargo xtask bench proxy` and `cargo xtask soak`.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use proxy_bench::Outcome;
use proxy_bench::compare::{self, Plan};
use proxy_bench::soak;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measures the proxy beside nginx, and wears it with load and faults together.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measures the proxy beside nginx, and prints a table
    Compare {
        /// The proxy's program, a release build
        #[arg(long)]
        proxy: PathBuf,
        /// nginx
        #[arg(long, default_value = "/usr/sbin/nginx")]
        nginx: PathBuf,
        /// Rounds, each with every server once
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Seconds for each load
        #[arg(long, default_value_t = 2.0)]
        seconds: f64,
        /// Only cases with one of these texts, separated by `|`, in their names; `process` for start and memory alone
        #[arg(long)]
        only: Option<String>,
        /// The page whose marked part gets the figures
        #[arg(long)]
        output: Option<PathBuf>,
        /// The build that is measured, in words
        #[arg(long, default_value = "an unnamed build")]
        revision: String,
    },
    /// Wears the proxy with load and faults together, and judges every answer
    Soak {
        /// The proxy's program
        #[arg(long)]
        proxy: PathBuf,
        /// For how long
        #[arg(long, default_value_t = 3600)]
        seconds: u64,
        /// Of what is left to chance; one of its own by default, which is printed
        #[arg(long)]
        seed: Option<u64>,
        /// Redis's program, such as `redis-server`: two replicas share one budget over it
        #[arg(long)]
        redis: Option<PathBuf>,
        /// Upstream calls in any 60 seconds; less than the load would use, and enough for some of all it asks
        #[arg(long, default_value_t = 300)]
        allowance: u32,
    },
    /// The bare server of the comparison: one answer for everything
    #[command(hide = true)]
    Bare {
        /// The answer's bytes
        answer: PathBuf,
    },
    /// The bare server of the comparison that asks another one
    #[command(hide = true)]
    BareForwarding {
        /// Who is asked
        behind: SocketAddr,
    },
}

// One thread: what it uses of its core is then the generator's and the upstream's own, and the proxy has the other core.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(task: Task) -> Outcome<()> {
    match task {
        Task::Compare { proxy, nginx, rounds, seconds, only, output, revision } => {
            let this = std::env::current_exe()?;
            let time = Duration::from_secs_f64(seconds);
            compare::run(&Plan { proxy, nginx, this, rounds, time, only, output, revision }).await
        }
        Task::Soak { proxy, seconds, seed, redis, allowance } => {
            let seed = seed.unwrap_or_else(|| fastrand::u64(..));
            soak::run(&soak::Plan { proxy, time: Duration::from_secs(seconds), seed, allowance, redis }).await
        }
        Task::Bare { answer } => compare::bare(&answer).await,
        Task::BareForwarding { behind } => compare::bare_forwarding(behind).await,
    }
}
