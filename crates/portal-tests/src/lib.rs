//! Tests of the whole portal: the sandbox's and the proxy's real programs, and a real browser in front of them.
//!
//! A test is an async function that is given a [`Page`]: a browser of its own, and a [`Portal`] that it shares with other
//! tests, or has to itself where it makes something fail. Whatever a test is about, it also fails when the page broke its
//! Content-Security-Policy or wrote an error to the console.

mod browser;
mod element;
mod nginx;
mod page;
mod portal;
mod process;
mod site;
mod trial;

pub use browser::{Browser, Scheme};
pub use nginx::Nginx;
pub use page::Page;
pub use portal::{Portal, PortalOptions};
pub use process::Process;
pub use site::{dist, seed_file, source, target_directory};
pub use trial::{Trials, alone, shared};
