//! What owners sign when they ask for what is theirs.
//!
//! Every text names the addressee's key and token, so that a signature is of no use to another node, address or time.
//! The key that verifies is the place's, and the text's location is that key's: nothing can be said of another place.

use super::token::Token;
use crate::ids::{NetworkId, PacketId};
use crate::keys::{DhtPublicKey, KeyError, PlacePublicKey, PlaceSigner, Signature};
use crate::signature::{SignedCommand, SignedText};

/// The text under a List request.
#[derive(Clone, Copy, Debug)]
pub struct ListText {
    /// The addressee's key.
    pub node: DhtPublicKey,
    /// The token that the addressee issued.
    pub token: Token,
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
    /// The session key that packets are handed on to.
    pub subscriber: DhtPublicKey,
    /// The token that the subscriber issued to the addressee.
    pub subscriber_token: Token,
    /// For how long, in seconds.
    pub lifetime: u32,
}

macro_rules! signed_text {
    ($name:ident, $command:expr, ($self:ident, $location:ident) => $fields:expr) => {
        impl $name {
            /// Signs the text, for the signer's own place.
            #[must_use]
            pub fn sign(&self, signer: &PlaceSigner, network: NetworkId) -> Signature {
                signer.sign(&self.text(&signer.public(), network))
            }

            /// Checks a signature over the text, for that key's place.
            ///
            /// # Errors
            /// [`KeyError::Signature`] if it does not hold.
            pub fn verify(
                &self,
                key: &PlacePublicKey,
                network: NetworkId,
                signature: &Signature,
            ) -> Result<(), KeyError> {
                key.verify(&self.text(key, network), signature)
            }

            fn text(&$self, key: &PlacePublicKey, network: NetworkId) -> SignedText {
                let $location = key.location();
                SignedText::new(network, $command, &$fields)
            }
        }
    };
}

signed_text!(ListText, SignedCommand::List, (self, location) => [
    &self.node.as_bytes()[..],
    self.token.as_bytes(),
    location.as_bytes(),
    self.after.as_bytes(),
]);

signed_text!(RetrieveText, SignedCommand::Retrieve, (self, location) => [
    &self.node.as_bytes()[..],
    self.token.as_bytes(),
    location.as_bytes(),
    self.id.as_bytes(),
]);

signed_text!(SubscribeText, SignedCommand::Subscribe, (self, location) => [
    &self.node.as_bytes()[..],
    self.token.as_bytes(),
    location.as_bytes(),
    self.subscriber.as_bytes(),
    self.subscriber_token.as_bytes(),
    &self.lifetime.to_be_bytes(),
]);
