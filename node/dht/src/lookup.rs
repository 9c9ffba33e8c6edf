//! An iterative lookup of the nodes closest to a key (Kademlia, 2.3), over disjoint paths (S/Kademlia).
//!
//! Each path has its own shortlist, fed by its own answers only, and no node is asked by two of them: a liar on one
//! path cannot lead the others astray. Sends nothing; says whom to ask next.

use std::collections::{BTreeMap, HashMap};

use toxdrop_proto::ids::distance;
use toxdrop_proto::keys::DhtPublicKey;

use crate::lateness::Lateness;
use crate::peer::Peer;

type Distance = [u8; 32];

/// Candidates a path remembers; the farthest are forgotten.
const SHORTLIST: usize = 64;
/// Late nodes of a path beside which others are asked; more of them make it wait: who names nodes that do not exist shall
/// not make us ask them all at once.
const BESIDE: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Asked,
    Answered,
    /// Answered, and stores nothing for others: it helps on the way and is none of those looked for.
    Helped,
}

#[derive(Debug, Default)]
struct Path {
    shortlist: BTreeMap<Distance, (Peer, State)>,
    /// Whose answer is waited for, also where the shortlist has forgotten them.
    waiting: BTreeMap<Distance, Lateness>,
}

impl Path {
    fn count(&self, is: impl Fn(Lateness) -> bool) -> usize {
        self.waiting.values().filter(|by| is(**by)).count()
    }

    /// How many nodes keep others from being asked.
    fn in_flight(&self) -> usize {
        let in_time = self.count(|by| by == Lateness::InTime);
        in_time + (self.waiting.len() - in_time).saturating_sub(BESIDE)
    }
}

/// A lookup under way.
#[derive(Debug)]
pub(crate) struct Lookup {
    target: [u8; 32],
    own: DhtPublicKey,
    want: usize,
    alpha: usize,
    paths: Vec<Path>,
    /// Which path asked a node.
    asked_by: HashMap<DhtPublicKey, usize>,
    /// How many nodes answered.
    answered: usize,
}

impl Lookup {
    /// Starts from the nodes that we know, dealt out among the paths.
    pub(crate) fn new(
        target: [u8; 32],
        own: DhtPublicKey,
        want: usize,
        alpha: usize,
        paths: usize,
        seeds: &[Peer],
    ) -> Self {
        let count = paths.clamp(1, seeds.len().max(1));
        let mut lookup = Self {
            target,
            own,
            want,
            alpha,
            paths: (0..count).map(|_| Path::default()).collect(),
            asked_by: HashMap::new(),
            answered: 0,
        };
        for (at, seed) in seeds.iter().enumerate() {
            lookup.add(at % count, *seed);
        }
        lookup
    }

    fn add(&mut self, path: usize, peer: Peer) {
        if peer.key == self.own {
            return;
        }
        let Some(path) = self.paths.get_mut(path) else {
            return;
        };
        let far = distance(peer.key.as_bytes(), &self.target);
        path.shortlist.entry(far).or_insert((peer, State::Fresh));
        if path.shortlist.len() > SHORTLIST {
            path.shortlist.pop_last();
        }
    }

    /// Whom to ask now. Each node is named once.
    pub(crate) fn next(&mut self) -> Vec<Peer> {
        let mut ask = Vec::new();
        for (number, path) in self.paths.iter_mut().enumerate() {
            let (mut answered, mut in_flight) = (0, path.in_flight());
            for (far, (peer, state)) in &mut path.shortlist {
                // The closest `want` answered: nothing closer is left to find on this path.
                if in_flight >= self.alpha || answered >= self.want {
                    break;
                }
                match state {
                    State::Answered => answered += 1,
                    State::Asked | State::Helped => {}
                    State::Fresh if self.asked_by.contains_key(&peer.key) => {}
                    State::Fresh => {
                        *state = State::Asked;
                        in_flight += 1;
                        path.waiting.insert(*far, Lateness::InTime);
                        self.asked_by.insert(peer.key, number);
                        ask.push(*peer);
                    }
                }
            }
        }
        ask
    }

