//! Deleting at the nodes: tombstones for what is safe in the archive.
//!
//! What is to be deleted is durable; tombstones that no node took are sent again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::tombstone::Tombstone;

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::network::{DeleteReport, NetworkError};
use crate::parts::packet_key;
use crate::state::Mail;
use crate::tables::Table;

/// Tombstones that are sent at once for one location: as many as some datagrams to each node take.
pub(crate) const BATCH: usize = 24;

/// Batches that are sent at once.
const AT_ONCE: usize = 4;

/// What deletes a packet, with its entry here.
type Waiting = (Vec<u8>, Tombstone);

/// A packet still to be deleted at the nodes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Deletion {
    /// Key of the inbox, hex.
    pub(crate) inbox: String,
    location: String,
    packet_id: String,
    /// Not before, for the inbox's other devices.
    after: u64,
    /// By then it has expired.
    pub(crate) until: u64,
}

impl Mail {
    /// Notes a packet for deletion.
    pub(crate) fn delete_later(
        &self,
        changes: &mut Changes,
        inbox: &Identity,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
    ) -> Result<(), MailError> {
        let deletion = Deletion {
            inbox: inbox.key().to_string(),
            location: location.to_string(),
            packet_id: id.to_string(),
            after: self.now().unix.plus(self.inner.config.shared_seconds).0,
            until: expires.0,
        };
        let key = packet_key(&location, &id);
        changes.put(Table::Deletions, key, &deletion)
    }

    /// How many packets wait to be deleted now.
    pub(crate) fn deletions_due(&self) -> Result<usize, MailError> {
        let now = self.now().unix;
        let all = self.inner.db.scan::<Deletion>(Table::Deletions, &[])?;
        Ok(all.iter().filter(|(_, d)| d.is_due(now)).count())
    }

    /// Sends the tombstones that are due; returns how many packets some node deleted. Those that no node took, or that
    /// could not be sent, stay due.
    pub(crate) async fn delete_taken(&self, inbox: &Identity) -> Result<usize, MailError> {
        let now = self.now().unix;
        let network = self.inner.policy.network;
        let key = inbox.key().to_string();
        let places: HashMap<Location, Arc<PlaceSigner>> = (inbox.readings(now).into_iter())
            .map(|place| (place.location, place.signer))
            .collect();
        let mut due: BTreeMap<Location, Vec<Waiting>> = BTreeMap::new();
        for (entry, deletion) in self.inner.db.scan::<Deletion>(Table::Deletions, &[])? {
            if deletion.inbox != key || !deletion.is_due(now) {
                continue;
            }
            let (Ok(location), Ok(id)) = (deletion.location.parse(), deletion.packet_id.parse())
            else {
                continue;
            };
            // Where nothing is read any more, nothing lives.
            let Some(signer) = places.get(&location) else {
                continue;
            };
            let tombstone = Tombstone::by_owner(signer, network, id);
            due.entry(location).or_default().push((entry, tombstone));
        }
        let mut batches = Vec::new();
        for (location, waiting) in due {
            let some = waiting.chunks(BATCH).map(<[_]>::to_vec);
            batches.extend(some.map(|batch| (location, batch)));
        }
        let mut sent = stream::iter(batches)
            .map(|(location, batch)| self.send_tombstones(location, batch))
            .buffer_unordered(AT_ONCE);
        let mut deleted = 0;
        while let Some((batch, report)) = sent.next().await {
            match report {
                // Should a node have missed one, it is listed at the next fetch and noted again.
                Ok(report) if report.accepted > 0 => {
                    deleted += batch.len();
                    let mut changes = Changes::default();
                    for (entry, _) in batch {
                        changes.remove(Table::Deletions, entry);
                    }
                    self.inner.db.commit(changes)?;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::info!(%error, inbox = %inbox.name, "could not delete at the nodes; it is tried again");
                    return Ok(deleted);
                }
            }
        }
        Ok(deleted)
    }

    async fn send_tombstones(
        &self,
        location: Location,
        batch: Vec<Waiting>,
    ) -> (Vec<Waiting>, Result<DeleteReport, NetworkError>) {
        let tombstones = batch.iter().map(|(_, tombstone)| *tombstone).collect();
        let report = self.inner.network.delete(location, tombstones).await;
        (batch, report)
    }
}

impl Deletion {
    fn is_due(&self, now: UnixSeconds) -> bool {
        self.after <= now.0 && now.0 < self.until
    }
}
