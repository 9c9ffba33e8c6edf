//! Numbers that Tox has fixed: the first bytes of packets, and the ports that nodes try.
//!
//! Layouts stand with their packets.

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
