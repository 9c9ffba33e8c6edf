//! That nothing is remembered of what has ended: however an operation ends, all books are empty afterwards.

use std::net::SocketAddr;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::ids::{PacketId, UnixSeconds};
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::packet::{PacketKind, Standing};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret};

use super::*;
use crate::storage::{Entry, StoreErrorKind};

const START: UnixSeconds = UnixSeconds(1_800_000_000);

struct Lone {
    engine: Engine,
    mono: Duration,
    /// What its store answers to a look at everything.
    held: Vec<Entry>,
}

impl Lone {
    /// An engine that knows a few nodes, none of which ever answers.
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let config = DhtConfig {
            hand_over_min_age_seconds: 0,
            ..DhtConfig::default()
        };
        let now = Now {
            mono: Duration::ZERO,
            unix: START,
        };
        let mut engine = Engine::new(config, DhtKeyPair::generate(&mut rng), [1; 32], now);
        for number in 1..=3 {
            let peer = Peer {
                key: DhtKeyPair::generate(&mut rng).public,
                addr: SocketAddr::from(([192, 0, 2, number], 33445)),
            };
            engine.ground.tables.heard_capable(now.mono, peer);
        }
        Self {
            engine,
            mono: Duration::ZERO,
            held: Vec::new(),
        }
    }

    fn now(&self) -> Now {
        Now {
            mono: self.mono,
            unix: START.plus(self.mono.as_secs()),
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.mono + time;
        while self.engine.poll_timeout() <= end {
            self.mono = self.mono.max(self.engine.poll_timeout());
            let now = self.now();
            self.engine.handle_timeout(now);
            while let Some((ticket, request)) = self.engine.poll_storage() {
                let reply = match request {
                    StorageRequest::Scan { .. } => StorageReply::Scanned {
                        entries: self.held.clone(),
                        more: false,
                    },
                    _ => StorageReply::Failed(StoreErrorKind::Closed),
                };
                self.engine.handle_storage(now, ticket, reply);
            }
            while self.engine.poll_transmit().is_some() {}
        }
        self.mono = end;
    }

    fn is_idle(&self) -> bool {
        let engine = &self.engine;
        engine.operations.is_idle()
            && engine.ground.asker.is_idle()
            && engine.server.is_idle()
            && engine.replication.is_idle()
            && engine.handing_on.is_idle()
            && engine.reach.dialling.is_idle()
    }
}

fn operations() -> Vec<Operation> {
    let owner = InboxSecret::generate(&mut ChaCha20Rng::seed_from_u64(2));
    let door = Place::front_door(Period::at(START), PlaceSecret::zero());
    let place = Arc::new(door.signer(&owner));
    let id = PacketId::from_bytes([7; 32]);
    let location = Location::from_bytes([9; 32]);
    let holders = vec![crate::report::Holder {
        key: owner_key(),
        address: SocketAddr::from(([192, 0, 2, 77], 1)),
    }];
    vec![
        Operation::FindRecord(location),
        Operation::List {
            place: Arc::clone(&place),
        },
        Operation::Retrieve {
            place: Arc::clone(&place),
            id,
            holders,
        },
        Operation::Delete {
            location,
            tombstones: Vec::new(),
        },
        Operation::Extend {
            location,
            id,
            expires: START.plus(1_000),
            nonce: 1,
            quorum: 8,
        },
        Operation::Subscribe { place },
    ]
}

fn owner_key() -> DhtPublicKey {
    DhtKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(3)).public
}

/// Long enough for every request to be given up, and short enough for no search of our own neighbourhood to begin.
const SILENCE: Duration = Duration::from_secs(8);

#[test]
fn nothing_is_remembered_of_an_operation_that_was_cancelled() {
    for operation in operations() {
        let mut lone = Lone::new();
        lone.engine.next_refresh = Duration::from_secs(3_600);
        let name = format!("{operation:?}");
        let op = lone.engine.start(lone.now(), operation).unwrap();
        assert!(!lone.is_idle(), "{name}");
        lone.engine.cancel(op);
        lone.run(SILENCE);
        assert!(lone.is_idle(), "{name}");
    }
}

#[test]
fn nothing_is_remembered_of_an_operation_that_nobody_answered() {
    for operation in operations() {
        if matches!(operation, Operation::Subscribe { .. }) {
            continue;
        }
        let mut lone = Lone::new();
        lone.engine.next_refresh = Duration::from_secs(3_600);
        let name = format!("{operation:?}");
        lone.engine.start(lone.now(), operation).unwrap();
        lone.run(Duration::from_secs(40));
        assert!(lone.is_idle(), "{name}");
    }
}

#[test]
fn nothing_is_remembered_of_offers_that_nobody_answered() {
    let mut lone = Lone::new();
    lone.engine.next_refresh = Duration::from_secs(3_600);
    lone.held = vec![Entry {
        location: Location::from_bytes([9; 32]),
        id: PacketId::from_bytes([7; 32]),
        kind: PacketKind::Message,
        size: 300,
        expires: START.plus(86_400),
        stored: START,
        standing: Standing::from_units(65_536),
    }];
    lone.run(Duration::from_secs(61));
    assert!(!lone.engine.replication.is_idle());
    lone.run(SILENCE);
    assert!(lone.is_idle());
}

#[test]
fn a_tox_node_that_does_not_know_our_packets_is_none_of_the_silent() {
    let mut lone = Lone::new();
    lone.engine.next_refresh = Duration::from_secs(3_600);
    let peer = Peer {
        key: owner_key(),
        addr: SocketAddr::from(([192, 0, 2, 50], 33445)),
    };
    let Engine {
        capability, ground, ..
    } = &mut lone.engine;
    let now = Now {
        mono: Duration::ZERO,
        unix: START,
    };
    capability.tox_node(&mut ground.asking(now), peer);
    assert_eq!(ground.asker.pending(), 1);
    lone.run(SILENCE);
    let asker = &mut lone.engine.ground.asker;
    assert_eq!(asker.pending(), 0);
    assert!(!asker.silence.is_silent(&peer, SILENCE));
}
