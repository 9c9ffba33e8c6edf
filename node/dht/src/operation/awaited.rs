//! For whose answers an operation waits, and when it has waited enough.
//!
//! Knows nothing of what was asked.

use std::collections::BTreeMap;

use crate::lateness::Lateness;
use crate::peer::Peer;

/// What is known of one node that was asked.
#[derive(Debug)]
struct Word {
    /// Questions that it did not answer yet.
    open: usize,
    answered: bool,
    /// A question ended without a sound answer.
    failed: bool,
    late: Lateness,
}

impl Default for Word {
    fn default() -> Self {
        Self {
            open: 0,
            answered: false,
            failed: false,
            late: Lateness::InTime,
        }
    }
}

impl Word {
    /// Whether it has said all that it was asked: a page of several is not all.
    fn is_whole(&self) -> bool {
        self.answered && self.open == 0 && !self.failed
    }
}

/// The nodes that were asked.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    nodes: BTreeMap<Peer, Word>,
    /// The closest of them: where packets lie.
    closest: Vec<Peer>,
}

impl Awaited {
    /// Notes the nodes that are closest; the first `replicas` count.
    pub(crate) fn found(&mut self, closest: &[Peer], replicas: usize) {
        self.closest = closest.iter().take(replicas).copied().collect();
    }

    /// A node is asked something.
    pub(crate) fn ask(&mut self, peer: Peer) {
        self.nodes.entry(peer).or_default().open += 1;
    }

    /// Whether a node was asked anything before.
    pub(crate) fn knows(&self, peer: &Peer) -> bool {
        self.nodes.contains_key(peer)
    }

    /// A node's answer is late.
    pub(crate) fn late(&mut self, peer: &Peer, by: Lateness) {
        if let Some(word) = self.nodes.get_mut(peer) {
            word.late = by.max(word.late);
        }
    }

    /// A question has ended, with a sound answer or without.
    pub(crate) fn over(&mut self, peer: &Peer, answered: bool) {
        if let Some(word) = self.nodes.get_mut(peer) {
            word.open = word.open.saturating_sub(1);
            word.answered |= answered;
            word.failed |= !answered;
            if answered || word.open == 0 {
                word.late = Lateness::InTime;
            }
        }
    }

    /// How many nodes were asked.
    pub(crate) fn asked(&self) -> usize {
        self.nodes.len()
    }

    /// How many of them answered, if not everything.
    pub(crate) fn answered(&self) -> usize {
        self.nodes.values().filter(|word| word.answered).count()
    }

    /// Whether nothing is open any more.
    fn is_idle(&self) -> bool {
        self.nodes.values().all(|word| word.open == 0)
    }

    /// Whether so many quarters of those that were asked did so, and of the closest.
    fn have(&self, quarters: usize, did: impl Fn(&Word) -> bool) -> bool {
        let all = self.nodes.values().filter(|word| did(word)).count();
        let closest = self.closest.iter();
        let closest = closest.filter(|peer| self.nodes.get(peer).is_some_and(&did));
        all * 4 >= self.asked() * quarters && closest.count() * 4 >= self.closest.len() * quarters
    }

    /// Whether every answer that is lacking is as late as this.
    fn all_are(&self, by: Lateness) -> bool {
        let waited_for = |word: &Word| word.open > 0 && word.late < by;
        !self.nodes.values().any(waited_for)
    }

    /// Whether nobody has to be waited for: all answered everything; or those that did not are late and three quarters did; or
    /// they are silent and half did. Of the closest as well: what four of eight hold, one of those that answered has told, and
    /// where others are merely late, what three hold.
    pub(crate) fn is_over(&self) -> bool {
        let enough = (self.have(3, Word::is_whole) && self.all_are(Lateness::Late))
            || (self.have(2, Word::is_whole) && self.all_are(Lateness::Silent));
        self.is_idle() || enough
    }

    /// Whether too few answered in time.
    pub(crate) fn is_stuck(&self) -> bool {
        self.all_are(Lateness::Late) && !self.have(2, |word| word.answered)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use toxdrop_proto::keys::DhtPublicKey;

    use super::*;

    fn peer(n: u8) -> Peer {
        Peer {
            key: DhtPublicKey::from_bytes([n; 32]),
            addr: SocketAddr::from(([192, 0, 2, n], 1)),
        }
    }

    /// Twelve nodes were asked, of which the first eight are the closest.
    fn twelve() -> Awaited {
        let peers: Vec<Peer> = (0..12).map(peer).collect();
        let mut awaited = Awaited::default();
        awaited.found(&peers, 8);
        for peer in peers {
            awaited.ask(peer);
        }
        awaited
    }

    #[test]
    fn late_nodes_are_waited_for_where_they_are_many() {
        let mut awaited = twelve();
        for n in 3..12 {
            awaited.over(&peer(n), true);
        }
        for n in 0..3 {
            assert!(!awaited.is_over());
            awaited.late(&peer(n), Lateness::Late);
        }
        assert!(
            !awaited.is_over(),
            "of the closest eight only five answered"
        );
        awaited.over(&peer(2), true);
        assert!(awaited.is_over() && !awaited.is_idle());
        assert_eq!((awaited.asked(), awaited.answered()), (12, 10));
    }

    #[test]
    fn who_is_asked_more_has_not_answered_yet() {
        let mut awaited = twelve();
        for n in 0..12 {
            awaited.over(&peer(n), true);
            awaited.ask(peer(n));
        }
        for n in 0..12 {
            awaited.late(&peer(n), Lateness::Silent);
        }
        assert!(!awaited.is_over() && !awaited.is_stuck());
        for n in 0..8 {
            awaited.over(&peer(n), n < 5);
        }
        assert!(!awaited.is_over(), "only five said all that they have");
        awaited.over(&peer(8), true);
        assert!(awaited.is_over() && !awaited.is_idle());
        assert_eq!(awaited.answered(), 12);
    }

    #[test]
    fn silent_nodes_are_not_waited_for() {
        let mut awaited = twelve();
        for n in 4..12 {
            awaited.over(&peer(n), true);
        }
        for n in 0..4 {
            assert!(!awaited.is_over());
            awaited.late(&peer(n), Lateness::Silent);
        }
        assert!(awaited.is_over() && !awaited.is_idle());
    }

    #[test]
    fn fewer_than_half_are_not_enough_however_silent_the_others() {
        let mut awaited = twelve();
        for n in 0..7 {
            awaited.late(&peer(n), Lateness::Silent);
        }
        for n in 7..12 {
            awaited.over(&peer(n), true);
        }
        assert!(!awaited.is_over());
        awaited.over(&peer(0), true);
        assert!(!awaited.is_over(), "of the closest eight only two answered");
        awaited.over(&peer(1), true);
        awaited.over(&peer(2), true);
        assert!(awaited.is_over());
    }

    #[test]
    fn when_nothing_is_open_it_is_over_whoever_answered() {
        let mut awaited = twelve();
        for n in 0..12 {
            awaited.over(&peer(n), false);
        }
        assert!(awaited.is_over() && awaited.is_idle());
    }
}
