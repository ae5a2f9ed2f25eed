//! Runs all tests of the whole portal: `cargo xtask test portal`, or after a build `cargo test -p portal-tests -- <name>`.

mod embedding;
mod later;
mod list;
mod nginx;
mod packaged;
mod preview;
mod rendered;
mod smoke;
mod states;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;
use portal_tests::Portal;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each test is a browser: more than two at once are slower, not faster, on a small machine.
    arguments.test_threads = arguments.test_threads.or(Some(2));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let portal = match runtime.block_on(Portal::start()) {
        Ok(portal) => Arc::new(portal),
        Err(error) => {
            eprintln!("the portal did not start: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let trials = [
        smoke::tests(&portal),
        later::tests(&portal),
        list::tests(&portal),
        preview::tests(&portal),
        states::tests(&portal),
        embedding::tests(&portal),
        rendered::tests(&portal),
        nginx::tests(),
        packaged::tests(),
    ];
    let trials = trials.into_iter().flatten().collect();
    // Returned rather than exited with, so that the portal's processes end.
    libtest_mimic::run(&arguments, trials).exit_code()
}
