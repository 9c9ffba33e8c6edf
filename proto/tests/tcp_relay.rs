//! The TCP relay's formats: handshake, frames and packets, whole, damaged, cut, repeated and out of order.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::keys::{BoxError, DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    TCP_ANSWER_LEN, TCP_CONNECTIONS, TCP_HELLO_LEN, TCP_LENGTH_LEN, TCP_MAX_OOB, TCP_MAX_PACKET,
    TcpClientHandshake, TcpConnectionId, TcpFrameError, TcpHandshakeError, TcpHello, TcpPacket,
    TcpSession,
};

struct Pair {
    rng: ChaCha20Rng,
    client: DhtKeyPair,
    relay: DhtKeyPair,
}

impl Pair {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        Self {
            client: DhtKeyPair::generate(&mut rng),
            relay: DhtKeyPair::generate(&mut rng),
            rng,
        }
    }

    fn hello(&mut self) -> (Vec<u8>, TcpClientHandshake) {
        TcpClientHandshake::hello(&self.client, &self.relay.public, &mut self.rng).unwrap()
    }

    fn answer(&mut self, hello: &[u8]) -> Result<(Vec<u8>, TcpSession), TcpHandshakeError> {
        let hello = TcpHello::decode(hello)?;
        let key = SharedKey::new(&self.relay.secret, &hello.client)?;
        hello.answer(&key, &mut self.rng)
    }

    /// The client's session, and the relay's.
    fn sessions(&mut self) -> (TcpSession, TcpSession) {
        let (hello, handshake) = self.hello();
        let (answer, relay) = self.answer(&hello).unwrap();
        (handshake.finish(&answer).unwrap(), relay)
    }
}

fn sealed(session: &mut TcpSession, packet: &[u8]) -> Vec<u8> {
    session.seal(packet).unwrap()[TCP_LENGTH_LEN..].to_vec()
}

#[test]
fn client_and_relay_come_to_a_session_that_speaks_both_ways() {
    let mut pair = Pair::new();
    let (hello, handshake) = pair.hello();
    assert_eq!(hello.len(), TCP_HELLO_LEN);
    assert_eq!(TcpHello::decode(&hello).unwrap().client, pair.client.public);
    let (answer, mut relay) = pair.answer(&hello).unwrap();
    assert_eq!(answer.len(), TCP_ANSWER_LEN);
    let mut client = handshake.finish(&answer).unwrap();
    for round in 0..600_u16 {
        let packet = round.to_be_bytes();
        let frame = sealed(&mut client, &packet);
        assert_eq!(relay.open(&frame).unwrap(), packet);
        let frame = sealed(&mut relay, &packet);
        assert_eq!(client.open(&frame).unwrap(), packet);
    }
}

#[test]
fn a_frame_repeated_left_out_or_sent_back_does_not_open() {
    let (mut client, mut relay) = Pair::new().sessions();
    let [first, second, third] = [1, 2, 3].map(|byte| sealed(&mut client, &[byte]));
    relay.open(&first).unwrap();
    let refused = Err(TcpFrameError::Box(BoxError));
    assert_eq!(relay.clone().open(&first), refused);
    assert_eq!(relay.clone().open(&third), refused);
    assert_eq!(client.clone().open(&second), refused);
    assert_eq!(relay.open(&second), Ok(vec![2]));
}

#[test]
fn frames_of_one_connection_do_not_open_in_the_next_one() {
    let mut pair = Pair::new();
    let (mut client, _) = pair.sessions();
    let (_, mut relay) = pair.sessions();
    assert!(relay.open(&sealed(&mut client, &[4; 9])).is_err());
}

#[test]
fn a_recorded_hello_is_answered_but_its_recorded_frames_do_not_open() {
    let mut pair = Pair::new();
    let (hello, handshake) = pair.hello();
    let (answer, _) = pair.answer(&hello).unwrap();
    let frame = sealed(&mut handshake.finish(&answer).unwrap(), &[4; 9]);
    let (_, mut again) = pair.answer(&hello).unwrap();
    assert!(again.open(&frame).is_err());
}

