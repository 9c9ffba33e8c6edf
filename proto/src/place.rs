//! Places of an inbox: where its mail and its records lie, anew in each period.
//!
//! A place is a salt; with the inbox's key it gives a [blinded key](PlacePublicKey), and that key's hash is the
//! location. The places of a pair of friends are no places of an inbox: see [`InboxSecret::pair`].

use std::fmt;

use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::ids::Location;
use crate::keys::{InboxPublicKey, InboxSecret, PlacePublicKey, PlaceSigner, SALT_LEN};
use crate::period::Period;

/// One of the points at which an inbox's record lies, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordPoint(u8);

impl RecordPoint {
    /// All four. There are several, so that one hostile neighbourhood cannot hide a record.
    pub const ALL: [Self; 4] = [Self(0), Self(1), Self(2), Self(3)];

    /// Its number, from 0.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceClass {
    /// Where strangers write to.
    FrontDoor,
    /// Where those write to whom the owner has written.
    Contacts,
    /// Where the inbox's record is found.
    RecordPoint(RecordPoint),
}

impl PlaceClass {
    /// The first byte of a salt: 1 front door, 2 contacts, 16 to 19 the record points.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::FrontDoor => 1,
            Self::Contacts => 2,
            Self::RecordPoint(point) => 16 + point.0,
        }
    }

    /// The class with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        let points = RecordPoint::ALL.map(Self::RecordPoint);
        [Self::FrontDoor, Self::Contacts]
            .into_iter()
            .chain(points)
            .find(|class| class.code() == code)
    }
}

/// What must be known beside the key to find a place. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct PlaceSecret(Zeroizing<[u8; 16]>);

impl PlaceSecret {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// All zeros: the secret of a front door that never moved, and of record points; no secret at all.
    #[must_use]
    pub fn zero() -> Self {
        Self::from_bytes([0; 16])
    }

    /// A fresh secret.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; 16]);
        rng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// Takes the bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether it is [`PlaceSecret::zero`].
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::zero()
    }
}

impl PartialEq for PlaceSecret {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }
}

impl Eq for PlaceSecret {}

impl fmt::Debug for PlaceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlaceSecret(…)")
    }
}

/// A place that every inbox has: class ‖ period ‖ secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    class: PlaceClass,
    period: Period,
    secret: PlaceSecret,
}

impl Place {
    /// Where strangers write to; the secret is zero, or what the inbox's record names.
    #[must_use]
    pub fn front_door(period: Period, secret: PlaceSecret) -> Self {
        Self {
            class: PlaceClass::FrontDoor,
            period,
            secret,
        }
    }

    /// Where those write to who know the contacts' secret.
    #[must_use]
    pub fn contacts(period: Period, secret: PlaceSecret) -> Self {
        Self {
            class: PlaceClass::Contacts,
            period,
            secret,
        }
    }

    /// Where the inbox's record is found; the secret is zero.
    #[must_use]
    pub fn record_point(period: Period, point: RecordPoint) -> Self {
        Self {
            class: PlaceClass::RecordPoint(point),
            period,
            secret: PlaceSecret::zero(),
        }
    }

    /// What it is for.
    #[must_use]
    pub fn class(&self) -> PlaceClass {
        self.class
    }

    /// When it is used.
    #[must_use]
    pub fn period(&self) -> Period {
        self.period
    }

    /// The secret part of its salt.
    #[must_use]
    pub fn secret(&self) -> &PlaceSecret {
        &self.secret
    }

    /// The key that rules here, as everybody computes it who knows the inbox's key and the place.
    #[must_use]
    pub fn key(&self, inbox: &InboxPublicKey) -> PlacePublicKey {
        inbox.blind(&self.salt())
    }

    /// What signs here for the owner of the inbox.
    #[must_use]
    pub fn signer(&self, inbox: &InboxSecret) -> PlaceSigner {
        inbox.blind(&self.salt())
    }

    /// Where it lies: the hash of its key.
    #[must_use]
    pub fn location(&self, inbox: &InboxPublicKey) -> Location {
        self.key(inbox).location()
    }

    /// class 1 ‖ period 8 ‖ secret 16.
    pub(crate) fn salt(&self) -> Zeroizing<[u8; SALT_LEN]> {
        let mut salt = Zeroizing::new([0; SALT_LEN]);
        salt[0] = self.class.code();
        salt[1..9].copy_from_slice(&self.period.number().to_be_bytes());
        salt[9..].copy_from_slice(self.secret.expose());
        salt
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn places(period: Period, secret: &PlaceSecret) -> Vec<Place> {
        let points = RecordPoint::ALL.map(|point| Place::record_point(period, point));
        [
            Place::front_door(period, PlaceSecret::zero()),
            Place::front_door(period, secret.clone()),
            Place::contacts(period, PlaceSecret::zero()),
            Place::contacts(period, secret.clone()),
        ]
        .into_iter()
        .chain(points)
        .collect()
    }

    #[test]
    fn a_class_is_read_back_from_its_code_and_no_other_code_is_one() {
        let codes: Vec<_> = (0..=u8::MAX)
            .filter(|code| PlaceClass::from_code(*code).is_some())
            .collect();
        assert_eq!(codes, [1, 2, 16, 17, 18, 19]);
        for code in codes {
            assert_eq!(
                PlaceClass::from_code(code).map(PlaceClass::code),
                Some(code)
            );
        }
    }

    #[test]
    fn all_places_of_all_inboxes_and_periods_are_different() {
        let mut locations = HashSet::new();
        let secret = PlaceSecret::from_bytes([7; 16]);
        for seed in [[1; 32], [2; 32]] {
            let inbox = InboxSecret::from_seed(&seed).public();
            for period in [700, 701] {
                for place in places(Period::from_number(period), &secret) {
                    assert!(locations.insert(place.location(&inbox)));
                }
            }
        }
        assert_eq!(locations.len(), 2 * 2 * 8);
    }

    #[test]
    fn a_secret_is_neither_printed_nor_equal_to_another() {
        let (one, other) = (PlaceSecret::from_bytes([0x42; 16]), PlaceSecret::zero());
        assert!(one != other && one == one.clone());
        assert!(other.is_zero() && !one.is_zero());
        let place = Place::contacts(Period::from_number(1), one);
        assert!(!format!("{place:?}").contains("66"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn owner_and_sender_find_the_same_place(tox: bool, bytes: [u8; 32], secret: [u8; 16], number: u64) {
            let inbox = if tox { InboxSecret::from_tox(&bytes) } else { InboxSecret::from_seed(&bytes) };
            for place in places(Period::from_number(number), &PlaceSecret::from_bytes(secret)) {
                let key = place.key(&inbox.public());
                prop_assert_eq!(place.signer(&inbox).public(), key);
                prop_assert_eq!(place.location(&inbox.public()), key.location());
            }
        }
    }
}
