//! One valid example of everything that travels or is stored, and how it is read and written again.
//!
//! Made from fixed seeds; says nothing about what should happen to the examples.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "shared by several test programs, and a test that cannot unwrap has failed"
)]

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use toxdrop_proto::codec::{DecodeError, Reader, Writer};
use toxdrop_proto::ids::{Location, MessageId, NetworkId, PacketId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{DhtPublicKey, InboxSecret, Signature};
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::message::{self, Content, Seal};
use toxdrop_proto::packet::{Packet, PacketKind, Rank};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::record::{InboxRecord, RecordFields};
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::tox::{
    BootstrapInfo, LanDiscovery, NodesRequest, NodesResponse, PackedNode, Ping, Transport,
};
use toxdrop_proto::wire::{
    Command, Deleted, Entry, Hello, HelloAnswer, ListPage, Offer, OfferAnswer, OwnerProof, Refusal,
    Request, Response, StoreStatus, SubscribeRequest, Token, TtlUpdate,
};

pub(crate) const NETWORK: NetworkId = NetworkId::MAIN;
pub(crate) const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
pub(crate) const WEEK: u64 = 7 * 86_400;

pub(crate) fn person(seed: u64) -> InboxSecret {
    InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

pub(crate) fn message(len: usize) -> Packet {
    let (alice, bob) = (person(1), person(2));
    let what = Seal {
        sender: &alice,
        receiver: &bob.public(),
        location: inbox_location(&bob.public(), Salt::DEFAULT),
        message_id: MessageId::from_bytes([9; 16]),
        sent: UnixMillis(NOW.0 * 1000),
        not_after: NOW.plus(2 * WEEK),
        expires: NOW.plus(WEEK),
        content: &Content::Text("x".repeat(len)),
    };
    let packets = message::seal(&what, &mut ChaCha20Rng::seed_from_u64(len as u64)).unwrap();
    packets.into_iter().next().unwrap()
}

pub(crate) fn record() -> InboxRecord {
    let fields = RecordFields {
        salt: Salt::from_bytes([3; 16]),
        sequence: UnixMillis(NOW.0 * 1000),
        difficulty: Difficulty {
            nonce_trials_per_byte: 2000,
            extra_bytes: 1000,
        },
        max_ttl: WEEK,
        expires: NOW.plus(WEEK),
        seal_key: [0; 32],
    };
    InboxRecord::sign(&person(2), NETWORK, fields).unwrap()
}

pub(crate) fn record_packet() -> Packet {
    let record = record();
    let [point, ..] = record.locations();
    record.to_packet(point, record.expires).unwrap()
}

pub(crate) fn tombstones() -> [Tombstone; 2] {
    let packet = message(5);
    let (location, id) = (packet.location(), packet.id());
    let ephemeral = message::ephemeral_secret(
        &person(1),
        &person(2).public(),
        location,
        MessageId::from_bytes([9; 16]),
        0,
    );
    [
        Tombstone::sign_owner(&person(2), NETWORK, Salt::DEFAULT, location, id),
        Tombstone::sign_sender(&ephemeral, NETWORK, location, id),
    ]
}

/// Reads bytes and writes what was read.
pub(crate) type Recode = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

type DynRecode = dyn Fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Something valid: its name, its bytes, and its decoder followed by its encoder.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) recode: Box<DynRecode>,
}

fn example(name: &str, bytes: Vec<u8>, recode: Recode) -> Example {
    Example {
        name: name.into(),
        bytes,
        recode: Box::new(recode),
    }
}

