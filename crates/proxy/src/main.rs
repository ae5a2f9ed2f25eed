//! The program: configuration, listeners, signals.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use order_documents_proxy::app::StartError;
use order_documents_proxy::config::{Config, Problems, Source};
use order_documents_proxy::telemetry::Telemetry;
use order_documents_proxy::{app, check, health, logging};
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// Lets a portal's customers see the documents of their own orders, and keeps the FlexPortal API key on the server.
///
/// It is configured by environment variables, or by the same names in lower case in the TOML file that PROXY_CONFIG names; the environment wins.
#[derive(Parser)]
#[command(version, after_long_help = NAMES)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Says whether the configuration is right, as a start would find it, and ends: with 0 where it is, with 2 where not.
    Check {
        /// Also fetch the session's keys once, and make one call to FlexPortal, which counts among its allowance.
        #[arg(long)]
        call: bool,
        /// One JSON object instead of lines for people.
        #[arg(long)]
        json: bool,
    },
    /// Asks the running proxy, by its admin listener, whether it is ready: ends with 0 where it is, with 1 where not, with 2 where the
    /// configuration names no admin listener. For container health checks.
    Health,
}

const NAMES: &str = "\
Required:
  FLEXPORTAL_URL             https://api-eu.flexportal.io, for instance
  FLEXPORTAL_API_KEY         or FLEXPORTAL_API_KEY_FILE, a file that holds it
  FLEXPORTAL_TENANT_ID
  PROXY_STORAGE_ORIGINS      comma list of origins that a signed URL may point to
  SESSION_JWKS_URL           or SESSION_KEY_FILE: a JWKS, a PEM public key, or the HS256 secret
  SESSION_ISSUER             the only accepted `iss`
  SESSION_AUDIENCE           must be in `aud`
Optional:
  PROXY_LISTEN               127.0.0.1:8080
  PROXY_ADMIN_LISTEN         none; serves /healthz, /readyz and /metrics
  PROXY_REQUESTS_PER_MINUTE  100; upstream calls in any sliding 60 seconds
  REDIS_URL                  or REDIS_URL_FILE; replicas share one budget and one list cache
  PROXY_REPLICAS             how many they are, so that each knows its part where Redis was never reached
  PROXY_LIST_SECONDS         300; a list is kept for no longer, 0 keeps none
  PROXY_BUDGET_FILE          in the state directory; keeps the last minute's calls over a restart
  PROXY_ASSETS               a directory that `trunk build` made, in place of what is compiled in
  PROXY_FRAME_ANCESTORS      'self'; who may frame the pages
  PROXY_PUBLIC_ORIGIN        the origin that browsers see; by default the Host header tells
  PROXY_HSTS_SECONDS         0; max-age of Strict-Transport-Security, for https deployments
  PROXY_LOG_FORMAT           text, or json
  PROXY_LOG_LEVEL            info; error, warn, info, debug or trace
  OTEL_EXPORTER_OTLP_ENDPOINT  none; a collector's http(s) address, for traces as OTLP over HTTP with protobuf
  SESSION_COOKIE             __Host-portal_session
  SESSION_CUSTOMER_CLAIM     sub
  SESSION_ORDERS_CLAIM       orders
  SESSION_ALGORITHMS         RS256,ES256,EdDSA; or HS256 alone
Exit codes: 0 after SIGTERM or SIGINT, 1 where a listener cannot be opened, 2 where the configuration is wrong.
`order-documents-proxy check --call` says whether it is right, and whether FlexPortal answers;
`order-documents-proxy health`, whether the one that runs is ready.";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = Config::from_environment();
    let unknown = Source::unknown(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()));
    match arguments.command {
        Some(Command::Check { call, json }) => {
            return match checked(config, unknown, call, json) {
                Ok(true) => ExitCode::SUCCESS,
                Ok(false) => ExitCode::from(2),
                Err(error) => {
                    eprintln!("{error}");
                    ExitCode::FAILURE
                }
            };
        }
        Some(Command::Health) => return healthy(config),
        None => {}
    }
    let config = match config {
        Ok(config) => config,
        Err(problems) => {
            eprint!("{problems}");
            return ExitCode::from(2);
        }
    };
    match runtime().map_err(Into::into).and_then(|runtime| runtime.block_on(run(config, unknown))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            let is_configuration = error.downcast_ref::<StartError>().is_some_and(StartError::is_configuration);
            if is_configuration { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn healthy(config: Result<Config, Problems>) -> ExitCode {
    let admin = config.map(|config| config.admin_listen);
    match admin.as_ref().map(|admin| admin.map(health::is_ready)) {
        Ok(Some(Ok(true))) => ExitCode::SUCCESS,
        Ok(Some(Ok(false))) => {
            eprintln!("not ready");
            ExitCode::FAILURE
        }
        Ok(Some(Err(error))) => {
            eprintln!("the admin listener does not answer: {}", error.kind());
            ExitCode::FAILURE
        }
        Ok(None) => {
            eprintln!("PROXY_ADMIN_LISTEN is not set");
            ExitCode::from(2)
        }
        Err(problems) => {
            eprint!("{problems}");
            ExitCode::from(2)
        }
    }
}

/// Prints the report, and says whether all is well.
#[tokio::main(flavor = "current_thread")]
async fn checked(config: Result<Config, Problems>, unknown: Vec<String>, call: bool, json: bool) -> std::io::Result<bool> {
    use std::io::Write;
    let report = check::run(config, unknown, call).await;
    let mut out = std::io::stdout().lock();
    match json {
        true => writeln!(out, "{}", serde_json::to_string(&report)?)?,
        false => write!(out, "{report}")?,
    }
    Ok(report.ok)
}

/// A thread for each core. Where there is one core, one thread does everything, and nothing is handed from thread to thread.
fn runtime() -> std::io::Result<Runtime> {
    let is_one = std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1);
    let mut builder = if is_one { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build()
}

async fn run(config: Config, unknown: Vec<String>) -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = config.traces.as_ref().map(|endpoint| Telemetry::to(endpoint, &config.limits)).transpose()?;
    let traces = telemetry.as_ref().map(Telemetry::layer);
    // It is the first one, and the only one.
    let _ = tracing::subscriber::set_global_default(logging::subscriber(
        config.log_format,
        config.log_level,
        std::io::stderr,
        traces,
    ));
    logging::log_panics();
    for name in unknown {
        tracing::warn!(name, "an environment variable that this program does not know: is it misspelt?");
    }
    // Before the listeners: a signal that comes early must not be lost.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let running = app::start(config).await?;
    let local = |port: u16| format!("http://localhost:{port}");
    println!(
        "{}",
        serde_json::json!({"proxy": local(running.public.port()), "admin": running.admin.map(|admin| local(admin.port()))})
    );
    tracing::info!(public = %running.public, "ready");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    running.stop().await;
    if let Some(telemetry) = telemetry {
        telemetry.stop().await;
    }
    Ok(())
}
