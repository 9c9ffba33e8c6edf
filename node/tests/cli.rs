//! The command line without a node: proof of work, bad input, completions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

/// From BitMessage's own tests; expires 1712271487.
const OBJECT: &str = "00000000001be7fc00000000660f307f0000002a010248454c4c4f";
const HASH: &str = "3758f55b5a8d902fd3597e4ce6a2d3f23daff735f65d9698c270987f4e67ad590b93f3ffeba0ef2fd08a8dc2f87b68ae5a0dc819ab57f22ad2c4c9c8618a43b3";
const AT: u64 = 1_712_271_487;
/// The Tox ID of `proto/vectors/profiles/plain.tox`.
const TOX_ID: &str = "26B36E19F0FA333CD073BCA376B0AD6887AA632D08618CB52AE3D5775376CB19025D119B280A";
/// The same with one digit changed.
const MISTYPED_TOX_ID: &str =
    "26B36E19F0FA333CD073BCA376B0AD6887AA632D08618CB52AE3D5775376CB19025D119B280B";
/// A bech32m address with one character changed.
const MISTYPED: &str = "toxdrop1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqqqqqq";

fn toxdrop(dir: &std::path::Path) -> Command {
    let mut command = Command::cargo_bin("toxdrop").unwrap();
    command
        .env_remove("TOXDROP_RPC")
        .env_remove("TOXDROP_TOKEN_FILE")
        .env("TOXDROP_DATA_DIR", dir);
    command
}

fn here() -> Command {
    toxdrop(std::path::Path::new("no-such-directory"))
}

#[test]
fn bitmessages_own_object_is_verified_with_the_exit_status_saying_so() {
    let verify = |ttl: u64| {
        here()
            .args(["pow", "verify", "--object", OBJECT, "--at"])
            .arg((AT - ttl).to_string())
            .assert()
    };
    verify(86_400).code(0).stdout(contains("holds"));
    verify(28 * 86_400)
        .code(1)
        .stdout(contains("does not hold"));
}

#[test]
fn what_solve_finds_verify_accepts() {
    let target = (u64::MAX / 50_000).to_string();
    let solved = here()
        .args(["pow", "solve", "--initial-hash", HASH, "--target", &target])
        .args(["--device", "cpu", "--json"])
        .assert()
        .code(0);
    let solution: Value = serde_json::from_slice(&solved.get_output().stdout).unwrap();
    let nonce = solution["nonce"].as_u64().unwrap().to_string();
    let verify = |nonce: &str| {
        here()
            .args(["pow", "verify", "--initial-hash", HASH, "--target", &target])
            .args(["--nonce", nonce])
            .assert()
    };
    verify(&nonce).code(0);
    verify("0").code(1);
}

#[test]
fn a_range_without_a_solution_ends_with_no() {
    here()
        .args(["pow", "solve", "--initial-hash", HASH, "--target", "1"])
        .args(["--span", "1000", "--device", "cpu"])
        .assert()
        .code(1)
        .stderr(contains("another range"));
}

