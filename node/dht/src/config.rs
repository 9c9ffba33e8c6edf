//! Every limit and timer of the DHT, as settings.
//!
//! Times are in seconds and milliseconds so that they read well in a configuration file.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::packet::PacketPolicy;
use toxdrop_proto::pow::{DEFAULT_EXTRA_BYTES, DEFAULT_NONCE_TRIALS_PER_BYTE, Difficulty};
use toxdrop_proto::wire::{CAP_STORES, Hello};

/// Whether others can reach a node that they were not written to by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reachable {
    /// It finds out, by being dialled.
    #[default]
    Auto,
    /// They can.
    Yes,
    /// They cannot: the node is a client.
    No,
}

/// Settings of the DHT engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DhtConfig {
    /// Which network signatures and Hellos are for.
    pub network_id: u32,
    /// The network's floor: nonce trials per byte.
    pub nonce_trials_per_byte: u64,
    /// The network's floor: extra bytes.
    pub extra_bytes: u64,
    /// Whether packets are stored for others, as long as others can reach the node.
    pub store_for_others: bool,
    /// Whether others can reach the node, where it shall not find out by itself.
    pub reachable: Reachable,
    /// How many nodes hold a packet (Kademlia's k).
    pub replicas: usize,
    /// How many nodes an owner asks for a list.
    pub list_nodes: usize,
    /// Requests of a lookup under way at once on each path (Kademlia's alpha).
    pub alpha: usize,
    /// Disjoint paths of a lookup: a liar on one does not reach the others.
    pub paths: usize,
    /// How long a request waits for its answer before it is sent again, in milliseconds: at most, and where no round trips
    /// were measured.
    pub request_timeout_ms: u64,
    /// How often a request is sent at most.
    pub request_attempts: u32,
    /// The longest that an operation runs, in seconds.
    pub operation_deadline_seconds: u64,
    /// Operations under way at once for which somebody waits.
    pub max_operations: usize,
    /// Hellos sent per second to nodes whose ability is unknown.
    pub hellos_per_second: u32,
    /// Hellos and Finds answered per second to who shows no token of ours, all together: each costs an X25519.
    pub strangers_answered_per_second: u32,
    /// The same for those who ask through the onion; more of them must solve a puzzle first.
    pub onion_strangers_answered_per_second: u32,
    /// Puzzles set per second to those.
    pub onion_puzzles_per_second: u32,
    /// Requests through the onion under a token served per second, all together; each tombstone of a Delete counts as one.
    pub onion_requests_per_second: u32,
    /// Bytes of answers and deliveries that go back through the onion per second.
    pub onion_bytes_per_second: u32,
    /// Datagrams taken per second from one IP address, and as many through the onion by one exit; loopback is exempt.
    pub datagrams_per_source_per_second: u32,
    /// Onion requests passed on per second from one IPv4 address or IPv6 /64, and four times as many from one /24 or /48;
    /// as many onion responses; and as much data, forwarding and DHT requests together. Loopback is exempt.
    pub relayed_per_source_per_second: u32,
    /// The same from all addresses together.
    pub relayed_per_second: u32,
    /// Nodes requests answered per second to one IPv4 address or IPv6 /64, and four times as many to one /24 or /48;
    /// announcements, bootstrap info and pings of unknown nodes each as many. Loopback is exempt.
    pub answered_per_source_per_second: u32,
    /// The same for all addresses together.
    pub answered_per_second: u32,
    /// Seconds after which a node that spoke no offline messages is asked again.
    pub retry_incapable_seconds: u64,
    /// Seconds between looks for packets that other nodes should hold.
    pub replication_interval_seconds: u64,
    /// Seconds for which a node must be known before packets are handed over to it.
    pub hand_over_min_age_seconds: u64,
    /// Packets handed over per look at the most.
    pub hand_over_budget: usize,
    /// Lifetime of a subscription in seconds; renewed at half of it.
    pub subscription_seconds: u32,
    /// Subscriptions that others may hold here, and as many through the onion.
    pub max_subscriptions: usize,
    /// The message of the day in the answer to a bootstrap info request.
    pub motd: String,
    /// Call our key out into the local network.
    pub lan_discovery: bool,
    /// Connections that the TCP relay has at once.
    pub relay_clients: usize,
    /// Of them from one IPv4 address or IPv6 /64; loopback is exempt.
    pub relay_clients_per_source: usize,
    /// Bytes that the TCP relay reads per second from one client, and eight times as many from one source; loopback
    /// is exempt from the latter.
    pub relay_bytes_per_client_per_second: u32,
}

impl Default for DhtConfig {
    fn default() -> Self {
        Self {
            network_id: NetworkId::MAIN.0,
            nonce_trials_per_byte: DEFAULT_NONCE_TRIALS_PER_BYTE,
            extra_bytes: DEFAULT_EXTRA_BYTES,
            store_for_others: true,
            reachable: Reachable::Auto,
            replicas: 8,
            list_nodes: 20,
            alpha: 3,
            paths: 2,
            request_timeout_ms: 500,
            request_attempts: 3,
            operation_deadline_seconds: 45,
            max_operations: 256,
            hellos_per_second: 32,
            strangers_answered_per_second: 500,
            onion_strangers_answered_per_second: 250,
            onion_requests_per_second: 2_000,
            onion_puzzles_per_second: 4_000,
            onion_bytes_per_second: 2 << 20,
            datagrams_per_source_per_second: 400,
            relayed_per_source_per_second: 200,
            relayed_per_second: 4_000,
            answered_per_source_per_second: 50,
            answered_per_second: 1_000,
            retry_incapable_seconds: 3_600,
            replication_interval_seconds: 60,
            hand_over_min_age_seconds: 1_800,
            hand_over_budget: 256,
            subscription_seconds: 300,
            max_subscriptions: 4_096,
            motd: "toxdrop: offline messages for Tox".to_owned(),
            lan_discovery: false,
            relay_clients: 4_096,
            relay_clients_per_source: 64,
            relay_bytes_per_client_per_second: 512 << 10,
        }
    }
}

impl DhtConfig {
    /// The network.
    pub fn network(&self) -> NetworkId {
        NetworkId(self.network_id)
    }

    /// The network's least difficulty.
    pub fn floor(&self) -> Difficulty {
        Difficulty {
            nonce_trials_per_byte: self.nonce_trials_per_byte,
            extra_bytes: self.extra_bytes,
        }
    }

    /// What packets are judged by.
    pub fn policy(&self) -> PacketPolicy {
        PacketPolicy {
            network: self.network(),
            floor: self.floor(),
            ..PacketPolicy::default()
        }
    }

    /// What we say of ourselves in a Hello.
    pub(crate) fn hello(&self, stores: bool) -> Hello {
        Hello {
            network: self.network(),
            capabilities: if stores { CAP_STORES } else { 0 },
        }
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    pub(crate) fn operation_deadline(&self) -> Duration {
        Duration::from_secs(self.operation_deadline_seconds)
    }
}
