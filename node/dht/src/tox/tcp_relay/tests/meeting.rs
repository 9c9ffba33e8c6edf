//! What the relay does for clients that do as they should.

use toxdrop_proto::tox::{TcpConnectionId, TcpPacket};

use super::world::{HOME, World};
use crate::tox::tcp_relay::TcpOnionRequest;

fn id(index: usize) -> TcpConnectionId {
    TcpConnectionId::from_index(index).unwrap()
}

fn routed(index: usize, key: toxdrop_proto::keys::DhtPublicKey) -> Vec<u8> {
    let id = Some(id(index));
    TcpPacket::RoutingResponse { id, key }.encode()
}

#[test]
fn two_that_ask_for_each_other_are_told_and_exchange_data_under_their_own_ids() {
    let mut world = World::new();
    let (alice, bob, other) = (world.keys(), world.keys(), world.keys());
    let (a, b) = (world.client(&alice), world.client(&bob));
    // Alice's id for Bob is 17, Bob's for Alice 16.
    world.say(a, &TcpPacket::RoutingRequest(other.public));
    world.say(a, &TcpPacket::RoutingRequest(bob.public));
    assert_eq!(
        world.heard(a),
        [routed(0, other.public), routed(1, bob.public)]
    );
    // What is sent before Bob has asked, too, is dropped.
    world.say(
        a,
        &TcpPacket::Data {
            id: id(1),
            data: b"early",
        },
    );
    assert!(world.heard(b).is_empty());
    world.say(b, &TcpPacket::RoutingRequest(alice.public));
    let told = [
        routed(0, alice.public),
        TcpPacket::Connected(id(0)).encode(),
    ];
    assert_eq!(world.heard(b), told);
    assert_eq!(world.heard(a), [TcpPacket::Connected(id(1)).encode()]);
    world.say(
        a,
        &TcpPacket::Data {
            id: id(1),
            data: b"to Bob",
        },
    );
    world.say(
        b,
        &TcpPacket::Data {
            id: id(0),
            data: b"to Alice",
        },
    );
    assert_eq!(
        world.heard(b),
        [TcpPacket::Data {
            id: id(0),
            data: b"to Bob"
        }
        .encode()]
    );
    assert_eq!(
        world.heard(a),
        [TcpPacket::Data {
            id: id(1),
            data: b"to Alice"
        }
        .encode()]
    );
}

#[test]
fn asking_again_gives_the_same_id_and_no_second_notification() {
    let mut world = World::new();
    let [(a, _, _), (b, bob, _)] = world.two();
    world.say(a, &TcpPacket::RoutingRequest(bob));
    assert_eq!(world.heard(a), [routed(0, bob)]);
    assert!(world.heard(b).is_empty());
}

#[test]
fn ones_own_key_and_a_key_beyond_240_are_refused() {
    let mut world = World::new();
    let alice = world.keys();
    let a = world.client(&alice);
    let refused = |key| TcpPacket::RoutingResponse { id: None, key }.encode();
    world.say(a, &TcpPacket::RoutingRequest(alice.public));
    assert_eq!(world.heard(a), [refused(alice.public)]);
    for index in 0..240 {
        let key = world.keys().public;
        world.say(a, &TcpPacket::RoutingRequest(key));
        assert_eq!(world.heard(a), [routed(index, key)]);
    }
    let key = world.keys().public;
    world.say(a, &TcpPacket::RoutingRequest(key));
    assert_eq!(world.heard(a), [refused(key)]);
    // An id that is given up goes to the next one.
    world.say(a, &TcpPacket::Disconnected(id(77)));
    world.say(a, &TcpPacket::RoutingRequest(key));
    assert_eq!(world.heard(a), [routed(77, key)]);
    assert!(!world.is_closed(a));
}

#[test]
fn a_connection_given_up_is_told_to_the_other_whose_half_waits_for_the_next_one() {
    let mut world = World::new();
    let [(a, alice, _), (b, bob, _)] = world.two();
    world.say(a, &TcpPacket::Disconnected(id(0)));
    assert_eq!(world.heard(b), [TcpPacket::Disconnected(id(0)).encode()]);
    assert!(world.heard(a).is_empty());
    let data = TcpPacket::Data {
        id: id(0),
        data: b"into the void",
    };
    world.say(b, &data);
    assert!(world.heard(a).is_empty() && !world.is_closed(b));
    // Alice asks again: both are connected without a word of Bob's.
    world.say(a, &TcpPacket::RoutingRequest(bob));
    let connected = TcpPacket::Connected(id(0)).encode();
    assert_eq!(world.heard(a), [routed(0, bob), connected.clone()]);
    assert_eq!(world.heard(b), [connected]);
    // The other way round: Bob's half is gone, so he has to ask.
    world.say(b, &TcpPacket::Disconnected(id(0)));
    world.say(b, &TcpPacket::RoutingRequest(alice));
    let told = TcpPacket::Disconnected(id(0)).encode();
    assert_eq!(world.heard(a), [told, TcpPacket::Connected(id(0)).encode()]);
}

