//! What makes no sense ends the connection that it came over, and nothing else.

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{TCP_HELLO_LEN, TCP_MAX_BOX, TcpConnectionId, TcpPacket};

use super::world::{HOME, World};

#[test]
fn packets_that_a_client_may_not_send_end_its_connection_and_tell_the_other() {
    let key = DhtPublicKey::from_bytes([7; 32]);
    let id = TcpConnectionId::from_index(0);
    let oob = |len: usize| [&[6][..], key.as_bytes(), &vec![5; len]].concat();
    let from_a_relay = [
        TcpPacket::RoutingResponse { id, key },
        TcpPacket::OobReceive {
            from: key,
            data: &[1],
        },
        TcpPacket::OnionResponse(&[0x84; 60]),
        TcpPacket::Pong(0),
    ];
    let wrong_lengths = [
        vec![0; 32],
        vec![0; 34],
        vec![2],
        vec![3],
        vec![3, 16, 0],
        vec![4; 8],
        vec![5; 10],
        oob(0),
        oob(1_025),
        vec![8; 159],
    ];
    // Ids that were not given out, and that mean nothing.
    let wrong_ids = [
        vec![3, 17],
        vec![3, 2],
        vec![17, 1],
        vec![255, 1],
        vec![11, 1],
        vec![15, 1],
    ];
    let from_a_relay = from_a_relay.map(|packet| packet.encode());
    for bad in from_a_relay
        .into_iter()
        .chain(wrong_lengths)
        .chain(wrong_ids)
    {
        let mut world = World::new();
        let [(a, _, _), (b, _, id)] = world.two();
        world.say_bytes(a, &bad);
        assert!(world.is_closed(a) && !world.is_closed(b), "{bad:?}");
        assert_eq!(world.heard(b), [TcpPacket::Disconnected(id).encode()]);
        assert_eq!(world.relay.clients(), 1);
    }
}

#[test]
fn frames_of_a_length_that_none_has_end_the_connection() {
    let lengths = [0, 1, 16, TCP_MAX_BOX + 1, usize::from(u16::MAX)];
    for len in lengths {
        let mut world = World::new();
        let keys = world.keys();
        let client = world.client(&keys);
        world.bytes(client, &u16::try_from(len).unwrap().to_be_bytes());
        assert!(world.is_closed(client), "{len}");
    }
}

#[test]
fn a_frame_with_a_flipped_bit_repeated_or_out_of_order_ends_the_connection() {
    let ping = TcpPacket::Ping(1).encode();
    let bits = 16..(2 + 16 + 9) * 8;
    for bit in bits {
        let mut world = World::new();
        let keys = world.keys();
        let client = world.client(&keys);
        let mut frame = world.frame(client, &ping);
        frame[bit / 8] ^= 1 << (bit % 8);
        world.bytes(client, &frame);
        assert!(world.is_closed(client), "bit {bit}");
    }
    let mut world = World::new();
    let keys = [world.keys(), world.keys()];
    let [twice, swapped] = [world.client(&keys[0]), world.client(&keys[1])];
    let frame = world.frame(twice, &ping);
    world.bytes(twice, &frame);
    assert!(!world.is_closed(twice));
    world.bytes(twice, &frame);
    assert!(world.is_closed(twice));
    let _first = world.frame(swapped, &ping);
    let second = world.frame(swapped, &ping);
    world.bytes(swapped, &second);
    assert!(world.is_closed(swapped));
}

#[test]
fn the_stream_may_be_cut_at_every_byte() {
    let mut world = World::new();
    let keys = world.keys();
    let client = world.accepted(HOME).unwrap();
    for byte in world.hello(client, &keys) {
        world.bytes(client, &[byte]);
    }
    for byte in world.frame(client, &TcpPacket::Ping(9).encode()) {
        world.bytes(client, &[byte]);
    }
    assert_eq!(world.heard(client), [TcpPacket::Pong(9).encode()]);
}

#[test]
fn a_hello_with_a_flipped_bit_ends_the_connection() {
    // The top bit of an X25519 key is ignored.
    for bit in (0..TCP_HELLO_LEN * 8).filter(|bit| *bit != 255) {
        let mut world = World::new();
        let keys = world.keys();
        let client = world.accepted(HOME).unwrap();
        let mut hello = world.hello(client, &keys);
        hello[bit / 8] ^= 1 << (bit % 8);
        world.bytes(client, &hello);
        assert!(world.is_closed(client), "bit {bit}");
    }
}

#[test]
fn whoever_repeats_a_recorded_connection_takes_nothing_from_the_client() {
    let mut world = World::new();
    let (alice, bob) = (world.keys(), world.keys());
    let a = world.accepted(HOME).unwrap();
    let hello = world.hello(a, &alice);
    world.bytes(a, &hello);
    let frame = world.frame(a, &TcpPacket::Ping(1).encode());
    world.bytes(a, &frame);
    let b = world.client(&bob);
    let thief = world.accepted(HOME).unwrap();
    world.stop_reading(thief);
    world.bytes(thief, &hello);
    assert!(!world.is_closed(thief) && world.relay.clients() == 2);
    world.bytes(thief, &frame);
    assert!(world.is_closed(thief) && !world.is_closed(a));
    world.heard(a);
    let (to, data) = (alice.public, &b"for Alice"[..]);
    world.say(b, &TcpPacket::OobSend { to, data });
    assert_eq!(world.heard(a).len(), 1);
}

#[test]
fn what_follows_a_bad_frame_is_not_read() {
    let mut world = World::new();
    let [(a, _, id), (b, _, _)] = world.two();
    let bad = world.frame(a, &[15]);
    let good = world.frame(a, &TcpPacket::Data { id, data: b"late" }.encode());
    world.bytes(a, &[bad, good].concat());
    assert_eq!(world.heard(b), [TcpPacket::Disconnected(id).encode()]);
}

#[test]
fn a_connection_that_is_over_takes_no_more_bytes() {
    let mut world = World::new();
    let keys = world.keys();
    let client = world.client(&keys);
    world.hang_up(client);
    world.bytes(client, &[0; 4_096]);
    world.relay.sent(client, 1 << 20);
    world.hang_up(client);
    assert_eq!(world.relay.clients(), 0);
    assert!(!world.is_closed(client));
}
