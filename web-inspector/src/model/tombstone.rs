//! A tombstone taken apart: its fields, its signature, and what it is proof of.
//!
//! Whether a node holds the packet that it ends, these bytes cannot tell.

use toxdrop_proto::anatomy;
use toxdrop_proto::codec::Reader;
use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::tombstone::{Authority, Tombstone, TombstoneError};

use super::checks::{self, Check};
use super::finding::{Analysis, Field};
use super::flaw;

/// The tombstone that these bytes are, from the first to the last.
pub(super) fn read(bytes: &[u8]) -> Option<Tombstone> {
    let mut reader = Reader::new(bytes);
    let tombstone = Tombstone::decode(&mut reader).ok()?;
    reader.finish().ok().map(|()| tombstone)
}

/// Takes a tombstone apart, or what should be one. `network` is what its signature must be for.
pub(super) fn analyse(bytes: &[u8], network: NetworkId) -> Analysis {
    let (fields, error) = anatomy::tombstone_fields(bytes);
    let fields: Vec<Field> = fields.into_iter().map(Field::from).collect();
    let flaw = error.map(|error| flaw::of(bytes, error, fields.iter().map(|f| &f.range)));
    let mut found = vec![checks::layout(flaw.as_ref(), fields.len())];
    let Some(tombstone) = read(bytes) else {
        return Analysis::new("Malformed tombstone", fields, flaw, found);
    };
    let (title, signer, location) = match tombstone.authority {
        Authority::Owner { .. } => (
            "Owner's tombstone",
            "the place's key",
            "is the hash of the place's key, so that it need not be written",
        ),
        Authority::Sender { .. } => (
            "Sender's tombstone (recall)",
            "the packet's ephemeral key",
            "is written, as the packet's key does not give it",
        ),
    };
    found.push(Check::new("Location", true, location));
    let verified = tombstone.verify(network);
    found.push(Check::new(
        "Signature",
        verified.is_ok(),
        match verified {
            Ok(()) => format!("by {signer}, for network {:#010x}", network.0),
            Err(TombstoneError::Signature) => {
                format!("is not of {signer}, for network {:#010x}", network.0)
            }
            Err(TombstoneError::Key(error)) => {
                format!("cannot hold, as {signer} is refused: {error}")
            }
        },
    ));
    found.push(Check::unknown(
        "Covers",
        if tombstone.is_receipt() {
            "the packet with this id at this location; its sender takes it for the receipt"
        } else {
            "the packet with this id at this location, if that is a message's part sealed with this key"
        },
    ));
    Analysis {
        id: Some(tombstone.id.to_string()),
        location: Some(*tombstone.location().as_bytes()),
        ..Analysis::new(title, fields, flaw, found)
    }
}