/// Everything that is stored.
pub(crate) fn stored() -> Vec<Example> {
    let recode: Recode = |bytes| Ok(Packet::parse(bytes)?.as_bytes().to_vec());
    let recode_tombstone: Recode = |bytes| {
        let mut reader = Reader::new(bytes);
        let tombstone = Tombstone::decode(&mut reader)?;
        reader.finish()?;
        Ok(tombstone.encode())
    };
    let recode_record: Recode = |bytes| {
        let mut reader = Reader::new(bytes);
        let record = InboxRecord::decode(&mut reader)?;
        reader.finish()?;
        Ok(record.encode())
    };
    let mut examples: Vec<_> = [5, 200, 400, 897]
        .into_iter()
        .map(|len| {
            example(
                &format!("message of {len}"),
                message(len).as_bytes().to_vec(),
                recode,
            )
        })
        .collect();
    examples.push(example(
        "record packet",
        record_packet().as_bytes().to_vec(),
        recode,
    ));
    examples.push(example("record", record().encode(), recode_record));
    for tombstone in tombstones() {
        examples.push(example("tombstone", tombstone.encode(), recode_tombstone));
    }
    examples
}

fn packed_nodes() -> Vec<PackedNode> {
    ["1.2.3.4:33445", "[2001:db8::1]:33446"]
        .into_iter()
        .flat_map(|addr| {
            [Transport::Udp, Transport::Tcp].map(|transport| PackedNode {
                transport,
                addr: addr.parse().unwrap(),
                key: DhtPublicKey::from_bytes([7; 32]),
            })
        })
        .collect()
}

/// Tox's packets: what is in the boxes, and what has none.
pub(crate) fn tox() -> Vec<Example> {
    let nodes = NodesResponse {
        nodes: packed_nodes(),
        sendback: [8; 8],
    };
    let request = NodesRequest {
        target: DhtPublicKey::from_bytes([5; 32]),
        sendback: [8; 8],
    };
    let info = BootstrapInfo {
        version: 2_024_010_100,
        motd: b"hello".to_vec(),
    };
    let lan = LanDiscovery {
        key: DhtPublicKey::from_bytes([5; 32]),
    };
    vec![
        example("ping request", Ping::Request(77).encode(), |bytes| {
            Ok(Ping::decode(bytes)?.encode())
        }),
        example("ping response", Ping::Response(77).encode(), |bytes| {
            Ok(Ping::decode(bytes)?.encode())
        }),
        example("nodes request", request.encode(), |bytes| {
            Ok(NodesRequest::decode(bytes)?.encode())
        }),
        example("nodes response", nodes.encode(), |bytes| {
            Ok(NodesResponse::decode(bytes)?.encode())
        }),
        example("bootstrap info", info.encode(), |bytes| {
            Ok(BootstrapInfo::decode(bytes)?.encode())
        }),
        example("LAN discovery", lan.encode(), |bytes| {
            Ok(LanDiscovery::decode(bytes)?.encode())
        }),
        example("packed node", packed_node_bytes(), |bytes| {
            let mut reader = Reader::new(bytes);
            let node = PackedNode::decode(&mut reader)?;
            reader.finish()?;
            let mut writer = Writer::default();
            node.encode(&mut writer);
            Ok(writer.finish())
        }),
    ]
}

fn packed_node_bytes() -> Vec<u8> {
    let mut writer = Writer::default();
    packed_nodes()[0].encode(&mut writer);
    writer.finish()
}

fn owner() -> OwnerProof {
    OwnerProof {
        key: person(2).public(),
        salt: Salt::DEFAULT,
        signature: Signature::from_bytes([1; 64]),
    }
}

pub(crate) fn requests() -> Vec<Request> {
    let id = PacketId::from_bytes([6; 32]);
    let location = Location::from_bytes([5; 32]);
    let expires = NOW.plus(WEEK);
    vec![
        Request::Hello(Hello {
            version: 1,
            network: NETWORK,
            capabilities: 1,
        }),
        Request::Find(location),
        Request::Store(message(897)),
        Request::Store(record_packet()),
        Request::TtlUpdate(TtlUpdate {
            location,
            id,
            expires,
            nonce: 42,
        }),
        Request::List {
            owner: owner(),
            after: id,
        },
        Request::Retrieve { owner: owner(), id },
        Request::Delete(tombstones().to_vec()),
        Request::Subscribe(SubscribeRequest {
            owner: owner(),
            subscriber_token: Token::from_bytes([4; 16]),
            lifetime: 300,
        }),
        Request::Deliver(message(5)),
        Request::Offer(vec![
            Offer {
                location,
                id,
                expires,
            };
            14
        ]),
        Request::GetRecord(location),
    ]
}

