//! Sealing a record for one of its places, and opening it again.
//!
//! Which places a record belongs at is the owner's business: the record points of every period in which it is in force, and
//! wherever the inbox's mail lies.

use thiserror::Error;
use zeroize::Zeroizing;

use super::contents::RecordContents;
use super::version::{MAX_REVISION, version_number};
use crate::codec::{DecodeError, Writer};
use crate::domain;
use crate::hash::hash;
use crate::ids::NetworkId;
use crate::keys::{BoxError, InboxPublicKey, InboxSecret, NONCE_LEN, SIGNATURE_LEN, SharedKey};
use crate::packet::layout::{RECORD_BOX, RECORD_NONCE};
use crate::packet::{
    HEADER_LEN, Packet, PacketKind, RECORD_LEN, StampedPacket, Terms, record_last,
};
use crate::place::{Place, PlaceClass};
use crate::seal::record_end;
use crate::week::Week;

/// Why a record cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// All revisions are used up.
    #[error("the inbox has published {MAX_REVISION} records, and cannot publish more; use another")]
    Revision,
    /// It was not made in the week whose seal keys it names.
    #[error("the record was made in week {made}, but its seal keys begin with week {keys}")]
    Week {
        /// The week of its date.
        made: Week,
        /// The week of its seal keys.
        keys: Week,
    },
    /// The cipher refused.
    #[error(transparent)]
    Box(#[from] BoxError),
    /// The packet would not be well-formed.
    #[error("the record's packet is malformed: {0}")]
    Packet(#[from] DecodeError),
}

/// Why a record does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenRecordError {
    /// The packet holds something else.
    #[error("the packet holds no inbox record")]
    NotARecord,
    /// It lies at another place.
    #[error("the record does not belong to this place of this inbox")]
    OtherPlace,
    /// The box was not made by who knows the inbox's key.
    #[error("the record does not open with this inbox's key")]
    Box,
    /// What was sealed is malformed.
    #[error("the sealed record is malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// What it says in clear is not what it says sealed.
    #[error("the record contradicts itself: its {0} in clear is not the sealed one")]
    Contradiction(&'static str),
}

/// Lays out the record's unstamped packet for one place. The same contents always give the same packet, whichever of
/// the owner's devices makes it.
///
/// It expires when the record ends, like all records of its week.
///
/// # Errors
/// [`RecordError`] if the contents cannot be a record.
pub fn seal_record(
    owner: &InboxSecret,
    network: NetworkId,
    place: &Place,
    contents: &RecordContents,
) -> Result<Packet, RecordError> {
    let (made, keys) = (Week::at(contents.made), contents.week());
    if made != keys {
        return Err(RecordError::Week { made, keys });
    }
    let (inbox, signer) = (owner.public(), place.signer(owner));
    let version = version_number(&inbox, place, contents.revision).ok_or(RecordError::Revision)?;
    let key = record_key(&inbox, place);
    let plain = Zeroizing::new(contents.encode());
    let nonce: [u8; NONCE_LEN] = hash(
        domain::RECORD_NONCE,
        &[key.as_slice(), &version.to_be_bytes(), &plain],
    );
    let mut body = Writer::with_capacity(RECORD_LEN - HEADER_LEN);
    body.bytes(signer.public().as_bytes()).u64(version);
    terms_in_clear(place, contents.terms).encode(&mut body);
    body.bytes(&nonce)
        .bytes(&SharedKey::from_derived(&key).seal(&nonce, &plain)?)
        .zeros(SIGNATURE_LEN);
    let packet = Packet::unstamped(
        PacketKind::Record,
        record_last(keys),
        signer.public().location(),
        record_end(keys),
        &body.finish(),
    )?;
    Ok(packet.sign(&signer, network))
}

/// Opens a record that was found at a place of an inbox.
///
/// # Errors
/// [`OpenRecordError`]: it is none, of another place, not sealed by its owner, or contradicts itself.
pub fn open_record(
    inbox: &InboxPublicKey,
    place: &Place,
    packet: &StampedPacket,
) -> Result<RecordContents, OpenRecordError> {
    let head = packet.record_head().ok_or(OpenRecordError::NotARecord)?;
    let place_key = place.key(inbox);
    if packet.place_key() != Some(place_key.unchecked()) {
        return Err(OpenRecordError::OtherPlace);
    }
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&packet.as_bytes()[RECORD_NONCE]);
    let plain = SharedKey::from_derived(&record_key(inbox, place))
        .open(&nonce, &packet.as_bytes()[RECORD_BOX])
        .map_err(|_| OpenRecordError::Box)?;
    let contents = RecordContents::decode(&Zeroizing::new(plain))?;
    let contradiction = |what| Err(OpenRecordError::Contradiction(what));
    if version_number(inbox, place, contents.revision) != Some(head.version) {
        return contradiction("version");
    }
    if contents.week() != head.week || Week::at(contents.made) != head.week {
        return contradiction("week");
    }
    if terms_in_clear(place, contents.terms) != head.terms {
        return contradiction("terms");
    }
    Ok(contents)
}

