//! Who is tried, and what is said of it.

use std::collections::HashSet;

use toxdrop_dht::Reach;

use super::super::*;
use super::world::{Run, candidate, fake, hundredths};

#[tokio::test]
async fn a_name_that_is_found_only_after_a_minute_is_joined() {
    let fake = fake();
    fake.answers("192.0.2.1:33445");
    let mut run = Run::start(&fake, vec![candidate("late.example", 1)], Vec::new());
    let start = Instant::now();
    let why = run.why_alone().await;
    assert!(
        why.contains("late.example:33445 cannot be found (no such host)"),
        "{why}"
    );
    // The reason stays the same all the time.
    while start.elapsed() < hundredths(60) {
        tokio::time::sleep(hundredths(1) / 2).await;
        assert_eq!(run.why_alone().await, why);
    }
    fake.name("late.example", &["192.0.2.1:33445"]);
    run.until(|s| *s == Standing::Joined).await;
    // Looked up anew each time, in ever longer pauses.
    let lookups = fake.world().lookups;
    assert!((4..=10).contains(&lookups), "{lookups}");
}

#[tokio::test]
async fn all_addresses_of_a_name_that_suit_are_tried() {
    let mut fake = fake();
    fake.socket.v6 = Reach::None;
    fake.name(
        "both.example",
        &[
            "[2001:db8::1]:33445",
            "192.0.2.1:33445",
            "[::ffff:192.0.2.2]:33445",
        ],
    );
    fake.name("six.example", &["[2001:db8::2]:33445"]);
    let given = vec![candidate("both.example", 1), candidate("six.example", 2)];
    let mut run = Run::start(&fake, given, Vec::new());
    let why = run.why_alone().await;
    assert!(
        why.contains("the one node that was asked does not answer"),
        "{why}"
    );
    assert!(
        why.contains("six.example:33445 cannot be reached over IPv4"),
        "{why}"
    );
    let tried: HashSet<String> = (fake.world().tried.iter())
        .map(|peer| peer.addr.to_string())
        .collect();
    let expected = ["192.0.2.1:33445", "192.0.2.2:33445"];
    assert_eq!(tried, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn a_machine_without_ipv6_tries_no_ipv6() {
    let fake = fake();
    fake.name("both.example", &["[2001:db8::7]:33445", "192.0.2.7:33445"]);
    for text in ["[2001:db8::1]:9", "[2001:db8::7]:33445"] {
        fake.world().without_way.insert(text.parse().unwrap());
    }
    let mut run = Run::start(&fake, vec![candidate("both.example", 1)], Vec::new());
    run.why_alone().await;
    let world = fake.world();
    assert_eq!(world.families.unwrap().v6, Reach::Local);
    assert!(world.tried.iter().all(|peer| peer.addr.is_ipv4()));
}

#[tokio::test]
async fn a_family_whose_way_is_lost_is_given_up_and_one_that_comes_is_taken() {
    let fake = fake();
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    let anywhere: SocketAddr = "[2001:db8::1]:9".parse().unwrap();
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    let reach = async |wanted: Reach| {
        let deadline = Instant::now() + hundredths(1_000);
        while fake.world().families.map(|families| families.v6) != Some(wanted) {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(hundredths(10)).await;
        }
    };
    fake.world().without_way.insert(anywhere);
    reach(Reach::Local).await;
    fake.world().without_way.clear();
    reach(Reach::Everywhere).await;
    assert_eq!(*run.standing.borrow(), Standing::Joined);
}

#[tokio::test]
async fn who_has_nobody_to_ask_or_no_network_is_told_so() {
    let fake = fake();
    let mut run = Run::start(&fake, Vec::new(), Vec::new());
    let why = run.why_alone().await;
    assert!(why.contains("no bootstrap node is given"), "{why}");
    // Somebody else joins through us.
    fake.known.send_replace(1);
    run.until(|s| *s == Standing::Joined).await;

    let fake = self::fake();
    fake.world().no_way_out = true;
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    let why = run.why_alone().await;
    assert!(why.contains("no network connection"), "{why}");
    fake.world().no_way_out = false;
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    run.until(|s| *s == Standing::Joined).await;
}

#[tokio::test]
async fn a_long_list_is_tried_a_few_at_a_time_and_its_last_node_is_found() {
    let fake = fake();
    let names: Vec<String> = (0..60u8).map(|n| format!("n{n}.example")).collect();
    let listed = names.iter().zip(1..);
    let listed: Vec<Candidate> = listed.map(|(name, key)| candidate(name, key)).collect();
    for (n, name) in names.iter().enumerate() {
        fake.name(name, &[&format!("192.0.2.{n}:33445")]);
    }
    fake.answers("192.0.2.59:33445");
    let start = Instant::now();
    let mut run = Run::start(&fake, Vec::new(), listed);
    run.until(|s| *s == Standing::Joined).await;
    // Fifteen rounds of 4: 1 + 2 + 4 s, and then 5 s each.
    assert!(start.elapsed() >= hundredths(60));
    assert_eq!(fake.world().tried.len(), 60);
}

fn says(standing: &Standing, words: &str) -> bool {
    matches!(standing, Standing::Alone(alone) if alone.to_string().contains(words))
}

#[tokio::test]
async fn a_machine_that_loses_its_network_is_told_so_whomever_it_asked_before() {
    let fake = fake();
    let names: Vec<String> = (1..=60u8).map(|n| format!("n{n}.example")).collect();
    for (n, name) in names.iter().enumerate() {
        fake.name(name, &[&format!("192.0.2.{n}:33445")]);
    }
    let listed = names.iter().zip(1..);
    let listed = listed.map(|(name, key)| candidate(name, key)).collect();
    let mut run = Run::start(&fake, Vec::new(), listed);
    run.until(|s| says(s, "none of the 60 nodes that were asked"))
        .await;
    fake.world().no_way_out = true;
    let lost = Instant::now();
    run.until(|s| says(s, "no network connection")).await;
    // All would be tried again in nine seconds.
    assert!(lost.elapsed() < hundredths(400), "{:?}", lost.elapsed());
}

#[tokio::test]
async fn on_a_network_without_a_way_out_a_silent_node_of_it_is_the_reason() {
    let fake = fake();
    for anywhere in ["192.0.2.1:9", "[2001:db8::1]:9"] {
        let anywhere = anywhere.parse().unwrap();
        fake.world().without_way.insert(anywhere);
    }
    fake.name("a.example", &["10.0.0.1:33445"]);
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    let why = run.why_alone().await;
    assert!(why.contains("the one node that was asked"), "{why}");
}

#[tokio::test]
async fn a_candidate_whose_lookup_panicked_is_tried_again() {
    let fake = fake();
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    fake.world().panics = true;
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    assert_eq!(fake.world().lookups, 2);
}
