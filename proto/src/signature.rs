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
}
