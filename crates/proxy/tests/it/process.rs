//! The program itself: its configuration, its exit codes, its one line.

use crate::program::{Program, listening_world};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_order-documents-proxy");

pub fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("FLEXPORTAL_URL", "http://127.0.0.1:9"),
        ("FLEXPORTAL_API_KEY", "k"),
        ("FLEXPORTAL_TENANT_ID", "t"),
        ("PROXY_LISTEN", "127.0.0.1:0"),
        ("PROXY_STORAGE_ORIGINS", "http://localhost:8082"),
        ("SESSION_JWKS_URL", "http://localhost:9/jwks"),
        ("SESSION_ISSUER", "http://localhost:9"),
        ("SESSION_AUDIENCE", "order-documents"),
    ]
}

pub fn program(values: &[(&str, &str)]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(values.iter().copied()).stdin(Stdio::null());
    command
}

/// What a program says that is to end by itself. One that starts to serve instead is ended, so that the test fails and does not wait for ever.
pub fn output(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let (sender, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    ended.recv_timeout(Duration::from_secs(20)).map(Result::unwrap).unwrap_or_else(|_| {
        let _ = Command::new("kill").arg(&id).status();
        ended.recv().unwrap().unwrap()
    })
}

#[test]
fn should_name_every_wrong_value_and_exit_with_2() {
    let output = program(&[
        ("FLEXPORTAL_URL", "http://api.flexportal.example"),
        ("FLEXPORTAL_API_KEY", "SECRET with spaces"),
        ("PROXY_LISTEN", "nowhere"),
        ("PROXY_STORAGE_ORIGINS", "https://storage.example/path"),
        ("PROXY_REQUESTS_PER_MINUTE", "0"),
        ("SESSION_JWKS_URL", "http://idp.example/jwks"),
        ("SESSION_COOKIE", "a b"),
        ("PROXY_ASSETS", "/nowhere"),
    ])
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    for name in [
        "FLEXPORTAL_URL",
        "FLEXPORTAL_API_KEY",
        "FLEXPORTAL_TENANT_ID",
        "PROXY_LISTEN",
        "PROXY_STORAGE_ORIGINS",
        "PROXY_REQUESTS_PER_MINUTE",
        "SESSION_JWKS_URL",
        "SESSION_ISSUER",
        "SESSION_AUDIENCE",
        "SESSION_COOKIE",
        "PROXY_ASSETS",
    ] {
        assert!(text.contains(&format!("  {name}: ")), "{name} is not in\n{text}");
    }
    assert!(!text.contains("SECRET"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn should_refuse_what_would_open_the_door() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let pem = |label: &str| format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", "A".repeat(64));
    let (public, private) = (file("public.pem", &pem("PUBLIC KEY")), file("private.pem", &pem("PRIVATE KEY")));
    let jwks = file("jwks.json", r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#);
    for (name, algorithms, key) in [
        ("SESSION_KEY_FILE", "HS256", public.as_str()),
        ("SESSION_KEY_FILE", "HS256", jwks.as_str()),
        ("SESSION_KEY_FILE", "RS256", private.as_str()),
    ] {
        let values =
            [good(), vec![("SESSION_JWKS_URL", ""), ("SESSION_KEY_FILE", key), ("SESSION_ALGORITHMS", algorithms)]].concat();
        let output = output(program(&values));
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(&format!("  {name}: ")) && !text.contains("AAAA"), "{text}");
    }
    let output = output(program(&[good(), vec![("REDIS_URL", "http://user:SECRET@localhost")]].concat()));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("  REDIS_URL: ") && !text.contains("SECRET"), "{text}");
}

#[test]
fn should_name_assets_that_are_too_many_and_exit_with_2() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("assets")).unwrap();
    std::fs::write(directory.path().join("index.html"), "page").unwrap();
    // It takes no room: nothing is written into it, and it is refused by its length.
    std::fs::File::create(directory.path().join("assets/large.bin")).unwrap().set_len((256 << 20) + 1).unwrap();
    let output = output(program(&[good(), vec![("PROXY_ASSETS", directory.path().to_str().unwrap())]].concat()));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.starts_with("PROXY_ASSETS ") && text.contains("256 MB"), "{text}");
}

#[test]
fn should_ask_no_proxy_of_the_environment() {
    let (issuer, stranger) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let url = format!("http://127.0.0.1:{}/jwks", issuer.local_addr().unwrap().port());
    let proxy = format!("http://127.0.0.1:{}", stranger.local_addr().unwrap().port());
    let names =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, proxy.as_str()));
    let values = [good(), vec![("SESSION_JWKS_URL", url.as_str())], names.to_vec()].concat();
    let mut child = program(&values).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (sender, first) = std::sync::mpsc::channel();
    for (who, listener) in [("issuer", issuer), ("stranger", stranger)] {
        let sender = sender.clone();
        std::thread::spawn(move || listener.accept().map(|_| sender.send(who)));
    }
    let first = first.recv_timeout(Duration::from_secs(20));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(first, Ok("issuer"));
}

#[test]
fn should_say_in_one_sentence_that_the_port_is_busy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let values = [good(), vec![("PROXY_LISTEN", address.as_str())]].concat();
    let output = program(&values).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, format!("PROXY_LISTEN {address} cannot be listened on: the port is in use by another program\n"));
}

#[test]
fn should_tell_its_version_and_its_names() {
    let version = program(&[]).arg("--version").output().unwrap();
    assert_eq!(String::from_utf8(version.stdout).unwrap(), concat!("order-documents-proxy ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = program(&[]).arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8(help.stdout).unwrap().contains("PROXY_STORAGE_ORIGINS"));
    assert_eq!(program(&[]).arg("--no-such-flag").output().unwrap().status.code(), Some(2));
}

#[test]
fn should_print_one_line_when_ready_and_end_on_a_signal() {
    for name in ["TERM", "INT"] {
        let mut child = program(&good()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(ready["proxy"].as_str().unwrap().starts_with("http://localhost:") && ready["admin"].is_null(), "{line}");
        let signalled = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
        assert!(signalled.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{name}");
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

#[tokio::test]
async fn should_tell_containers_whether_it_is_ready() {
    let (world, upstream) = listening_world("health").await;
    *world.jwks_down.lock().unwrap() = true;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let health = |admin: &str| {
        let mut asking = program(&[good(), vec![("PROXY_ADMIN_LISTEN", admin)]].concat());
        asking.arg("health");
        output(asking).status.code()
    };
    assert_eq!([health(""), health(&free), health("nowhere")], [Some(2), Some(1), Some(2)]);
    // Without session keys it listens, and is not ready.
    let program = Program::start(&upstream, &[("PROXY_ADMIN_LISTEN", &free)]).await;
    assert_eq!(health(&free), Some(1));
    drop(program);
    *world.jwks_down.lock().unwrap() = false;
    let _program = Program::start(&upstream, &[("PROXY_ADMIN_LISTEN", &free)]).await;
    assert_eq!(health(&free), Some(0));
}