#[test]
fn a_client_that_goes_away_is_told_to_all_that_were_connected_to_it_and_can_come_back() {
    let mut world = World::new();
    let keys: Vec<_> = (0..4).map(|_| world.keys()).collect();
    let clients: Vec<_> = keys.iter().map(|keys| world.client(keys)).collect();
    for (client, keys) in clients.iter().zip(&keys).skip(1) {
        world.say(clients[0], &TcpPacket::RoutingRequest(keys.public));
        world.say(*client, &TcpPacket::RoutingRequest(keys.public));
    }
    // The last one asked for itself only.
    for client in &clients[1..3] {
        world.say(*client, &TcpPacket::RoutingRequest(keys[0].public));
    }
    for client in &clients {
        world.heard(*client);
    }
    world.hang_up(clients[0]);
    let gone = vec![TcpPacket::Disconnected(id(0)).encode()];
    assert_eq!(world.heard(clients[1]), gone);
    assert_eq!(world.heard(clients[2]), gone);
    assert!(world.heard(clients[3]).is_empty());
    assert_eq!(world.relay.clients(), 3);
    let again = world.client(&keys[0]);
    world.say(again, &TcpPacket::RoutingRequest(keys[2].public));
    let connected = TcpPacket::Connected(id(0)).encode();
    assert_eq!(
        world.heard(again),
        [routed(0, keys[2].public), connected.clone()]
    );
    assert_eq!(world.heard(clients[2]), [connected]);
}

#[test]
fn a_newer_connection_of_a_client_replaces_the_older_one_but_only_once_it_has_proved_its_key() {
    let mut world = World::new();
    let (alice, bob) = (world.keys(), world.keys());
    let (old, b) = (world.client(&alice), world.client(&bob));
    world.say(old, &TcpPacket::RoutingRequest(bob.public));
    world.say(b, &TcpPacket::RoutingRequest(alice.public));
    world.heard(b);
    let new = world.greeted(&alice);
    assert!(!world.is_closed(old));
    world.say(new, &TcpPacket::RoutingRequest(bob.public));
    assert!(world.is_closed(old) && !world.is_closed(new));
    let told = [
        TcpPacket::Disconnected(id(0)).encode(),
        TcpPacket::Connected(id(0)).encode(),
    ];
    assert_eq!(world.heard(b), told);
    assert_eq!(world.relay.clients(), 2);
}

#[test]
fn data_out_of_band_reaches_whoever_is_here_and_is_dropped_otherwise() {
    let mut world = World::new();
    let (alice, bob) = (world.keys(), world.keys());
    let a = world.client(&alice);
    let (to, data) = (bob.public, &b"cookie request"[..]);
    world.say(a, &TcpPacket::OobSend { to, data });
    let b = world.client(&bob);
    assert!(world.heard(b).is_empty());
    world.say(a, &TcpPacket::OobSend { to, data });
    let from = alice.public;
    assert_eq!(
        world.heard(b),
        [TcpPacket::OobReceive { from, data }.encode()]
    );
    // Nobody is there until the key is proved.
    let carol = world.keys();
    let c = world.greeted(&carol);
    let to = carol.public;
    world.say(a, &TcpPacket::OobSend { to, data });
    assert!(world.heard(c).is_empty() && !world.is_closed(a));
}

#[test]
fn clients_are_pinged_every_half_minute_and_stay_as_long_as_they_answer() {
    let mut world = World::new();
    let keys = world.keys();
    let a = world.client(&keys);
    world.pass(3_600);
    assert!(!world.is_closed(a));
    assert_eq!(world.relay.clients(), 1);
}

#[test]
fn an_onion_request_is_handed_on_and_its_answer_brought_to_the_client() {
    let mut world = World::new();
    let keys = world.keys();
    let client = world.client(&keys);
    let (nonce, rest) = ([3; 24], vec![6; 1_335]);
    world.say(client, &TcpPacket::OnionRequest { nonce, rest: &rest });
    let request = TcpOnionRequest {
        client,
        source: HOME,
        nonce,
        rest,
    };
    assert_eq!(world.relay.poll_onion_request(), Some(request));
    // One byte more, and no second node could take it.
    let rest = &[6; 1_336];
    world.say(client, &TcpPacket::OnionRequest { nonce, rest });
    assert_eq!(world.relay.poll_onion_request(), None);
    let inner = [0x84; 400];
    world.relay.onion_response(client, &inner);
    world.work_off();
    assert_eq!(
        world.heard(client),
        [TcpPacket::OnionResponse(&inner).encode()]
    );
    world.hang_up(client);
    world.relay.onion_response(client, &inner);
    assert_eq!(world.relay.poll(), None);
}
