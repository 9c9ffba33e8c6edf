//! Tox's DHT with offline messaging on top, as a deterministic state machine.
//!
//! An [`Engine`] is one node. It answers Tox's pings and nodes requests and keeps tables of nodes; it finds out which
//! of them speak offline messages; it serves those who store, list, retrieve and delete packets; it hands packets on
//! to subscribers and over to newcomers; and it carries out the operations of a client ([`Operation`]).
//!
//! It performs no I/O, starts no threads and reads no clock. Four things go in: datagrams
//! ([`Engine::handle_datagram`]), time ([`Engine::handle_timeout`], when [`Engine::poll_timeout`] says), the store's
//! answers ([`Engine::handle_storage`]) and orders ([`Engine::start`]). Three come out, until there are none left:
//! datagrams ([`Engine::poll_transmit`]), requests to a packet store ([`Engine::poll_storage`], in the vocabulary of
//! [`storage`]) and events ([`Engine::poll_event`]). A node that is a TCP relay as well is told of connections
//! ([`Engine::tcp_accepted`] and its neighbours) and says what to do with them ([`Engine::poll_tcp`]). All that is random comes from one seed. So the daemon, a
//! simulator, a fuzzer and a Tox client drive the same code.
//!
//! It holds no packets (a store does), opens no messages (mail does) and solves no proof of work.
//!
//! The network in memory of `toxdrop-sim` drives engines like this:
//!
//! ```
//! use toxdrop_dht::{OpResult, Operation};
//! use toxdrop_sim::Network;
//! use toxdrop_sim::letters::{door_signer, easy, letter, person};
//!
//! // Twelve nodes that had half a minute of virtual time to find one another.
//! let mut net = Network::joined(12, &easy(), 1);
//!
//! // Alice, at node 2, stores a letter for Bob where he will look for it.
//! let (alice, bob) = (person(1), person(2));
//! let packet = letter(&alice, &bob, 1, net.now());
//! let OpResult::Stored(report) = net.operate(2, Operation::store(packet)) else { unreachable!() };
//! assert_eq!(report.held, 8);
//!
//! // Her node goes; Bob, at node 9, lists what lies at his front door.
//! net.switch_off(2);
//! let list = Operation::List { place: door_signer(&bob, net.now()) };
//! let OpResult::Listed(listing) = net.operate(9, list) else { unreachable!() };
//! assert_eq!(listing.entries.len(), 1);
//! ```
#![forbid(unsafe_code)]
#![allow(
    clippy::large_enum_variant,
    clippy::result_large_err,
    reason = "events, answers and refusals carry packets, tombstones and records by value; they are short-lived and few"
)]

mod ask;
mod asking;
mod bounded;
mod capability;
mod challenges;
mod clocks;
mod config;
mod dealings;
mod deliveries;
mod ending;
mod engine;
mod families;
mod grants;
mod ground;
mod handing_on;
mod joining;
mod lateness;
mod limits;
mod link;
mod lookup;
mod onion_link;
mod operation;
mod operations;
mod overdue;
mod own_addresses;
mod peer;
mod reachability;
mod reaching;
mod relay;
mod replication;
pub mod report;
mod requests;
mod responding;
mod round_trips;
mod routing_table;
mod server;
mod sessions;
mod silence;
mod speakers;
pub mod storage;
mod storing;
mod subscriptions;
mod tables;
mod through_onion;
mod time;
mod tox;
mod transmits;
mod views;
mod vocabulary;
mod way_back;

pub use config::{DhtConfig, Reachable};
pub use deliveries::DeliveryId;
pub use engine::Engine;
pub use families::{Families, Reach};
pub use peer::Peer;
pub use reachability::Reachability;
pub use storing::Ticket;
pub use time::Now;
pub use tox::tcp_relay::{TcpClient, TcpOutput};
pub use transmits::Transmit;
pub use vocabulary::{Event, OpId, OpResult, Operation, StartError};
