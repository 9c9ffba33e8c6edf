//! Bytes taken apart, whatever they are: a stored packet, a tombstone, a datagram or an address.
//!
//! Judges what a clock doesn't change; the work under a difficulty and at a time is in [`super::work`].

use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::packet::{KIND_AT, Packet, PacketKind, VERSION, VERSION_AT};
use toxdrop_proto::tombstone::MAX_TOMBSTONE_LEN;

use super::finding::Analysis;
use super::packet::{self, Claim};
use super::{address, datagram, tombstone};

/// Takes `bytes` apart. `network` is what signatures must be for, `claim` what a node says that they are.
#[must_use]
pub fn analyse(bytes: &[u8], network: NetworkId, claim: Option<&Claim<'_>>) -> Analysis {
    match Format::of(bytes, claim.is_some()) {
        Format::Packet => packet::analyse(bytes, network, claim),
        Format::Tombstone => tombstone::analyse(bytes, network),
        Format::Datagram => datagram::analyse(bytes),
        Format::Address => address::analyse(bytes),
    }
}

enum Format {
    Packet,
    Tombstone,
    Datagram,
    Address,
}

impl Format {
    /// What bytes are, or what they come closest to. No two formats have a length and a head in common, but a packet's
    /// nonce can look like anything: so whole ones come first, then what has a packet's version and kind.
    fn of(bytes: &[u8], is_packet: bool) -> Self {
        let first = bytes.first().copied().unwrap_or_default();
        let kind = bytes.get(KIND_AT).copied().and_then(PacketKind::from_code);
        let has_head = bytes.get(VERSION_AT) == Some(&VERSION) && kind.is_some();
        if is_packet || Packet::parse(bytes).is_ok() {
            Self::Packet
        } else if tombstone::read(bytes).is_some() {
            Self::Tombstone
        } else if has_head {
            Self::Packet
        } else if address::looks_like(bytes) {
            Self::Address
        } else if datagram::is_first_byte(first) {
            Self::Datagram
        } else if (1..=2).contains(&first) && bytes.len() <= MAX_TOMBSTONE_LEN {
            Self::Tombstone
        } else {
            Self::Packet
        }
    }
}
