//! One inbox of this node: its name, its secrets, and the places that it reads.
//!
//! Reads and writes no file; how it stands in a key file is said in `keyfile`.

use std::ops::RangeInclusive;
use std::sync::Arc;

use toxdrop_proto::address::Address;
use toxdrop_proto::clock::CLOCK_SKEW;
use toxdrop_proto::ids::{Location, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{DhtSecretKey, InboxPublicKey, InboxSecret, PlaceSigner};
use toxdrop_proto::message::DisplayName;
use toxdrop_proto::packet::MAX_TTL;
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceClass, PlaceSecret};
use toxdrop_proto::record::RecordContents;
use toxdrop_proto::seal::{SealKeyring, SealKeys};
use toxdrop_proto::tox::{Nospam, ToxId};
use toxdrop_proto::week::Week;

/// How long a front door is read after the inbox has moved, in seconds: senders use the old record until it ends, at most 28
/// days, and what they store last may live for 28 days more; both by a clock that may be 3 h off.
const READ_AFTER_MOVE: u64 = 2 * (MAX_TTL + CLOCK_SKEW);

/// A secret that is not in use any more, read until what may lie at its places has expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerPlace {
    /// What it was for.
    pub class: PlaceClass,
    pub(crate) secret: PlaceSecret,
    /// Until when it is read.
    pub until: UnixSeconds,
}

/// An inbox of ours.
#[derive(Clone)]
pub struct Identity {
    /// Its name here.
    pub name: String,
    /// Its secret.
    pub(crate) secret: Arc<InboxSecret>,
    /// When it was made, or a Tox profile was taken in.
    pub created: UnixSeconds,
    /// When it came to this node: the first one is the default.
    pub(crate) added: UnixMillis,
    /// What it calls itself in the messages that it sends.
    pub display_name: Option<DisplayName>,
    /// The nospam of its Tox ID, where it came from a Tox profile.
    pub nospam: Option<Nospam>,
    /// The secret of the front door in use.
    pub(crate) front_door: PlaceSecret,
    /// The secret of the place for those to whom the owner writes.
    pub(crate) contacts: PlaceSecret,
    /// What was in use before.
    pub former: Vec<FormerPlace>,
    /// What messages are sealed for. Only a device that was given them in a key file shares them.
    pub(crate) seals: SealKeyring,
    /// The newest record that was published, here or by another device.
    pub record: Option<RecordContents>,
    /// Whether it is known what other devices publish: the inbox was made here, came in a whole key file, or the network was
    /// asked since.
    pub(crate) record_read: bool,
}

impl Identity {
    /// Its public key.
    #[must_use]
    pub fn key(&self) -> InboxPublicKey {
        self.secret.public()
    }

    /// Its address, without a nospam.
    #[must_use]
    pub fn address(&self) -> Address {
        self.key().into()
    }

    /// Its Tox ID, which is an address too; of an inbox that came from a Tox profile.
    #[must_use]
    pub fn tox_id(&self) -> Option<ToxId> {
        self.nospam.map(|nospam| ToxId {
            public_key: self.key().to_tox(),
            nospam,
        })
    }

    /// Where strangers store at `now`.
    #[must_use]
    pub fn location(&self, now: UnixSeconds) -> Location {
        Place::front_door(Period::at(now), self.front_door.clone()).location(&self.key())
    }

    /// Where those store at `now` to whom the owner has written.
    #[must_use]
    pub fn contacts_location(&self, now: UnixSeconds) -> Location {
        Place::contacts(Period::at(now), self.contacts.clone()).location(&self.key())
    }

    /// All locations that are read at `now`, each once: of present, former and coming places.
    #[must_use]
    pub fn read_locations(&self, now: UnixSeconds) -> Vec<Location> {
        let key = self.key();
        let places = self.read_places(now);
        places.iter().map(|place| place.location(&key)).collect()
    }

    /// Whether strangers find it without knowing its record: it has not moved.
    #[must_use]
    pub fn is_at_first_door(&self) -> bool {
        self.front_door.is_zero()
    }

    /// The places in use in a period: front door and contacts.
    pub(crate) fn places_in(&self, period: Period) -> [Place; 2] {
        [
            Place::front_door(period, self.front_door.clone()),
            Place::contacts(period, self.contacts.clone()),
        ]
    }

    /// All places to read, each once: front door and contacts of every period in which something alive may lie, the front door
    /// that the inbox has without a record, and former ones whose mail may still live.
    pub(crate) fn read_places(&self, now: UnixSeconds) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for period in Period::read_at(now) {
            let former = (self.former.iter())
                .filter(|former| former.until > now)
                .filter_map(|former| match former.class {
                    PlaceClass::FrontDoor => Some(Place::front_door(period, former.secret.clone())),
                    PlaceClass::Contacts => Some(Place::contacts(period, former.secret.clone())),
                    PlaceClass::RecordPoint(_) => None,
                });
            let first = Place::front_door(period, PlaceSecret::zero());
            for place in self
                .places_in(period)
                .into_iter()
                .chain([first])
                .chain(former)
            {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        places
    }

    /// What signs at one of its places.
    pub(crate) fn signer(&self, place: &Place) -> Arc<PlaceSigner> {
        Arc::new(place.signer(&self.secret))
    }

    /// What a message may be sealed for, if it was sealed for the seal key of one of these weeks: newest week first.
    pub(crate) fn seal_secrets(&self, weeks: RangeInclusive<Week>) -> Vec<(Week, DhtSecretKey)> {
        self.seals.secrets(weeks)
    }

    /// Whether this device has the secrets of the seal keys that senders use. Not so on a device that was given the inbox's
    /// secret alone, by a Tox profile, while another device publishes.
    #[must_use]
    pub fn has_published_keys(&self) -> bool {
        let published = self.record.as_ref().map(|record| &record.seal_keys);
        self.record_read && published.is_none_or(|keys| self.has_keys(keys))
    }

    /// Whether none of these keys is foreign. Weeks whose secrets are erased are not compared.
    pub(crate) fn has_keys(&self, keys: &SealKeys) -> bool {
        keys.by_week().all(|(week, key)| {
            let secrets = self.seals.secrets(week..=week);
            secrets.is_empty() || secrets.iter().any(|(_, secret)| secret.public() == *key)
        })
    }

    /// The contacts' secret for those to whom the owner writes; `None` on a device that could not open all answers: mail for
    /// contacts comes to the device that publishes.
    pub(crate) fn contacts_to_give(&self) -> Option<&PlaceSecret> {
        self.has_published_keys().then_some(&self.contacts)
    }

    /// Goes to this front door. The one in use becomes a former one, which is read until nothing can lie there any more.
    pub(crate) fn go_to(&mut self, front_door: PlaceSecret, now: UnixSeconds) {
        if front_door != self.front_door {
            let secret = std::mem::replace(&mut self.front_door, front_door);
            let class = PlaceClass::FrontDoor;
            (self.former).retain(|former| former.class != class || former.secret != secret);
            self.former.push(FormerPlace {
                class,
                secret,
                until: now.plus(READ_AFTER_MOVE),
            });
        }
    }

    /// Forgets former places at which nothing can lie any more; whether there were any.
    pub(crate) fn forget_places(&mut self, now: UnixSeconds) -> bool {
        let before = self.former.len();
        self.former.retain(|former| former.until > now);
        self.former.len() < before
    }
}
