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
/// DHT request: for one node, passed on by those that know it.
pub const DHT_REQUEST: u8 = 0x20;
/// LAN discovery.
pub const LAN_DISCOVERY: u8 = 0x21;
/// Onion request, from its maker to the first node.
pub const ONION_REQUEST_1: u8 = 0x80;
/// Onion request, from the first node to the second.
pub const ONION_REQUEST_2: u8 = 0x81;
/// Onion request, from the second node to the third.
pub const ONION_REQUEST_3: u8 = 0x82;
/// Announce request, as clients send it today.
pub const ANNOUNCE_REQUEST_OLD: u8 = 0x83;
/// Announce response to [`ANNOUNCE_REQUEST_OLD`].
pub const ANNOUNCE_RESPONSE_OLD: u8 = 0x84;
/// Onion data request; relays carry it outward. Ours or Tox's own.
pub const ONION_DATA_REQUEST: u8 = 0x85;
/// Onion data response; relays carry it back.
pub const ONION_DATA_RESPONSE: u8 = 0x86;
/// Announce request in the newer layout.
pub const ANNOUNCE_REQUEST: u8 = 0x87;
/// Announce response to [`ANNOUNCE_REQUEST`].
pub const ANNOUNCE_RESPONSE: u8 = 0x88;
/// Onion response, from the addressee to the third node.
pub const ONION_RESPONSE_3: u8 = 0x8c;
/// Onion response, from the third node to the second.
pub const ONION_RESPONSE_2: u8 = 0x8d;
/// Onion response, from the second node to the first.
pub const ONION_RESPONSE_1: u8 = 0x8e;
/// Forward request: what is inside is for the node of a given key.
pub const FORWARD_REQUEST: u8 = 0x90;
/// Forwarding: what somebody else sent, with the way back; or what came back.
pub const FORWARDING: u8 = 0x91;
/// Forward reply, to the node that forwarded.
pub const FORWARD_REPLY: u8 = 0x92;
/// Bootstrap info, request and response.
pub const BOOTSTRAP_INFO: u8 = 0xf0;

/// First UDP port that Tox nodes use by default.
pub const FIRST_PORT: u16 = 33445;
/// Last UDP port that Tox nodes try.
pub const LAST_PORT: u16 = 33545;

/// The longest packet that Tox sends or takes, in bytes (c-toxcore, `MAX_UDP_PACKET_SIZE`).
pub const MAX_UDP_PACKET: usize = 2048;
