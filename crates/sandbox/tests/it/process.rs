//! The program: one line when it is ready, and a reason when it is not.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

fn program(data: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_order-documents-sandbox"));
    command.arg("--data").arg(data).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn should_print_its_origins_as_one_line_of_json() {
    let directory = tempfile::tempdir().unwrap();
    let any = ["--api-listen", "127.0.0.1:0", "--storage-listen", "127.0.0.1:0", "--identity-listen", "127.0.0.1:0"];
    let mut child = program(directory.path()).args(any).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let origins: Value = serde_json::from_str(&line).unwrap();
    let origins: Vec<&str> = ["api", "storage", "identity"].map(|name| origins[name].as_str().unwrap()).to_vec();
    assert!(origins.iter().all(|origin| origin.starts_with("http://localhost:") && !origin.ends_with(":0")), "{origins:?}");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn should_say_which_port_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let arguments = ["--api-listen", "127.0.0.1:0", "--storage-listen", &address, "--identity-listen", "127.0.0.1:0"];
    let output = program(directory.path()).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains(&address) && said.contains("--storage-listen") && !said.contains("panicked"), "{said}");
}

#[test]
fn should_refuse_wrong_flags() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in
        [["--dialect", "latin"], ["--requests-per-minute", "0"], ["--portal", "no url"], ["--api-listen", "somewhere"]]
    {
        let output = program(directory.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
