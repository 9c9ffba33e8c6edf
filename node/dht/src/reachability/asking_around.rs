//! Asking around: when is a round due, and what follows from it?
//!
//! Dials nobody itself, and tells nobody what it found.

use std::net::IpAddr;
use std::time::Duration;

use toxdrop_proto::wire::Dialled;

use super::presumption::Presumption;
use super::round::{Outcome, Round};
use super::verdict::Reachability;
use crate::asking::{Asking, Finished};
use crate::config::Reachable;

/// From the first node that could be asked to the first round: by then a few are known.
const FIRST: Duration = Duration::from_secs(3);
/// From a round in which all dials were missed to the one that decides: datagrams get lost.
const ONCE_MORE: Duration = Duration::from_secs(5);
/// Between rounds that nothing follows from: so long at first, then twice as long each time, up to the longest.
const PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// After the first proof: a hole made before a restart is closed by then.
const CONFIRM: Duration = Duration::from_secs(240);
/// Between rounds once we are known to be reachable.
const RECHECK: Duration = Duration::from_secs(900);
/// Between two rounds, whatever others say.
const LEAST_PAUSE: Duration = Duration::from_secs(30);
/// Rounds in which all dials were missed, one after the other, that refute it.
const REFUTING: u32 = 2;

/// What is known of whether others can reach us, and what is being done to know more.
pub(crate) struct AskingAround {
    setting: Reachable,
    presumption: Presumption,
    /// What was shown, as long as what we presume stays the same.
    shown: Option<Reachability>,
    round: Option<Round>,
    last_round: Option<Duration>,
    next_round: Option<Duration>,
    pause: Duration,
    missed: u32,
    proofs: u32,
}

impl AskingAround {
    pub(crate) fn new(setting: Reachable) -> Self {
        Self {
            setting,
            presumption: Presumption::default(),
            shown: None,
            round: None,
            last_round: None,
            next_round: None,
            pause: PAUSE,
            missed: 0,
            proofs: 0,
        }
    }

    /// What holds now.
    pub(crate) fn verdict(&self) -> Reachability {
        match self.setting {
            Reachable::Yes => Reachability::Set { reachable: true },
            Reachable::No => Reachability::Set { reachable: false },
            Reachable::Auto => self.shown.unwrap_or_else(|| self.presumption.verdict()),
        }
    }

    /// The addresses that this machine has.
    pub(crate) fn set_own(&mut self, mono: Duration, own: impl Iterator<Item = IpAddr>) {
        let former = self.presumption.clone();
        self.presumption.set_own(own);
        self.presumed_anew(mono, &former);
    }

    /// Looks at how others see us; to be called when they may have said so, and once a second.
    pub(crate) fn look(&mut self, asking: &Asking<'_>) {
        let former = self.presumption.clone();
        let mono = asking.now.mono;
        self.presumption.look(mono, &asking.tables.speakers);
        self.presumed_anew(mono, &former);
    }

    /// At another address nothing that was shown holds; a round is due.
    fn presumed_anew(&mut self, mono: Duration, former: &Presumption) {
        if self.presumption.verdict() == former.verdict() {
            return;
        }
        self.shown = None;
        self.round = None;
        self.missed = 0;
        self.proofs = 0;
        self.pause = PAUSE;
        if let Some(last) = self.last_round {
            let soon = (mono + FIRST).max(last + LEAST_PAUSE);
            self.next_round = Some(self.next_round.map_or(soon, |next| next.min(soon)));
        }
    }

    /// Once a second.
    pub(crate) fn tick(&mut self, asking: &mut Asking<'_>) {
        if self.setting != Reachable::Auto {
            return;
        }
        self.look(asking);
        let mono = asking.now.mono;
        self.weigh(mono);
        if self.round.as_ref().is_some_and(|round| round.is_over(mono)) {
            self.end_round(asking);
        }
        if self.round.is_some() || asking.tables.speakers.is_empty() {
            return;
        }
        if mono >= *self.next_round.get_or_insert(mono + FIRST) {
            self.last_round = Some(mono);
            self.next_round = None;
            self.round = Some(Round::start(asking));
        }
    }

    /// Takes in the end of an ask, if it was one of ours.
    pub(crate) fn finished(&mut self, asking: &mut Asking<'_>, finished: &Finished) -> bool {
        let ours = |round: &mut Round| round.finished(asking, finished);
        self.round.as_mut().is_some_and(ours)
    }

    /// A datagram that claims that somebody dials, from a host with whom we had dealings before, or not.
    pub(crate) fn dialled(&mut self, asking: &Asking<'_>, known: bool, bytes: &[u8]) {
        let (Some(round), Ok(dialled)) = (&mut self.round, Dialled::decode(bytes)) else {
            return;
        };
        let mono = asking.now.mono;
        round.dialled(&asking.link.public, &dialled, known);
        self.weigh(mono);
    }

    /// Enough dials need not wait for the end of the round.
    fn weigh(&mut self, mono: Duration) {
        let outcome = self.round.as_ref().and_then(|round| round.outcome(mono));
        if let Some(Outcome::Reached { dialled, asked }) = outcome {
            self.shown = Some(Reachability::Proved { dialled, asked });
        }
    }

    fn end_round(&mut self, asking: &mut Asking<'_>) {
        let Some(round) = self.round.take() else {
            return;
        };
        let mono = asking.now.mono;
        for id in round.asks() {
            asking.asker.cancel(id);
        }
        let outcome = round.outcome(mono).unwrap_or(Outcome::Unclear);
        let wait = match outcome {
            Outcome::Reached { .. } => {
                self.missed = 0;
                self.pause = PAUSE;
                self.proofs = self.proofs.saturating_add(1);
                if self.proofs == 1 { CONFIRM } else { RECHECK }
            }
            Outcome::Missed { accepted } => {
                self.missed = self.missed.saturating_add(1);
                if self.missed < REFUTING {
                    ONCE_MORE
                } else {
                    self.shown = Some(Reachability::Refuted { accepted });
                    self.proofs = 0;
                    self.longer_pause()
                }
            }
            Outcome::Once | Outcome::Unclear => {
                if matches!(outcome, Outcome::Once) {
                    self.missed = 0;
                }
                let proved = matches!(self.shown, Some(Reachability::Proved { .. }));
                if proved && self.missed == 0 {
                    RECHECK
                } else {
                    self.longer_pause()
                }
            }
        };
        self.next_round = Some(mono + wait);
    }

    fn longer_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }
}
