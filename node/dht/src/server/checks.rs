//! What a request must show before anything is done for it: nearness, work, and the signature of a place's key.
//!
//! Changes nothing and sends nothing.

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::packet::{Packet, PacketError, PacketKind, StampedPacket};
use toxdrop_proto::wire::{
    ListText, PlaceProof, Refusal, RetrieveText, SubscribeRequest, SubscribeText,
};

use super::desk::{Desk, Origin};
use crate::responding::ReplyTo;

/// Closer nodes that we must know of before we call a location too far for us: as many as an owner asks.
const TOO_FAR: usize = 20;

/// Whether a location is too far for us.
pub(crate) fn too_far(desk: &Desk<'_>, location: &Location) -> bool {
    desk.capable.closer_than_us(location.as_bytes()) >= TOO_FAR
}

/// A packet that shall be held: near enough, and paid for.
pub(crate) fn packet(desk: &Desk<'_>, packet: Packet) -> Result<StampedPacket, Refusal> {
    // A node that stores for nobody else may still always hold some inboxes, however far; its store knows which.
    if desk.link.stores && too_far(desk, &packet.location()) {
        return Err(Refusal::NotInCharge);
    }
    // What a deposit pays for is not kept yet: nobody shall make one that is worth nothing.
    if packet.kind() == PacketKind::Deposit {
        return Err(Refusal::NotStoring);
    }
    packet
        .verify(desk.now.unix, &desk.config.policy())
        .map_err(|error| match error {
            PacketError::WorkTooLow { target, .. } => Refusal::WorkTooLow {
                target,
                record: None,
            },
            PacketError::Expired(_) => Refusal::Expired,
            PacketError::TtlTooLong { max, .. } => Refusal::TtlTooLong { max },
            PacketError::NeedsDeposit => Refusal::NoDeposit,
            PacketError::Key(_) | PacketError::Signature => Refusal::BadSignature,
            PacketError::OutlivesLastDay(_)
            | PacketError::LastDayTooLate { .. }
            | PacketError::RecordAhead
            | PacketError::NotThePlacesKey => Refusal::Malformed,
        })
}

/// A List: signed by the owner for this node and token. Our own needs no signature.
pub(crate) fn list(
    desk: &Desk<'_>,
    origin: &Origin,
    owner: &PlaceProof,
    after: PacketId,
) -> Result<(), Refusal> {
    let Origin::Remote(to) = origin else {
        return Ok(());
    };
    let text = ListText {
        node: desk.link.public,
        token: to.token,
        after,
    };
    text.verify(&owner.key, desk.config.network(), &owner.signature)
        .map_err(|_| Refusal::BadSignature)
}

/// A Retrieve, likewise.
pub(crate) fn retrieve(
    desk: &Desk<'_>,
    origin: &Origin,
    owner: &PlaceProof,
    id: PacketId,
) -> Result<(), Refusal> {
    let Origin::Remote(to) = origin else {
        return Ok(());
    };
    let text = RetrieveText {
        node: desk.link.public,
        token: to.token,
        id,
    };
    text.verify(&owner.key, desk.config.network(), &owner.signature)
        .map_err(|_| Refusal::BadSignature)
}

/// A Subscribe, likewise, naming the subscriber and its token.
pub(crate) fn subscribe(
    desk: &Desk<'_>,
    to: &ReplyTo,
    request: &SubscribeRequest,
) -> Result<(), Refusal> {
    let owner = &request.owner;
    let text = SubscribeText {
        node: desk.link.public,
        token: to.token,
        subscriber: to.peer.key,
        subscriber_token: request.subscriber_token,
        lifetime: request.lifetime,
    };
    text.verify(&owner.key, desk.config.network(), &owner.signature)
        .map_err(|_| Refusal::BadSignature)
}
