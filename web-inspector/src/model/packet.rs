//! A stored packet taken apart: its fields, and which of its claims hold, by its bytes alone.
//!
//! Whose place it lies at is [`super::belongs`], what its work is worth [`super::work`].

use toxdrop_proto::anatomy;
use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::keys::{EphemeralPublicKey, KeyError, PlacePublicKey, SIGNATURE_LEN, Signature};
use toxdrop_proto::packet::{EXPIRES, HEADER_LEN, LOCATION, Packet, PacketKind, VERSION_AT};
use toxdrop_proto::pow;
use toxdrop_proto::signature::{SignedCommand, SignedText};

use super::checks::{self, Check};
use super::finding::{Analysis, Field};
use super::flaw;
use super::units;

/// What somebody else, a node, says these bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The location it is listed at.
    pub location: &'a [u8],
    /// The id it is listed as.
    pub packet_id: &'a [u8],
}

/// Takes a packet apart, or what should be one. `network` is what signatures must be for.
pub(super) fn analyse(bytes: &[u8], network: NetworkId, claim: Option<&Claim<'_>>) -> Analysis {
    let (fields, error) = anatomy::fields(bytes);
    let fields: Vec<Field> = fields.into_iter().map(Field::from).collect();
    let packet = Packet::parse(bytes).ok();
    let title = match packet.as_ref().map(Packet::kind) {
        None if bytes.len() > HEADER_LEN => "Malformed packet",
        None => "Not a packet",
        Some(PacketKind::Message) => "Message part",
        Some(PacketKind::Record) => "Inbox record",
        Some(PacketKind::Prepaid) => "Prepaid message part",
        Some(PacketKind::Deposit) => "Deposit",
    };
    let flaw = error.map(|error| flaw::of(bytes, error, fields.iter().map(|f| &f.range)));
    let mut found = vec![checks::layout(flaw.as_ref(), fields.len())];
    if let Some(packet) = &packet {
        found.extend(claim.map(|claim| listed(packet, claim)));
        found.push(last_day(packet));
        found.push(place(packet));
        found.extend(ephemeral_key(packet));
        found.extend(signature(packet, network));
    }
    // A prepaid part's nonce means nothing.
    let has_work = packet.as_ref().map(Packet::kind) != Some(PacketKind::Prepaid);
    let expires = bytes.get(EXPIRES).and_then(|e| e.try_into().ok());
    Analysis {
        id: packet.as_ref().map(|p| p.id().to_string()),
        location: bytes.get(LOCATION).and_then(|l| l.try_into().ok()),
        expires: expires.map(u64::from_be_bytes),
        pow_value: (has_work && expires.is_some())
            .then(|| pow::object_value(bytes))
            .flatten(),
        packet,
        ..Analysis::new(title, fields, flaw, found)
    }
}

/// Whether the packet is what a node lists it as.
fn listed(packet: &Packet, claim: &Claim<'_>) -> Check {
    let same_id = packet.id().as_bytes() == claim.packet_id;
    let same_place = packet.location().as_bytes() == claim.location;
    let detail = match (same_id, same_place) {
        (true, true) => "recomputed; the node lists it so, at this location",
        (false, _) => "recomputed is another than the node's list says",
        (true, false) => "is the listed one, but the node lists it at another location",
    };
    Check::new("Id", same_id && same_place, detail)
}

fn last_day(packet: &Packet) -> Check {
    let end = packet.last().end();
    let holds = packet.expires() <= end;
    let date = units::date(end.0);
    Check::new(
        "Last day",
        holds,
        if holds {
            format!("ends at {date}, which is not before the packet does")
        } else {
            format!("ends at {date}, before the packet does: nodes refuse it")
        },
    )
}

fn place(packet: &Packet) -> Check {
    const WHAT: &str = "Location";
    match packet.place_key() {
        Some(key) if key.location() == packet.location() => {
            Check::new(WHAT, true, "recomputed: the hash of the place's key")
        }
        Some(_) => Check::new(WHAT, false, "is not the hash of the place's key"),
        None => Check::unknown(
            WHAT,
            "is the hash of a place's key that the packet does not hold; give an address below to compare",
        ),
    }
}

fn ephemeral_key(packet: &Packet) -> Option<Check> {
    let key = packet.ephemeral_key()?;
    Some(match EphemeralPublicKey::try_from(key) {
        Ok(_) => Check::new("Ephemeral key", true, "is a key of the curve"),
        Err(error) => Check::new("Ephemeral key", false, format!("is refused: {error}")),
    })
}

/// What the place's key must have signed: everything from the version on.
fn signature(packet: &Packet, network: NetworkId) -> Option<Check> {
    let command = match packet.kind() {
        PacketKind::Message => return None,
        PacketKind::Record => SignedCommand::Record,
        PacketKind::Prepaid => SignedCommand::Prepaid,
        PacketKind::Deposit => SignedCommand::Deposit,
    };
    let (signed, signature) = packet
        .as_bytes()
        .get(VERSION_AT..)?
        .split_last_chunk::<SIGNATURE_LEN>()?;
    let text = SignedText::new(network, command, &[signed]);
    let verified = PlacePublicKey::try_from(packet.place_key()?)
        .and_then(|key| key.verify(&text, &Signature::from_bytes(*signature)));
    let detail = match verified {
        Ok(()) => format!("by the place's key, for network {:#010x}", network.0),
        Err(KeyError::Signature) => {
            format!("is not the place's key's, for network {:#010x}", network.0)
        }
        Err(error) => format!("cannot hold, as the place's key is refused: {error}"),
    };
    Some(Check::new("Signature", verified.is_ok(), detail))
}
