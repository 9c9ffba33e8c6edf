//! Tox's onion and announcements: what is closed opens again for whom it is for, and nothing else is taken.

#![allow(
    clippy::unwrap_used,
    reason = "test code, outside of the functions that clippy knows as tests"
)]

use std::net::SocketAddr;

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    AnnounceLayout, AnnounceRequest, AnnounceResponse, Announced, DhtRequest, ForwardReply,
    ForwardRequest, Forwarding, ONION_MAX_PACKET, ONION_REQUEST_MAX, OnionData, OnionHop,
    OnionPath, OnionRequest, OnionResponse, OnionStep, PackedNode, SealedAnnounce,
    SealedAnnounceResponse, WrapError, read_layer_from_tcp,
};

/// Three relays, and a path through them.
fn relays(seed: u64) -> ([DhtKeyPair; 3], OnionPath) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let relays = [(); 3].map(|()| DhtKeyPair::generate(&mut rng));
    let hops = std::array::from_fn(|at| {
        let own = DhtKeyPair::generate(&mut rng);
        OnionHop {
            addr: SocketAddr::from(([192, 0, 2, at as u8], 33445)),
            own: own.public,
            shared: SharedKey::new(&own.secret, &relays[at].public).unwrap(),
        }
    });
    (relays, OnionPath { hops })
}

/// Passes a datagram through the relays; what comes out, and where each sent it.
fn carry(relays: &[DhtKeyPair; 3], datagram: &[u8]) -> (Vec<u8>, Vec<SocketAddr>) {
    let mut packet = datagram.to_vec();
    let mut sent_to = Vec::new();
    for relay in relays {
        let request = OnionRequest::decode(&packet).unwrap();
        let key = SharedKey::new(&relay.secret, &request.sender).unwrap();
        let layer = request.open(&key).unwrap();
        sent_to.push(layer.next);
        let back = vec![0; request.back.len() + 59];
        packet = OnionRequest::pass_on(request.step, &request.nonce, &layer, &back);
    }
    (packet, sent_to)
}

