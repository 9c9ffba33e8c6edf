//! What stands in `packets` and `tombstones`, as values and as bytes.
//!
//! Decides nothing.

use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{PacketId, UncheckedKey, UnixSeconds};
use toxdrop_proto::keys::{SIGNATURE_LEN, Signature};
use toxdrop_proto::packet::{StampedPacket, Standing};
use toxdrop_proto::tombstone::{Authority, Tombstone};

use crate::config::PACKET_OVERHEAD;
use crate::error::Fault;
use crate::scope::{Occupant, Share};
use crate::tables::{DayKey, PacketKey, split_key};

/// A held packet with what the store knows of it; the value in `packets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// When this node stored it.
    pub(crate) stored: UnixSeconds,
    /// What its stamp shows for each byte.
    pub(crate) standing: Standing,
    /// The packet itself.
    pub(crate) packet: StampedPacket,
}

impl Held {
    /// Bytes before the packet: stored 8 ‖ standing 8.
    const HEAD: usize = 8 + Standing::LEN;

    /// A packet that is stored now.
    pub(crate) fn new(packet: StampedPacket, stored: UnixSeconds) -> Self {
        Self {
            stored,
            standing: standing_of(&packet),
            packet,
        }
    }

    /// As stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::HEAD + self.packet.len());
        bytes.extend_from_slice(&self.stored.0.to_be_bytes());
        bytes.extend_from_slice(&self.standing.to_bytes());
        bytes.extend_from_slice(self.packet.as_bytes());
        bytes
    }

    /// From what is stored.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        const SHORT: Fault = Fault::Corrupt("entry in packets too short");
        let (stored, rest) = bytes.split_first_chunk::<8>().ok_or(SHORT)?;
        let (standing, packet) = rest.split_first_chunk::<{ Standing::LEN }>().ok_or(SHORT)?;
        Ok(Self {
            stored: UnixSeconds(u64::from_be_bytes(*stored)),
            standing: Standing::from_bytes(*standing),
            packet: StampedPacket::from_store(packet)
                .map_err(|_| Fault::Corrupt("held packet does not parse"))?,
        })
    }

    /// Whether its time is not over.
    pub(crate) fn is_live(&self, now: UnixSeconds) -> bool {
        now < self.packet.expires().min(self.packet.last().end())
    }

    /// The room that it takes.
    pub(crate) fn occupant(&self) -> Occupant {
        Occupant {
            share: Share::of(self.packet.kind()),
            standing: self.standing,
            charge: charge(self.packet.len()),
        }
    }
}

/// What a packet's stamp shows for each byte. A prepaid part has none of its own.
pub(crate) fn standing_of(packet: &StampedPacket) -> Standing {
    packet.standing().unwrap_or_default()
}

fn charge(len: usize) -> u64 {
    u64::try_from(len)
        .unwrap_or(u64::MAX)
        .saturating_add(PACKET_OVERHEAD)
}

/// A tombstone with what the store knows of the packet that it ended; the value in `tombstones`. What its key says
/// already, location and id, is not written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Buried {
    /// The last day of the packet.
    pub(crate) last: Day,
    /// The tombstone.
    pub(crate) tombstone: Tombstone,
    /// The room that a recall keeps; an owner's tombstone has its own.
    pub(crate) keeps: Option<Occupant>,
}

/// The authority of an owner's tombstone in `tombstone_days`.
pub(crate) const BY_OWNER: u8 = 1;
const BY_SENDER: u8 = 2;

impl Buried {
    /// As stored: last day 2 ‖ authority 1 ‖ key 32 ‖ signature 64; a recall: ‖ standing 8 ‖ charge 8.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let key = match self.tombstone.authority {
            Authority::Owner { place } => place,
            Authority::Sender { ephemeral, .. } => ephemeral,
        };
        let mut bytes = self.last.number().to_be_bytes().to_vec();
        bytes.push(self.authority());
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(self.tombstone.signature.as_bytes());
        if let Some(room) = self.keeps {
            bytes.extend_from_slice(&room.standing.to_bytes());
            bytes.extend_from_slice(&room.charge.to_be_bytes());
        }
        bytes
    }

    /// From what is stored under this key.
    pub(crate) fn from_bytes(key: &PacketKey, bytes: &[u8]) -> Result<Self, Fault> {
        const SHORT: Fault = Fault::Corrupt("entry in tombstones too short");
        let (location, id): (_, PacketId) = split_key(key);
        let (last, rest) = bytes.split_first_chunk::<2>().ok_or(SHORT)?;
        let (authority, rest) = rest.split_first_chunk::<1>().ok_or(SHORT)?;
        let (signer, rest) = rest.split_first_chunk::<32>().ok_or(SHORT)?;
        let (signature, rest) = rest.split_first_chunk::<SIGNATURE_LEN>().ok_or(SHORT)?;
        let signer = UncheckedKey::from_bytes(*signer);
        let (authority, keeps) = match *authority {
            [BY_OWNER] => (Authority::Owner { place: signer }, None),
            [BY_SENDER] => {
                let (standing, rest) =
                    rest.split_first_chunk::<{ Standing::LEN }>().ok_or(SHORT)?;
                let (charge, _) = rest.split_first_chunk::<8>().ok_or(SHORT)?;
                let room = Occupant {
                    share: Share::Mail,
                    standing: Standing::from_bytes(*standing),
                    charge: u64::from_be_bytes(*charge),
                };
                let ephemeral = signer;
                (
                    Authority::Sender {
                        ephemeral,
                        location,
                    },
                    Some(room),
                )
            }
            _ => return Err(Fault::Corrupt("tombstone of an unknown authority")),
        };
        Ok(Self {
            last: Day::from_number(u16::from_be_bytes(*last)),
            tombstone: Tombstone {
                authority,
                id,
                signature: Signature::from_bytes(*signature),
            },
            keeps,
        })
    }

    /// Until when it is kept.
    pub(crate) fn ends(&self) -> UnixSeconds {
        Tombstone::kept_until(self.last)
    }

    /// Its key in `tombstone_days`.
    pub(crate) fn day_key(&self, key: &PacketKey) -> DayKey {
        day_key(self.last, self.authority(), key)
    }

    fn authority(&self) -> u8 {
        match self.tombstone.authority {
            Authority::Owner { .. } => BY_OWNER,
            Authority::Sender { .. } => BY_SENDER,
        }
    }
}

/// A last day and an authority, then a packet's key.
pub(crate) fn day_key(last: Day, authority: u8, key: &PacketKey) -> DayKey {
    let mut bytes = [0; 67];
    let (day, rest) = bytes.split_at_mut(2);
    day.copy_from_slice(&last.number().to_be_bytes());
    let (by, rest) = rest.split_at_mut(1);
    by.copy_from_slice(&[authority]);
    rest.copy_from_slice(key);
    bytes
}

/// The last day, the authority and the packet's key again.
pub(crate) fn split_day_key(bytes: &DayKey) -> (Day, u8, PacketKey) {
    let [high, low, authority, rest @ ..] = *bytes;
    (
        Day::from_number(u16::from_be_bytes([high, low])),
        authority,
        rest,
    )
}