    /// A node answered: whether it stores for others, and nodes that it knows close to the target.
    pub(crate) fn answered(&mut self, peer: Peer, stores: bool, nodes: &[Peer]) {
        let Some(&path) = self.asked_by.get(&peer.key) else {
            return;
        };
        let state = if stores {
            State::Answered
        } else {
            State::Helped
        };
        self.settle(path, &peer, Some(state));
        for node in nodes {
            self.add(path, *node);
        }
    }

    /// A node did not answer.
    pub(crate) fn failed(&mut self, peer: &Peer) {
        if let Some(&path) = self.asked_by.get(&peer.key) {
            self.settle(path, peer, None);
        }
    }

    /// A node's answer is late: it keeps nobody from being asked any more.
    pub(crate) fn late(&mut self, peer: &Peer, by: Lateness) {
        let path = self.asked_by.get(&peer.key).copied();
        let Some(path) = path.and_then(|path| self.paths.get_mut(path)) else {
            return;
        };
        let far = distance(peer.key.as_bytes(), &self.target);
        if let Some(waiting) = path.waiting.get_mut(&far) {
            *waiting = by.max(*waiting);
        }
    }

    fn settle(&mut self, path: usize, peer: &Peer, answered: Option<State>) {
        let far = distance(peer.key.as_bytes(), &self.target);
        let Some(path) = self.paths.get_mut(path) else {
            return;
        };
        if path.waiting.remove(&far).is_none() {
            return;
        }
        match answered {
            Some(answered) => {
                self.answered += 1;
                if let Some((_, state @ State::Asked)) = path.shortlist.get_mut(&far) {
                    *state = answered;
                }
            }
            None => drop(path.shortlist.remove(&far)),
        }
    }

    /// Whether a node could add something that this lookup does not know: it was not asked, or did not answer and is not waited
    /// for any more.
    pub(crate) fn lacks(&self, peer: &Peer) -> bool {
        let far = distance(peer.key.as_bytes(), &self.target);
        let path = self.asked_by.get(&peer.key).copied();
        let path = path.and_then(|path| self.paths.get(path));
        path.is_none_or(|path| {
            let answered =
                |(_, state): &(Peer, State)| matches!(state, State::Answered | State::Helped);
            !path.waiting.contains_key(&far) && !path.shortlist.get(&far).is_some_and(answered)
        })
    }

    /// Whether nothing is under way; call after [`Lookup::next`] had nothing more to ask.
    pub(crate) fn is_idle(&self) -> bool {
        self.paths.iter().all(|path| path.waiting.is_empty())
    }

    /// Whether nobody has to be waited for: only silent nodes are left, and at least half as many answered as are silent.
    /// Where nearly all are silent it may be our own line, and they are given their time. Call as [`Lookup::is_idle`].
    pub(crate) fn is_over(&self) -> bool {
        let silent = |path: &Path| path.count(|by| by == Lateness::Silent);
        let waiting: usize = self.paths.iter().map(|path| path.waiting.len()).sum();
        let silent: usize = self.paths.iter().map(silent).sum();
        // Nobody is left unasked for the silent ones' sake.
        let blocked = |path: &Path| path.in_flight() >= self.alpha;
        waiting == silent && self.answered * 2 >= silent && !self.paths.iter().any(blocked)
    }

