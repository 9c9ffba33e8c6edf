//! Tombstones: the signed end of a packet, by the owner of its place (deletion, receipt) or by its sender (recall).
//!
//! Whether a node takes one, and what room it has for it, are the node's rules.
//!
//! ```text
//! owner   1 ‖ place key 32 ‖ packet id 32 ‖ signature 64                       129 bytes
//! recall  2 ‖ ephemeral key 32 ‖ packet id 32 ‖ location 32 ‖ signature 64     161 bytes
//! ```

use thiserror::Error;

use crate::clock::CLOCK_SKEW;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::day::Day;
use crate::ids::{Location, NetworkId, PacketId, UncheckedKey, UnixSeconds};
use crate::keys::{
    EphemeralPublicKey, EphemeralSecret, KeyError, PlacePublicKey, PlaceSigner, Signature,
};
use crate::packet::Packet;
use crate::signature::{SignedCommand, SignedText};

/// Bytes of an owner's tombstone.
pub const OWNER_TOMBSTONE_LEN: usize = 129;
/// Bytes of a recall.
pub const RECALL_LEN: usize = 161;
/// Bytes of the longest tombstone.
pub const MAX_TOMBSTONE_LEN: usize = RECALL_LEN;

/// Who ended the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authority {
    /// The owner of the place, whose key hashes to the location.
    Owner {
        /// The place's key.
        place: UncheckedKey,
    },
    /// The sender, by the packet's ephemeral key.
    Sender {
        /// The packet's ephemeral key.
        ephemeral: UncheckedKey,
        /// Where the packet was.
        location: Location,
    },
}

/// The end of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tombstone {
    /// Who ended it.
    pub authority: Authority,
    /// Which packet it was.
    pub id: PacketId,
    /// The signature of that authority over location and id.
    pub signature: Signature,
}

/// Why a tombstone is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TombstoneError {
    /// Its key is none.
    #[error("the tombstone's key is unusable: {0}")]
    Key(KeyError),
    /// The signature is wrong.
    #[error("the tombstone's signature is wrong")]
    Signature,
}

impl Tombstone {
    /// Ends a packet at one's own place.
    #[must_use]
    pub fn by_owner(place: &PlaceSigner, network: NetworkId, id: PacketId) -> Self {
        let authority = Authority::Owner {
            place: place.public().unchecked(),
        };
        Self {
            authority,
            id,
            signature: place.sign(&authority.text(network, id)),
        }
    }

    /// Recalls a packet with the key that it was sealed with ([`crate::message::MessageSecret::ephemeral`]).
    #[must_use]
    pub fn by_sender(
        ephemeral: &EphemeralSecret,
        network: NetworkId,
        location: Location,
        id: PacketId,
    ) -> Self {
        let authority = Authority::Sender {
            ephemeral: ephemeral.public().unchecked(),
            location,
        };
        Self {
            authority,
            id,
            signature: ephemeral.sign(&authority.text(network, id)),
        }
    }

    /// Where the packet was: what the place's key hashes to, or what the recall says.
    #[must_use]
    pub fn location(&self) -> Location {
        self.authority.location()
    }

    /// Checks the key and the signature. Whether it ends a packet is [`Tombstone::covers`]'s word.
    ///
    /// # Errors
    /// [`TombstoneError`] with the rule that it breaks.
    pub fn verify(&self, network: NetworkId) -> Result<(), TombstoneError> {
        let text = self.authority.text(network, self.id);
        match self.authority {
            Authority::Owner { place } => PlacePublicKey::try_from(place)
                .map_err(TombstoneError::Key)?
                .verify(&text, &self.signature),
            Authority::Sender { ephemeral, .. } => EphemeralPublicKey::try_from(ephemeral)
                .map_err(TombstoneError::Key)?
                .verify(&text, &self.signature),
        }
        .map_err(|_| TombstoneError::Signature)
    }

    /// Whether this tombstone, once verified, ends `packet`.
    #[must_use]
    pub fn covers(&self, packet: &Packet) -> bool {
        let by_right = match self.authority {
            // Its key hashes to the location, which is compared below.
            Authority::Owner { .. } => true,
            Authority::Sender { ephemeral, .. } => packet.ephemeral_key() == Some(ephemeral),
        };
        by_right && self.id == packet.id() && self.location() == packet.location()
    }

    /// Whether the place's owner made it: the sender's receipt.
    #[must_use]
    pub fn is_receipt(&self) -> bool {
        matches!(self.authority, Authority::Owner { .. })
    }

    /// Until when the tombstone of a packet with this last day is kept: no node takes the packet then any more,
    /// whichever way its clock is off.
    #[must_use]
    pub fn kept_until(last: Day) -> UnixSeconds {
        last.end().plus(CLOCK_SKEW)
    }

    /// The tombstone's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(MAX_TOMBSTONE_LEN);
        match self.authority {
            Authority::Owner { place } => {
                writer
                    .u8(1)
                    .bytes(place.as_bytes())
                    .bytes(self.id.as_bytes());
            }
            Authority::Sender {
                ephemeral,
                location,
            } => {
                writer
                    .u8(2)
                    .bytes(ephemeral.as_bytes())
                    .bytes(self.id.as_bytes())
                    .bytes(location.as_bytes());
            }
        }
        writer.bytes(self.signature.as_bytes());
        writer.finish()
    }

    /// Reads a tombstone; nothing is judged but its form.
    ///
    /// # Errors
    /// [`DecodeError`] if it is too short or its authority unknown.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let code_at = reader.clone();
        let code = reader.u8()?;
        if !(1..=2).contains(&code) {
            return Err(code_at.error(DecodeErrorKind::UnknownValue {
                what: "tombstone authority",
                value: code,
            }));
        }
        let key = UncheckedKey::from_bytes(reader.take_array()?);
        let id = PacketId::from_bytes(reader.take_array()?);
        let authority = if code == 1 {
            Authority::Owner { place: key }
        } else {
            Authority::Sender {
                ephemeral: key,
                location: Location::from_bytes(reader.take_array()?),
            }
        };
        Ok(Self {
            authority,
            id,
            signature: Signature::from_bytes(reader.take_array()?),
        })
    }
}

impl Authority {
    fn location(&self) -> Location {
        match self {
            Self::Owner { place } => place.location(),
            Self::Sender { location, .. } => *location,
        }
    }

    fn text(&self, network: NetworkId, id: PacketId) -> SignedText {
        let command = match self {
            Self::Owner { .. } => SignedCommand::DeleteTombstone,
            Self::Sender { .. } => SignedCommand::RecallTombstone,
        };
        let location = self.location();
        SignedText::new(network, command, &[location.as_bytes(), id.as_bytes()])
    }
}
