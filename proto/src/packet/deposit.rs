//! Prepaid mail: a deposit shows work in advance, and prepaid parts of the same place and key need none.
//!
//! Pure accounting: who keeps a deposit keeps the number of bytes that were used of it, too. The keys of such places are
//! derived by [`InboxSecret::pair`](crate::keys::InboxSecret::pair).

use thiserror::Error;

use super::layout::PacketKind;
use super::policy::{PacketError, PacketPolicy, StampedPacket};
use super::standing::Standing;
use super::stored::Packet;
use crate::codec::{DecodeError, Writer};
use crate::day::Day;
use crate::ids::{Location, NetworkId, UnixSeconds};
use crate::keys::{PlaceSigner, SIGNATURE_LEN};

/// What a deposit that is held says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    location: Location,
    size: u32,
    expires: UnixSeconds,
    last: Day,
    standing: Standing,
}

/// Why a deposit does not pay for a prepaid part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PrepaidError {
    /// The packet is of another kind.
    #[error("the packet is no prepaid part of a message")]
    NotPrepaid,
    /// The deposit lies elsewhere.
    #[error("the deposit is for another location")]
    OtherLocation,
    /// The part would live longer than what paid for it.
    #[error("the packet may live until {until} at most, as its deposit does")]
    OutlivesDeposit {
        /// Unix seconds.
        until: u64,
    },
    /// There is too little left.
    #[error("{needed} bytes are needed, and {left} of the deposit are left; make another one")]
    UsedUp {
        /// Bytes of the packet.
        needed: u32,
        /// Bytes that are left.
        left: u32,
    },
    /// The packet breaks another rule.
    #[error(transparent)]
    Packet(#[from] PacketError),
}

impl Deposit {
    /// Lays out an unstamped deposit that pays for `size` bytes of packets, 1 to 65,536, until it expires. Its work is
    /// charged for these bytes and its own.
    ///
    /// # Errors
    /// [`DecodeError`] if the size is out of range.
    pub fn sign(
        pair: &PlaceSigner,
        network: NetworkId,
        size: u32,
        last: Day,
        expires: UnixSeconds,
    ) -> Result<Packet, DecodeError> {
        let key = pair.public();
        let mut body = Writer::with_capacity(32 + 4 + SIGNATURE_LEN);
        body.bytes(key.as_bytes()).u32(size).zeros(SIGNATURE_LEN);
        Packet::unstamped(
            PacketKind::Deposit,
            last,
            key.location(),
            expires,
            &body.finish(),
        )
        .map(|packet| packet.sign(pair, network))
    }

    /// What a judged packet says, if it is a deposit.
    #[must_use]
    pub fn of(packet: &StampedPacket) -> Option<Self> {
        Some(Self {
            location: packet.location(),
            size: packet.deposit_size()?,
            expires: packet.expires(),
            last: packet.last(),
            standing: packet.standing()?,
        })
    }

    /// Bytes of packets that it pays for.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The standing of the deposit, and of all that it pays for.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// How many bytes are used once `packet` is held too, if `used` are so far.
    ///
    /// # Errors
    /// [`PrepaidError`] if the deposit does not pay for it; its signature is not judged.
    pub fn pay(&self, used: u32, packet: &Packet) -> Result<u32, PrepaidError> {
        if packet.kind() != PacketKind::Prepaid {
            return Err(PrepaidError::NotPrepaid);
        }
        if packet.location() != self.location {
            return Err(PrepaidError::OtherLocation);
        }
        let until = self.expires.min(self.last.end());
        if packet.expires() > until {
            return Err(PrepaidError::OutlivesDeposit { until: until.0 });
        }
        let needed = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let left = self.size.saturating_sub(used);
        if needed > left {
            return Err(PrepaidError::UsedUp { needed, left });
        }
        Ok(used.saturating_add(needed))
    }

    /// Judges a prepaid part against this deposit, of which `used` bytes are used, and gives the packet and the bytes
    /// that are used then.
    ///
    /// # Errors
    /// [`PrepaidError`] with the first rule that it breaks.
    pub fn verify(
        &self,
        used: u32,
        packet: Packet,
        now: UnixSeconds,
        policy: &PacketPolicy,
    ) -> Result<(StampedPacket, u32), PrepaidError> {
        let used = self.pay(used, &packet)?;
        packet.check_times(now, policy)?;
        packet.check_place()?;
        packet.check_keys(policy.network)?;
        Ok((StampedPacket::judged(packet), used))
    }
}
