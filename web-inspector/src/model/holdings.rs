//! The node's packets as the page knows them: pages of the list, then events on top.
//!
//! Keeps summaries only, and not without limit; the bytes of a packet are fetched when it is opened.

use std::collections::BTreeMap;

use toxdrop_proto::grpc::v1::store_event::Kind;
use toxdrop_proto::grpc::v1::{StoreEvent, StoredPacket};

/// The most summaries that are kept. A browser can hold more, a person can't read them.
pub const MAX_HELD: usize = 20_000;

/// The most recent events that are kept for the log.
pub const MAX_LOG: usize = 50;

/// Location, then id: the order of the node's own list.
pub type Key = (Vec<u8>, Vec<u8>);

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// What happened.
    pub verb: &'static str,
    /// To which packet.
    pub key: Key,
    /// When, by the node's clock.
    pub unix: u64,
}

/// All that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holdings {
    packets: BTreeMap<Key, StoredPacket>,
    log: Vec<LogLine>,
    /// Whether some were left out because of [`MAX_HELD`].
    pub truncated: bool,
}

/// The orders that a person can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// Stored last comes first.
    #[default]
    Newest,
    /// What expires first comes first.
    Expiry,
    /// What a full store lets go first comes first.
    Standing,
    /// Around the keyspace.
    Location,
}

impl Order {
    /// All of them, with the value of the choice and its label.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Newest, "newest", "newest first"),
        (Self::Expiry, "expiry", "expiring first"),
        (Self::Standing, "standing", "least work first"),
        (Self::Location, "location", "by location"),
    ];

    /// The order whose choice has this value.
    #[must_use]
    pub fn from_value(value: &str) -> Self {
        Self::ALL
            .iter()
            .find(|(_, name, _)| *name == value)
            .map_or_else(Self::default, |(order, _, _)| *order)
    }
}

/// The key of a summary.
#[must_use]
pub fn key(packet: &StoredPacket) -> Key {
    (packet.location.clone(), packet.packet_id.clone())
}

impl Holdings {
    /// Forgets everything but the log: a new connection begins with a new list.
    pub fn restart(&mut self) {
        self.packets.clear();
        self.truncated = false;
    }

    /// Takes in a page of the list.
    pub fn add_page(&mut self, page: Vec<StoredPacket>) {
        for packet in page {
            self.put(packet);
        }
    }

    /// Takes in an event.
    pub fn apply(&mut self, event: StoreEvent) {
        let kind = event.kind();
        let Some(packet) = event.packet else { return };
        let key = key(&packet);
        let verb = match kind {
            Kind::Stored => "stored",
            Kind::Extended => "extended",
            Kind::Deleted => "deleted",
            Kind::Expired => "expired",
            Kind::Evicted => "evicted",
            Kind::Unspecified => return,
        };
        match kind {
            Kind::Stored | Kind::Extended => self.put(packet),
            _ => {
                self.packets.remove(&key);
            }
        }
        self.log.insert(
            0,
            LogLine {
                verb,
                key,
                unix: event.unix_ms / 1_000,
            },
        );
        self.log.truncate(MAX_LOG);
    }

    fn put(&mut self, packet: StoredPacket) {
        let key = key(&packet);
        if self.packets.len() >= MAX_HELD && !self.packets.contains_key(&key) {
            self.truncated = true;
            return;
        }
        self.packets.insert(key, packet);
    }

    /// The summary of one packet.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&StoredPacket> {
        self.packets.get(key)
    }

    /// How many are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// The locations, each as often as packets lie there.
    pub fn locations(&self) -> impl Iterator<Item = &[u8]> {
        self.packets.keys().map(|(location, _)| location.as_slice())
    }

    /// What happened lately, last first.
    #[must_use]
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// Up to `limit` packets in an order, of those whose location or id begins with `filter` (hex),
    /// and how many there are in all.
    #[must_use]
    pub fn view(&self, filter: &str, order: Order, limit: usize) -> (Vec<StoredPacket>, usize) {
        let wanted = filter.trim().to_ascii_lowercase();
        let mut matching: Vec<&StoredPacket> = self
            .packets
            .values()
            .filter(|p| {
                wanted.is_empty()
                    || starts_with(&p.location, &wanted)
                    || starts_with(&p.packet_id, &wanted)
            })
            .collect();
        match order {
            Order::Newest => matching.sort_by_key(|p| std::cmp::Reverse(p.stored_unix)),
            Order::Expiry => matching.sort_by_key(|p| p.expires_unix),
            Order::Standing => matching.sort_by_key(|p| p.standing),
            Order::Location => {}
        }
        let all = matching.len();
        (matching.into_iter().take(limit).cloned().collect(), all)
    }
}

