//! Nodes that answered: kept, tried and written.

use toxdrop_proto::keys::DhtPublicKey;

use super::super::*;
use super::world::{Fake, PACE, Run, candidate, fake, hundredths};

#[tokio::test]
async fn kept_nodes_are_tried_at_once_and_bootstrap_nodes_beside_them() {
    let first = fake();
    first.name("a.example", &["192.0.2.1:33445"]);
    first.answers("192.0.2.1:33445");
    let mut run = Run::start(&first, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    let dir = run.stop().await;

    let again = fake();
    again.answers("192.0.2.1:33445");
    let given = vec![candidate("gone.example", 2)];
    let mut run = Run::start_in(dir, &again, given, Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    let kept = Peer {
        key: DhtPublicKey::from_bytes([1; 32]),
        addr: "192.0.2.1:33445".parse().unwrap(),
    };
    assert_eq!(again.world().tried_known, [kept]);
    assert_eq!(again.world().lookups, 1);
    // They stay kept while nobody answers.
    again.lose_all();
    run.until(|s| matches!(s, Standing::Alone(_))).await;
    let why = run.why_alone().await;
    assert!(why.contains("the one node that was asked"), "{why}");
    let dir = run.stop().await;
    let text = std::fs::read_to_string(dir.path().join("nodes")).unwrap();
    assert!(text.contains("192.0.2.1:33445"), "{text}");
}

#[tokio::test]
async fn nodes_are_written_soon_after_joining_and_who_was_lost_is_looked_for_at_once() {
    let fake = fake();
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    tokio::time::sleep(hundredths(60)).await;
    // As after kill -9: nothing is written at the end.
    assert!(run.dir.path().join("nodes").exists());
    let lookups = fake.world().lookups;
    assert_eq!(lookups, 1);
    fake.lose_all();
    run.until(|s| *s != Standing::Joined).await;
    fake.answers("192.0.2.1:33445");
    let lost = Instant::now();
    run.until(|s| *s == Standing::Joined).await;
    assert!(lost.elapsed() < PACE.revisit);
    assert!(!run.fake.world().tried_known.is_empty());
}

/// A joined node whose one neighbour was written; its file says so at this second.
async fn joined(fake: &Fake) -> Run {
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    let mut run = Run::start(fake, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    until_written(&run.dir, "99999990 ").await;
    run
}

async fn until_written(dir: &tempfile::TempDir, words: &str) {
    let file = dir.path().join("nodes");
    let deadline = Instant::now() + hundredths(1_000);
    while !std::fs::read_to_string(&file).is_ok_and(|text| text.contains(words)) {
        assert!(Instant::now() < deadline, "{words} is not written");
        tokio::time::sleep(hundredths(5)).await;
    }
}

#[tokio::test]
async fn when_nodes_were_heard_is_written_each_day_though_they_stay_the_same() {
    let fake = fake();
    let run = joined(&fake).await;
    fake.world().later = 2 * 86_400;
    until_written(&run.dir, "100172790 ").await;
}

#[tokio::test]
async fn when_nodes_were_heard_is_written_at_the_end() {
    let fake = fake();
    let run = joined(&fake).await;
    fake.world().later = 60;
    let dir = run.stop().await;
    until_written(&dir, "100000050 ").await;
}

#[tokio::test]
async fn nodes_that_are_all_old_are_better_than_none() {
    let fake = fake();
    let dir = joined(&fake).await.stop().await;
    let before = std::fs::read_to_string(dir.path().join("nodes")).unwrap();
    fake.lose_all();
    fake.world().later = 40 * 86_400;
    fake.world().no_way_out = true;
    let mut run = Run::start_in(dir, &fake, Vec::new(), Vec::new());
    run.why_alone().await;
    let dir = run.stop().await;
    let after = std::fs::read_to_string(dir.path().join("nodes")).unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn of_many_kept_nodes_those_count_as_asked_that_were_tried_so_far() {
    let dir = tempfile::tempdir().unwrap();
    let lines = (1..=100u8).map(|n| {
        let key = DhtPublicKey::from_bytes([n; 32]);
        format!("99999990 192.0.2.{n}:33445 {key}\n")
    });
    let text = format!("toxdrop nodes 1\n{}", lines.collect::<String>());
    std::fs::write(dir.path().join("nodes"), text).unwrap();
    let mut run = Run::start_in(dir, &fake(), Vec::new(), Vec::new());
    let why = run.why_alone().await;
    assert!(
        why.contains("none of the 16 nodes that were asked"),
        "{why}"
    );
}
