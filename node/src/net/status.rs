//! What the node says of itself, its store included: plain values.
//!
//! Computes nothing.

use std::net::SocketAddr;

use toxdrop_dht::Reachability;
use toxdrop_dht::storage::Entry;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_store::StoreStats;

/// Where the node stands.
#[derive(Clone, Debug)]
pub(crate) struct DhtStatus {
    /// The node's DHT key.
    pub(crate) key: DhtPublicKey,
    /// The UDP addresses that it is bound to.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Tox nodes in the table.
    pub(crate) tox_nodes: usize,
    /// Those of them that speak offline messages.
    pub(crate) capable_nodes: usize,
    /// Seconds since the driver started.
    pub(crate) uptime_seconds: u64,
    /// How full the store is.
    pub(crate) store: StoreStats,
    /// Whether others can reach it.
    pub(crate) reachability: Reachability,
    /// Whether packets for others are taken: as the settings say, as long as others can reach the node.
    pub(crate) store_for_others: bool,
    /// Ports of the TCP relay; none where it is off.
    pub(crate) relay_ports: Vec<u16>,
    /// Clients of the TCP relay.
    pub(crate) relay_clients: usize,
}

/// A page of the store, for the inspector.
#[derive(Clone, Debug, Default)]
pub(crate) struct StorePage {
    /// Held packets in order of (location, id).
    pub(crate) entries: Vec<Entry>,
    /// Whether there are more.
    pub(crate) more: bool,
}
