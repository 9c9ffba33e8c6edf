//! Dial-back: can nodes that I never wrote to reach me? Ask one to have another one send a datagram.
//!
//! Bodies, and that datagram. Whom a node asks to dial, and how often, are its business.
//!
//! ```text
//! asker → peer    DialBack  cookie 16                                   under a token, directly
//! peer  → dialer  Dial      the asker's address 19 ‖ key 32 ‖ cookie 16   under a token, directly
//! dialer → asker  0xA5 ‖ dialer's key 32 ‖ hash16(domain ‖ cookie ‖ asker's key ‖ dialer's key)
//! ```

use std::net::SocketAddr;

use super::limits::OVERHEAD;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::domain;
use crate::hash::hash;
use crate::keys::DhtPublicKey;
use crate::tox::{read_ip_port, write_ip_port};

/// First byte of the datagram that a dialer sends.
pub const DIALLED: u8 = 0xa5;
/// Bytes of the datagram that a dialer sends.
pub const DIALLED_LEN: usize = 1 + DhtPublicKey::LEN + PROOF_LEN;
/// Bytes of an asker's cookie.
pub const DIAL_COOKIE_LEN: usize = 16;

const PROOF_LEN: usize = 16;

// Nobody can have a node send more than they sent themselves.
const _: () = assert!(DIALLED_LEN <= OVERHEAD + DIAL_COOKIE_LEN);

/// Chosen at random by whoever wants to be dialled, once for each peer that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DialCookie([u8; DIAL_COOKIE_LEN]);

impl DialCookie {
    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; DIAL_COOKIE_LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; DIAL_COOKIE_LEN] {
        &self.0
    }
}

/// From the peer to the dialer: address 19 ‖ key 32 ‖ cookie 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dial {
    /// The address that the asker's request came from, under a token for it. Never another.
    pub addr: SocketAddr,
    /// The asker's key.
    pub key: DhtPublicKey,
    /// The asker's cookie.
    pub cookie: DialCookie,
}

impl Dial {
    pub(super) fn encode(&self, writer: &mut Writer) {
        write_ip_port(writer, self.addr);
        writer.bytes(self.key.as_bytes()).bytes(&self.cookie.0);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            addr: read_ip_port(reader)?,
            key: DhtPublicKey::from_bytes(reader.take_array()?),
            cookie: DialCookie(reader.take_array()?),
        })
    }
}

/// The dialer's datagram. Nothing in it is as its causer chose, so that it cannot pass for another protocol's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dialled {
    /// The dialer's key.
    pub dialer: DhtPublicKey,
    proof: [u8; PROOF_LEN],
}

impl Dialled {
    /// What `dialer` sends to the owner of `asker`.
    #[must_use]
    pub fn new(dialer: DhtPublicKey, asker: &DhtPublicKey, cookie: &DialCookie) -> Self {
        let fields: [&[u8]; 3] = [&cookie.0, asker.as_bytes(), dialer.as_bytes()];
        Self {
            dialer,
            proof: hash(domain::DIALLED, &fields),
        }
    }

    /// Whether it comes of this cookie, which `asker` gave out.
    #[must_use]
    pub fn comes_of(&self, asker: &DhtPublicKey, cookie: &DialCookie) -> bool {
        *self == Self::new(self.dialer, asker, cookie)
    }

    /// The datagram.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[DIALLED], &self.dialer.as_bytes()[..], &self.proof].concat()
    }

    /// Reads the datagram.
    ///
    /// # Errors
    /// [`DecodeError`] for another id or length.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let id_at = reader.clone();
        let id = reader.u8()?;
        if id != DIALLED {
            return Err(id_at.error(DecodeErrorKind::UnknownValue {
                what: "packet id",
                value: id,
            }));
        }
        let dialer = DhtPublicKey::from_bytes(reader.take_array()?);
        let proof = reader.take_array()?;
        reader.finish()?;
        Ok(Self { dialer, proof })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_dialled_datagram_comes_of_its_cookie_only(dialer: [u8; 32], asker: [u8; 32], cookie: [u8; 16], other: [u8; 16]) {
            prop_assume!(cookie != other && dialer != asker);
            let (dialer, asker) = (DhtPublicKey::from_bytes(dialer), DhtPublicKey::from_bytes(asker));
            let (cookie, other) = (DialCookie(cookie), DialCookie(other));
            let dialled = Dialled::decode(&Dialled::new(dialer, &asker, &cookie).encode()).unwrap();
            prop_assert!(dialled.comes_of(&asker, &cookie));
            prop_assert!(!dialled.comes_of(&asker, &other));
            prop_assert!(!dialled.comes_of(&dialer, &cookie));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_written_back(bytes in prop::collection::vec(any::<u8>(), 0..60), ours: bool) {
            let bytes = if ours { [&[DIALLED], &bytes[..]].concat() } else { bytes };
            match Dialled::decode(&bytes) {
                Ok(dialled) => prop_assert_eq!(dialled.encode(), bytes),
                Err(error) => prop_assert!(error.offset <= bytes.len()),
            }
        }
    }
}
