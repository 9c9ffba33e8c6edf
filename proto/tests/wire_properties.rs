//! Requests and responses with any values in their fields: read as they were written, and never too long.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod common;
mod wire_examples;

use std::net::{IpAddr, SocketAddr};

use common::{message, record_packet, tombstones};
use proptest::prelude::*;
use proptest::sample::select;
use toxdrop_proto::ids::{Location, NetworkId, PacketId, UnixSeconds};
use toxdrop_proto::keys::{DhtPublicKey, InboxSecret, PlacePublicKey, Signature};
use toxdrop_proto::packet::{PacketKind, Standing};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::PackedNode;
use toxdrop_proto::wire::{
    Command, Dial, DialCookie, Entry, Find, FindAnswer, Hello, HelloAnswer, ListPage, MAX_ENTRIES,
    MAX_FIND_ROOM, MAX_FOUND, MAX_OFFERS, MIN_TOMBSTONES, Offer, OfferAnswer, PlaceProof,
    REQUEST_BODY_MAX, RESPONSE_BODY_MAX, Refusal, Request, Response, StoreStatus, SubscribeRequest,
    Token, TtlUpdate, delete_batches, find_body_len,
};
use wire_examples::refusals;

prop_compose! {
    fn place_key()(seed: [u8; 32], period: u64) -> PlacePublicKey {
        let place = Place::front_door(Period::from_number(period), PlaceSecret::zero());
        place.key(&InboxSecret::from_seed(&seed).public())
    }
}

prop_compose! {
    fn signature()(halves: [[u8; 32]; 2]) -> Signature {
        Signature::from_bytes(std::array::from_fn(|i| halves[i / 32][i % 32]))
    }
}

prop_compose! {
    fn proof()(key in place_key(), signature in signature()) -> PlaceProof {
        PlaceProof { key, signature }
    }
}

prop_compose! {
    fn offer()(location: [u8; 32], id: [u8; 32], expires: u64) -> Offer {
        Offer {
            location: Location::from_bytes(location),
            id: PacketId::from_bytes(id),
            expires: UnixSeconds(expires),
        }
    }
}

prop_compose! {
    fn entry()(id: [u8; 32], kind in 1u8..=4, size: u16, expires: u64) -> Entry {
        Entry {
            id: PacketId::from_bytes(id),
            kind: PacketKind::from_code(kind).unwrap(),
            size,
            expires: UnixSeconds(expires),
        }
    }
}

prop_compose! {
    fn node()(ip: IpAddr, port: u16, key: [u8; 32]) -> PackedNode {
        PackedNode::udp(SocketAddr::new(ip, port), DhtPublicKey::from_bytes(key))
    }
}

fn some_tombstones() -> impl Strategy<Value = Vec<Tombstone>> {
    prop::collection::vec(select(tombstones().to_vec()), 0..=MIN_TOMBSTONES)
}

prop_compose! {
    fn hello()(network: u32, capabilities: u32) -> Hello {
        Hello { network: NetworkId(network), capabilities }
    }
}

fn request() -> impl Strategy<Value = Request> {
    let id = || any::<[u8; 32]>().prop_map(PacketId::from_bytes);
    let location = || any::<[u8; 32]>().prop_map(Location::from_bytes);
    let cookie = || any::<[u8; 16]>().prop_map(DialCookie::from_bytes);
    let packet = || select(vec![message(1), message(400), record_packet()]);
    prop_oneof![
        hello().prop_map(Request::Hello),
        (location(), 1..=MAX_FIND_ROOM)
            .prop_map(|(target, room)| Request::Find(Find { target, room })),
        packet().prop_map(Request::Store),
        packet().prop_map(Request::Deliver),
        (offer(), any::<u64>()).prop_map(|(offer, nonce)| {
            let Offer {
                location,
                id,
                expires,
            } = offer;
            Request::TtlUpdate(TtlUpdate {
                location,
                id,
                expires,
                nonce,
            })
        }),
        (proof(), id()).prop_map(|(owner, after)| Request::List { owner, after }),
        (proof(), id()).prop_map(|(owner, id)| Request::Retrieve { owner, id }),
        some_tombstones().prop_map(Request::Delete),
        (proof(), any::<[u8; 16]>(), any::<u32>()).prop_map(|(owner, token, lifetime)| {
            let subscriber_token = Token::from_bytes(token);
            Request::Subscribe(SubscribeRequest {
                owner,
                subscriber_token,
                lifetime,
            })
        }),
        prop::collection::vec(offer(), 0..=MAX_OFFERS).prop_map(Request::Offer),
        location().prop_map(Request::GetRecord),
        cookie().prop_map(Request::DialBack),
        (node(), cookie()).prop_map(|(PackedNode { addr, key, .. }, cookie)| {
            Request::Dial(Dial { addr, key, cookie })
        }),
    ]
}

fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        select(refusals()),
        any::<u64>().prop_map(|target| Refusal::WorkTooLow {
            target,
            record: None
        }),
        any::<u64>().prop_map(|max| Refusal::TtlTooLong { max }),
        any::<u64>().prop_map(|units| Refusal::Full {
            standing: Standing::from_units(units),
        }),
        any::<u32>().prop_map(|left| Refusal::DepositUsedUp { left }),
    ]
}

fn store_status() -> impl Strategy<Value = StoreStatus> {
    prop_oneof![
        Just(StoreStatus::Held),
        Just(StoreStatus::AlreadyHeld),
        select(tombstones().to_vec()).prop_map(StoreStatus::Tombstoned),
        refusal().prop_map(StoreStatus::Refused),
    ]
}

fn or_refusal<T: std::fmt::Debug + Clone>(
    what: impl Strategy<Value = T>,
) -> impl Strategy<Value = Result<T, Refusal>> {
    prop_oneof![what.prop_map(Ok), refusal().prop_map(Err)]
}

fn response() -> impl Strategy<Value = Response> {
    let packet = || select(vec![message(1), message(400), record_packet()]);
    let page = (
        prop::collection::vec(entry(), 0..=MAX_ENTRIES),
        any::<bool>(),
    )
        .prop_map(|(entries, more)| ListPage { entries, more });
    prop_oneof![
        (hello(), any::<[u8; 16]>(), any::<u64>(), node()).prop_map(
            |(hello, token, clock, node)| {
                Response::Hello(HelloAnswer {
                    hello,
                    token: Token::from_bytes(token),
                    clock: UnixSeconds(clock),
                    seen: node.addr,
                })
            }
        ),
        (
            any::<bool>(),
            prop::collection::vec(node(), 0..=usize::from(MAX_FIND_ROOM))
        )
            .prop_map(|(stores, nodes)| Response::Find(FindAnswer { stores, nodes })),
        store_status().prop_map(Response::Store),
        store_status().prop_map(Response::TtlUpdate),
        or_refusal(page).prop_map(Response::List),
        or_refusal(packet()).prop_map(Response::Retrieve),
        or_refusal(packet()).prop_map(Response::GetRecord),
        or_refusal(any::<u32>()).prop_map(Response::Subscribe),
        or_refusal(select(tombstones().to_vec())).prop_map(Response::Deliver),
        (any::<u16>(), any::<u16>(), some_tombstones()).prop_map(|(wanted, update, tombstones)| {
            Response::Offer(OfferAnswer {
                wanted,
                update,
                tombstones,
            })
        }),
        or_refusal(Just(())).prop_map(Response::DialBack),
        or_refusal(Just(())).prop_map(Response::Dial),
    ]
}

