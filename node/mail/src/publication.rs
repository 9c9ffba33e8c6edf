//! A record on its way to its places, as it is written down.
//!
//! Publishes nothing; that is `publish`. Says of no place which one it is: the packets are all that is needed.

use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::{NetworkId, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, RecordPoint};
use toxdrop_proto::record::{RecordContents, seal_record};
use toxdrop_proto::seal::record_end;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::points::where_to_store;
use crate::tables::Table;

/// A record on its way to its places.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Publication {
    /// What its packet for the first point is called, in hex: the same record always gives the same packet.
    record: String,
    pub(crate) expires: u64,
    pub(crate) points: Vec<Point>,
}

/// The record's packet for one of its places.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Point {
    /// Hex.
    packet: String,
    pub(crate) stamped: bool,
    /// Enough nodes have confirmed that they hold it.
    pub(crate) stored: bool,
    /// How many did when it was stored last.
    held: usize,
    /// How often it was stored, and too few nodes took it.
    pub(crate) attempts: u32,
    /// When it is to be stored, in Unix seconds.
    due: u64,
}

fn damaged(detail: impl std::fmt::Display) -> MailError {
    MailError::Db(format!("a publication is damaged: {detail}"))
}

/// The name of a record among all of the inbox.
fn name(
    identity: &Identity,
    record: &RecordContents,
    network: NetworkId,
) -> Result<String, MailError> {
    let [first, ..] = RecordPoint::ALL;
    let place = Place::record_point(Period::at(record.made), first);
    Ok(seal_record(&identity.secret, network, &place, record)?
        .id()
        .to_string())
}

impl Publication {
    /// The inbox's newest record for all places where it belongs; `due` says when each is stored. `None` without a record.
    pub(crate) fn new(
        identity: &Identity,
        network: NetworkId,
        now: UnixSeconds,
        mut due: impl FnMut() -> UnixSeconds,
    ) -> Result<Option<Self>, MailError> {
        let Some(record) = &identity.record else {
            return Ok(None);
        };
        let point = |place: Place| {
            let packet = seal_record(&identity.secret, network, &place, record)?;
            Ok(Point {
                packet: hex::encode(packet.as_bytes()),
                stamped: false,
                stored: false,
                held: 0,
                attempts: 0,
                due: due().0,
            })
        };
        let places = where_to_store(identity, record.week(), now);
        Ok(Some(Self {
            record: name(identity, record, network)?,
            expires: record_end(record.week()).0,
            points: (places.into_iter().map(point)).collect::<Result<_, MailError>>()?,
        }))
    }

    /// That of a record that was found where it belongs: whoever made it stored it there.
    pub(crate) fn confirmed(
        identity: &Identity,
        network: NetworkId,
    ) -> Result<Option<Self>, MailError> {
        let Some(record) = &identity.record else {
            return Ok(None);
        };
        Ok(Some(Self {
            record: name(identity, record, network)?,
            expires: record_end(record.week()).0,
            points: Vec::new(),
        }))
    }

    /// Whether this brings the inbox's newest record to its places.
    pub(crate) fn is_of(&self, identity: &Identity, network: NetworkId) -> bool {
        let newest = identity.record.as_ref();
        newest.is_some_and(|record| {
            name(identity, record, network).is_ok_and(|name| name == self.record)
        })
    }

    /// Whether some place has not got the record at enough nodes, and it is time to store it there. No due time is further
    /// ahead than `longest` seconds unless the clock was set back since.
    pub(crate) fn is_due(&self, now: UnixSeconds, longest: u64) -> bool {
        now.0 < self.expires && self.points.iter().any(|point| point.is_due(now, longest))
    }

    /// Gives all that are due but the first another moment.
    pub(crate) fn space_out(
        &mut self,
        now: UnixSeconds,
        longest: u64,
        mut due: impl FnMut() -> UnixSeconds,
    ) {
        let late = self
            .points
            .iter_mut()
            .filter(|point| point.is_due(now, longest));
        for point in late.skip(1) {
            point.due = due().0;
        }
    }

    pub(crate) fn put(&self, changes: &mut Changes, key: &InboxPublicKey) -> Result<(), MailError> {
        changes.put(Table::Publications, key.as_bytes().to_vec(), self)
    }
}

impl Point {
    pub(crate) fn packet(&self) -> Result<Packet, MailError> {
        let bytes = hex::decode(&self.packet).map_err(damaged)?;
        Packet::parse(&bytes).map_err(damaged)
    }

    pub(crate) fn is_due(&self, now: UnixSeconds, longest: u64) -> bool {
        !self.stored && (self.due <= now.0 || self.due - now.0 > longest)
    }

    /// Notes how many nodes hold it, and that these are enough.
    pub(crate) fn confirm(&mut self, held: usize) {
        self.held = held;
        self.stored = true;
    }

    /// Notes how many nodes hold it, and that it is to be stored again.
    pub(crate) fn again(&mut self, held: usize, due: UnixSeconds) {
        self.held = held;
        self.attempts = self.attempts.saturating_add(1);
        self.due = due.0;
    }

    /// Whether any node holds it.
    pub(crate) fn is_held(&self) -> bool {
        self.stored || self.held > 0
    }

    pub(crate) fn set_stamped(&mut self, packet: &Packet) {
        self.packet = hex::encode(packet.as_bytes());
        self.stamped = true;
    }
}