    /// The nodes that answered, closest first, at most as many as were wanted.
    pub(crate) fn closest(&self) -> Vec<Peer> {
        let merged: BTreeMap<Distance, Peer> = self
            .paths
            .iter()
            .flat_map(|path| &path.shortlist)
            .filter(|(_, (_, state))| *state == State::Answered)
            .map(|(far, (peer, _))| (*far, *peer))
            .collect();
        merged.into_values().take(self.want).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn peer(n: u8) -> Peer {
        Peer {
            key: DhtPublicKey::from_bytes([n; 32]),
            addr: SocketAddr::from(([192, 0, 2, n], 1)),
        }
    }

    fn lookup(want: usize, paths: usize, seeds: &[u8]) -> Lookup {
        let seeds: Vec<Peer> = seeds.iter().copied().map(peer).collect();
        Lookup::new([0; 32], peer(255).key, want, 3, paths, &seeds)
    }

    #[test]
    fn a_lookup_converges_on_the_closest() {
        let mut lookup = lookup(3, 1, &[100, 101]);
        // Node n knows n/2 and n/3.
        let mut asked = 0;
        loop {
            let next = lookup.next();
            if next.is_empty() && lookup.is_idle() {
                break;
            }
            for at in next {
                asked += 1;
                let n = at.key.as_bytes()[0];
                lookup.answered(at, true, &[peer((n / 2).max(1)), peer((n / 3).max(1))]);
            }
        }
        let found: Vec<u8> = lookup
            .closest()
            .iter()
            .map(|p| p.key.as_bytes()[0])
            .collect();
        assert_eq!(found, [1, 2, 3]);
        assert!(asked < 20);
    }

    #[test]
    fn no_node_is_asked_by_two_paths() {
        let mut lookup = lookup(8, 2, &[10, 20]);
        let first = lookup.next();
        assert_eq!(first.len(), 2);
        lookup.answered(peer(10), true, &[peer(1), peer(2)]);
        lookup.answered(peer(20), true, &[peer(1), peer(2), peer(10)]);
        let mut second: Vec<Peer> = lookup.next();
        second.sort();
        assert_eq!(second, [peer(1), peer(2)]);
    }

    #[test]
    fn who_does_not_answer_is_not_among_the_closest() {
        let mut lookup = lookup(8, 1, &[1, 2]);
        let asked = lookup.next();
        assert_eq!(asked.len(), 2);
        lookup.failed(&peer(1));
        lookup.answered(peer(2), true, &[peer(1)]);
        assert!(lookup.next().is_empty());
        assert!(lookup.is_idle());
        assert_eq!(lookup.closest(), [peer(2)]);
    }

    #[test]
    fn who_stores_nothing_helps_on_the_way_and_is_not_among_the_closest() {
        let mut lookup = lookup(8, 1, &[1]);
        assert_eq!(lookup.next(), [peer(1)]);
        lookup.answered(peer(1), false, &[peer(2)]);
        assert_eq!(lookup.next(), [peer(2)]);
        lookup.answered(peer(2), true, &[]);
        assert!(lookup.next().is_empty() && lookup.is_idle());
        assert_eq!(lookup.closest(), [peer(2)]);
    }

    #[test]
    fn beside_a_late_node_the_next_is_asked_and_a_silent_one_is_not_waited_for() {
        let mut lookup = lookup(8, 1, &[1, 2, 3, 4]);
        assert_eq!(lookup.next(), [peer(1), peer(2), peer(3)]);
        lookup.late(&peer(1), Lateness::Late);
        assert_eq!(lookup.next(), [peer(4)]);
        for n in 2..=4 {
            lookup.answered(peer(n), true, &[]);
        }
        assert!(!lookup.is_over(), "a datagram may have been lost");
        lookup.late(&peer(1), Lateness::Silent);
        assert!(lookup.is_over() && !lookup.is_idle());
        assert_eq!(lookup.closest(), [peer(2), peer(3), peer(4)]);
        // It was merely slow: it counts, and so does whom it knows.
        lookup.answered(peer(1), true, &[peer(5)]);
        assert_eq!(lookup.closest()[0], peer(1));
        assert_eq!(lookup.next(), [peer(5)]);
        assert!(!lookup.is_over());
    }

    #[test]
    fn where_nearly_all_are_silent_they_are_given_their_time() {
        let mut lookup = lookup(8, 1, &[1, 2, 3]);
        lookup.next();
        for n in 1..=3 {
            lookup.late(&peer(n), Lateness::Silent);
        }
        assert!(!lookup.is_over());
        lookup.failed(&peer(1));
        lookup.answered(peer(2), true, &[]);
        assert!(lookup.is_over());
    }

    #[test]
    fn who_names_nodes_that_do_not_exist_does_not_make_us_ask_them_all_at_once() {
        let seeds: Vec<u8> = (1..=60).collect();
        let mut lookup = lookup(8, 1, &seeds);
        let mut asked = 0;
        loop {
            let next = lookup.next();
            if next.is_empty() {
                break;
            }
            asked += next.len();
            for silent in next {
                lookup.late(&silent, Lateness::Silent);
            }
        }
        assert_eq!(asked, BESIDE + 3);
    }

    #[test]
    fn an_answer_that_nobody_asked_for_changes_nothing() {
        let mut lookup = lookup(8, 1, &[1]);
        lookup.answered(peer(9), true, &[peer(3)]);
        assert_eq!(lookup.next(), [peer(1)]);
    }
}