proptest! {
    #[test]
    fn any_request_is_read_as_it_was_written(request in request()) {
        let body = request.encode();
        prop_assert!(body.len() <= REQUEST_BODY_MAX);
        prop_assert_eq!(Request::decode(request.command(), &body), Ok(request));
    }

    #[test]
    fn any_response_is_read_as_it_was_written(response in response()) {
        let body = response.encode();
        prop_assert!(body.len() <= RESPONSE_BODY_MAX);
        prop_assert_eq!(Response::decode(response.command(), &body), Ok(response));
    }

    #[test]
    fn a_find_is_answered_with_the_closest_that_its_own_length_has_room_for(room in 1..=MAX_FIND_ROOM, stores: bool, nodes in prop::collection::vec(node(), 0..40)) {
        let find = Find { target: Location::from_bytes([1; 32]), room };
        let asked = Request::Find(find).encode().len();
        let answer = FindAnswer::fitting(&find, stores, nodes.clone());
        let found = answer.nodes.len();
        prop_assert_eq!(&answer.nodes[..], &nodes[..found]);
        prop_assert!(found <= MAX_FOUND && found >= nodes.len().min(room.into()));
        let encoded = Response::Find(answer.clone()).encode();
        prop_assert_eq!(asked, find_body_len(room));
        prop_assert!(encoded.len() <= asked);
        // The next one had no room.
        if let Some(next) = nodes.get(found) {
            prop_assert!(encoded.len() + next.packed_len() > asked);
        }
        prop_assert_eq!(Response::decode(Command::Find, &encoded), Ok(Response::Find(answer)));
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_never_makes_a_body_too_long(many in 0usize..300, node in node(), offer in offer(), entry in entry()) {
        let [owners, senders] = tombstones();
        let tombstones = [owners, senders].repeat(many);
        let requests = [Request::Delete(tombstones.clone()), Request::Offer(vec![offer; many])];
        for request in requests {
            let body = request.encode();
            prop_assert!(body.len() <= REQUEST_BODY_MAX);
            prop_assert!(Request::decode(request.command(), &body).is_ok());
        }
        let responses = [
            Response::Find(FindAnswer { stores: true, nodes: vec![node; many] }),
            Response::List(Ok(ListPage { entries: vec![entry; many], more: true })),
            Response::Offer(OfferAnswer { wanted: 0, update: 0, tombstones }),
        ];
        for response in responses {
            let body = response.encode();
            prop_assert!(body.len() <= RESPONSE_BODY_MAX);
            prop_assert!(Response::decode(response.command(), &body).is_ok());
        }
    }

    #[test]
    fn batches_of_tombstones_fit_a_delete_each_and_lose_none(which in prop::collection::vec(0usize..2, 0..40)) {
        let kinds = tombstones();
        let all: Vec<_> = which.iter().map(|i| kinds[*i]).collect();
        let batches = delete_batches(&all);
        prop_assert_eq!(batches.concat(), &all[..]);
        for (i, batch) in batches.iter().enumerate() {
            let body = Request::Delete(batch.to_vec()).encode();
            prop_assert_eq!(Request::decode(Command::Delete, &body), Ok(Request::Delete(batch.to_vec())));
            prop_assert!(i + 1 == batches.len() || batch.len() >= MIN_TOMBSTONES);
        }
    }
}

#[test]
fn a_find_of_another_length_is_refused_where_it_goes_wrong() {
    use toxdrop_proto::codec::DecodeErrorKind::{NotZero, TooShort, TrailingBytes};
    let body = |len: usize| vec![0; len];
    let error = |body: &[u8]| Request::decode(Command::Find, body).unwrap_err();
    let shortest = find_body_len(1);
    assert!(matches!(error(&body(shortest - 1)).kind, TooShort { .. }));
    assert_eq!(error(&body(shortest + 1)).kind, TrailingBytes(1));
    let longest = find_body_len(MAX_FIND_ROOM);
    assert!(Request::decode(Command::Find, &body(longest)).is_ok());
    assert_eq!(error(&body(longest + 51)).kind, TrailingBytes(51));
    let mut padded = body(shortest);
    padded[shortest - 1] = 1;
    assert_eq!(error(&padded).kind, NotZero("padding"));
}

#[test]
fn a_relay_is_no_node_that_can_be_found() {
    let mut body = Response::Find(FindAnswer {
        stores: false,
        nodes: wire_examples::found_nodes(),
    })
    .encode();
    body[2] = 130;
    let error = Response::decode(Command::Find, &body).unwrap_err();
    assert_eq!(error.offset, 2);
}

#[test]
fn a_hello_of_another_version_is_refused() {
    use toxdrop_proto::codec::DecodeErrorKind::UnknownVersion;
    for response in [false, true] {
        let examples = wire_examples::wire();
        let name = if response {
            "response Hello"
        } else {
            "request Hello"
        };
        let example = examples
            .iter()
            .find(|example| example.name == name)
            .unwrap();
        for version in [0, 1, 3, 255] {
            let mut body = example.bytes.clone();
            body[0] = version;
            let error = (example.recode)(&body).unwrap_err();
            assert_eq!((error.offset, error.kind), (0, UnknownVersion(version)));
        }
    }
}
