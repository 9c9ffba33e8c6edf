//! Bringing a signed record to its points: stamp what is not stamped, store it where too few nodes have confirmed it.
//!
//! Signs nothing. Each step is durable before the next.

use tokio::sync::mpsc;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::record::InboxRecord;

use crate::db::Changes;
use crate::error::MailError;
use crate::network::{RefusalReason, StoreReport, StoreStatus};
use crate::publication::Publication;
use crate::publish::PublishProgress;
use crate::stamp::{Batch, Stamped};
use crate::state::Mail;

/// Whether some node has a newer record.
fn is_older(report: &StoreReport) -> bool {
    let older =
        |status: &StoreStatus| matches!(status, StoreStatus::Refused(RefusalReason::OlderRecord));
    report.answers.iter().any(older)
}

impl Mail {
    /// Stamps and stores what is not; a network that does not take it is no error.
    ///
    /// # Errors
    /// [`MailError::NewerRecord`] where nodes have one that another device published; it is followed then.
    pub(crate) async fn store_record(
        &self,
        key: &InboxPublicKey,
        publication: &mut Publication,
        progress: &mpsc::Sender<PublishProgress>,
    ) -> Result<(), MailError> {
        self.stamp_record(key, publication, progress).await?;
        let enough = self.inner.config.enough();
        let (mut older, mut newest) = (false, None::<InboxRecord>);
        for point in publication.points.iter_mut().filter(|p| !p.stored) {
            let now = self.now().unix;
            let packet = match point.packet()?.verify(now, &self.inner.policy) {
                Ok(packet) => packet,
                Err(error) => {
                    // The network's settings changed: once more with the next round.
                    tracing::info!(%error, "a record's stamp does not hold; it is stamped again");
                    point.stamped = false;
                    continue;
                }
            };
            match self.inner.network.store(packet).await {
                Ok(report) => {
                    point.note(report.held(), report.independent >= enough);
                    older |= is_older(&report);
                    let shown = report.record.as_ref().and_then(|packet| packet.record());
                    if let Some(shown) = shown.filter(|record| self.is_own(key, record))
                        && newest
                            .as_ref()
                            .is_none_or(|newest| shown.supersedes(newest))
                    {
                        newest = Some(shown.clone());
                    }
                }
                Err(error) => {
                    tracing::info!(%error, "a record could not be stored; it is tried again");
                }
            }
        }
        // One that was replaced meanwhile stays replaced: the claim excludes that.
        let mut changes = Changes::default();
        publication.put(&mut changes, key)?;
        self.inner.db.commit(changes)?;
        if !older {
            return Ok(());
        }
        if newest.is_none() {
            newest = self.read_newest(key).await.ok().flatten();
        }
        // Nodes that refused have it, others may not: it is stored by this device as well.
        match newest
            .map(|newest| self.follow(&newest, false))
            .transpose()?
        {
            Some(Some(inbox)) => Err(MailError::NewerRecord {
                location: inbox.location(),
                inbox: inbox.name,
            }),
            _ => Ok(()),
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
