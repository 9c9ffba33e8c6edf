//! What signatures cover: domain ‖ network id ‖ command ‖ all fields, each of fixed length.
//!
//! So no signature can be used for another command or in another network. Keys sign nothing but a [`SignedText`].

use crate::domain;
use crate::ids::NetworkId;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SignedCommand {
    /// An inbox record.
    Record = 1,
    /// A tombstone by the place's owner.
    DeleteTombstone = 2,
    /// A tombstone by the packet's ephemeral key.
    RecallTombstone = 3,
    /// A request for the list of a place's packets.
    List = 4,
    /// A request for one packet of a place.
    Retrieve = 5,
    /// A subscription to a place.
    Subscribe = 6,
    /// A deposit for prepaid mail.
    Deposit = 7,
    /// A prepaid part of a message.
    Prepaid = 8,
}

/// A text to be signed or verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedText(Vec<u8>);

impl SignedText {
    /// Lays the text out: domain ‖ network id 4 ‖ command 1 ‖ fields. For one command the fields and their lengths are
    /// always the same; only the last field of a prepaid part has one of four lengths.
    #[must_use]
    pub fn new(network: NetworkId, command: SignedCommand, fields: &[&[u8]]) -> Self {
        let mut text = domain::SIGNATURE.to_vec();
        text.extend_from_slice(&network.0.to_be_bytes());
        text.push(command as u8);
        fields
            .iter()
            .for_each(|field| text.extend_from_slice(field));
        Self(text)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{EphemeralSecret, KeyError, Signature};

    #[test]
    fn a_signature_holds_for_its_network_command_and_fields_only() {
        let secret = EphemeralSecret::from_seed(&[1; 32]);
        let key = secret.public();
        let (network, command) = (NetworkId::MAIN, SignedCommand::List);
        let text = SignedText::new(network, command, &[b"one", b"two"]);
        let signature = secret.sign(&text);
        assert_eq!(key.verify(&text, &signature), Ok(()));
        for (network, command, fields) in [
            (NetworkId(1), command, [&b"one"[..], b"two"]),
            (network, SignedCommand::Retrieve, [b"one", b"two"]),
            (network, command, [b"one", b"twO"]),
        ] {
            assert_eq!(
                key.verify(&SignedText::new(network, command, &fields), &signature),
                Err(KeyError::Signature)
            );
        }
    }

    #[test]
    fn signatures_are_not_malleable() {
        // Adding the group order to s gives a second signature, which lax verifiers take.
        const ORDER: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let secret = EphemeralSecret::from_seed(&[1; 32]);
        let text = SignedText::new(NetworkId::MAIN, SignedCommand::Record, &[b"one"]);
        let mut bytes = *secret.sign(&text).as_bytes();
        let mut carry = 0u16;
        for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert_eq!(carry, 0, "s plus the order fits 32 bytes");
        let second = Signature::from_bytes(bytes);
        assert_eq!(
            secret.public().verify(&text, &second),
            Err(KeyError::Signature)
        );
    }
}
