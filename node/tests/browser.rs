//! The inspector in a real browser, on real nodes: what a person sees and does there.
//!
//! Screenshots are left in target/screenshots. Needs the feature `inspector` and `cargo xtask page`.

#![cfg(feature = "inspector")]
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/chromium.rs"]
mod chromium;
#[path = "support/daemon.rs"]
mod daemon;

use chromium::Chromium;
use daemon::Daemon;

/// Two nodes; the second has published an inbox's record, which both then may hold.
fn two_nodes_with_a_record() -> (Daemon, Daemon) {
    let holder = Daemon::start(&[]);
    let owner = Daemon::start(&[&holder]);
    let made = owner.command(&["inbox", "new", "bob"]);
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    // Two nodes are fewer than a quorum, so this may well end with "weak": held it is all the same.
    let published = owner.command(&["inbox", "publish", "bob", "--now"]);
    println!(
        "{}{}",
        String::from_utf8_lossy(&published.stdout),
        String::from_utf8_lossy(&published.stderr)
    );
    (holder, owner)
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_of_a_node_are_listed_live_and_verified_in_the_browser() {
    let page = Chromium::start(1500, 1000, false).await;
    let (holder, owner) = tokio::task::spawn_blocking(two_nodes_with_a_record)
        .await
        .unwrap();
    page.client.goto(&holder.inspector).await.unwrap();
    page.wait(".link.live").await;
    let address = page.client.current_url().await.unwrap();
    assert_eq!(
        address.fragment(),
        None,
        "the token stays in the address bar"
    );
    page.click(".list .row").await;
    page.wait(".detail").await;
    page.wait_for_text("Inbox record").await;
    page.wait_for_text("by the place's key").await;
    page.wait_for_text("the node lists it so").await;
    page.wait(".verdict.good").await;
    page.screenshot("inspector").await;

    // The node goes away: the page says so, and what was opened stays.
    drop(holder);
    page.wait(".link.lost").await;
    page.wait(".detail").await;
    page.close().await;
    drop(owner);
}

#[tokio::test(flavor = "multi_thread")]
async fn packet_is_taken_apart_with_no_token_and_damage_is_shown_at_its_byte() {
    let node = Daemon::start(&[]);
    let page = Chromium::start(500, 900, true).await;
    let (address, _) = node.inspector.split_once('#').unwrap();
    page.client.goto(address).await.unwrap();

    page.type_into("textarea", "00 11 zz").await;
    page.click("button.primary").await;
    page.wait_for_text("character 7 is `z`").await;
    page.wait(".excerpt mark").await;

    page.click(".actions button.quiet").await;
    page.wait_for_text("Message part").await;
    page.click("button.inspect").await;
    page.click(".actions button.quiet:last-child").await;
    page.wait_for_text("199 more bytes are needed").await;
    page.wait(".hex .flawed").await;
    page.fit_height(500).await;
    page.screenshot("inspector-damaged-phone").await;
    page.close().await;
}
