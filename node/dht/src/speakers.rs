//! Nodes that speak offline messages on our network, whether they store for others or not: whom to ask for a dial-back,
//! who can dial, and how they see us.
//!
//! Few, of many networks, and each known by its own answer to a Hello. Asks nobody.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;
use toxdrop_proto::keys::DhtPublicKey;

use crate::peer::{Peer, is_local};

/// Speakers that are known at the most.
const MOST: usize = 64;
/// Speakers of one IPv4 /16 or IPv6 /32; local networks are exempt.
const OF_ONE_NETWORK: usize = 2;
/// A speaker silent for so long gives way to a new one.
const STALE: Duration = Duration::from_secs(600);
/// How old a word on our address may be: capable nodes are greeted every minute.
const SAID_LATELY: Duration = Duration::from_secs(180);

#[derive(Clone, Copy, Debug)]
struct Speaker {
    peer: Peer,
    heard: Duration,
    /// The address that it saw us at.
    seen: IpAddr,
}

/// The speakers.
#[derive(Debug, Default)]
pub(crate) struct Speakers {
    known: Vec<Speaker>,
    /// Whether somebody saw us elsewhere than it did before.
    news: bool,
}

impl Speakers {
    /// A node of our network answered a Hello of the node's own key.
    pub(crate) fn greeted(&mut self, mono: Duration, peer: Peer, seen: IpAddr) {
        let speaker = Speaker {
            peer,
            heard: mono,
            seen: seen.to_canonical(),
        };
        if let Some(known) = self
            .known
            .iter_mut()
            .find(|known| known.peer.key == peer.key)
        {
            self.news |= known.seen != speaker.seen;
            *known = speaker;
            return;
        }
        let network = wide_network(&peer.addr);
        let of_same =
            |known: &Speaker| network.is_some() && wide_network(&known.peer.addr) == network;
        let crowded = self.known.iter().filter(|known| of_same(known)).count() >= OF_ONE_NETWORK;
        if !crowded && self.known.len() < MOST {
            self.known.push(speaker);
            self.news = true;
            return;
        }
        let stale = self
            .known
            .iter_mut()
            .filter(|known| !crowded || of_same(known))
            .filter(|known| mono.saturating_sub(known.heard) > STALE)
            .min_by_key(|known| known.heard);
        if let Some(stale) = stale {
            *stale = speaker;
            self.news = true;
        }
    }

    /// Whether somebody said something new of our address since the last call.
    pub(crate) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// It fell silent, or is of another network.
    pub(crate) fn remove(&mut self, key: &DhtPublicKey) {
        self.known.retain(|known| known.peer.key != *key);
    }

    /// Whether this node, at this address, is one of them.
    pub(crate) fn has(&self, peer: &Peer) -> bool {
        self.known.iter().any(|known| known.peer == *peer)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// All of them, in any order.
    pub(crate) fn shuffled(&self, rng: &mut ChaCha20Rng) -> Vec<Peer> {
        let mut peers: Vec<(u64, Peer)> = self
            .known
            .iter()
            .map(|known| (rng.next_u64(), known.peer))
            .collect();
        peers.sort_unstable();
        peers.into_iter().map(|(_, peer)| peer).collect()
    }

    /// The address of this kind at which most of them saw us lately; where there are as many for another, the former one.
    /// Who is in our own local network knows nothing of how we look from outside, and counts only where nobody else does.
    pub(crate) fn seen(
        &self,
        mono: Duration,
        former: Option<IpAddr>,
        of_kind: impl Fn(&IpAddr) -> bool,
    ) -> Option<IpAddr> {
        let said = |known: &&Speaker| {
            mono.saturating_sub(known.heard) < SAID_LATELY && of_kind(&known.seen)
        };
        let said: Vec<&Speaker> = self.known.iter().filter(said).collect();
        let outside = said.iter().any(|known| !is_local(&known.peer.addr));
        let votes: Vec<IpAddr> = said
            .iter()
            .filter(|known| !outside || !is_local(&known.peer.addr))
            .map(|known| known.seen)
            .collect();
        let count = |seen: &IpAddr| votes.iter().filter(|vote| *vote == seen).count();
        votes
            .iter()
            .max_by_key(|seen| (count(seen), Some(**seen) == former, **seen))
            .copied()
    }
}

/// The wide network that an address counts as part of: IPv4 /16 or IPv6 /32; `None` for local networks.
pub(crate) fn wide_network(addr: &SocketAddr) -> Option<[u8; 5]> {
    if is_local(addr) {
        return None;
    }
    Some(match addr.ip() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            [4, a, b, 0, 0]
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.octets();
            [6, a, b, c, d]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u8, addr: &str) -> Peer {
        Peer {
            key: DhtPublicKey::from_bytes([number; 32]),
            addr: addr.parse().unwrap(),
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn one_network_does_not_crowd_out_the_others() {
        let mut speakers = Speakers::default();
        let seen = ip("192.0.2.1");
        for number in 0..9 {
            let peer = peer(number, &format!("198.51.{number}.1:1"));
            speakers.greeted(at(0), peer, seen);
        }
        assert_eq!(speakers.known.len(), 2);
        speakers.greeted(at(0), peer(20, "203.0.113.1:1"), seen);
        assert_eq!(speakers.known.len(), 3);
        // A silent one of the same network gives way.
        speakers.greeted(at(601), peer(30, "198.51.30.1:1"), seen);
        assert!(speakers.has(&peer(30, "198.51.30.1:1")));
        assert_eq!(speakers.known.len(), 3);
    }

    #[test]
    fn no_number_of_nodes_is_too_much() {
        let mut speakers = Speakers::default();
        for number in 0..255 {
            speakers.greeted(
                at(0),
                peer(number, &format!("11.{number}.0.1:1")),
                ip("192.0.2.1"),
            );
        }
        assert_eq!(speakers.known.len(), MOST);
    }

    #[test]
    fn most_of_those_outside_decide_how_we_are_seen() {
        let mut speakers = Speakers::default();
        let (ours, lie, inside) = (ip("192.0.2.1"), ip("9.9.9.9"), ip("10.0.0.2"));
        speakers.greeted(at(0), peer(1, "10.0.0.1:1"), inside);
        assert_eq!(speakers.seen(at(1), None, IpAddr::is_ipv4), Some(inside));
        speakers.greeted(at(0), peer(2, "198.51.100.1:1"), lie);
        speakers.greeted(at(0), peer(3, "203.0.113.1:1"), ours);
        assert_eq!(
            speakers.seen(at(1), Some(ours), IpAddr::is_ipv4),
            Some(ours)
        );
        speakers.greeted(at(0), peer(4, "100.0.0.1:1"), ours);
        assert_eq!(speakers.seen(at(1), None, IpAddr::is_ipv4), Some(ours));
        assert_eq!(speakers.seen(at(1), None, IpAddr::is_ipv6), None);
        assert_eq!(speakers.seen(at(180), None, IpAddr::is_ipv4), None);
    }
}
