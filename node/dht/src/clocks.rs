//! How far the clocks of other nodes are ahead of ours, as they say in their Hellos.
//!
//! Judges none of them: one says what it likes, and only the median of many counts.

use std::time::Duration;

use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::DhtPublicKey;

use crate::bounded::Bounded;
use crate::time::Now;

/// Nodes whose clocks are remembered.
const NODES: usize = 256;
/// For how long: a capable node is greeted every minute.
const KEPT: Duration = Duration::from_secs(600);

/// What a clock showed, and when by our monotonic clock: so our wall clock can jump, and others' are still what they were.
#[derive(Clone, Copy, Debug)]
struct Said {
    clock: UnixSeconds,
    at: Duration,
}

/// Others' clocks.
pub(crate) struct Clocks(Bounded<DhtPublicKey, Said>);

impl Clocks {
    pub(crate) fn new() -> Self {
        Self(Bounded::new(NODES))
    }

    /// A node that we greeted says what time it is.
    pub(crate) fn said(&mut self, now: Now, node: DhtPublicKey, clock: UnixSeconds) {
        let at = now.mono;
        self.0.put(node, Said { clock, at });
    }

    /// By how many seconds each of those still known is ahead of us; one figure a node.
    pub(crate) fn offsets(&self, now: Now, known: impl Fn(&DhtPublicKey) -> bool) -> Vec<i64> {
        let lately = |said: &Said| now.mono.saturating_sub(said.at) < KEPT;
        self.0
            .entries()
            .filter(|(node, said)| lately(said) && known(node))
            .map(|(_, said)| {
                let passed = now.mono.saturating_sub(said.at).as_secs();
                let shows = i128::from(said.clock.0) + i128::from(passed);
                let limit = i128::from(i64::MAX);
                let ahead = (shows - i128::from(now.unix.0)).clamp(-limit, limit);
                i64::try_from(ahead).unwrap_or(i64::MAX)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mono: u64, unix: u64) -> Now {
        Now {
            mono: Duration::from_secs(mono),
            unix: UnixSeconds(unix),
        }
    }

    fn node(n: u16) -> DhtPublicKey {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&n.to_be_bytes());
        DhtPublicKey::from_bytes(key)
    }

    #[test]
    fn a_node_has_one_clock_and_the_last_word_counts() {
        let mut clocks = Clocks::new();
        clocks.said(at(0, 1_000), node(1), UnixSeconds(1_060));
        clocks.said(at(1, 1_001), node(1), UnixSeconds(998));
        clocks.said(at(1, 1_001), node(2), UnixSeconds(1_001));
        let mut offsets = clocks.offsets(at(2, 1_002), |_| true);
        offsets.sort_unstable();
        assert_eq!(offsets, [-3, 0]);
    }

    #[test]
    fn a_jump_of_our_own_clock_shows_at_once() {
        let mut clocks = Clocks::new();
        clocks.said(at(0, 1_000), node(1), UnixSeconds(1_000));
        assert_eq!(clocks.offsets(at(10, 1_010), |_| true), [0]);
        assert_eq!(clocks.offsets(at(11, 90_011), |_| true), [-89_000]);
        assert_eq!(clocks.offsets(at(12, 12), |_| true), [1_000]);
    }

    #[test]
    fn the_clock_of_a_node_that_is_forgotten_does_not_count() {
        let mut clocks = Clocks::new();
        clocks.said(at(0, 1_000), node(1), UnixSeconds(1_060));
        clocks.said(at(0, 1_000), node(2), UnixSeconds(998));
        let known = |key: &DhtPublicKey| *key == node(1);
        assert_eq!(clocks.offsets(at(0, 1_000), known), [60]);
    }

    #[test]
    fn what_was_said_long_ago_does_not_count() {
        let mut clocks = Clocks::new();
        clocks.said(at(0, 1_000), node(1), UnixSeconds(1_000));
        assert_eq!(clocks.offsets(at(599, 1_599), |_| true), [0]);
        assert_eq!(clocks.offsets(at(600, 1_600), |_| true), [0; 0]);
    }

    #[test]
    fn no_number_of_nodes_and_no_time_is_too_much() {
        let mut clocks = Clocks::new();
        for n in 0..2 * NODES as u16 {
            clocks.said(at(0, 0), node(n), UnixSeconds(u64::MAX));
        }
        assert_eq!(clocks.offsets(at(0, 0), |_| true), vec![i64::MAX; NODES]);
        clocks.said(at(0, u64::MAX), node(0), UnixSeconds(0));
        let offsets = clocks.offsets(at(0, u64::MAX), |_| true);
        assert!(offsets.contains(&-i64::MAX));
    }
}