proptest! {
    #[test]
    fn a_wrapped_payload_comes_out_behind_three_relays(
        seed: u64, nonce: [u8; 24], rest in prop::collection::vec(any::<u8>(), 0..ONION_REQUEST_MAX),
        first in prop::sample::select(vec![0x83u8, 0x85, 0x87]), to: SocketAddr,
    ) {
        let (relays, path) = relays(seed);
        let to = SocketAddr::new(to.ip(), to.port());
        let payload = [&[first], &rest[..]].concat();
        let datagram = path.wrap(&nonce, to, &payload).unwrap();
        prop_assert!(datagram.len() <= ONION_MAX_PACKET);
        let (arrived, sent_to) = carry(&relays, &datagram);
        prop_assert_eq!(&arrived[..payload.len()], &payload[..]);
        prop_assert_eq!(arrived.len(), payload.len() + 177);
        prop_assert_eq!(sent_to, [path.hops[1].addr, path.hops[2].addr, to]);

        // Over TCP the first layer is open already.
        let body = path.wrap_for_tcp(&nonce, to, &payload).unwrap();
        let layer = read_layer_from_tcp(&body[24..]).unwrap();
        let opened = OnionRequest::decode(&datagram).unwrap().open(&path.hops[0].shared).unwrap();
        prop_assert_eq!((&body[..24], layer), (&nonce[..], opened));
    }

    #[test]
    fn a_response_is_passed_back_by_each_relay(payload in prop::collection::vec(any::<u8>(), 0..1200)) {
        let payload = [&[0x86], &payload[..]].concat();
        let mut packet = [&[0x8c], &[1; 59][..], &[2; 59], &[3; 59], &payload].concat();
        for step in [OnionStep::Third, OnionStep::Second, OnionStep::First] {
            let response = OnionResponse::decode(&packet).unwrap();
            prop_assert_eq!(response.step, step);
            prop_assert_eq!(response.payload, &payload[..]);
            packet = OnionResponse::pass_back(step, &response.back[59..], response.payload);
        }
        prop_assert_eq!(packet, payload);
    }

    #[test]
    fn announcements_open_as_they_were_sealed(
        new: bool, ping_id: [u8; 32], sendback: [u8; 8], nonce: [u8; 24], state in 0..3u8, count in 0..=4usize, v6: bool,
    ) {
        let layout = if new { AnnounceLayout::New } else { AnnounceLayout::Old };
        let [node, asker] = [1, 2].map(|n| DhtKeyPair::from_secret_bytes([n; 32]));
        let key = SharedKey::new(&asker.secret, &node.public).unwrap();
        let request = AnnounceRequest { ping_id, search: node.public, data_key: asker.public, sendback };
        let packet = request.seal(layout, &asker.public, &key, &nonce).unwrap();
        let sealed = SealedAnnounce::decode(&packet).unwrap();
        prop_assert_eq!((sealed.layout, sealed.sender), (layout, asker.public));
        prop_assert_eq!(sealed.open(&key), Ok(request));
        let addr = if v6 { "[2001:db8::1]:1" } else { "192.0.2.1:1" };
        let response = AnnounceResponse {
            announced: [Announced::Not(ping_id), Announced::Other(node.public), Announced::Sender(ping_id)][usize::from(state)],
            nodes: vec![PackedNode::udp(addr.parse().unwrap(), node.public); count],
        };
        let packet = response.seal(layout, &sendback, &key, &nonce).unwrap();
        let sealed = SealedAnnounceResponse::decode(&packet).unwrap();
        prop_assert_eq!(sealed.sendback, sendback);
        prop_assert_eq!(sealed.open(&key), Ok(response));
        for cut in 0..packet.len() {
            let opens = SealedAnnounceResponse::decode(&packet[..cut]).is_ok_and(|cut| cut.open(&key).is_ok());
            prop_assert!(!opens);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_taken_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        let (relays, path) = relays(1);
        if let Ok(request) = OnionRequest::decode(&bytes) {
            prop_assert!(request.open(&path.hops[0].shared).is_err());
        }
        let _ = read_layer_from_tcp(&bytes);
        let _ = OnionResponse::decode(&bytes);
        let _ = OnionData::decode(&bytes).map(|data| data.response());
        let _ = DhtRequest::decode(&bytes);
        let _ = (ForwardRequest::decode(&bytes), Forwarding::decode(&bytes), ForwardReply::decode(&bytes));
        let key = SharedKey::new(&relays[0].secret, &relays[1].public).unwrap();
        let _ = SealedAnnounce::decode(&bytes).map(|sealed| sealed.open(&key));
        let _ = SealedAnnounceResponse::decode(&bytes).map(|sealed| sealed.open(&key));
    }
}

#[test]
fn no_changed_bit_of_a_layer_passes_a_relay() {
    let (relays, path) = relays(1);
    let to = "192.0.2.9:1".parse().unwrap();
    let datagram = path.wrap(&[1; 24], to, &[0x85; 20]).unwrap();
    for bit in 8..datagram.len() * 8 {
        let mut changed = datagram.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let request = OnionRequest::decode(&changed).unwrap();
        let opened = SharedKey::new(&relays[0].secret, &request.sender)
            .is_ok_and(|key| request.open(&key).is_ok());
        // X25519 ignores the highest bit of a public key, but the box does not open with the key as it stands in it.
        let ignored = bit == (1 + 24 + 31) * 8 + 7;
        assert_eq!(opened, ignored, "{bit}");
    }
}

#[test]
fn lengths_are_those_of_c_toxcore() {
    let (_, path) = relays(1);
    let to = "192.0.2.9:1".parse().unwrap();
    let wrapped = |len| path.wrap(&[1; 24], to, &vec![0x85; len]);
    assert_eq!(wrapped(ONION_REQUEST_MAX).unwrap().len(), ONION_MAX_PACKET);
    let too_long = WrapError::TooLong(ONION_REQUEST_MAX + 1);
    assert_eq!(wrapped(ONION_REQUEST_MAX + 1), Err(too_long));
    // Longer than 225, 217 and 209 bytes, and at most 1,400.
    for (id, least) in [(0x80, 227), (0x81, 219), (0x82, 211)] {
        for (len, taken) in [
            (least - 1, false),
            (least, true),
            (1_400, true),
            (1_401, false),
        ] {
            let mut bytes = vec![1; len];
            bytes[0] = id;
            assert_eq!(OnionRequest::decode(&bytes).is_ok(), taken, "{id:#x} {len}");
        }
    }
    for (len, taken) in [(176, false), (177, true), (178, false)] {
        let mut bytes = vec![1; len];
        for (id, taken) in [(0x83, taken), (0x87, len >= 177)] {
            bytes[0] = id;
            assert_eq!(
                SealedAnnounce::decode(&bytes).is_ok(),
                taken,
                "{id:#x} {len}"
            );
        }
    }
    for (len, taken) in [(105, false), (106, true), (1_040, true), (1_041, false)] {
        let mut bytes = vec![1; len];
        bytes[0] = 0x20;
        assert_eq!(DhtRequest::decode(&bytes).is_ok(), taken, "{len}");
        bytes[0] = 0x85;
        assert_eq!(OnionData::decode(&bytes).is_ok(), len > 105, "{len}");
    }
    let key = DhtPublicKey::from_bytes([1; 32]);
    let data = [&[0x85], &key.as_bytes()[..], &[2; 73]].concat();
    let response = OnionData::decode(&data).unwrap().response();
    assert_eq!(response, [&[0x86], &[2; 73][..]].concat());
}
