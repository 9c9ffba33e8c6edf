//! How long other nodes take to answer, and so when an answer is late (as RFC 6298 tells it for TCP).
//!
//! Measures only: who asks, and what becomes of a late answer, is not known here.

use std::time::Duration;

use crate::ask::Ask;
use crate::bounded::Bounded;
use crate::peer::Peer;

/// No answer is late sooner than this after the mean: schedulers and disks have their own moments.
const LEAST: Duration = Duration::from_millis(30);
/// So many round trips of a peer's own are enough to judge it by them alone.
const SURE: u32 = 4;
/// Peers whose round trips are remembered, by pace.
const PEERS: usize = 256;

/// What an answer waits for, besides the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pace {
    /// For nothing.
    Quick,
    /// For a commit on a disk.
    Durable,
}

impl Pace {
    /// The pace of an answer; `None` where it depends on more than a node: a subscriber takes a packet in first.
    pub(crate) fn of(ask: &Ask) -> Option<Self> {
        match ask {
            Ask::Store(_) | Ask::TtlUpdate(_) | Ask::Delete(_) => Some(Self::Durable),
            Ask::Deliver { .. } => None,
            _ => Some(Self::Quick),
        }
    }
}

/// A smoothed mean and mean deviation.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: Duration,
    deviation: Duration,
    samples: u32,
}

impl Estimate {
    fn first(sample: Duration) -> Self {
        Self {
            mean: sample,
            deviation: sample / 2,
            samples: 1,
        }
    }

    /// Takes a sample in; the mean follows the last `memory` of them, the deviation half as many.
    fn take(&mut self, sample: Duration, memory: u32) {
        self.samples = self.samples.saturating_add(1);
        let off = self.mean.abs_diff(sample);
        self.deviation = nearer(self.deviation, off, self.samples.min(memory / 2));
        self.mean = nearer(self.mean, sample, self.samples.min(memory));
    }

    fn late_after(&self) -> Duration {
        self.mean + LEAST.max(4 * self.deviation)
    }
}

/// One `share`-th of the way from a value to a sample.
fn nearer(value: Duration, sample: Duration, share: u32) -> Duration {
    let share = share.max(1);
    if sample > value {
        value + (sample - value) / share
    } else {
        value - (value - sample) / share
    }
}

/// The round trips measured so far: of each peer, and of all together.
pub(crate) struct RoundTrips {
    of_peers: Bounded<(Peer, Pace), Estimate>,
    of_all: [Option<Estimate>; 2],
}

impl Default for RoundTrips {
    fn default() -> Self {
        Self {
            of_peers: Bounded::new(PEERS),
            of_all: [None; 2],
        }
    }
}

impl RoundTrips {
    /// A peer answered. Where the request was sent more than once, nobody knows which one it answered: then the whole time
    /// says something of this peer, and nothing of others.
    pub(crate) fn took(&mut self, peer: Peer, pace: Pace, time: Duration, sent_once: bool) {
        match self.of_peers.get_mut(&(peer, pace)) {
            Some(own) => own.take(time, 8),
            None => drop(self.of_peers.put((peer, pace), Estimate::first(time))),
        }
        if sent_once {
            match &mut self.of_all[pace as usize] {
                Some(all) => all.take(time, 32),
                all => *all = Some(Estimate::first(time)),
            }
        }
    }

    /// After how long an answer of this peer is late; `longest` at most, and where nothing was measured.
    pub(crate) fn late_after(&mut self, peer: Peer, pace: Pace, longest: Duration) -> Duration {
        let all = self.of_all[pace as usize].map(|all| all.late_after());
        let after = match self.of_peers.get(&(peer, pace)) {
            Some(own) if own.samples >= SURE => Some(own.late_after()),
            // Little is known: the slower of the two.
            Some(own) => all.map(|all| all.max(own.late_after())),
            None => all,
        };
        after.unwrap_or(longest).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use toxdrop_proto::keys::DhtPublicKey;

    use super::*;

    const LONGEST: Duration = Duration::from_millis(500);

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn peer(n: u8) -> Peer {
        Peer {
            key: DhtPublicKey::from_bytes([n; 32]),
            addr: SocketAddr::from(([192, 0, 2, n], 1)),
        }
    }

    #[test]
    fn before_anything_was_measured_the_setting_holds() {
        let mut trips = RoundTrips::default();
        assert_eq!(trips.late_after(peer(1), Pace::Quick, LONGEST), LONGEST);
    }

    #[test]
    fn who_was_never_asked_is_late_by_what_others_took() {
        let mut trips = RoundTrips::default();
        for n in 0..40 {
            trips.took(
                peer(n % 8),
                Pace::Quick,
                ms(90 + u64::from(n % 3) * 10),
                true,
            );
        }
        let after = trips.late_after(peer(99), Pace::Quick, LONGEST);
        assert!((ms(110)..ms(180)).contains(&after), "{after:?}");
        // A commit takes longer than a look: nothing is known of that yet.
        assert_eq!(trips.late_after(peer(99), Pace::Durable, LONGEST), LONGEST);
    }

    #[test]
    fn a_slow_peer_is_given_the_time_that_it_takes() {
        let mut trips = RoundTrips::default();
        for n in 0..100 {
            trips.took(peer(n % 8), Pace::Quick, ms(50), true);
        }
        for _ in 0..SURE {
            trips.took(peer(9), Pace::Quick, ms(400), false);
        }
        let slow = trips.late_after(peer(9), Pace::Quick, LONGEST);
        assert!(slow > ms(400) && slow <= LONGEST, "{slow:?}");
        let fast = trips.late_after(peer(1), Pace::Quick, LONGEST);
        assert!(fast <= ms(80), "{fast:?}");
        let unknown = trips.late_after(peer(99), Pace::Quick, LONGEST);
        assert!(unknown <= ms(80), "{unknown:?}");
    }

    #[test]
    fn nobody_is_late_at_once_however_near_all_are() {
        let mut trips = RoundTrips::default();
        for _ in 0..50 {
            trips.took(peer(1), Pace::Quick, Duration::ZERO, true);
        }
        assert_eq!(trips.late_after(peer(1), Pace::Quick, LONGEST), LEAST);
    }

    #[test]
    fn however_even_the_line_is_a_moment_more_is_not_late() {
        let mut trips = RoundTrips::default();
        for _ in 0..50 {
            trips.took(peer(1), Pace::Quick, ms(60), true);
        }
        let after = trips.late_after(peer(1), Pace::Quick, LONGEST);
        assert_eq!(after, ms(60) + LEAST);
    }
}
