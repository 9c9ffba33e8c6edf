//! Tox's own DHT packets, bit for bit as c-toxcore speaks them (Tox spec, "DHT packets").
//!
//! Lengths and layouts only; timers, tables and who is answered are the node's business.
//!
//! ```text
//! id 1 ‖ sender's DHT key 32 ‖ nonce 24 ‖ crypto_box(plain)
//! ```

mod bootstrap_info;
mod envelope;
mod lan;
mod nodes;
mod packed_node;
mod ping;

pub use bootstrap_info::{
    BOOTSTRAP_INFO_REQUEST_LEN, BootstrapInfo, MAX_MOTD, bootstrap_info_request,
    is_bootstrap_info_request,
};
pub use envelope::{ENVELOPE_OVERHEAD, Envelope};
pub use lan::{LAN_DISCOVERY_LEN, LanDiscovery};
pub use nodes::{MAX_NODES, NODES_REQUEST_LEN, NodesRequest, NodesResponse};
pub use packed_node::{PackedNode, Transport};
pub use ping::{PING_LEN, Ping};

/// Ping request.
pub const PING_REQUEST: u8 = 0x00;
/// Ping response.
pub const PING_RESPONSE: u8 = 0x01;
/// Nodes request.
pub const NODES_REQUEST: u8 = 0x02;
/// Nodes response.
pub const NODES_RESPONSE: u8 = 0x04;
/// LAN discovery.
pub const LAN_DISCOVERY: u8 = 0x21;
/// Bootstrap info, request and response.
pub const BOOTSTRAP_INFO: u8 = 0xf0;

/// First UDP port that Tox nodes use by default.
pub const FIRST_PORT: u16 = 33445;
/// Last UDP port that Tox nodes try.
pub const LAST_PORT: u16 = 33545;
