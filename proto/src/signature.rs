//! What signatures cover: domain ‖ network id ‖ command ‖ all fields, each of fixed length.
//!
//! So no signature can be used for another command or in another network.

use crate::ids::NetworkId;
use crate::keys::{InboxPublicKey, InboxSecret, KeyError, Signature};

/// First bytes of every signed text.
pub const DOMAIN: &[u8] = b"toxdrop v1 signature";

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SignedCommand {
    /// An inbox record.
    Record = 1,
    /// A tombstone by the inbox's owner.
    DeleteTombstone = 2,
    /// A tombstone by the packet's ephemeral key.
    RecallTombstone = 3,
    /// A request for the list of an inbox's packets.
    List = 4,
    /// A request for one packet of an inbox.
    Retrieve = 5,
    /// A subscription to an inbox.
    Subscribe = 6,
}

/// Signs `fields` for a command.
#[must_use]
pub fn sign(
    secret: &InboxSecret,
    network: NetworkId,
    command: SignedCommand,
    fields: &[&[u8]],
) -> Signature {
    secret.sign(&text(network, command, fields))
}

/// Checks a signature over `fields` for a command.
///
/// # Errors
/// [`KeyError::Signature`] if it does not hold.
pub fn verify(
    key: &InboxPublicKey,
    network: NetworkId,
    command: SignedCommand,
    fields: &[&[u8]],
    signature: &Signature,
) -> Result<(), KeyError> {
    key.verify(&text(network, command, fields), signature)
}

fn text(network: NetworkId, command: SignedCommand, fields: &[&[u8]]) -> Vec<u8> {
    let mut text = DOMAIN.to_vec();
    text.extend_from_slice(&network.0.to_be_bytes());
    text.push(command as u8);
    fields
        .iter()
        .for_each(|field| text.extend_from_slice(field));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NetworkId;

    #[test]
    fn a_signature_holds_for_its_network_command_and_fields_only() {
        let secret = (0..=255)
            .find_map(|n| InboxSecret::from_seed(&[n; 32]).ok())
            .unwrap();
        let key = secret.public();
        let (network, command) = (NetworkId::MAIN, SignedCommand::List);
        let signature = sign(&secret, network, command, &[b"one", b"two"]);
        assert_eq!(
            verify(&key, network, command, &[b"one", b"two"], &signature),
            Ok(())
        );
        for (network, command, fields) in [
            (NetworkId(1), command, [&b"one"[..], b"two"]),
            (network, SignedCommand::Retrieve, [b"one", b"two"]),
            (network, command, [b"one", b"twO"]),
        ] {
            assert_eq!(
                verify(&key, network, command, &fields, &signature),
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
        let secret = (0..=255)
            .find_map(|n| InboxSecret::from_seed(&[n; 32]).ok())
            .unwrap();
        let (network, command) = (NetworkId::MAIN, SignedCommand::Record);
        let mut bytes = *sign(&secret, network, command, &[b"one"]).as_bytes();
        let mut carry = 0u16;
        for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert_eq!(carry, 0, "s plus the order fits 32 bytes");
        let second = Signature::from_bytes(bytes);
        assert_eq!(
            verify(&secret.public(), network, command, &[b"one"], &second),
            Err(KeyError::Signature)
        );
    }
}
