//! Inboxes of a real node, through the command line: the default one, removing, key files, what a record says.

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

#[test]
fn an_inbox_is_exported_and_imported_with_its_passphrase() {
    let (dir, node) = node();
    let address = node.json(&["inbox", "new", "me"])["address"].clone();
    let (key, pass) = (dir.path().join("key"), dir.path().join("pass"));
    std::fs::write(&pass, "correct horse\n").unwrap();
    let (key, pass) = (key.to_str().unwrap(), pass.to_str().unwrap());
    let export = [
        "inbox",
        "export",
        "me",
        "--out",
        key,
        "--passphrase-file",
        pass,
    ];
    assert!(node.run(&export).status.success());
    let other = Node::start(&dir.path().join("other"), &[]);
    let wrong = dir.path().join("wrong");
    std::fs::write(&wrong, "wrong horse\n").unwrap();
    let wrong = ["--passphrase-file", wrong.to_str().unwrap()];
    refused(&other, &[&["inbox", "import", key][..], &wrong].concat(), 5);
    // Nobody can be asked.
    let unasked = refused(&other, &["inbox", "import", key], 2);
    assert!(unasked.contains("--passphrase-file"), "{unasked}");
    assert_eq!(other.lines(&["inbox", "list"]).len(), 0);
    let imported = other.json(&["inbox", "import", key, "--passphrase-file", pass]);
    assert_eq!(imported["address"], address);
    assert_eq!(imported["name"], "me");
}

#[test]
fn what_an_owner_publishes_is_shown_and_a_move_and_new_seal_keys_follow_it() {
    let dir = tempfile::tempdir().unwrap();
    let others = Node::start(&dir.path().join("others"), &[]);
    let mut node = Node::start(&dir.path().join("data"), &[others.udp()]);
    node.wait("another node", |s| s["capable_nodes"].as_u64() >= Some(1));
    let made = node.json(&["inbox", "new", "me"]);
    let terms = ["--now", "--ntpb", "20", "--max-ttl", "10d"];
    // Two nodes are fewer than a quorum, but hold it all the same.
    let published = node.json(&[&["inbox", "publish", "me"][..], &terms].concat());
    let record = &published["inbox"]["record"];
    assert_eq!(record["nonce_trials_per_byte"], 32, "{published}");
    assert_eq!(record["extra_bytes"], 0);
    assert_eq!(record["max_ttl_seconds"], 7 * 86_400);
    assert_eq!(
        (&record["in_force"], &record["at_first_door"]),
        (&true.into(), &true.into())
    );
    assert_eq!(
        published["places_stored"], published["places"],
        "{published}"
    );
    assert_eq!(published["within_seconds"], 0);
    let revision =
        |value: &serde_json::Value| value["inbox"]["record"]["revision"].as_u64().unwrap();

    let moved = node.json(&["inbox", "move", "me", "--now"]);
    assert!(revision(&moved) > revision(&published));
    let inbox = &moved["inbox"];
    assert_eq!(inbox["record"]["at_first_door"], false);
    assert_eq!(inbox["record"]["nonce_trials_per_byte"], 32);
    assert_ne!(inbox["front_door"], made["front_door"]);
    assert!(
        inbox["also_read"]
            .as_array()
            .unwrap()
            .contains(&made["front_door"])
    );
    assert_eq!(inbox["contacts"], made["contacts"]);

    let resealed = node.json(&["inbox", "reseal", "me", "--now"]);
    assert!(revision(&resealed) > revision(&moved));
    assert_eq!(resealed["inbox"]["front_door"], inbox["front_door"]);
    let back = node.json(&["inbox", "move", "me", "--to-default", "--now"]);
    assert_eq!(back["inbox"]["front_door"], made["front_door"]);
}
