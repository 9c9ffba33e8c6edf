//! What owners sign when they ask for what is theirs.
//!
//! Every text names the addressee's key and token, so that a signature is of no use to another node, address or time.

use super::envelope::Token;
use crate::ids::{Location, NetworkId, PacketId};
use crate::keys::{DhtPublicKey, InboxPublicKey, InboxSecret, KeyError, Signature};
use crate::signature::{SignedCommand, sign, verify};

/// The text under a List request.
#[derive(Clone, Copy, Debug)]
pub struct ListText {
    /// The addressee's key.
    pub node: DhtPublicKey,
    /// The token that the addressee issued.
    pub token: Token,
    /// The location that is listed.
    pub location: Location,
    /// The cursor: ids after this one; all zeros for the beginning.
    pub after: PacketId,
}

/// The text under a Retrieve request.
#[derive(Clone, Copy, Debug)]
pub struct RetrieveText {
    /// The addressee's key.
    pub node: DhtPublicKey,
    /// The token that the addressee issued.
    pub token: Token,
    /// Where the packet lies.
    pub location: Location,
    /// Which packet.
    pub id: PacketId,
}

/// The text under a Subscribe request.
#[derive(Clone, Copy, Debug)]
pub struct SubscribeText {
    /// The addressee's key.
    pub node: DhtPublicKey,
    /// The token that the addressee issued.
    pub token: Token,
    /// The location whose packets are to be handed on.
    pub location: Location,
    /// The session key that they are handed on to.
    pub subscriber: DhtPublicKey,
    /// The token that the subscriber issued to the addressee.
    pub subscriber_token: Token,
    /// For how long, in seconds.
    pub lifetime: u32,
}

macro_rules! signed_text {
    ($name:ident, $command:expr, $self:ident => $fields:expr) => {
        impl $name {
            /// Signs the text.
            #[must_use]
            pub fn sign($self, secret: &InboxSecret, network: NetworkId) -> Signature {
                sign(secret, network, $command, &$fields)
            }

            /// Checks a signature over the text.
            ///
            /// # Errors
            /// [`KeyError::Signature`] if it does not hold.
            pub fn verify(
                $self,
                key: &InboxPublicKey,
                network: NetworkId,
                signature: &Signature,
            ) -> Result<(), KeyError> {
                verify(key, network, $command, &$fields, signature)
            }
        }
    };
}

signed_text!(ListText, SignedCommand::List, self => [
    &self.node.as_bytes()[..],
    self.token.as_bytes(),
    self.location.as_bytes(),
    self.after.as_bytes(),
]);

signed_text!(RetrieveText, SignedCommand::Retrieve, self => [
    &self.node.as_bytes()[..],
    self.token.as_bytes(),
    self.location.as_bytes(),
    self.id.as_bytes(),
]);

signed_text!(SubscribeText, SignedCommand::Subscribe, self => [
    &self.node.as_bytes()[..],
    self.token.as_bytes(),
    self.location.as_bytes(),
    self.subscriber.as_bytes(),
    self.subscriber_token.as_bytes(),
    &self.lifetime.to_be_bytes(),
]);
