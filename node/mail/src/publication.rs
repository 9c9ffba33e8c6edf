//! A record on its way to its points, as it is written down.
//!
//! Publishes nothing; that is `publish`.

use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::record::InboxRecord;

use crate::db::Changes;
use crate::error::MailError;
use crate::tables::Table;

/// A record on its way to its points.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Publication {
    pub(crate) signed: u64,
    pub(crate) expires: u64,
    pub(crate) points: Vec<Point>,
}

/// The record's packet for one of its points.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Point {
    /// Hex.
    packet: String,
    pub(crate) stamped: bool,
    /// Enough nodes have confirmed that they hold it.
    pub(crate) stored: bool,
    /// How many did when it was stored last.
    #[serde(default)]
    held: usize,
}

fn damaged(detail: impl std::fmt::Display) -> MailError {
    MailError::Db(format!("a publication is damaged: {detail}"))
}

impl Publication {
    pub(crate) fn new(record: &InboxRecord, now: UnixSeconds) -> Result<Self, MailError> {
        let point = |location| {
            let packet = record
                .to_packet(location, record.expires)
                .map_err(|error| MailError::Record(error.to_string()))?;
            Ok(Point {
                packet: hex::encode(packet.as_bytes()),
                stamped: false,
                stored: false,
                held: 0,
            })
        };
        Ok(Self {
            // Also where it was signed elsewhere, or a while ago.
            signed: record.sequence.seconds().min(now).0,
            expires: record.expires.0,
            points: record
                .locations()
                .into_iter()
                .map(point)
                .collect::<Result<_, MailError>>()?,
        })
    }

    /// Whether this brings that record to its points.
    pub(crate) fn is_of(&self, record: &InboxRecord) -> bool {
        let packet = self.points.first().and_then(|point| point.packet().ok());
        packet.is_some_and(|packet| packet.record() == Some(record))
    }

    /// The record was found where it belongs: whoever signed it stored it there.
    pub(crate) fn confirm(&mut self) {
        for point in &mut self.points {
            point.stored = true;
        }
    }

    /// How long the record binds from its signature on, in seconds.
    pub(crate) fn valid_seconds(&self) -> u64 {
        self.expires.saturating_sub(self.signed)
    }

    /// Whether some point has not got the record at enough nodes.
    pub(crate) fn is_unfinished(&self, now: UnixSeconds) -> bool {
        now.0 < self.expires && self.points.iter().any(|point| !point.stored)
    }

    /// Whether its last quarter has begun, or it has expired.
    pub(crate) fn is_old(&self, now: UnixSeconds) -> bool {
        now.0 >= self.expires.saturating_sub(self.valid_seconds() / 4)
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

    /// Notes how many nodes hold it, and whether these are enough.
    pub(crate) fn note(&mut self, held: usize, enough: bool) {
        self.held = held;
        self.stored = enough;
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
