//! An address taken apart: its three forms, and the places that follow from it.
//!
//! Which places a packet lies at is [`super::belongs`]'s question.

use toxdrop_proto::address::{Address, AddressError, VERSION};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::tox::TOX_ID_LEN;

use super::checks::{self, Check};
use super::finding::{Analysis, Audience, Field};
use super::flaw::Flaw;

/// Bytes of what stands under bech32m's checksum.
const BECH32M_LEN: usize = 1 + InboxPublicKey::LEN;

/// Whether bytes of this length and first byte are an address.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    match bytes.len() {
        InboxPublicKey::LEN | TOX_ID_LEN => true,
        BECH32M_LEN => bytes.first() == Some(&VERSION),
        _ => false,
    }
}

/// Takes an address apart, given as the bytes of one of its forms.
pub(super) fn analyse(bytes: &[u8]) -> Analysis {
    let read = read(bytes);
    let (title, fields) = match bytes.len() {
        BECH32M_LEN => (
            "Address",
            vec![
                field("version", bytes, 0, 1, "of the address's form: 2"),
                field(
                    "inbox key",
                    bytes,
                    1,
                    32,
                    "point of Ed25519's curve: names the inbox",
                ),
            ],
        ),
        TOX_ID_LEN => (
            "Tox ID",
            vec![
                field(
                    "Tox public key",
                    bytes,
                    0,
                    32,
                    "X25519 image of the inbox key",
                ),
                field(
                    "nospam",
                    bytes,
                    32,
                    4,
                    "a stranger shows it to the owner, sealed",
                ),
                field(
                    "checksum",
                    bytes,
                    36,
                    2,
                    "of all bytes before it, XORed in pairs",
                ),
            ],
        ),
        _ => (
            "Tox public key",
            vec![field(
                "Tox public key",
                bytes,
                0,
                32,
                "X25519 image of the inbox key",
            )],
        ),
    };
    let flaw = read.as_ref().err().map(|error| {
        let range = match error {
            AddressError::ToxChecksum => TOX_ID_LEN - 2..TOX_ID_LEN,
            _ if bytes.len() == BECH32M_LEN => 1..BECH32M_LEN,
            _ => 0..32,
        };
        Flaw {
            range,
            missing: 0,
            message: error.to_string(),
        }
    });
    let mut found = vec![checks::layout(flaw.as_ref(), fields.len())];
    if bytes.len() == TOX_ID_LEN {
        let wrong = matches!(read, Err(AddressError::ToxChecksum));
        let said = if wrong {
            "is that of another Tox ID"
        } else {
            "fits"
        };
        found.push(Check::new("Checksum", !wrong, said));
    }
    found.extend(match &read {
        Ok(_) => Some(Check::new(
            "Key",
            true,
            "is a point of the prime-order group: mail can be sealed for it",
        )),
        Err(AddressError::Key(error)) => Some(Check::new("Key", false, error.to_string())),
        Err(_) => None,
    });
    Analysis {
        address: read.ok(),
        ..Analysis::new(title, fields, flaw, found)
    }
}

fn read(bytes: &[u8]) -> Result<Address, AddressError> {
    match bytes {
        [_, key @ ..] if bytes.len() == BECH32M_LEN => {
            let key = key
                .try_into()
                .map_err(|_| AddressError::Length(key.len()))?;
            Ok(InboxPublicKey::from_bytes(key)?.into())
        }
        _ => hex::encode(bytes).parse(),
    }
}

fn field(name: &'static str, bytes: &[u8], at: usize, len: usize, meaning: &'static str) -> Field {
    let end = (at + len).min(bytes.len());
    Field {
        name,
        range: at..end,
        value: hex::encode(bytes.get(at..end).unwrap_or_default()),
        gloss: None,
        meaning,
        sees: Audience::Inbox,
    }
}

/// The forms of an address, each with its name.
#[must_use]
pub fn forms(address: &Address) -> Vec<(&'static str, String)> {
    let tox_id = address.tox_id().map(|id| ("Tox ID", id.to_string()));
    [
        ("Address", address.to_string()),
        ("Tox public key", hex::encode(address.key.to_tox())),
        ("Inbox key", hex::encode(address.key.as_bytes())),
    ]
    .into_iter()
    .chain(tox_id)
    .collect()
}

/// The places of the period in which `now` lies that follow from the address alone, each with its location.
#[must_use]
pub fn places(address: &Address, now: u64) -> Vec<(String, String)> {
    let period = Period::at(UnixSeconds(now));
    let door = Place::front_door(period, PlaceSecret::zero());
    let named = RecordPoint::ALL.map(|point| {
        let name = format!(
            "Record point {} of {}, in period {period}",
            point.index() + 1,
            RecordPoint::ALL.len()
        );
        (name, Place::record_point(period, point))
    });
    [(
        format!("Front door in period {period}, unless it moved"),
        door,
    )]
    .into_iter()
    .chain(named)
    .map(|(name, place)| (name, place.location(&address.key).to_string()))
    .collect()
}