/// Holders of mail enforce the terms, and must see them; holders of record points need not.
fn terms_in_clear(place: &Place, terms: Terms) -> Terms {
    match place.class() {
        PlaceClass::FrontDoor | PlaceClass::Contacts => terms,
        PlaceClass::RecordPoint(_) => Terms::NONE,
    }
}

/// What a record is sealed under: derived by who knows the inbox's key and the place's salt, and another one at each place.
///
/// From the salt and not from the place's key, which stands in clear: else who has a list of inbox keys could try them on
/// every record that lies at a place for contacts, and join it.
fn record_key(inbox: &InboxPublicKey, place: &Place) -> Zeroizing<[u8; 32]> {
    let salt = place.salt();
    Zeroizing::new(hash(
        domain::RECORD_KEY,
        &[inbox.as_bytes(), salt.as_slice()],
    ))
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::ids::UnixSeconds;
    use crate::packet::layout::{RECORD_TERMS, RECORD_VERSION};
    use crate::period::Period;
    use crate::place::PlaceSecret;
    use crate::seal::SealChain;

    const NETWORK: NetworkId = NetworkId::MAIN;

    fn owner() -> InboxSecret {
        InboxSecret::from_seed(&[1; 32])
    }

    fn door() -> Place {
        Place::front_door(Period::from_number(744), PlaceSecret::zero())
    }

    fn contents() -> RecordContents {
        let week = Week::from_number(2976);
        RecordContents {
            revision: 5,
            made: week.begin().plus(9),
            front_door: PlaceSecret::from_bytes([3; 16]),
            terms: Terms::NONE,
            seal_keys: SealChain::from_parts(week, &[7; 32])
                .public_keys(week)
                .unwrap(),
        }
    }

    /// A record whose bytes in this range are others, signed by the owner all the same.
    fn signed_with(range: Range<usize>, bytes: &[u8]) -> StampedPacket {
        let packet = seal_record(&owner(), NETWORK, &door(), &contents()).unwrap();
        let mut changed = packet.as_bytes().to_vec();
        changed[range].copy_from_slice(bytes);
        let signer = door().signer(&owner());
        let packet = Packet::parse(&changed).unwrap().sign(&signer, NETWORK);
        StampedPacket::from_store(packet.as_bytes()).unwrap()
    }

    fn open(packet: &StampedPacket) -> Result<RecordContents, OpenRecordError> {
        open_record(&owner().public(), &door(), packet)
    }

    #[test]
    fn an_owner_who_says_one_thing_in_clear_and_another_sealed_is_not_believed() {
        let version = signed_with(RECORD_VERSION, &u64::MAX.to_be_bytes());
        let terms = signed_with(RECORD_TERMS, &[12, 0, 28, 0]);
        let last = record_last(Week::from_number(2977)).number();
        let week = signed_with(18..20, &last.to_be_bytes());
        for (packet, what) in [(version, "version"), (terms, "terms"), (week, "week")] {
            assert_eq!(open(&packet), Err(OpenRecordError::Contradiction(what)));
        }
    }

    #[test]
    fn a_box_that_was_not_made_for_this_inbox_and_place_does_not_open() {
        let packet = signed_with(RECORD_BOX, &[7; 216]);
        assert_eq!(open(&packet), Err(OpenRecordError::Box));
    }

    #[test]
    fn who_has_the_inbox_key_and_not_the_places_secret_opens_nothing_there() {
        let inbox = owner().public();
        let place = Place::contacts(Period::from_number(700), PlaceSecret::from_bytes([8; 16]));
        let packet = seal_record(&owner(), NETWORK, &place, &contents()).unwrap();
        let bytes = packet.as_bytes();
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&bytes[RECORD_NONCE]);
        let opens = |key: &[u8; 32]| {
            let key = SharedKey::from_derived(key);
            key.open(&nonce, &bytes[RECORD_BOX]).is_ok()
        };
        assert!(opens(&record_key(&inbox, &place)));
        // All that stands in clear, and a guess at the secret.
        let key = packet.place_key().unwrap();
        let from_keys = hash(domain::RECORD_KEY, &[inbox.as_bytes(), key.as_bytes()]);
        assert!(!opens(&from_keys));
        let guess = Place::contacts(place.period(), PlaceSecret::zero());
        assert!(!opens(&record_key(&inbox, &guess)));
        let version = packet.record_head().unwrap().version;
        let guessed = version_number(&inbox, &guess, contents().revision);
        assert_ne!(guessed, Some(version));
    }

    #[test]
    fn other_contents_of_one_revision_are_sealed_with_another_nonce() {
        let nonce = |contents: &RecordContents| {
            let packet = seal_record(&owner(), NETWORK, &door(), contents).unwrap();
            packet.as_bytes()[RECORD_NONCE].to_vec()
        };
        let twin = RecordContents {
            made: UnixSeconds(contents().made.0 + 1),
            ..contents()
        };
        assert_ne!(nonce(&contents()), nonce(&twin));
    }
}
