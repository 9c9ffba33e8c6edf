//! The node's network and clocks as mail wants them: the words of the DHT's reports in those of mail.
//!
//! Adds nothing to what the DHT does, and judges nothing.

use std::sync::Arc;

use async_trait::async_trait;
use toxdrop_mail::network::{
    DeleteReport, Delivered, Deliveries, Holder, ListedPacket, Listing, Network, NetworkError,
    RefusalReason, StoreReport, StoreStatus,
};
use toxdrop_mail::time::{Now, Time};
use toxdrop_proto::ids::{Location, PacketId, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;

use crate::clock::Clock;
use crate::net::{DhtError, DhtHandle, Subscription};
use toxdrop_dht::report;

#[async_trait]
impl Network for DhtHandle {
    async fn store(
        &self,
        packet: StampedPacket,
        quorum: usize,
    ) -> Result<StoreReport, NetworkError> {
        let stored = Self::store(self, packet, quorum).await;
        stored.map(store_report).map_err(failure)
    }

    async fn find_record(&self, location: Location) -> Result<Option<StampedPacket>, NetworkError> {
        let report = Self::find_record(self, location).await.map_err(failure)?;
        // That nobody answered does not mean that there is none.
        match (report.newest, report.asked, report.answered) {
            (None, 0, _) => Err(failure(self.no_nodes())),
            (None, _, 0) => Err(NetworkError::TimedOut),
            (newest, _, _) => Ok(newest),
        }
    }

    async fn list(&self, place: Arc<PlaceSigner>) -> Result<Listing, NetworkError> {
        let listed = Self::list(self, place).await;
        listed.map(listing).map_err(failure)
    }

    async fn retrieve(
        &self,
        place: Arc<PlaceSigner>,
        id: PacketId,
        holders: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, NetworkError> {
        let holders = holders.into_iter().map(|Holder { key, address }| {
            // As the DHT itself named it.
            report::Holder { key, address }
        });
        let retrieved = Self::retrieve(self, place, id, holders.collect()).await;
        retrieved.map_err(failure)
    }

    async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, NetworkError> {
        let deleted = Self::delete(self, location, tombstones).await;
        let report = deleted.map_err(failure)?;
        Ok(DeleteReport {
            asked: report.asked,
            accepted: report.accepted,
        })
    }

    async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
        quorum: usize,
    ) -> Result<StoreReport, NetworkError> {
        let extended = Self::extend(self, location, id, expires, nonce, quorum).await;
        extended.map(store_report).map_err(failure)
    }

    async fn subscribe(
        &self,
        place: Arc<PlaceSigner>,
    ) -> Result<Box<dyn Deliveries>, NetworkError> {
        match Self::subscribe(self, place).await {
            Ok(subscription) => Ok(Box::new(subscription)),
            Err(error) => Err(failure(error)),
        }
    }

    fn clock_offsets(&self) -> Vec<i64> {
        Self::clock_offsets(self)
    }
}

#[async_trait]
impl Deliveries for Subscription {
    async fn next(&mut self) -> Option<Delivered> {
        let delivery = Self::next(self).await?;
        Some(Delivered {
            packet: delivery.packet.clone(),
            acknowledge: Box::new(move |tombstone| {
                Box::pin(async move { delivery.acknowledge(tombstone).await.map_err(failure) })
            }),
        })
    }
}

impl Time for Clock {
    fn now(&self) -> Now {
        let now = Self::now(self);
        Now {
            mono: now.mono,
            unix: now.unix,
        }
    }

    fn now_ms(&self) -> UnixMillis {
        Self::now_ms(self)
    }
}

fn failure(error: DhtError) -> NetworkError {
    match error {
        DhtError::Stopped => NetworkError::Stopped,
        DhtError::TimedOut => NetworkError::TimedOut,
        DhtError::NoNodes => NetworkError::NoNodes,
        DhtError::Busy => NetworkError::Busy,
        DhtError::Alone(_) | DhtError::Store(_) => NetworkError::Other(error.to_string()),
    }
}

fn store_report(report: report::StoreReport) -> StoreReport {
    let answers = report.replicas.into_iter().map(|(_, answer)| answer);
    StoreReport {
        answers: answers.map(store_status).collect(),
        independent: report.independent,
        tombstone: report.tombstone,
        record: report.record,
    }
}

fn store_status(status: report::StoreStatus) -> StoreStatus {
    match status {
        report::StoreStatus::Held | report::StoreStatus::AlreadyHeld => StoreStatus::Held,
        report::StoreStatus::Tombstoned => StoreStatus::Tombstoned,
        report::StoreStatus::Refused(reason) => StoreStatus::Refused(refusal(reason)),
        report::StoreStatus::NoAnswer => StoreStatus::NoAnswer,
    }
}

fn refusal(reason: report::RefusalReason) -> RefusalReason {
    match reason {
        report::RefusalReason::WorkTooLow { target } => RefusalReason::WorkTooLow { target },
        report::RefusalReason::Expired => RefusalReason::Expired,
        report::RefusalReason::TtlTooLong { max } => RefusalReason::TtlTooLong { max },
        report::RefusalReason::Full { standing } => RefusalReason::Full { standing },
        report::RefusalReason::OlderRecord => RefusalReason::OlderRecord,
        report::RefusalReason::Other(why) => RefusalReason::Other(why),
    }
}

fn listing(listing: report::Listing) -> Listing {
    let entries = listing.entries.into_iter().map(|entry| ListedPacket {
        id: entry.id,
        kind: entry.kind,
        expires: entry.expires,
        holders: (entry.holders.into_iter())
            .map(|report::Holder { key, address }| Holder { key, address })
            .collect(),
    });
    Listing {
        entries: entries.collect(),
        asked: listing.asked,
        answered: listing.answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_the_dht_gave_no_report_is_told_in_the_same_words() {
        for error in [
            DhtError::Stopped,
            DhtError::TimedOut,
            DhtError::NoNodes,
            DhtError::Busy,
            DhtError::Alone("nobody answers".to_owned()),
            DhtError::Store(toxdrop_dht::storage::StoreErrorKind::Busy),
        ] {
            assert_eq!(failure(error.clone()).to_string(), error.to_string());
        }
    }

    #[test]
    fn why_a_node_refused_is_told_in_the_same_words() {
        use report::RefusalReason as Reason;
        let standing = toxdrop_proto::packet::Standing::from_units(1 << 20);
        for reason in [
            Reason::WorkTooLow { target: 7 },
            Reason::Expired,
            Reason::TtlTooLong { max: 3_600 },
            Reason::Full { standing },
            Reason::OlderRecord,
            Reason::Other("malformed"),
        ] {
            assert_eq!(refusal(reason.clone()).to_string(), reason.to_string());
        }
    }
}