#[test]
fn a_hello_or_answer_of_another_length_or_with_a_flipped_bit_leads_to_no_session() {
    let mut pair = Pair::new();
    let (hello, handshake) = pair.hello();
    let (answer, _) = pair.answer(&hello).unwrap();
    for len in 0..TCP_HELLO_LEN {
        assert!(pair.answer(&hello[..len]).is_err());
    }
    for len in 0..TCP_ANSWER_LEN {
        assert!(handshake.clone().finish(&answer[..len]).is_err());
    }
    assert!(pair.answer(&[&hello[..], &[0]].concat()).is_err());
    assert!(
        handshake
            .clone()
            .finish(&[&answer[..], &[0]].concat())
            .is_err()
    );
    // The top bit of an X25519 key is ignored: bit 255 of the client's key alone changes no secret.
    for bit in (0..TCP_HELLO_LEN * 8).filter(|bit| *bit != 255) {
        let mut damaged = hello.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(pair.answer(&damaged).is_err(), "bit {bit}");
    }
    for bit in 0..TCP_ANSWER_LEN * 8 {
        let mut damaged = answer.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(handshake.clone().finish(&damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn a_hello_for_another_relay_is_refused() {
    let mut pair = Pair::new();
    let (hello, _) = pair.hello();
    pair.relay = DhtKeyPair::generate(&mut pair.rng);
    assert_eq!(
        pair.answer(&hello).map(drop),
        Err(TcpHandshakeError::Box(BoxError))
    );
}

#[test]
fn keys_of_small_order_are_refused() {
    let mut pair = Pair::new();
    let zero = DhtPublicKey::from_bytes([0; 32]);
    let hello = TcpClientHandshake::hello(&pair.client, &zero, &mut pair.rng);
    assert!(matches!(hello.map(drop), Err(TcpHandshakeError::Key(_))));
    // A temporary key of small order, in a box that opens.
    let key = SharedKey::new(&pair.client.secret, &pair.relay.public).unwrap();
    let half = key.seal(&[1; 24], &[0; 56]).unwrap();
    let hello = [pair.client.public.as_bytes(), &[1; 24][..], &half].concat();
    assert!(matches!(
        pair.answer(&hello).map(drop),
        Err(TcpHandshakeError::Key(_))
    ));
}

#[test]
fn packets_that_no_frame_holds_are_refused_and_cost_no_nonce() {
    let (mut client, mut relay) = Pair::new().sessions();
    assert_eq!(client.seal(&[]), Err(TcpFrameError::Empty));
    let long = vec![0; TCP_MAX_PACKET + 1];
    assert_eq!(client.seal(&long), Err(TcpFrameError::TooLong(long.len())));
    let packet = vec![9; TCP_MAX_PACKET];
    assert_eq!(
        relay.open(&sealed(&mut client, &packet)).as_ref(),
        Ok(&packet)
    );
}

fn id(index: usize) -> TcpConnectionId {
    TcpConnectionId::from_index(index).unwrap()
}

/// One of each, the shortest and the longest where lengths differ.
fn packets() -> Vec<Vec<u8>> {
    let key = DhtPublicKey::from_bytes([7; 32]);
    let (to, from, nonce) = (key, key, [3; 24]);
    let long = [5; TCP_MAX_OOB];
    let packets = [
        TcpPacket::RoutingRequest(key),
        TcpPacket::RoutingResponse {
            id: Some(id(0)),
            key,
        },
        TcpPacket::RoutingResponse { id: None, key },
        TcpPacket::Connected(id(1)),
        TcpPacket::Disconnected(id(239)),
        TcpPacket::Ping(1),
        TcpPacket::Pong(u64::MAX),
        TcpPacket::OobSend { to, data: &[5] },
        TcpPacket::OobSend { to, data: &long },
        TcpPacket::OobReceive { from, data: &[5] },
        TcpPacket::OobReceive { from, data: &long },
        TcpPacket::OnionRequest {
            nonce,
            rest: &[6; 135],
        },
        TcpPacket::OnionResponse(&[0x84; 60]),
        TcpPacket::Data {
            id: id(0),
            data: &[],
        },
        TcpPacket::Data {
            id: id(239),
            data: &[8; 1400],
        },
    ];
    packets.iter().map(TcpPacket::encode).collect()
}

/// Damaged bytes are refused, or mean something that is written as just these bytes.
fn holds(damaged: &[u8]) {
    match TcpPacket::decode(damaged) {
        Ok(packet) => assert_eq!(packet.encode(), damaged),
        Err(error) => assert!(error.offset <= damaged.len(), "{error} lies outside"),
    }
}

#[test]
fn packets_are_read_as_they_were_written_cut_lengthened_and_damaged_they_mean_themselves_or_nothing()
 {
    for bytes in packets() {
        assert!(TcpPacket::decode(&bytes).is_ok(), "{bytes:?}");
        for len in 0..bytes.len() {
            holds(&bytes[..len]);
        }
        holds(&[&bytes[..], &[0]].concat());
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            holds(&damaged);
        }
    }
}

#[test]
fn lengths_that_a_packet_may_not_have_are_refused() {
    let key = [7; 32];
    let oob = |id: u8, len: usize| [&[id][..], &key, &vec![5; len]].concat();
    let onion = |len: usize| [&[8][..], &[3; 24], &vec![6; len]].concat();
    let refused = [
        vec![],
        vec![0; 32],
        vec![0; 34],
        [&[1, 15][..], &key].concat(),
        vec![2, 15],
        vec![3],
        vec![3, 15],
        vec![3, 16, 0],
        vec![4; 8],
        vec![5; 10],
        oob(6, 0),
        oob(6, TCP_MAX_OOB + 1),
        oob(7, 0),
        oob(7, TCP_MAX_OOB + 1),
        onion(134),
        vec![9],
    ];
    for bytes in refused {
        assert!(TcpPacket::decode(&bytes).is_err(), "{bytes:?}");
    }
    for kind in 10..16 {
        assert!(TcpPacket::decode(&[kind; 40]).is_err(), "{kind}");
    }
}

#[test]
fn connection_ids_are_16_to_255() {
    for index in 0..TCP_CONNECTIONS {
        let id = id(index);
        assert_eq!((usize::from(id.as_byte()), id.index()), (index + 16, index));
    }
    assert_eq!(TcpConnectionId::from_index(TCP_CONNECTIONS), None);
}

proptest! {
    #[test]
    fn arbitrary_packets_panic_nowhere(kind in 0_u8..20, rest in prop::collection::vec(any::<u8>(), 0..1300)) {
        holds(&rest);
        holds(&[&[kind][..], &rest].concat());
    }

    #[test]
    fn any_packet_passes_through_a_frame(packet in prop::collection::vec(any::<u8>(), 1..=TCP_MAX_PACKET)) {
        let (mut client, mut relay) = Pair::new().sessions();
        let frame = client.seal(&packet).unwrap();
        prop_assert_eq!(usize::from(u16::from_be_bytes([frame[0], frame[1]])), frame.len() - TCP_LENGTH_LEN);
        prop_assert_eq!(relay.open(&frame[TCP_LENGTH_LEN..]), Ok(packet));
    }

    #[test]
    fn arbitrary_boxes_do_not_open(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (_, mut relay) = Pair::new().sessions();
        prop_assert!(relay.open(&bytes).is_err());
        prop_assert!(Pair::new().answer(&bytes).is_err());
    }
}
