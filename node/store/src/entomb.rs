//! Deletion that lasts: tombstones are taken and met.
//!
//! Does not verify signatures: only verified tombstones come here.

use toxdrop_dht::storage::{EntombOutcome, OfferVerdict};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::tombstone::Tombstone;

use crate::change::Change;
use crate::config::TOMBSTONE_CHARGE;
use crate::error::Fault;
use crate::event::StoreEventKind;
use crate::held::Buried;
use crate::scope::Scope;
use crate::tables::packet_key;

impl Change<'_> {
    /// Deletes the packet that the tombstone names, for good, or says why not.
    pub(crate) fn entomb(&mut self, tombstone: &Tombstone) -> Result<EntombOutcome, Fault> {
        let location = tombstone.location();
        let key = packet_key(&location, &tombstone.id);
        if self.tombstone(&key)?.is_some() {
            return Ok(EntombOutcome::Already);
        }
        let Some(held) = self.held(&key)? else {
            return Ok(EntombOutcome::NotHeld);
        };
        if !tombstone.covers(&held.packet) {
            return Ok(EntombOutcome::NotAuthorised);
        }
        let by_owner = tombstone.is_receipt();
        self.remove(&key, StoreEventKind::Deleted)?;
        if by_owner {
            self.make_room_for_owner(&location)?;
        }
        let buried = Buried {
            last: held.packet.last(),
            tombstone: *tombstone,
            // It takes the room that the packet had, so that a recall costs what a packet costs.
            keeps: (!by_owner).then(|| held.occupant()),
        };
        self.bury(&key, &buried)?;
        Ok(EntombOutcome::Accepted)
    }

    /// Lets the oldest tombstones of owners go where their share is used up: first of this location, then of all.
    fn make_room_for_owner(&mut self, location: &Location) -> Result<(), Fault> {
        let limits = [
            (
                Scope::LocationTombstones(*location),
                self.config.location_tombstone_limit,
                Some(location),
            ),
            (Scope::Tombstones, self.config.tombstone_limit, None),
        ];
        for (scope, limit, at) in limits {
            while self.usage(scope)?.charged.saturating_add(TOMBSTONE_CHARGE) > limit {
                let Some(oldest) = self.oldest_of_owner(at)? else {
                    break;
                };
                self.unbury(&oldest)?;
            }
        }
        Ok(())
    }

    /// What a peer is told about a packet that it offers.
    pub(crate) fn offered(
        &self,
        location: &Location,
        id: &PacketId,
        expires: UnixSeconds,
    ) -> Result<OfferVerdict, Fault> {
        let key = packet_key(location, id);
        if expires <= self.now {
            return Ok(OfferVerdict::Unwanted);
        }
        if let Some(tombstone) = self.tombstone(&key)? {
            return Ok(OfferVerdict::Entombed(tombstone));
        }
        Ok(match self.live(&key)? {
            Some(held) if held.packet.expires() < expires => OfferVerdict::Extend,
            Some(_) => OfferVerdict::Held,
            None if self.config.holds_for(location) => OfferVerdict::Lacking,
            None => OfferVerdict::Unwanted,
        })
    }
}
