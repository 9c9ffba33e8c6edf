//! Tox profiles that Tox itself made, as inboxes of real nodes: taking them in, and writing to their Tox IDs.
//!
//! What is in the profiles is said in `proto/vectors/profiles.json`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::path::{Path, PathBuf};

use common::Node;
use serde_json::Value;

/// Nodes beside sender and receiver.
const NODES: usize = 4;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/vectors")
}

/// All profiles, as their maker described them.
fn profiles() -> Vec<Value> {
    let text = std::fs::read_to_string(vectors().join("profiles.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn profile(name: &str) -> Value {
    let is_it = |profile: &Value| profile["file"] == format!("profiles/{name}.tox");
    profiles().into_iter().find(is_it).unwrap()
}

fn file(profile: &Value) -> String {
    let path = vectors().join(text(&profile["file"]));
    path.to_str().unwrap().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn written(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn node() -> (tempfile::TempDir, Node) {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(&dir.path().join("data"), &[]);
    (dir, node)
}

#[test]
fn every_profile_becomes_an_inbox_whose_tox_id_is_an_address() {
    let (dir, node) = node();
    for profile in profiles() {
        let file = file(&profile);
        let stem = Path::new(&file).file_stem().unwrap().to_str().unwrap();
        let mut import = vec!["inbox", "import", &file];
        let passphrase;
        if let Some(text) = profile["passphrase"].as_str() {
            passphrase = written(dir.path(), "passphrase", text.as_bytes());
            import.extend(["--passphrase-file", &passphrase]);
        }
        let inbox = node.json(&import);
        assert_eq!(inbox["name"], stem);
        assert_eq!(inbox["tox_id"], profile["tox_id"]);
        assert_eq!(inbox["origin"], "tox_profile");
        assert_eq!(inbox["display_name"], profile["name"]);
        // Each form of the address names it.
        for address in ["tox_id", "public_key"].map(|form| text(&profile[form])) {
            assert_eq!(node.json(&["inbox", "show", address])["name"], stem);
        }
        let address = text(&inbox["address"]).to_owned();
        assert_eq!(node.json(&["inbox", "show", &address])["name"], stem);
    }
    // What was made here has no Tox ID.
    let own = node.json(&["inbox", "new", "own"]);
    assert_eq!(
        (&own["tox_id"], &own["origin"]),
        (&Value::Null, &"toxdrop".into())
    );
}

#[test]
fn people_are_told_that_the_tox_id_works_as_well() {
    let (_dir, node) = node();
    let alice = profile("plain");
    node.json(&["inbox", "import", &file(&alice), "--name", "alice"]);
    let mut show = common::toxdrop();
    show.args(["inbox", "show", "--data-dir"]).arg(&node.dir);
    let said = String::from_utf8(show.output().unwrap().stdout).unwrap();
    assert!(said.contains(text(&alice["tox_id"])), "{said}");
    assert!(said.contains("works as an address as well"), "{said}");
    assert!(said.contains("toxdrop1"), "{said}");
}

#[test]
fn what_cannot_be_taken_in_is_named_in_one_sentence_and_changes_nothing() {
    let (dir, node) = node();
    let (plain, encrypted) = (profile("plain"), profile("encrypted"));
    let bytes = std::fs::read(file(&plain)).unwrap();
    let sealed = std::fs::read(file(&encrypted)).unwrap();
    node.json(&["inbox", "new", "taken"]);
    let at = |name: &str, bytes: &[u8]| written(dir.path(), name, bytes);
    let wrong = at("wrong", b"wrong horse\n");
    let right = at("right", b"correct horse\n");
    let empty = at("empty", b"\n");
    let missing = dir.path().join("missing.tox");
    let missing = missing.to_str().unwrap();
    let mut changed = sealed.clone();
    *changed.last_mut().unwrap() ^= 1;
    let (mine, theirs) = (file(&plain), file(&encrypted));
    let table: Vec<(Vec<&str>, i32, &str)> = vec![
        (vec![missing], 4, "cannot read"),
        (vec![&theirs], 2, "--passphrase-file"),
        (
            vec![&theirs, "--passphrase-file", &wrong],
            5,
            "passphrase is wrong",
        ),
        (vec![&theirs, "--passphrase-file", &empty], 5, "first line"),
        (
            vec![&theirs, "--passphrase-file", missing],
            4,
            "cannot read",
        ),
        (vec![&mine, "--name", "taken"], 6, "already"),
        (vec![&mine, "--name", "Not A Name!"], 5, "a-z"),
    ];
    let cut = at("cut.tox", &bytes[..100]);
    let cut_head = at("cut-head.tox", &bytes[..6]);
    let cut_sealed = at("cut-sealed.tox", &sealed[..40]);
    let changed = at("changed.tox", &changed);
    let picture = at("picture.tox", b"\x89PNG\r\n\x1a\n");
    let nothing = at("nothing.tox", b"");
    let other_json = at(
        "other.json",
        b"{\"format\": \"a shopping list\", \"version\": 1}",
    );
    let former = at(
        "former.json",
        b"{\"format\": \"toxdrop inbox key\", \"version\": 1, \"name\": \"me\"}",
    );
    let later = at(
        "later.json",
        b"{\"format\": \"toxdrop inbox key\", \"version\": 3, \"name\": \"me\"}",
    );
    let files: Vec<(Vec<&str>, i32, &str)> = vec![
        (vec![&cut], 5, "cut short"),
        (vec![&cut_head], 5, "cut short"),
        (
            vec![&cut_sealed, "--passphrase-file", &right],
            5,
            "cut short",
        ),
        (
            vec![&changed, "--passphrase-file", &right],
            5,
            "passphrase is wrong",
        ),
        (vec![&picture], 5, "Tox profile"),
        (vec![&nothing], 5, "Tox profile"),
        (vec![&other_json], 5, "format"),
        (vec![&former], 5, "format 1"),
        (vec![&later], 5, "format 3"),
    ];
    for (args, code, words) in table.into_iter().chain(files) {
        let output = node.run(&[&["inbox", "import"][..], &args].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{args:?}: {said}");
    }
    let names = |node: &Node| {
        node.lines(&["inbox", "list"])
            .iter()
            .map(|i| text(&i["name"]).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&node), ["taken"]);
    // The same person under another name is the same inbox.
    node.json(&["inbox", "import", &mine]);
    let again = node.run(&["inbox", "import", &mine, "--name", "again"]);
    assert_eq!(again.status.code(), Some(6));
    assert_eq!(names(&node), ["taken", "plain"]);
}

#[test]
fn a_message_to_a_tox_id_is_read_by_who_imports_the_profile_later() {
    let dir = tempfile::tempdir().unwrap();
    let start = |name: &str, through: &[String]| Node::start(&dir.path().join(name), through);
    let first = start("node-0", &[]);
    let through = [first.udp()];
    let mut nodes = vec![first];
    nodes.extend((1..NODES).map(|n| start(&format!("node-{n}"), &through)));
    let mut alice = start("alice", &through);
    alice.wait("others", |s| {
        s["capable_nodes"].as_u64() >= Some(NODES as u64)
    });
    let from = alice.json(&[
        "inbox",
        "import",
        &file(&profile("plain")),
        "--name",
        "alice",
    ]);

    // Bob has never heard of toxdrop: there is no record, and no node of his.
    let bob = profile("friends");
    let sent = alice.json(&["send", text(&bob["tox_id"]), "See you at eight"]);
    assert_eq!(sent["delivery"], "stored", "{sent}");
    alice.kill();

    let mut his = start("bob", &through);
    his.wait("others", |s| {
        s["capable_nodes"].as_u64() >= Some(NODES as u64)
    });
    let inbox = his.json(&["inbox", "import", &file(&bob), "--name", "bob"]);
    assert_eq!(inbox["address"], sent["to_address"]);
    let lines = his.lines(&["fetch"]);
    let message = &lines[0];
    assert_eq!(message["text"], "See you at eight", "{lines:?}");
    assert_eq!(message["from_address"], from["address"]);
    assert_eq!(message["from_name"], "Alice");
}
