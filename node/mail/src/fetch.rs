//! Fetching: list every place that an inbox reads, retrieve each new packet once, take it in, then delete it there.
//!
//! What comes of a packet is decided in `take`.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::mpsc;
use toxdrop_proto::ids::PacketId;
use toxdrop_proto::packet::{PacketKind, StampedPacket};

use crate::error::MailError;
use crate::identity::Identity;
use crate::network::{ListedPacket, Listing, NetworkError};
use crate::reading::Reading;
use crate::received::Received;
use crate::state::Mail;
use crate::take::Taken;

/// Places that are listed at once.
const LISTS: usize = 4;

/// What came of a fetch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FetchReport {
    /// Messages that were handed out.
    pub messages: usize,
    /// Packets that were taken from the network.
    pub packets: usize,
    /// Nodes that were asked for lists, over all places.
    pub nodes_asked: usize,
    /// How many of them answered.
    pub nodes_answered: usize,
    /// Packets that some node deleted.
    pub deleted: usize,
    /// Messages of which parts are missing.
    pub incomplete: usize,
    /// Packets that did not open.
    pub undecodable: usize,
}

impl Mail {
    /// Fetches what waits for an inbox, or for all. Unread messages are sent to `messages`; they may have arrived earlier,
    /// too. With `keep` nothing is deleted at the nodes.
    ///
    /// # Errors
    /// [`MailError`] for an unknown inbox, for the disk, and if the network could not be asked at all; what was there
    /// before is handed out even then.
    pub async fn fetch(
        &self,
        selector: &str,
        keep: bool,
        messages: mpsc::Sender<Received>,
    ) -> Result<FetchReport, MailError> {
        let mut report = FetchReport::default();
        let (mut listed, mut problem) = (false, None);
        for inbox in self.selected(selector)? {
            match self.fetch_inbox(&inbox, keep, &mut report).await {
                Ok(()) => listed = true,
                Err(MailError::Network(error)) => problem = Some(error),
                Err(error) => return Err(error),
            }
            report.messages += self.hand_out_unread(&inbox.key(), &messages).await?.len();
        }
        match problem {
            Some(error) if !listed => Err(error.into()),
            _ => Ok(report),
        }
    }

    /// Takes what waits for an inbox into the archive.
    ///
    /// # Errors
    /// [`MailError::Network`] if none of its places could be listed.
    pub(crate) async fn fetch_inbox(
        &self,
        inbox: &Identity,
        keep: bool,
        report: &mut FetchReport,
    ) -> Result<(), MailError> {
        let _one_at_a_time = self.inner.fetching.lock().await;
        let now = self.now().unix;
        let (key, places) = (inbox.key(), inbox.readings(now));
        // Another device may have moved the inbox.
        let (newest, listed) = tokio::join!(
            self.read_newest(&key),
            self.take_all(inbox, &places, keep, report)
        );
        let (mut listed, mut problem) = listed?;
        if let Ok(Some(newest)) = newest
            && let Some(moved) = self.catch_up(&key, &newest)?
        {
            let mut new = moved.readings(now);
            new.retain(|place| !places.iter().any(|read| read.location == place.location));
            let (more, another) = self.take_all(&moved, &new, keep, report).await?;
            listed |= more;
            problem = problem.or(another);
        }
        report.incomplete += self.incomplete(inbox)?;
        if !keep {
            report.deleted += self.delete_taken(inbox).await?;
        }
        match problem {
            Some(error) if !listed => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Takes what is listed at these places. Tells whether any could be listed, and why one could not.
    async fn take_all(
        &self,
        inbox: &Identity,
        places: &[Reading],
        keep: bool,
        report: &mut FetchReport,
    ) -> Result<(bool, Option<NetworkError>), MailError> {
        let (mut listed, mut problem) = (false, None);
        let mut lists = stream::iter(places.to_vec())
            .map(|place| self.list(place))
            .buffer_unordered(LISTS);
        while let Some((place, listing)) = lists.next().await {
            match listing {
                Ok(listing) => {
                    listed = true;
                    report.nodes_asked += listing.asked;
                    report.nodes_answered += listing.answered;
                    self.take_listed(inbox, &place, listing.entries, keep, report)
                        .await?;
                }
                Err(error) => problem = Some(error),
            }
        }
        Ok((listed, problem))
    }

    async fn list(&self, place: Reading) -> (Reading, Result<Listing, NetworkError>) {
        let listing = self.inner.network.list(Arc::clone(&place.signer)).await;
        (place, listing)
    }

    async fn take_listed(
        &self,
        inbox: &Identity,
        place: &Reading,
        entries: Vec<ListedPacket>,
        keep: bool,
        report: &mut FetchReport,
    ) -> Result<(), MailError> {
        let mut wanted = Vec::new();
        for entry in entries {
            if entry.kind != PacketKind::Message {
                continue;
            }
            match self.taken_before(inbox, place.location, entry.id, entry.expires, keep)? {
                None => wanted.push(entry),
                Some(Taken::Undecodable) => report.undecodable += 1,
                Some(_) => {}
            }
        }
        let mut packets = stream::iter(wanted)
            .map(|entry| self.retrieve(place, entry))
            .buffer_unordered(self.inner.config.fetch_window.max(1));
        while let Some((id, packet)) = packets.next().await {
            let packet = match packet {
                Ok(Some(packet)) => packet,
                Ok(None) => continue,
                Err(error) => {
                    tracing::info!(%error, packet = %id, "a packet could not be fetched; it is left for the next time");
                    continue;
                }
            };
            // Nodes are not believed: the packet is what was asked for, and its stamp pays for it.
            let belongs = packet.id() == id && packet.location() == place.location;
            let (now, policy) = (self.now().unix, &self.inner.policy);
            let Ok(packet) = packet.into_packet().verify(now, policy) else {
                continue;
            };
            if !belongs {
                continue;
            }
            report.packets += 1;
            if self.take_in(inbox, &packet, keep)? == Taken::Undecodable {
                report.undecodable += 1;
            }
        }
        Ok(())
    }

    async fn retrieve(
        &self,
        place: &Reading,
        entry: ListedPacket,
    ) -> (PacketId, Result<Option<StampedPacket>, NetworkError>) {
        let signer = Arc::clone(&place.signer);
        let packet = self
            .inner
            .network
            .retrieve(signer, entry.id, entry.holders)
            .await;
        (entry.id, packet)
    }
}
