//! Tombstones: the signed end of a packet, by the inbox's owner (deletion, receipt) or by its sender (recall).
//!
//! Whether a node takes one, and for how long it keeps it, are the node's rules.

use thiserror::Error;

use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::{Location, NetworkId, PacketId, Salt};
use crate::keys::{InboxPublicKey, InboxSecret, KeyError, Signature};
use crate::location::inbox_location;
use crate::packet::Packet;
use crate::signature::{SignedCommand, sign, verify};

/// Bytes of a tombstone: authority 1 ‖ location 32 ‖ packet id 32 ‖ key 32 ‖ salt 16 ‖ signature 64.
pub const TOMBSTONE_LEN: usize = 177;

/// Who ended the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authority {
    /// The owner of the inbox, whose key and salt hash to the location.
    Owner {
        /// The inbox's key.
        key: InboxPublicKey,
        /// The salt of the location.
        salt: Salt,
    },
    /// The sender, by the packet's ephemeral key.
    Sender {
        /// The packet's ephemeral key.
        ephemeral: InboxPublicKey,
    },
}

/// The end of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tombstone {
    /// Where the packet was.
    pub location: Location,
    /// Which packet it was.
    pub id: PacketId,
    /// Who ended it.
    pub authority: Authority,
    /// The signature of that authority over location and id.
    pub signature: Signature,
}

/// Why a tombstone is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TombstoneError {
    /// The owner's key and salt do not hash to the location.
    #[error("the tombstone's key does not own the location")]
    NotOwner,
    /// The signature is wrong.
    #[error("the tombstone's signature is wrong")]
    Signature(#[from] KeyError),
}

impl Tombstone {
    /// Ends a packet in one's own inbox.
    #[must_use]
    pub fn sign_owner(
        secret: &InboxSecret,
        network: NetworkId,
        salt: Salt,
        location: Location,
        id: PacketId,
    ) -> Self {
        let authority = Authority::Owner {
            key: secret.public(),
            salt,
        };
        Self::sign(secret, network, authority, location, id)
    }

    /// Recalls a packet with the key that it was sealed with ([`crate::message::ephemeral_secret`]).
    #[must_use]
    pub fn sign_sender(
        ephemeral: &InboxSecret,
        network: NetworkId,
        location: Location,
        id: PacketId,
    ) -> Self {
        let authority = Authority::Sender {
            ephemeral: ephemeral.public(),
        };
        Self::sign(ephemeral, network, authority, location, id)
    }

    fn sign(
        secret: &InboxSecret,
        network: NetworkId,
        authority: Authority,
        location: Location,
        id: PacketId,
    ) -> Self {
        let fields: [&[u8]; 2] = [location.as_bytes(), id.as_bytes()];
        Self {
            location,
            id,
            authority,
            signature: sign(secret, network, authority.command(), &fields),
        }
    }

    /// Checks that the owner owns the location, and the signature. For a sender's tombstone
    /// [`Tombstone::covers`] must hold too.
    ///
    /// # Errors
    /// [`TombstoneError`] with the rule that it breaks.
    pub fn verify(&self, network: NetworkId) -> Result<(), TombstoneError> {
        if let Authority::Owner { key, salt } = &self.authority
            && inbox_location(key, *salt) != self.location
        {
            return Err(TombstoneError::NotOwner);
        }
        let fields: [&[u8]; 2] = [self.location.as_bytes(), self.id.as_bytes()];
        verify(
            self.authority.key(),
            network,
            self.authority.command(),
            &fields,
            &self.signature,
        )?;
        Ok(())
    }

    /// Whether this tombstone, once verified, ends `packet`.
    #[must_use]
    pub fn covers(&self, packet: &Packet) -> bool {
        let by_right = match &self.authority {
            Authority::Owner { .. } => true,
            Authority::Sender { ephemeral } => packet.is_sealed_with(ephemeral),
        };
        by_right && self.location == packet.location() && self.id == packet.id()
    }

    /// Whether the inbox's owner made it: the sender's receipt.
    #[must_use]
    pub fn is_receipt(&self) -> bool {
        matches!(self.authority, Authority::Owner { .. })
    }

    /// The tombstone's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (code, salt) = match &self.authority {
            Authority::Owner { salt, .. } => (1, *salt),
            Authority::Sender { .. } => (2, Salt::DEFAULT),
        };
        let mut writer = Writer::with_capacity(TOMBSTONE_LEN);
        writer
            .u8(code)
            .bytes(self.location.as_bytes())
            .bytes(self.id.as_bytes())
            .bytes(self.authority.key().as_bytes())
            .bytes(salt.as_bytes())
            .bytes(self.signature.as_bytes());
        writer.finish()
    }

    /// Reads a tombstone; nothing is judged but its form.
    ///
    /// # Errors
    /// [`DecodeError`] if it is too short, its authority unknown, or its key refused.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let code_at = reader.clone();
        let code = reader.u8()?;
        let location = Location::from_bytes(reader.take_array()?);
        let id = PacketId::from_bytes(reader.take_array()?);
        let key_at = reader.clone();
        let key = InboxPublicKey::from_bytes(reader.take_array()?).map_err(|error| {
            key_at.error(DecodeErrorKind::Key {
                what: "tombstone key",
                error,
            })
        })?;
        let salt_at = reader.clone();
        let salt = Salt::from_bytes(reader.take_array()?);
        let authority = match code {
            1 => Authority::Owner { key, salt },
            2 if salt != Salt::DEFAULT => {
                return Err(salt_at.error(DecodeErrorKind::NotZero("a recall's salt")));
            }
            2 => Authority::Sender { ephemeral: key },
            value => {
                return Err(code_at.error(DecodeErrorKind::UnknownValue {
                    what: "tombstone authority",
                    value,
                }));
            }
        };
        let signature = Signature::from_bytes(reader.take_array()?);
        Ok(Self {
            location,
            id,
            authority,
            signature,
        })
    }
}

impl Authority {
    /// The key that signs.
    #[must_use]
    pub fn key(&self) -> &InboxPublicKey {
        match self {
            Self::Owner { key, .. } => key,
            Self::Sender { ephemeral } => ephemeral,
        }
    }

    fn command(&self) -> SignedCommand {
        match self {
            Self::Owner { .. } => SignedCommand::DeleteTombstone,
            Self::Sender { .. } => SignedCommand::RecallTombstone,
        }
    }
}
