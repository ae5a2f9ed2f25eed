//! The sandbox as its users see it: over HTTP.
#![forbid(unsafe_code)]

mod api;
mod common;
mod dialects;
mod faults;
mod identity;
mod process;
mod seed;
mod storage;
