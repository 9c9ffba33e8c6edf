//! Tox's own DHT packets, bit for bit as c-toxcore speaks them (Tox spec, "DHT packets").
//!
//! Lengths and layouts only; timers, tables and who is answered are the node's business.
//!
//! ```text
//! id 1 ‖ sender's DHT key 32 ‖ nonce 24 ‖ crypto_box(plain)
//! ```

mod bootstrap_info;
mod envelope;
mod ids;
mod lan;
mod nodes;
mod packed_node;
mod ping;

pub use bootstrap_info::{
    BOOTSTRAP_INFO_REQUEST_LEN, BootstrapInfo, MAX_MOTD, bootstrap_info_request,
    is_bootstrap_info_request,
};
pub use envelope::{ENVELOPE_OVERHEAD, Envelope};
pub use ids::{
    BOOTSTRAP_INFO, FIRST_PORT, LAN_DISCOVERY, LAST_PORT, NODES_REQUEST, NODES_RESPONSE,
    PING_REQUEST, PING_RESPONSE,
};
pub use lan::{LAN_DISCOVERY_LEN, LanDiscovery};
pub use nodes::{MAX_NODES, NODES_REQUEST_LEN, NodesRequest, NodesResponse};
pub use packed_node::{PackedNode, Transport};
pub use ping::{PING_LEN, Ping};
