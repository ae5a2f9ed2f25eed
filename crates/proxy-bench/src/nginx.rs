//! nginx as the control: the distribution's, with one worker, as a cache and as a plain reverse proxy.

use crate::Outcome;
use crate::process::{Server, pinned};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Answers out of its cache.
    pub cache: bool,
    /// Compresses, at the level that the proxy uses.
    pub gzip: bool,
}

/// Starts it in front of `upstream`, with everything that it writes in `directory`.
///
/// # Errors
/// Where it does not start.
pub fn start(program: &Path, core: usize, kind: Kind, upstream: SocketAddr, directory: &Path) -> Outcome<Server> {
    let _ = fs::remove_dir_all(directory);
    fs::create_dir_all(directory)?;
    // nginx cannot be asked to choose a port, so one is chosen for it.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let configuration = directory.join("nginx.conf");
    fs::write(&configuration, text(kind, address, upstream, directory))?;
    let mut command = pinned(core, program);
    command.arg("-c").arg(&configuration).arg("-p").arg(directory).args(["-e", "stderr"]);
    Server::start_silent(command, address, &directory.join("nginx.log"))
}

fn text(kind: Kind, address: SocketAddr, upstream: SocketAddr, directory: &Path) -> String {
    let d = directory.display();
    let cache = if kind.cache {
        "proxy_cache answers; proxy_cache_valid 200 10m; proxy_ignore_headers Cache-Control Expires Vary Set-Cookie;"
    } else {
        ""
    };
    let gzip = if kind.gzip { "gzip on; gzip_types application/json; gzip_comp_level 1; gzip_min_length 32;" } else { "" };
    // Workers as root: the directory is ours, and another user might not read it.
    format!(
        "daemon off; worker_processes 1; user root; pid {d}/nginx.pid; error_log stderr error;
events {{ worker_connections 16384; }}
http {{
  access_log off; client_body_temp_path {d}/body; proxy_temp_path {d}/temp; fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
  keepalive_requests 100000000; keepalive_timeout 60s; sendfile on; tcp_nopush on; tcp_nodelay on;
  proxy_cache_path {d}/cache levels=1:2 keys_zone=answers:16m max_size=256m inactive=10m use_temp_path=off;
  upstream behind {{ server {upstream}; keepalive 128; keepalive_requests 100000000; }}
  server {{
    listen {address} backlog=4096;
    location / {{
      proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Cookie \"\"; proxy_set_header Accept-Encoding \"\";
      {cache} {gzip}
    }}
  }}
}}
"
    )
}
