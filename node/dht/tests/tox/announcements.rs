//! Announcing, searching, and data along the announced path.

use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{AnnounceLayout, AnnounceRequest, Announced};
use toxdrop_sim::Network;

use crate::client::{A_WHILE, Client, network};

const HOLDER: usize = 3;
const PATH: ([usize; 3], usize) = ([0, 1, 2], HOLDER);

fn about(key: DhtPublicKey, ping_id: [u8; 32]) -> AnnounceRequest {
    AnnounceRequest {
        ping_id,
        search: key,
        data_key: DhtPublicKey::from_bytes([7; 32]),
        sendback: [1, 2, 3, 4, 5, 6, 7, 8],
    }
}

fn ping_id(net: &mut Network, client: &mut Client, layout: AnnounceLayout) -> [u8; 32] {
    let search = about(client.keys.public, [0; 32]);
    match client
        .announce(net, PATH, layout, &search)
        .unwrap()
        .announced
    {
        Announced::Not(ping_id) => ping_id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_shows_the_ping_id_is_found_by_others_and_gets_data_along_its_path() {
    for layout in [AnnounceLayout::Old, AnnounceLayout::New] {
        let mut net = network();
        let (mut alice, mut bob) = (Client::new(&mut net, 1), Client::new(&mut net, 2));
        let id = ping_id(&mut net, &mut alice, layout);
        let announce = about(alice.keys.public, id);
        let answer = alice.announce(&mut net, PATH, layout, &announce).unwrap();
        assert!(matches!(answer.announced, Announced::Sender(_)));
        assert!(!answer.nodes.is_empty() && answer.nodes.len() <= 4);

        let search = about(alice.keys.public, [0; 32]);
        let found = bob.announce(&mut net, ([4, 5, 0], HOLDER), layout, &search);
        assert_eq!(
            found.unwrap().announced,
            Announced::Other(announce.data_key)
        );

        let holder = net.nodes()[HOLDER].addr();
        let rest = [5; 24 + 32 + 16 + 50];
        let data = [&[0x85], &alice.keys.public.as_bytes()[..], &rest].concat();
        bob.send(&mut net, [4, 5, 1], holder, &data);
        net.run(A_WHILE);
        let [came] = &alice.received(&mut net)[..] else {
            panic!("no data")
        };
        assert_eq!(came.bytes, [&[0x86], &rest[..]].concat());
        assert_eq!(came.from, net.nodes()[0].addr());
    }
}

#[test]
fn an_announcement_ends_after_300_seconds_unless_it_is_renewed() {
    let mut net = network();
    let (mut alice, mut bob) = (Client::new(&mut net, 1), Client::new(&mut net, 2));
    let id = ping_id(&mut net, &mut alice, AnnounceLayout::Old);
    let announce = about(alice.keys.public, id);
    alice.announce(&mut net, PATH, AnnounceLayout::Old, &announce);
    let search = about(alice.keys.public, [0; 32]);
    let find = |net: &mut Network, bob: &mut Client| {
        let found = bob.announce(net, PATH, AnnounceLayout::Old, &search);
        matches!(found.unwrap().announced, Announced::Other(_))
    };
    assert!(find(&mut net, &mut bob));
    net.run(Duration::from_secs(200));
    let again = alice.announce(&mut net, PATH, AnnounceLayout::Old, &announce);
    assert!(matches!(again.unwrap().announced, Announced::Sender(_)));
    net.run(Duration::from_secs(200));
    assert!(find(&mut net, &mut bob));
    net.run(Duration::from_secs(110));
    assert!(!find(&mut net, &mut bob));
}

#[test]
fn a_ping_id_of_somebody_else_of_another_exit_or_of_ten_minutes_ago_announces_nobody() {
    let mut net = network();
    let (mut alice, mut bob) = (Client::new(&mut net, 1), Client::new(&mut net, 2));
    let id = ping_id(&mut net, &mut alice, AnnounceLayout::Old);
    // Bob with Alice's; Alice through another third relay; a changed one.
    let stolen = about(bob.keys.public, id);
    let answer = bob.announce(&mut net, PATH, AnnounceLayout::Old, &stolen);
    assert!(matches!(answer.unwrap().announced, Announced::Not(_)));
    let moved = about(alice.keys.public, id);
    let other_exit = ([0, 1, 4], HOLDER);
    let answer = alice.announce(&mut net, other_exit, AnnounceLayout::Old, &moved);
    assert!(matches!(answer.unwrap().announced, Announced::Not(_)));
    for bit in [0, 100, 255] {
        let mut changed = id;
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = about(alice.keys.public, changed);
        let answer = alice.announce(&mut net, PATH, AnnounceLayout::Old, &changed);
        assert!(matches!(answer.unwrap().announced, Announced::Not(_)));
    }
    net.run(Duration::from_secs(600));
    let late = about(alice.keys.public, id);
    let answer = alice.announce(&mut net, PATH, AnnounceLayout::Old, &late);
    assert!(matches!(answer.unwrap().announced, Announced::Not(_)));
}

#[test]
fn another_data_key_is_told_as_not_stored_and_then_taken() {
    let mut net = network();
    let mut alice = Client::new(&mut net, 1);
    let id = ping_id(&mut net, &mut alice, AnnounceLayout::Old);
    let announce = about(alice.keys.public, id);
    alice.announce(&mut net, PATH, AnnounceLayout::Old, &announce);
    let mut search = about(alice.keys.public, [0; 32]);
    search.data_key = DhtPublicKey::from_bytes([8; 32]);
    let answer = alice.announce(&mut net, PATH, AnnounceLayout::Old, &search);
    assert!(matches!(answer.unwrap().announced, Announced::Not(_)));
    search.ping_id = id;
    let answer = alice.announce(&mut net, PATH, AnnounceLayout::Old, &search);
    assert!(matches!(answer.unwrap().announced, Announced::Sender(_)));
}

#[test]
fn data_for_somebody_who_is_not_announced_goes_nowhere() {
    let mut net = network();
    let mut bob = Client::new(&mut net, 2);
    let holder = net.nodes()[HOLDER].addr();
    let sent = net.traffic().sent;
    let data = [&[0x85], &[9; 32][..], &[5; 100]].concat();
    net.inject(HOLDER, bob.addr, &[&data[..], &[1; 177]].concat());
    assert_eq!(net.traffic().sent, sent);
    bob.send(&mut net, [0, 1, 2], holder, &data);
    assert_eq!(bob.received(&mut net), []);
}
