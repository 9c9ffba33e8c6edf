//! The command line: reads it, runs one command, turns failures into sentences and exit statuses.
//!
//! Holds no logic of the node: all but the offline commands go through gRPC.

mod args;
mod client;
mod failure;
mod import;
mod inbox;
mod inbox_args;
mod json;
mod keyfile;
mod node;
mod offline;
mod output;
mod pow;
mod publish;
mod receive;
mod remove;
mod send;
mod store;
mod table;
mod values;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Global};
use failure::{Exit, Failure};
use output::Output;

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.global.json);
    match run(cli, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message().is_empty() {
                report(output, &failure);
            }
            failure.code()
        }
    }
}

/// One sentence on standard error; with `--json` an object, so that programs need not parse sentences.
fn report(output: Output, failure: &Failure) {
    if output.is_json() {
        let object =
            serde_json::json!({ "error": failure.message(), "exit_status": failure.exit() as u8 });
        output::hint(&object.to_string());
    } else {
        output::hint(&format!("toxdrop: {}", failure.message()));
    }
}

fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    let runtime = || {
        tokio::runtime::Runtime::new().map_err(|error| {
            Failure::new(
                Exit::Internal,
                format!("the operating system gave no threads ({error}); close other programs"),
            )
        })
    };
    let global = &cli.global;
    match cli.command {
        Command::Completions { shell } => offline::completions(output, shell),
        Command::Man { dir } => offline::man(&dir),
        command => {
            // Not dropped in the ordinary way: a read of standard input that nobody waits for any more would hold it up.
            let runtime = runtime()?;
            let result = runtime.block_on(ask(command, global, output));
            runtime.shutdown_background();
            result
        }
    }
}

async fn ask(command: Command, global: &Global, output: Output) -> Result<(), Failure> {
    match command {
        Command::Pow(command) => pow::run(command, output).await,
        Command::Inbox(command) => inbox::run(command, global, output).await,
        Command::Send(args) => send::send(args, global, output).await,
        Command::Fetch(args) => receive::fetch(args, global, output).await,
        Command::Watch(args) => receive::watch(args, global, output).await,
        Command::Received(args) => receive::received(args, global, output).await,
        Command::Delete(args) => receive::delete(args, global, output).await,
        Command::Sent(args) => send::sent(args, global, output).await,
        Command::Extend(args) => send::extend(args, global, output).await,
        Command::Recall(args) => send::recall(args, global, output).await,
        Command::Store(command) => store::run(command, global, output).await,
        Command::Status => store::status(global, output).await,
        Command::Node(args) => node::run(args, global).await,
        // Answered before there is a runtime.
        Command::Completions { .. } | Command::Man { .. } => Ok(()),
    }
}