pub(crate) fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::WorkTooLow {
            target: 1 << 40,
            record: None,
        },
        Refusal::WorkTooLow {
            target: 1 << 40,
            record: Some(record_packet()),
        },
        Refusal::Expired,
        Refusal::TtlTooLong { max: WEEK },
        Refusal::Full { rank: Rank(2500) },
        Refusal::Malformed,
        Refusal::NotStoring,
        Refusal::RateLimited,
        Refusal::NotHeld,
        Refusal::BadSignature,
        Refusal::EarlierExpiry,
        Refusal::LowerRank,
        Refusal::NotInCharge,
        Refusal::OlderRecord {
            newer: record_packet(),
        },
        Refusal::Unavailable,
    ]
}

pub(crate) fn responses() -> Vec<Response> {
    let [owners, senders] = tombstones();
    let entry = Entry {
        id: PacketId::from_bytes([6; 32]),
        kind: PacketKind::Message,
        size: 303,
        expires: NOW.plus(WEEK),
    };
    let hello = |seen: &str| {
        Response::Hello(HelloAnswer {
            hello: Hello {
                version: 1,
                network: NETWORK,
                capabilities: 1,
            },
            token: Token::from_bytes([4; 16]),
            seen: seen.parse().unwrap(),
        })
    };
    let mut responses = vec![
        hello("1.2.3.4:33445"),
        hello("[2001:db8::1]:33445"),
        Response::Find(packed_nodes()),
        Response::Store(StoreStatus::Held),
        Response::Store(StoreStatus::AlreadyHeld),
        Response::Store(StoreStatus::Tombstoned(owners)),
        Response::TtlUpdate(StoreStatus::Tombstoned(senders)),
        Response::List(Ok(ListPage {
            entries: vec![entry; 26],
            more: true,
        })),
        Response::Retrieve(Ok(message(897))),
        Response::Delete(vec![
            Deleted::Accepted,
            Deleted::Already,
            Deleted::NotHeld,
            Deleted::NotAuthorised,
            Deleted::QuotaFull,
            Deleted::Unavailable,
        ]),
        Response::Subscribe(Ok(300)),
        Response::Deliver(Ok(owners)),
        Response::Offer(OfferAnswer {
            wanted: 0b101,
            update: 0b010,
            tombstones: vec![owners, senders],
        }),
        Response::GetRecord(Ok(record_packet())),
        Response::GetRecord(Err(Refusal::NotHeld)),
    ];
    responses.extend(
        refusals()
            .into_iter()
            .map(|refusal| Response::Store(StoreStatus::Refused(refusal))),
    );
    responses
}

/// The bodies of all commands.
pub(crate) fn wire() -> Vec<Example> {
    let name = |kind: &str, command: Command| format!("{kind} {command:?}");
    let requests = requests().into_iter().map(|request| {
        let command = request.command();
        Example {
            name: name("request", command),
            bytes: request.encode(),
            recode: Box::new(move |bytes| Ok(Request::decode(command, bytes)?.encode())),
        }
    });
    let responses = responses().into_iter().map(|response| {
        let command = response.command();
        Example {
            name: name("response", command),
            bytes: response.encode(),
            recode: Box::new(move |bytes| Ok(Response::decode(command, bytes)?.encode())),
        }
    });
    requests.chain(responses).collect()
}

pub(crate) fn all() -> Vec<Example> {
    let mut examples = stored();
    examples.extend(tox());
    examples.extend(wire());
    examples
}
