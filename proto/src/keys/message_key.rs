//! The key of a message's inner box: between one sender and one receiver, under a domain of our own.
//!
//! The box stands in [`crate::message`]. Tox's handshakes use the plain `crypto_box` key of the same two secrets in clear
//! view; no box of theirs can be one of ours, nor the other way round.

use zeroize::Zeroizing;

use super::dht::{SharedKey, agree};
use super::error::KeyError;
use super::inbox::{InboxPublicKey, InboxSecret};
use super::pair::PairRole;
use crate::domain;
use crate::hash::hash;

impl InboxSecret {
    /// The key between a writer and a reader: hash32(domain ‖ X25519 of both 32 ‖ writer's K 32 ‖ reader's K 32).
    ///
    /// Both have it, so that the reader can prove to nobody what the writer wrote. The direction is part of it, so that
    /// nothing can be sent back as the reader's own.
    ///
    /// # Errors
    /// [`KeyError::LowOrder`] if the shared secret would be zero, which it is for no inbox key.
    pub(crate) fn message_key(
        &self,
        own_role: PairRole,
        other: &InboxPublicKey,
    ) -> Result<SharedKey, KeyError> {
        let shared = agree(&self.to_dht(), &other.to_dht())?;
        let own = self.public();
        let (writer, reader) = match own_role {
            PairRole::Writer => (&own, other),
            PairRole::Reader => (other, &own),
        };
        let key = Zeroizing::new(hash::<32>(
            domain::INNER_KEY,
            &[shared.as_slice(), writer.as_bytes(), reader.as_bytes()],
        ));
        Ok(SharedKey::from_derived(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; 24] = [3; 24];

    fn both() -> (InboxSecret, InboxSecret) {
        (
            InboxSecret::from_seed(&[1; 32]),
            InboxSecret::from_tox(&[2; 32]),
        )
    }

    #[test]
    fn what_one_seals_the_other_opens_and_it_cannot_be_turned_round() {
        let (a, b) = both();
        let sealed = a
            .message_key(PairRole::Writer, &b.public())
            .unwrap()
            .seal(&NONCE, b"hello")
            .unwrap();
        let open = |role| {
            b.message_key(role, &a.public())
                .unwrap()
                .open(&NONCE, &sealed)
        };
        assert_eq!(open(PairRole::Reader).as_deref(), Ok(&b"hello"[..]));
        assert!(open(PairRole::Writer).is_err());
    }

    #[test]
    fn it_is_not_the_key_of_tox() {
        let (a, b) = both();
        let sealed = a
            .message_key(PairRole::Writer, &b.public())
            .unwrap()
            .seal(&NONCE, b"hello")
            .unwrap();
        let tox = SharedKey::new(&b.to_dht(), &a.public().to_dht()).unwrap();
        assert!(tox.open(&NONCE, &sealed).is_err());
    }
}
