//! One round of asking: a few nodes of different networks are to have us dialled, and who dials is counted.
//!
//! Decides neither when there is a round nor what follows from it.

use std::collections::HashSet;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::wire::{DIAL_COOKIE_LEN, DialCookie, Dialled, Response};

use crate::ask::Ask;
use crate::asking::{Answer, Asking, Finished};
use crate::peer::Peer;
use crate::requests::AskId;
use crate::sessions::SessionId;
use crate::speakers::wide_network;

/// Nodes that are asked in a round.
const ASKED: usize = 5;
/// Dials that prove us reachable.
pub(super) const ENOUGH: usize = 2;
/// So many dials that were made, and of which none arrived, speak against it.
const MISSED: usize = 3;
/// How long is waited for dials: a peer may have to greet and ask several dialers.
const WAIT: Duration = Duration::from_secs(10);

/// What became of one node's promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// It has not answered.
    Nothing,
    /// Somebody was asked to dial us.
    Accepted,
    /// Somebody dialled us with whom we had had no dealings.
    Dialled,
    /// It could not have us dialled, or by somebody only with whom we had had dealings.
    Void,
}

#[derive(Debug)]
struct Asked {
    id: AskId,
    peer: Peer,
    cookie: DialCookie,
    said: Said,
}

/// A round under way.
#[derive(Debug)]
pub(super) struct Round {
    asked: Vec<Asked>,
    ends: Duration,
}

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Enough have dialled.
    Reached { dialled: usize, asked: usize },
    /// So many had us dialled, and nothing arrived.
    Missed { accepted: usize },
    /// One has dialled: not enough, but it speaks against none having arrived before.
    Once,
    /// Nothing follows.
    Unclear,
}

impl Round {
    /// Asks nodes of different networks, as far as any are known.
    pub(super) fn start(asking: &mut Asking<'_>) -> Self {
        let mut networks = HashSet::new();
        let mut asked = Vec::new();
        for peer in asking.tables.speakers.shuffled(&mut asking.link.rng) {
            let elsewhere = wide_network(&peer.addr).is_none_or(|network| networks.insert(network));
            if !elsewhere {
                continue;
            }
            let mut cookie = [0; DIAL_COOKIE_LEN];
            asking.link.rng.fill_bytes(&mut cookie);
            let cookie = DialCookie::from_bytes(cookie);
            asked.push(Asked {
                id: asking.ask(SessionId::NODE, peer, Ask::DialBack(cookie)),
                peer,
                cookie,
                said: Said::Nothing,
            });
            if asked.len() == ASKED {
                break;
            }
        }
        Self {
            asked,
            ends: asking.now.mono + WAIT,
        }
    }

    /// Takes in the end of an ask, if it was one of these.
    pub(super) fn finished(&mut self, asking: &mut Asking<'_>, finished: &Finished) -> bool {
        let Some(asked) = self.asked.iter_mut().find(|asked| asked.id == finished.id) else {
            return false;
        };
        let accepted = match &finished.answer {
            Answer::Response(Response::DialBack(result)) => result.is_ok(),
            Answer::Response(_) => false,
            Answer::None => {
                asking.tables.speakers.remove(&asked.peer.key);
                false
            }
        };
        // The dial may have been quicker.
        if asked.said == Said::Nothing {
            asked.said = if accepted { Said::Accepted } else { Said::Void };
        }
        true
    }

    /// Somebody dialled. It counts if it comes of a cookie of ours that nobody used before, and from a host that is not known:
    /// through no hole that we made ourselves.
    pub(super) fn dialled(&mut self, own: &DhtPublicKey, dialled: &Dialled, known: bool) {
        let unused = |asked: &&mut Asked| matches!(asked.said, Said::Nothing | Said::Accepted);
        let Some(asked) = self
            .asked
            .iter_mut()
            .filter(unused)
            .find(|asked| dialled.comes_of(own, &asked.cookie))
        else {
            return;
        };
        let another = dialled.dialer != asked.peer.key && dialled.dialer != *own;
        asked.said = if another && !known {
            Said::Dialled
        } else {
            Said::Void
        };
    }

    fn count(&self, said: Said) -> usize {
        self.asked.iter().filter(|asked| asked.said == said).count()
    }

    /// How it stands; `None` until there is something to say.
    pub(super) fn outcome(&self, mono: Duration) -> Option<Outcome> {
        let dialled = self.count(Said::Dialled);
        let accepted = self.count(Said::Accepted);
        let asked = self.asked.len();
        if dialled >= ENOUGH {
            return Some(Outcome::Reached { dialled, asked });
        }
        if !self.is_over(mono) {
            return None;
        }
        Some(match dialled {
            0 if accepted >= MISSED => Outcome::Missed { accepted },
            0 => Outcome::Unclear,
            _ => Outcome::Once,
        })
    }

    /// Whether nothing more is waited for.
    pub(super) fn is_over(&self, mono: Duration) -> bool {
        mono >= self.ends || self.count(Said::Nothing) + self.count(Said::Accepted) == 0
    }

    /// What is still asked.
    pub(super) fn asks(&self) -> Vec<AskId> {
        let open = self
            .asked
            .iter()
            .filter(|asked| asked.said == Said::Nothing);
        open.map(|asked| asked.id).collect()
    }
}
