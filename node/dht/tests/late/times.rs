//! What dead nodes near a location cost a client.

use std::time::Duration;

use crate::client::{fetch, kill, network, parts, send, send_another};

/// Seeds of each median.
const SEEDS: u64 = 21;
/// Of all datagrams, how many are lost.
const LOSS: f64 = 0.01;
/// Parts of a file of 64 KiB.
const FILE: u64 = 90;

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// The time with so many dead nodes, over all seeds.
fn with_dead(dead: usize, what: impl Fn(u64, usize) -> Duration) -> Duration {
    let time = median((0..SEEDS).map(|seed| what(100 + seed, dead)));
    println!("{dead} dead: {time:?}");
    time
}

fn is_bounded(what: impl Fn(u64, usize) -> Duration) {
    let [none, one, half] = [0, 1, 6].map(|dead| with_dead(dead, &what));
    assert!(
        one <= none.mul_f64(1.5),
        "one dead: {one:?}, none: {none:?}"
    );
    assert!(half <= none * 3, "half dead: {half:?}, none: {none:?}");
}

#[test]
fn dead_nodes_hardly_delay_a_letter() {
    is_bounded(|seed, dead| {
        let mut net = network(seed, LOSS);
        kill(&mut net, dead);
        let letter = parts(&net, 1);
        let (held, time) = send(&mut net, &letter);
        assert!(held[0] >= 5, "{held:?}");
        time
    });
}

#[test]
fn dead_nodes_hardly_delay_a_fetch() {
    is_bounded(|seed, dead| {
        let mut net = network(seed, LOSS);
        let letter = parts(&net, 1);
        send(&mut net, &letter);
        net.run(Duration::from_secs(90));
        kill(&mut net, dead);
        let (packets, time) = fetch(&mut net);
        assert_eq!(packets, letter);
        time
    });
}

#[test]
fn dead_nodes_hardly_delay_a_file() {
    is_bounded(|seed, dead| {
        let mut net = network(seed, LOSS);
        kill(&mut net, dead);
        let file = parts(&net, FILE);
        let (held, time) = send(&mut net, &file);
        assert!(held.iter().all(|held| *held >= 5), "{held:?}");
        time
    });
}

#[test]
fn nodes_that_died_since_the_last_fetch_cost_little_more_than_a_search() {
    let another = |seed, dead| {
        let mut net = network(seed, LOSS);
        let letters = parts(&net, 2);
        send(&mut net, &letters[..1]);
        fetch(&mut net);
        send(&mut net, &letters[1..]);
        net.run(Duration::from_secs(5));
        kill(&mut net, dead);
        let (packets, time) = fetch(&mut net);
        // The first letter went on being stored behind its answer, and may have come to a node after its tombstone.
        assert!(packets.contains(&letters[1]));
        time
    };
    let with_search = with_dead(0, |seed, _| {
        let mut net = network(seed, LOSS);
        let letter = parts(&net, 1);
        send(&mut net, &letter);
        net.run(Duration::from_secs(90));
        fetch(&mut net).1
    });
    let [none, one, half] = [0, 1, 6].map(|dead| with_dead(dead, another));
    assert!(one <= none.mul_f64(1.5), "{one:?}, none: {none:?}");
    assert!(half <= with_search * 2, "{half:?}, search: {with_search:?}");
}

#[test]
fn nodes_that_died_since_the_last_letter_cost_no_more_than_a_search() {
    let another = |seed, dead| {
        let mut net = network(seed, LOSS);
        let letters = parts(&net, 2);
        send(&mut net, &letters[..1]);
        net.run(Duration::from_secs(5));
        kill(&mut net, dead);
        let (held, time) = send_another(&mut net, &letters[1..]);
        assert!(held[0] >= 5, "{held:?}");
        time
    };
    let search = with_dead(0, |seed, _| {
        let mut net = network(seed, LOSS);
        let letter = parts(&net, 1);
        send_another(&mut net, &letter).1
    });
    let [none, one, half] = [0, 1, 6].map(|dead| with_dead(dead, another));
    assert!(one <= none.mul_f64(1.5), "{one:?}, none: {none:?}");
    assert!(half <= search.mul_f64(1.5), "{half:?}, search: {search:?}");
}
