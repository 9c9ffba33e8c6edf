//! Tox's own formats: DHT packets, bit for bit as c-toxcore speaks them (Tox spec, "DHT packets"), IDs and profiles.
//!
//! Lengths and layouts only; timers, tables and who is answered are the node's business.
//!
//! ```text
//! id 1 ‖ sender's DHT key 32 ‖ nonce 24 ‖ crypto_box(plain)
//! ```

mod announce;
mod bootstrap_info;
mod dht_request;
mod envelope;
mod forward;
mod ids;
mod ip_port;
mod lan;
mod nodes;
mod onion;
mod onion_data;
mod onion_path;
mod onion_relay;
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

pub use announce::{
    ANNOUNCE_REQUEST_LEN, ANNOUNCE_SENDBACK_LEN, AnnounceError, AnnounceLayout, AnnounceRequest,
    AnnounceResponse, Announced, PING_ID_LEN, SealedAnnounce, SealedAnnounceResponse,
};
pub use bootstrap_info::{
    BOOTSTRAP_INFO_REQUEST_LEN, BootstrapInfo, MAX_MOTD, bootstrap_info_request,
    is_bootstrap_info_request,
};
pub use dht_request::{DHT_REQUEST_MAX, DHT_REQUEST_MIN, DhtRequest};
pub use envelope::{ENVELOPE_OVERHEAD, Envelope};
pub use forward::{
    ForwardReply, ForwardRequest, Forwarding, MAX_FORWARD_DATA, MAX_FORWARD_SENDBACK,
};
pub use ids::*;
pub use ip_port::IP_PORT_LEN;
pub use ip_port::{read_ip_port, write_ip_port};
pub use lan::{LAN_DISCOVERY_LEN, LanDiscovery};
pub use nodes::{MAX_NODES, NODES_REQUEST_LEN, NODES_RESPONSE_MAX, NodesRequest, NodesResponse};
pub use onion::{
    ONION_MAX_PACKET, ONION_REQUEST_MAX, ONION_REQUEST_OVERHEAD, ONION_RESPONSE_MAX,
    ONION_RESPONSE_OVERHEAD, ONION_RETURN_LEN, ONION_RETURN_STEP, ReturnPath, split_return_path,
};
pub use onion_data::OnionData;
pub use onion_path::{OnionHop, OnionPath, WrapError};
pub use onion_relay::{
    OnionError, OnionLayer, OnionRequest, OnionResponse, OnionStep, read_layer_from_tcp,
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
