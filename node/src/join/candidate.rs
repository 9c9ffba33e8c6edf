//! Nodes to join through, in turns: those that were given, and those of a public list, a few of each at a time.
//!
//! Looks up nothing and sends nothing; notes what came of it.

use toxdrop_proto::keys::DhtPublicKey;

/// How many of a kind are tried at once (c-toxcore's clients: 4).
pub(super) const FEW: usize = 4;

/// A node to join through, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// As people know it.
    pub(crate) name: String,
    /// Host names and addresses, each of which is looked up.
    pub(crate) hosts: Vec<String>,
    /// UDP port.
    pub(crate) port: u16,
    /// DHT key.
    pub(crate) key: DhtPublicKey,
}

/// What came of the last attempt at a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// None has ended yet.
    Untried,
    /// Its name was not found, for this reason.
    NotFound(String),
    /// It has addresses, and none that the socket can reach.
    Unsuitable,
    /// It was asked.
    Asked,
}

/// Which candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CandidateId(usize);

/// All candidates; those that were given come before those of a list.
pub(super) struct Candidates {
    all: Vec<Entry>,
    given: Turn,
    listed: Turn,
}

struct Entry {
    candidate: Candidate,
    outcome: Outcome,
    /// Whether its name is being looked up.
    under_way: bool,
    /// Whether its turn has come at least once.
    had_turn: bool,
}

/// Whose turn it is in a part of the candidates.
struct Turn {
    first: usize,
    count: usize,
    next: usize,
}

impl Candidates {
    pub(super) fn new(given: Vec<Candidate>, listed: Vec<Candidate>) -> Self {
        let turn = |first, count| Turn {
            first,
            count,
            next: 0,
        };
        Self {
            given: turn(0, given.len()),
            listed: turn(given.len(), listed.len()),
            all: (given.into_iter().chain(listed))
                .map(|candidate| Entry {
                    candidate,
                    outcome: Outcome::Untried,
                    under_way: false,
                    had_turn: false,
                })
                .collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The next of those that were given, and the next of a list where those are wanted, too. They count as being looked up.
    pub(super) fn next(
        &mut self,
        listed: bool,
        known: impl Fn(&DhtPublicKey) -> bool,
    ) -> Vec<(CandidateId, Candidate)> {
        let mut chosen = Vec::new();
        let turns = [Some(&mut self.given), listed.then_some(&mut self.listed)];
        for turn in turns.into_iter().flatten() {
            let mut few = FEW;
            for _ in 0..turn.count {
                if few == 0 {
                    break;
                }
                let at = turn.first + turn.next;
                turn.next = (turn.next + 1) % turn.count;
                if let Some(entry) = self.all.get_mut(at)
                    && !entry.under_way
                    && !known(&entry.candidate.key)
                {
                    (entry.under_way, entry.had_turn) = (true, true);
                    chosen.push((CandidateId(at), entry.candidate.clone()));
                    few -= 1;
                }
            }
        }
        chosen
    }

    /// Notes what came of an attempt.
    pub(super) fn note(&mut self, id: CandidateId, outcome: Outcome) {
        if let Some(entry) = self.all.get_mut(id.0) {
            (entry.outcome, entry.under_way) = (outcome, false);
        }
    }

    /// A candidate's key.
    pub(super) fn key(&self, id: CandidateId) -> Option<DhtPublicKey> {
        self.all.get(id.0).map(|entry| entry.candidate.key)
    }

    /// Whether some had no turn yet.
    pub(super) fn some_untried(&self) -> bool {
        self.all.iter().any(|entry| !entry.had_turn)
    }

    /// Each with what came of its last attempt that has ended.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Candidate, &Outcome)> {
        (self.all.iter()).map(|entry| (&entry.candidate, &entry.outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(count: u8, first: u8) -> Vec<Candidate> {
        (first..first + count)
            .map(|n| Candidate {
                name: n.to_string(),
                hosts: vec![n.to_string()],
                port: 33445,
                key: DhtPublicKey::from_bytes([n; 32]),
            })
            .collect()
    }

    fn names(chosen: &[(CandidateId, Candidate)]) -> Vec<&str> {
        chosen.iter().map(|(_, c)| c.name.as_str()).collect()
    }

    #[test]
    fn everybody_gets_a_turn_and_never_more_than_a_few_of_a_kind_at_once() {
        let mut all = Candidates::new(candidates(2, 0), candidates(6, 10));
        let first = all.next(true, |_| false);
        assert_eq!(names(&first), ["0", "1", "10", "11", "12", "13"]);
        assert!(all.some_untried());
        // Whose lookup is under way is not looked up again.
        let second = all.next(true, |_| false);
        assert_eq!(names(&second), ["14", "15"]);
        assert!(!all.some_untried());
        assert!(all.next(true, |_| false).is_empty());
        for (id, _) in first {
            all.note(id, Outcome::Asked);
        }
        let again = all.next(true, |_| false);
        assert_eq!(names(&again), ["0", "1", "10", "11", "12", "13"]);
        // What came of the last attempt stays until the next one has ended.
        let asked = all
            .iter()
            .filter(|(_, outcome)| **outcome == Outcome::Asked);
        assert_eq!(asked.count(), 6);
    }

    #[test]
    fn neither_known_nodes_nor_unwanted_ones_of_a_list_are_chosen() {
        let mut all = Candidates::new(candidates(3, 0), candidates(3, 10));
        let known = DhtPublicKey::from_bytes([1; 32]);
        let chosen = all.next(false, |key| *key == known);
        assert_eq!(names(&chosen), ["0", "2"]);
    }
}