#[test]
fn bad_input_gets_one_sentence_and_its_exit_status() {
    let dir = tempfile::tempdir().unwrap();
    let long = dir.path().join("long");
    std::fs::write(&long, vec![b'x'; 1_048_577]).unwrap();
    let long = long.to_str().unwrap();
    let large = dir.path().join("large");
    std::fs::write(&large, vec![0; (16 << 20) + 1]).unwrap();
    let large = large.to_str().unwrap();
    let off_the_curve = "02".repeat(32);
    let missing = dir.path().join("missing");
    let missing = missing.to_str().unwrap();
    let key = "ab".repeat(32);
    let unclosed = format!("[2001:db8::1:33445:{key}");
    let no_port = format!("tox.example.org:0:{key}");
    let a_person = format!("tox.example.org:33445:{TOX_ID}");
    // A list named in the settings lies beside them.
    let no_list = dir.path().join("settings");
    std::fs::write(&no_list, "bootstrap_list = \"long\"").unwrap();
    let no_list = no_list.to_str().unwrap();
    let solve = ["pow", "solve", "--initial-hash", HASH, "--target"];
    let with = |more: &[&'static str]| [&solve[..], more].concat();
    let table: Vec<(Vec<&str>, i32, &str)> = vec![
        (with(&["0"]), 5, "target is 0"),
        (with(&["1", "--span", "0"]), 5, "range of nonces is empty"),
        (with(&["1", "--device", "abacus"]), 5, "abacus"),
        (with(&["many"]), 2, "many"),
        (
            vec!["pow", "solve", "--initial-hash", "00", "--target", "1"],
            2,
            "128 hexadecimal digits",
        ),
        (vec!["pow", "verify"], 2, "--initial-hash"),
        (vec!["pow", "verify", "--object", "00ff"], 5, "whole object"),
        (vec!["pow", "verify", "--object", "xyz"], 2, "hexadecimal"),
        (vec!["send", "bitcoin1qqqq", "hello"], 5, "toxdrop1"),
        (vec!["send", MISTYPED_TOX_ID, "hello"], 5, "its checksum"),
        (vec!["send", &TOX_ID[..75], "hello"], 5, "has 75"),
        (vec!["send", &TOX_ID[..63], "hello"], 5, "has 63"),
        (vec!["send", &off_the_curve, "hello"], 5, "not a point"),
        (vec!["send", MISTYPED, "hello"], 5, "checksum"),
        (
            vec!["send", MISTYPED, "hello", "--ttl", "soon"],
            2,
            "length of time",
        ),
        (vec!["status"], 3, "toxdrop node"),
        (vec!["fetch"], 3, "toxdrop node"),
        (vec!["inbox", "list"], 3, "toxdrop node"),
        (vec!["status", "--rpc", "127.0.0.1:1"], 3, "127.0.0.1:1"),
        (
            vec!["node", "--bootstrap", "nowhere"],
            2,
            "HOST:PORT:HEXKEY",
        ),
        (vec!["node", "--bootstrap", &unclosed], 2, "in brackets"),
        (vec!["node", "--bootstrap", &no_port], 2, "1 to 65535"),
        (vec!["node", "--bootstrap", &a_person], 2, "Tox ID"),
        (
            vec!["node", "--bootstrap-list", missing],
            5,
            "check the path",
        ),
        (
            vec!["node", "--bootstrap-list", long],
            5,
            "no list of Tox nodes",
        ),
        (vec!["node", "--config", no_list], 5, "no list of Tox nodes"),
        (vec!["node", "--config", missing], 5, "--config"),
        (
            vec!["node", "--rpc", "0.0.0.0:0", "--udp", "127.0.0.1:0"],
            6,
            "127.0.0.1",
        ),
        (vec!["inbox", "import", missing], 4, "missing"),
        (vec!["inbox", "import", "-"], 2, "--name"),
        (
            vec!["inbox", "import", large, "--name", "me"],
            5,
            "too large",
        ),
    ];
    let address = an_address();
    let long_message = vec!["send", &address, "--file", long];
    let no_file = vec!["send", &address, "--file", missing];
    let too_short_a_life = vec!["send", &address, "hello", "--ttl", "5m"];
    let more = [
        (long_message, 5, "too long"),
        (no_file, 4, "missing"),
        (too_short_a_life, 5, "1 hour to 28 days"),
    ];
    for (args, code, words) in table.into_iter().chain(more) {
        let data = dir.path().join("data");
        let assert = toxdrop(&data).args(&args).assert();
        let output = assert.get_output();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    }
}

#[test]
fn with_json_a_failure_is_an_object() {
    let failed = here().args(["status", "--json"]).assert().code(3);
    let object: Value = serde_json::from_slice(&failed.get_output().stderr).unwrap();
    assert_eq!(object["exit_status"], 3);
}

#[test]
fn completions_and_manual_pages_are_made_from_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        here()
            .args(["completions", shell])
            .assert()
            .code(0)
            .stdout(contains("recall"));
    }
    let dir = tempfile::tempdir().unwrap();
    here().arg("man").arg(dir.path()).assert().code(0);
    let page = std::fs::read_to_string(dir.path().join("toxdrop.1")).unwrap();
    assert!(page.contains("toxdrop"));
}

fn an_address() -> String {
    use toxdrop_proto::address::Address;
    use toxdrop_proto::keys::InboxSecret;
    Address::from(InboxSecret::from_seed(&[1; 32]).public()).to_string()
}
