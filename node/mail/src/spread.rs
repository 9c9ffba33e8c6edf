//! Bringing a record to its places: stamp what is not stamped, store it where its time has come and too few nodes have
//! confirmed it.
//!
//! Makes no record. Each step is durable before the next.

use tokio::sync::mpsc;
use toxdrop_pow::Progress;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::{Packet, StampedPacket};
use toxdrop_proto::record::{RecordContents, newest, open_record};

use crate::db::Changes;
use crate::error::MailError;
use crate::identity::Identity;
use crate::network::{ALL, RefusalReason, StoreReport, StoreStatus};
use crate::points::where_to_store;
use crate::publication::Publication;
use crate::stamp::{Batch, Stamped};
use crate::state::Mail;

/// How far a publication is.
#[derive(Clone, Copy, Debug)]
pub struct PublishProgress {
    /// How many of the record's packets are stamped: which one is being stamped, from 0.
    pub point: usize,
    /// How many packets there are.
    pub points: usize,
    /// The searches under way, as if they were one.
    pub pow: Progress,
}

/// What came of bringing a record to its places.
pub(crate) enum Brought {
    /// No node has a newer one.
    Unopposed,
    /// Another device published a newer one, which is followed now.
    Followed(Identity),
    /// Nodes take another record for newer, and none that was read is.
    Refused {
        /// The greatest revision of those that were read.
        seen: Option<u32>,
    },
}

/// Whether some node has a newer record.
fn is_older(report: &StoreReport) -> bool {
    let older =
        |status: &StoreStatus| matches!(status, StoreStatus::Refused(RefusalReason::OlderRecord));
    report.answers.iter().any(older)
}

/// What a packet says that a node showed, if it is a record of this inbox.
fn shown(inbox: &Identity, packet: &Packet, now: UnixSeconds) -> Option<RecordContents> {
    let packet = StampedPacket::from_store(packet.as_bytes()).ok()?;
    let week = packet.record_head()?.week;
    let mut places = where_to_store(inbox, week, now).into_iter();
    places.find_map(|place| open_record(&inbox.key(), &place, &packet).ok())
}

impl Mail {
    /// Stamps what is not, and stores what is due; a network that does not take it is no error.
    pub(crate) async fn store_record(
        &self,
        inbox: &Identity,
        publication: &mut Publication,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<Brought, MailError> {
        let (key, longest) = (inbox.key(), self.furthest_moment());
        self.stamp_record(&key, publication, progress).await?;
        let enough = self.inner.config.enough();
        let begun = self.now().unix;
        let (mut older, mut others) = (false, Vec::new());
        for point in &mut publication.points {
            if !point.is_due(begun, longest) {
                continue;
            }
            let now = self.now().unix;
            let packet = match point.packet()?.verify(now, &self.inner.policy) {
                Ok(packet) => packet,
                Err(error) => {
                    // The network's settings changed: once more with the next round.
                    tracing::info!(%error, "a record's stamp does not hold; it is stamped again");
                    point.stamped = false;
                    point.again(0, self.next_attempt(now, point.attempts));
                    continue;
                }
            };
            let again = self.next_attempt(now, point.attempts);
            // A newer one may lie at any of them.
            match self.inner.network.store(packet, ALL).await {
                Ok(report) => {
                    if report.independent >= enough {
                        point.confirm(report.held());
                    } else {
                        point.again(report.held(), again);
                    }
                    older |= is_older(&report);
                    let record = report.record.as_ref();
                    others.extend(record.and_then(|packet| shown(inbox, packet, now)));
                }
                Err(error) => {
                    tracing::info!(%error, "a record could not be stored; it is tried again");
                    point.again(0, again);
                }
            }
        }
        // One that was replaced meanwhile stays replaced: the claim excludes that.
        let mut changes = Changes::default();
        publication.put(&mut changes, &key)?;
        self.inner.db.commit(changes)?;
        if !older {
            return Ok(Brought::Unopposed);
        }
        others.extend(self.read_newest(&key).await.ok().flatten());
        others.retain(|other| Some(other) != inbox.record.as_ref());
        let Some(newest) = newest(self.now().unix, others) else {
            return Ok(Brought::Refused { seen: None });
        };
        // Nodes that refused have it, others may not: it is stored by this device as well.
        match self.follow(&key, &newest, false)? {
            Some(inbox) => Ok(Brought::Followed(inbox)),
            None => Ok(Brought::Refused {
                seen: Some(newest.revision),
            }),
        }
    }

    async fn stamp_record(
        &self,
        key: &InboxPublicKey,
        publication: &mut Publication,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<(), MailError> {
        let points = publication.points.len();
        let mut packets = Vec::new();
        for (number, point) in publication.points.iter().enumerate() {
            if !point.stamped {
                packets.push((number, point.packet()?));
            }
        }
        let before = points - packets.len();
        let batch = Batch {
            client: format!("record of {key}"),
            difficulty: self.inner.policy.floor,
            expires: UnixSeconds(publication.expires),
            prolongs: false,
            packets,
        };
        let found = |stamped: Stamped| {
            if let Some(point) = publication.points.get_mut(stamped.number) {
                point.set_stamped(&stamped.packet);
            }
            let mut changes = Changes::default();
            publication.put(&mut changes, key)?;
            self.inner.db.commit(changes)
        };
        let tell = |done, pow| {
            // A listener that is slow or gone misses this.
            let _ = progress.try_send(PublishProgress {
                point: before + done,
                points,
                pow,
            });
        };
        self.stamp(batch, found, tell).await
    }
}
