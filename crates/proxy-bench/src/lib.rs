//! What the proxy costs and what it stands: a scripted FlexPortal, an issuer of tokens, a generator of load.
//!
//! In reading order: [`world`] who has which documents, told by the ids alone; [`upstream`] serves them, and counts; [`tokens`] signs sessions;
//! [`wire`] the client's side of HTTP/1.1; [`load`] sends in a closed or an open loop; [`process`] starts servers and reads what they use;
//! [`compare`] measures the proxy beside nginx; [`soak`] wears it with load and faults together.
#![forbid(unsafe_code)]

pub mod compare;
pub mod load;
pub mod nginx;
pub mod process;
pub mod soak;
pub mod tokens;
pub mod upstream;
pub mod wire;
pub mod world;

/// What a command ends with; the text is for a person at a terminal.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
