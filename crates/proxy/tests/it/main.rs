//! The proxy as a whole, over real sockets, in front of a scripted upstream that records every call and answers what it is told.
//!
//! Every test goes through [`harness::Harness`], which at its end searches all answers and logs for what must never be in them.

mod assets;
mod bad_input;
mod budget;
mod check;
mod clients;
mod deploy;
mod equal_answers;
mod fault_matrix;
mod faults;
mod harness;
mod headers;
mod isolation;
mod late_answers;
mod lists;
mod logs;
mod ownership;
mod ownership_oracle;
mod page;
mod process;
mod program;
mod raw_socket;
mod restart;
mod session;
mod shared;
mod signing;
mod telemetry;
mod tls;
mod tokens;
mod world;
