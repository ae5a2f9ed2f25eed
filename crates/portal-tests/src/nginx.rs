//! The real nginx with the example of `deploy/nginx/`, in front of a portal's proxy.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::portal::Portal;
use crate::process::Process;
use crate::site;

const READY_WITHIN: Duration = Duration::from_secs(10);

/// A running nginx; dropping it ends it.
pub struct Nginx {
    origin: String,
    _process: Process,
    _directory: TempDir,
    _nobody: Option<tokio::net::TcpSocket>,
}

impl Nginx {
    /// Serves `dist/` and passes `/api/v1` to the portal's proxy, whose signing in leads here from now on.
    pub async fn start(portal: &Portal) -> Result<Nginx> {
        Nginx::before(portal, &portal.origin().replace("http://localhost", "127.0.0.1")).await
    }

    /// The same, but where the proxy should be nobody listens.
    pub async fn start_without_a_proxy(portal: &Portal) -> Result<Nginx> {
        // Bound and not listening: nobody else gets the port, and a connection is refused.
        let nobody = tokio::net::TcpSocket::new_v4()?;
        nobody.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let nginx = Nginx::before(portal, &nobody.local_addr()?.to_string()).await?;
        Ok(Nginx { _nobody: Some(nobody), ..nginx })
    }

    async fn before(portal: &Portal, proxy: &str) -> Result<Nginx> {
        let directory = tempfile::tempdir()?;
        // Between this and nginx's own bind another process may take the port: nginx then says so and the test fails.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let origin = format!("http://localhost:{port}");

        // nginx gives up its rights when it is started as root, and then reads no temporary directory: the site is copied
        // to one that everyone may read.
        let dist = directory.path().join("dist");
        site::copy(&site::repository("dist"), &dist)?;
        open_to_everyone(directory.path())?;

        let example = std::fs::read_to_string(site::repository("deploy/nginx/order-documents.conf"))?;
        let example = changed(&example, "127.0.0.1:8080;", &format!("{proxy};"))?;
        let example = changed(&example, "listen 127.0.0.1:8090;", &format!("listen 127.0.0.1:{port};"))?;
        let example = changed(&example, "root /srv/order-documents/dist;", &format!("root {};", dist.display()))?;
        let example = changed(&example, "\"https://storage.example.com\"", &format!("\"{}\"", portal.storage()))?;
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {}/{name};", directory.path().display()))
            .join("\n");
        let main = format!(
            "daemon off;\npid {0}/nginx.pid;\nerror_log {0}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\n{example}\n}}\n",
            directory.path().display()
        );
        let file = directory.path().join("nginx.conf");
        std::fs::write(&file, main)?;

        let mut command = Command::new(program()?);
        command.arg("-c").arg(&file).arg("-p").arg(directory.path()).arg("-e").arg(directory.path().join("error.log"));
        let process = Process::spawn("nginx", &mut command)?;
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > deadline {
                bail!("nginx is not ready: {}", std::fs::read_to_string(directory.path().join("error.log")).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        portal.set_portal(&origin).await?;
        Ok(Nginx { origin, _process: process, _directory: directory, _nobody: None })
    }

    /// The site's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// Debian keeps nginx where only root's PATH looks.
fn program() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut programs = directories.map(|directory| directory.join("nginx"));
    programs.find(|program| program.is_file()).context("nginx is missing: `cargo xtask setup` installs it or says how")
}

/// Changes one of the values that the example tells its reader to change.
fn changed(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.matches(from).count() == 1, "deploy/nginx/order-documents.conf should hold {from:?} once");
    Ok(text.replace(from, to))
}

fn open_to_everyone(directory: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755))?)
}