fn starts_with(bytes: &[u8], hex_prefix: &str) -> bool {
    hex::encode(bytes).starts_with(hex_prefix)
}

#[cfg(test)]
mod tests {
    use toxdrop_proto::packet::Standing;

    use super::*;

    fn packet(id: u8, stored_unix: u64, standing: u64) -> StoredPacket {
        StoredPacket {
            packet_id: vec![id; 32],
            location: vec![id / 2; 32],
            kind: 1,
            expires_unix: 10_000 - stored_unix,
            size: 300,
            standing,
            trials_per_byte: Standing::from_units(standing).trials_per_byte(),
            stored_unix,
        }
    }

    fn event(kind: Kind, packet: StoredPacket) -> StoreEvent {
        StoreEvent {
            kind: kind.into(),
            packet: Some(packet),
            unix_ms: 5_000,
        }
    }

    fn ids(holdings: &Holdings, filter: &str, order: Order) -> Vec<u8> {
        let (packets, _) = holdings.view(filter, order, 100);
        packets.iter().map(|p| p.packet_id[0]).collect()
    }

    #[test]
    fn events_change_the_list() {
        let mut held = Holdings::default();
        held.add_page(vec![packet(1, 10, 20), packet(2, 20, 10)]);
        held.apply(event(Kind::Stored, packet(3, 30, 30)));
        assert_eq!(ids(&held, "", Order::Newest), [3, 2, 1]);
        let mut later = packet(1, 10, 15);
        later.expires_unix = 99_999;
        held.apply(event(Kind::Extended, later));
        assert_eq!(
            held.get(&key(&packet(1, 0, 0))).unwrap().expires_unix,
            99_999
        );
        for (kind, id) in [(Kind::Deleted, 1), (Kind::Expired, 2), (Kind::Evicted, 3)] {
            held.apply(event(kind, packet(id, 0, 0)));
        }
        assert!(held.is_empty());
        assert_eq!(held.log()[0].verb, "evicted");
        assert_eq!(held.log().len(), 5);
    }

    #[test]
    fn event_of_a_later_version_is_passed_over() {
        let mut held = Holdings::default();
        held.apply(StoreEvent {
            kind: 77,
            packet: Some(packet(1, 1, 10)),
            unix_ms: 0,
        });
        held.apply(StoreEvent::default());
        assert!(held.is_empty() && held.log().is_empty());
    }

    #[test]
    fn orders_and_filter_do_what_they_say() {
        let mut held = Holdings::default();
        held.add_page(vec![packet(4, 1, 50), packet(5, 2, 10), packet(9, 3, 30)]);
        assert_eq!(ids(&held, "", Order::Expiry), [9, 5, 4]);
        assert_eq!(ids(&held, "", Order::Standing), [5, 9, 4]);
        assert_eq!(ids(&held, "", Order::Location), [4, 5, 9]);
        assert_eq!(ids(&held, " 0202", Order::Location), [4, 5]);
        assert_eq!(ids(&held, "0909", Order::Location), [9]);
        assert_eq!(held.view("", Order::Standing, 1).1, 3);
        assert_eq!(Order::from_value("standing"), Order::Standing);
    }

    #[test]
    fn list_is_bounded_and_says_so() {
        let mut held = Holdings::default();
        for n in 0..=u32::try_from(MAX_HELD).unwrap() {
            let mut p = packet(1, 1, 10);
            p.packet_id = n.to_be_bytes().to_vec();
            held.add_page(vec![p]);
        }
        assert_eq!(held.len(), MAX_HELD);
        assert!(held.truncated);
        held.restart();
        assert!(!held.truncated);
    }
}
