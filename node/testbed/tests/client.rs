//! The client by itself, without a network: what it says of bad input, and that it ends when it is told to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use toxdrop_testbed::{Error, Tools};

/// Runs the client with these options and this input; `None`, and a sentence, where it cannot be compiled here.
fn client(options: &[&str], input: &str) -> Option<Output> {
    let program = match Tools::client(Path::new(env!("CARGO_TARGET_TMPDIR"))) {
        Ok(program) => program,
        Err(Error::Missing(missing)) => {
            println!("skipped: {missing}");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let mut child = Command::new(program)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Some(child.wait_with_output().unwrap())
}

fn refuses(options: &[&str], input: &str, sentence: &str) {
    if let Some(output) = client(options, input) {
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(sentence), "{said}");
    }
}

#[test]
fn what_is_no_option_is_refused_with_a_sentence() {
    let key = "AB".repeat(32);
    refuses(&["--udp"], "", "not an option");
    refuses(&["--port"], "", "too little after it");
    refuses(&["--port", "65536"], "", "from 1 to 65535, not 65536");
    refuses(
        &["--bootstrap", "127.0.0.1", "1"],
        "",
        "too little after it",
    );
    refuses(
        &["--relay", "127.0.0.1", "0", &key],
        "",
        "a port is a number",
    );
    refuses(
        &["--bootstrap", "127.0.0.1", "1", "AB"],
        "",
        "has 64 hexadecimal digits, not 2",
    );
    refuses(
        &["--bootstrap", "127.0.0.1", "1", &"xy".repeat(32)],
        "",
        "not hexadecimal",
    );
    refuses(&["--bootstrap", "", "1", &key], "", "cannot be used");
}

#[test]
fn what_is_no_command_is_refused_with_a_sentence() {
    refuses(&[], "dance\n", "not a command: dance");
    refuses(&[], "say Hello\n", "no friend yet");
    refuses(&[], "add 1234 Hello\n", "has 76 hexadecimal digits, not 4");
    refuses(
        &[],
        &format!("add {} Hello\n", "AB".repeat(38)),
        "checksum of this Tox ID is wrong",
    );
    refuses(&[], "accept zz\n", "has 64 hexadecimal digits, not 2");
    refuses(&[], &"a".repeat(3_000), "a line has at most");
}

#[test]
fn it_ends_well_when_told_to_or_when_nobody_speaks_to_it_any_more() {
    for input in ["quit\n", ""] {
        if let Some(output) = client(&[], input) {
            assert!(output.status.success(), "{output:?}");
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(said.trim().len(), "id ".len() + 76, "{said}");
        }
    }
}
