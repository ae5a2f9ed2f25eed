//! The command line.

use crate::dialect::Dialect;
use clap::Parser;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// A FlexPortal Files API to develop, demonstrate and test against: records in SQLite, bytes on disk, real signed URLs.
#[derive(Debug, Clone, Parser)]
#[command(name = "order-documents-sandbox", version)]
pub struct Config {
    /// Where the Files API listens; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:8081")]
    pub api_listen: SocketAddr,
    /// Where the storage of the signed URLs listens: an origin of its own, as in production.
    #[arg(long, default_value = "127.0.0.1:8082")]
    pub storage_listen: SocketAddr,
    /// Where the demo's identity provider and the sandbox's control listen.
    #[arg(long, default_value = "127.0.0.1:8083")]
    pub identity_listen: SocketAddr,
    /// The directory of records and bytes; made and seeded where it is new.
    #[arg(long)]
    pub data: PathBuf,
    /// The dialect of the answers.
    #[arg(long, value_enum, default_value_t = Dialect::Schema)]
    pub dialect: Dialect,
    /// How many requests the API answers in any 60 seconds; beyond it, 429.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_minute: u32,
    /// The API key that requests must carry.
    #[arg(long, default_value = "fp_sandbox_key")]
    pub api_key: String,
    /// The tenant that requests must name.
    #[arg(long, default_value = "tenant_demo")]
    pub tenant_id: String,
    /// The portal's origin: where signing in leads to, and who may read the storage from a browser.
    #[arg(long, default_value = "http://localhost:8080")]
    pub portal: Url,
}

impl Config {
    /// The defaults on free ports of the loopback interface, as tests want them.
    pub fn on_free_ports(data: impl Into<PathBuf>) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let defaults = Self::parse_from(["order-documents-sandbox", "--data", "."]);
        Self { api_listen: any, storage_listen: any, identity_listen: any, data: data.into(), ..defaults }
    }
}
