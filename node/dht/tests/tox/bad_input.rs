//! Every truncation and every bit flip of each packet: dropped or passed on, never a panic, never longer than it came.

use proptest::prelude::*;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{
    AnnounceLayout, AnnounceRequest, ForwardReply, ForwardRequest, Forwarding, OnionRequest,
    bootstrap_info_request,
};
use toxdrop_sim::Network;

use crate::client::{Client, network};

/// One of each kind of packet, as a node gets it that is the first relay, the addressee, the forwarder.
fn packets(net: &mut Network, client: &mut Client) -> Vec<Vec<u8>> {
    let key = net.nodes()[0].key();
    let nonce = client.nonce();
    let target = Client::new(net, 9);
    let path = client.path(net, [0, 0, 0]);
    let first = path.wrap(&nonce, target.addr, &[0x85; 40]).unwrap();
    let mut packets = vec![first];
    // As the second and the third relay get it.
    for hop in &path.hops[..2] {
        let request = OnionRequest::decode(packets.last().unwrap()).unwrap();
        let layer = request.open(&hop.shared).unwrap();
        let back = vec![1; request.back.len() + 59];
        packets.push(OnionRequest::pass_on(request.step, &nonce, &layer, &back));
    }
    let request = AnnounceRequest {
        ping_id: [0; 32],
        search: key,
        data_key: key,
        sendback: [1; 8],
    };
    let (own, shared) = (client.keys.public, client.shared(&key));
    for layout in [AnnounceLayout::Old, AnnounceLayout::New] {
        let mut packet = request.seal(layout, &own, &shared, &nonce).unwrap();
        packet.extend([1; 177]);
        packets.push(packet);
    }
    packets.push([&[0x85], &[2; 32 + 24 + 32 + 16 + 20 + 177][..]].concat());
    for (id, back) in [(0x8c, 177), (0x8d, 118), (0x8e, 59)] {
        packets.push([&[id], &vec![1; back][..], &[0x86; 20]].concat());
    }
    packets.push([&[0x20], &key.as_bytes()[..], &[3; 90]].concat());
    let to = net.nodes()[1].key();
    packets.push(ForwardRequest { to, data: b"data" }.encode());
    let data = &ForwardRequest { to, data: b"data" }.encode();
    packets.push(
        Forwarding {
            sendback: &[1; 50],
            data,
        }
        .encode()
        .unwrap(),
    );
    packets.push(
        ForwardReply {
            sendback: &[1; 52],
            data,
        }
        .encode()
        .unwrap(),
    );
    packets.push(bootstrap_info_request());
    packets
}

#[test]
fn no_truncation_and_no_flipped_bit_of_any_packet_does_harm() {
    let mut net = network();
    let mut client = Client::new(&mut net, 1);
    for packet in packets(&mut net, &mut client) {
        let mut try_it = |bytes: &[u8]| {
            let before = net.traffic();
            net.inject(0, client.addr, bytes);
            let after = net.traffic();
            assert!(after.sent - before.sent <= 1);
            // A sendback, or the nodes in an answer, are all that may be added.
            assert!(after.sent_bytes - before.sent_bytes <= bytes.len() as u64 + 300);
        };
        for cut in 0..packet.len() {
            try_it(&packet[..cut]);
        }
        for bit in 0..packet.len() * 8 {
            let mut changed = packet.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            try_it(&changed);
        }
        // Nothing that Tox would not send itself is passed on.
        let before = net.traffic().sent;
        for more in [2_048, 60_000] {
            net.inject(0, client.addr, &[&packet[..], &vec![0; more]].concat());
        }
        assert_eq!(net.traffic().sent, before, "{:#x}", packet[0]);
    }
    // It is still there.
    let payload = [0x85; 30];
    let target = Client::new(&mut net, 5);
    net.run(std::time::Duration::from_secs(2));
    client.send(&mut net, [0, 1, 2], target.addr, &payload);
    assert_eq!(target.received(&mut net).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn arbitrary_bytes_behind_a_known_first_byte_do_no_harm(
        first in prop::sample::select(vec![0x20u8, 0x80, 0x81, 0x82, 0x83, 0x85, 0x87, 0x8c, 0x8d, 0x8e, 0x90, 0x91, 0x92, 0xf0]),
        rest in prop::collection::vec(any::<u8>(), 0..1500),
    ) {
        let mut net = network();
        let from = Client::new(&mut net, 1).addr;
        net.inject(0, from, &[&[first], &rest[..]].concat());
        prop_assert_ne!(net.nodes()[0].key(), DhtPublicKey::from_bytes([0; 32]));
    }
}
