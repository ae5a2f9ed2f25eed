//! `order-documents-sandbox`: starts the sandbox, prints its origins as one line of JSON, and runs until it is ended.
#![forbid(unsafe_code)]

use clap::Parser;
use order_documents_sandbox::{Config, Sandbox};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let sandbox = match Sandbox::start(Config::parse()).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("order-documents-sandbox: {error}");
            return ExitCode::from(2);
        }
    };
    println!("{}", serde_json::json!(sandbox.origins()));
    sandbox.run().await;
    ExitCode::SUCCESS
}
