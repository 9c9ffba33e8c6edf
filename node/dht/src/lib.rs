//! Tox's DHT with offline messaging on top, as a deterministic state machine.
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
mod config;
mod deliveries;
mod engine;
mod ground;
mod handing_on;
mod limits;
mod link;
mod lookup;
mod operation;
mod operations;
mod peer;
mod replication;
pub mod report;
mod requests;
mod responding;
mod routing_table;
mod server;
mod sessions;
pub mod storage;
mod storing;
mod subscriptions;
mod tables;
mod time;
mod tokens;
mod tox;
mod transmits;
mod vocabulary;

pub use config::DhtConfig;
pub use deliveries::DeliveryId;
pub use engine::Engine;
pub use peer::Peer;
pub use storing::Ticket;
pub use time::Now;
pub use transmits::Transmit;
pub use vocabulary::{Event, OpId, OpResult, Operation, StartError};
