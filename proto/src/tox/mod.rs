//! Tox's own formats: DHT packets, bit for bit as c-toxcore speaks them (Tox spec, "DHT packets"), IDs and profiles.
//!
//! Lengths and layouts only; timers, tables and who is answered are the node's business.
//!
//! ```text
//! id 1 ‖ sender's DHT key 32 ‖ nonce 24 ‖ crypto_box(plain)
//! ```

mod bootstrap_info;
mod envelope;
mod ids;
mod ip_port;
mod lan;
mod nodes;
mod onion;
mod packed_node;
mod ping;
mod profile;
#[cfg(feature = "profile")]
mod profile_passphrase;
mod tcp_frames;
mod tcp_handshake;
mod tcp_packet;
mod tcp_session;
mod tox_id;

pub use bootstrap_info::{
    BOOTSTRAP_INFO_REQUEST_LEN, BootstrapInfo, MAX_MOTD, bootstrap_info_request,
    is_bootstrap_info_request,
};
pub use envelope::{ENVELOPE_OVERHEAD, Envelope};
pub use ids::{
    BOOTSTRAP_INFO, FIRST_PORT, LAN_DISCOVERY, LAST_PORT, NODES_REQUEST, NODES_RESPONSE,
    PING_REQUEST, PING_RESPONSE,
};
pub use ip_port::IP_PORT_LEN;
pub(crate) use ip_port::{read_ip_port, write_ip_port};
pub use lan::{LAN_DISCOVERY_LEN, LanDiscovery};
pub use nodes::{MAX_NODES, NODES_REQUEST_LEN, NodesRequest, NodesResponse};
pub use onion::{
    ONION_DATA_REQUEST, ONION_DATA_RESPONSE, ONION_MAX_PACKET, ONION_REQUEST_MAX,
    ONION_REQUEST_OVERHEAD, ONION_RESPONSE_3, ONION_RESPONSE_MAX, ONION_RESPONSE_OVERHEAD,
    ONION_RETURN_LEN, ReturnPath, split_return_path,
};
pub use packed_node::{PackedNode, Transport};
pub use ping::{PING_LEN, Ping};
pub use profile::{ProfileError, ToxProfile};
#[cfg(feature = "profile")]
pub use profile_passphrase::{ENCRYPTED_OVERHEAD, decrypt_profile, open_profile};
pub use tcp_frames::TcpFrames;
pub use tcp_handshake::{
    TCP_ANSWER_LEN, TCP_HELLO_LEN, TcpClientHandshake, TcpHandshakeError, TcpHello,
};
pub use tcp_packet::{TCP_CONNECTIONS, TCP_MAX_OOB, TcpConnectionId, TcpPacket};
pub use tcp_session::{
    TCP_LENGTH_LEN, TCP_MAX_BOX, TCP_MAX_PACKET, TCP_MIN_BOX, TcpFrameError, TcpSession,
};
pub use tox_id::{Nospam, TOX_ID_LEN, ToxId, ToxIdError};
