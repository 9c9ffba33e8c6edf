//! Clients that do not read, do not answer, do not speak, or speak too much.

use std::time::Duration;

use toxdrop_proto::tox::TcpPacket;

use super::world::{HOME, World};
use crate::config::DhtConfig;

#[test]
fn who_says_nothing_or_half_a_hello_is_dropped_after_ten_seconds() {
    for said in [0, 1, 127] {
        let mut world = World::new();
        let keys = world.keys();
        let client = world.accepted(HOME).unwrap();
        let hello = world.hello(client, &keys);
        world.bytes(client, &hello[..said]);
        world.pass(9);
        assert!(!world.is_closed(client));
        world.pass(1);
        assert!(world.is_closed(client));
    }
}

#[test]
fn who_sends_no_good_frame_after_the_hello_is_dropped_after_ten_seconds() {
    let mut world = World::new();
    let keys = world.keys();
    let client = world.greeted(&keys);
    let frame = world.frame(client, &TcpPacket::Ping(1).encode());
    world.bytes(client, &frame[..frame.len() - 1]);
    world.pass(9);
    assert!(!world.is_closed(client));
    world.pass(1);
    assert!(world.is_closed(client));
    assert_eq!(world.relay.clients(), 0);
}

#[test]
fn a_client_that_does_not_answer_a_ping_is_dropped_ten_seconds_later_and_the_other_is_told() {
    let mut world = World::new();
    let [(a, _, _), (b, _, id)] = world.two();
    world.stop_reading(a);
    world.pass(39);
    assert!(!world.is_closed(a));
    world.pass(1);
    assert!(world.is_closed(a) && !world.is_closed(b));
    assert_eq!(world.heard(b), [TcpPacket::Disconnected(id).encode()]);
}

#[test]
fn data_for_a_client_that_does_not_read_is_dropped_and_what_waits_for_it_stays_small() {
    let mut world = World::new();
    let [(a, alice, _), (b, _, id)] = world.two();
    world.stop_reading(a);
    let data = &[7; 1_000];
    for _ in 0..1_000 {
        world.say(b, &TcpPacket::Data { id, data });
        world.say(b, &TcpPacket::OobSend { to: alice, data });
    }
    assert!(world.unread(a) <= 34 << 10, "{}", world.unread(a));
    assert!(!world.is_closed(a) && !world.is_closed(b));
}

#[test]
fn who_asks_and_asks_and_never_reads_the_answers_is_dropped() {
    let mut world = World::new();
    let keys = world.keys();
    let client = world.client(&keys);
    world.stop_reading(client);
    let mut asked = 0;
    while !world.is_closed(client) {
        world.say(client, &TcpPacket::Ping(5));
        asked += 1;
        assert!(asked < 10_000);
    }
    assert!(world.unread(client) <= 66 << 10);
}

#[test]
fn a_reader_that_catches_up_gets_data_again() {
    let mut world = World::new();
    let [(a, _, _), (b, _, id)] = world.two();
    world.stop_reading(a);
    let data = &[7; 1_000];
    for _ in 0..100 {
        world.say(b, &TcpPacket::Data { id, data });
    }
    let before = world.unread(a);
    world.relay.sent(a, before);
    world.say(b, &TcpPacket::Data { id, data });
    assert!(world.unread(a) > before);
}

#[test]
fn a_client_is_kept_to_its_rate_by_pauses_and_loses_nothing() {
    let config = DhtConfig {
        relay_bytes_per_client_per_second: 10_000,
        ..DhtConfig::default()
    };
    let mut world = World::with(&config);
    let [(a, _, id), (b, _, _)] = world.two();
    let (mut sent, start) = (0, world.mono);
    let data = &[7; 1_000];
    while sent < 200 {
        sent += 1;
        let pause = world.say(a, &TcpPacket::Data { id, data });
        world.mono += pause;
    }
    let took = world.mono - start;
    assert!(took >= Duration::from_secs(18), "{took:?}");
    assert!(took <= Duration::from_secs(25), "{took:?}");
    assert_eq!(world.heard(b).len(), sent);
}
