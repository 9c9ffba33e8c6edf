//! Inboxes of a real node, through the command line: the default one, and removing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::Node;

fn node() -> (tempfile::TempDir, Node) {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(&dir.path().join("data"), &[]);
    (dir, node)
}

fn refused(node: &Node, args: &[&str], code: i32) -> String {
    let output = node.run(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

#[test]
fn the_default_inbox_is_chosen_and_stays_over_a_restart() {
    let (_dir, mut node) = node();
    node.json(&["inbox", "new", "one"]);
    node.json(&["inbox", "new", "two"]);
    let default = |node: &Node| {
        let all = node.lines(&["inbox", "list"]);
        let names = all.iter().filter(|inbox| inbox["is_default"] == true);
        names.map(|i| i["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(default(&node), ["one"]);
    assert_eq!(node.json(&["inbox", "default", "two"])["is_default"], true);
    refused(&node, &["inbox", "default", "three"], 4);
    node.kill();
    let node = Node::start(&node.dir, &[]);
    assert_eq!(default(&node), ["two"]);
    assert_eq!(node.json(&["inbox", "show"])["name"], "two");
}

#[test]
fn an_inbox_is_removed_when_it_is_confirmed_and_its_key_kept() {
    let (dir, node) = node();
    let address = node.json(&["inbox", "new", "me"])["address"].clone();
    let to = address.as_str().unwrap();
    let key = dir.path().join("key");
    let key = key.to_str().unwrap();
    let said = refused(&node, &["inbox", "remove", "me"], 2);
    assert!(
        said.contains("--yes") && said.contains("--export"),
        "{said}"
    );
    refused(&node, &["inbox", "remove", "you", "--yes"], 4);
    // No other node is there: what is sent stays queued.
    let queued = node.run(&["send", to, "hello", "--from", "me"]);
    assert_eq!(queued.status.code(), Some(1));
    let said = refused(&node, &["inbox", "remove", "me", "--yes"], 6);
    assert!(
        said.contains("1 sent") && said.contains("--force"),
        "{said}"
    );
    assert_eq!(node.json(&["inbox", "show", "me"])["address"], address);
    let export = ["--export", key, "--no-passphrase"];
    let remove = [&["inbox", "remove", to, "--yes", "--force"], &export[..]].concat();
    let removed = node.json(&remove);
    assert_eq!(removed["removed"], true);
    assert_eq!(
        (&removed["name"], &removed["undelivered"]),
        (&"me".into(), &1.into())
    );
    assert_eq!(removed["exported_to"], key);
    assert!(!node.dir.join("inboxes/me.json").exists());
    refused(&node, &["inbox", "show", "me"], 4);
    let back = node.json(&["inbox", "import", key]);
    assert_eq!(back["name"], "me");
    assert_eq!(back["address"], address);
}
