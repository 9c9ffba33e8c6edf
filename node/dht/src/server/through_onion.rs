//! Requests that come through Tox's onion: told from Tox's own data by their token field, within budgets of their own.
//!
//! Exits are anybody: nothing hangs on their address but the token. Serves nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use toxdrop_proto::keys::SharedKey;
use toxdrop_proto::tox::{ReturnPath, split_return_path};
use toxdrop_proto::wire::{
    Bearer, Challenge, Demand, EnvelopeId, Head, PUZZLE_BITS, Request, open, peek,
};

use super::incoming::Incoming;
use crate::config::DhtConfig;
use crate::limits::{Bucket, PerSource};
use crate::link::Link;
use crate::peer::Peer;
use crate::responding::ReplyTo;
use crate::sessions::SessionId;
use crate::time::Now;
use crate::way_back::WayBack;

/// How many askers who solved a puzzle cost an X25519, for each stranger who need not solve one: a solution is work, but
/// with graphics cards it is little.
const SOLVERS: u32 = 4;

/// What an 0x85 is.
pub(crate) enum Arrived {
    /// Tox's own data, for all that we can tell.
    Tox,
    /// An envelope, and the request in it, if it is to be served.
    Ours(Option<Incoming>),
}

/// What the token field of an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    FirstToken,
    Token,
    Solution,
}

/// The budgets for what comes through the onion.
pub(crate) struct OnionDoor {
    exits: PerSource,
    strangers: Bucket,
    solvers: Bucket,
    puzzles: Bucket,
    /// Requests under a token, of all exits together: an exit is anybody's.
    requests: Bucket,
}

impl OnionDoor {
    pub(crate) fn new(config: &DhtConfig, mono: Duration) -> Self {
        let strangers = config.onion_strangers_answered_per_second;
        Self {
            exits: PerSource::new(config.datagrams_per_source_per_second),
            strangers: Bucket::new(strangers, mono),
            solvers: Bucket::new(strangers.saturating_mul(SOLVERS), mono),
            puzzles: Bucket::new(config.onion_puzzles_per_second, mono),
            requests: Bucket::new(config.onion_requests_per_second, mono),
        }
    }

    /// Whether one more 0x85 from this exit is within its rate; its direct datagrams have another.
    pub(crate) fn admits(&mut self, mono: Duration, exit: &SocketAddr) -> bool {
        self.exits.take(mono, exit.ip())
    }

    /// Judges an 0x85 that came from this exit, and opens it if it is an envelope.
    pub(crate) fn receive(
        &mut self,
        link: &mut Link,
        now: Now,
        exit: SocketAddr,
        bytes: &[u8],
    ) -> Arrived {
        let Some((envelope, back)) = split_return_path(bytes) else {
            return Arrived::Tox;
        };
        let Ok(head) = peek(envelope) else {
            return Arrived::Tox;
        };
        let bearer = Bearer {
            own: link.public,
            addr: exit,
            sender: head.sender,
        };
        match shown(link, now, &bearer, &head) {
            None => Arrived::Tox,
            Some(shown) => {
                let key = self.key(link, now, (shown, &bearer), (&head, &back));
                let incoming =
                    key.and_then(|key| request(key, shown, &bearer, &head, back, envelope));
                Arrived::Ours(incoming.filter(|incoming| self.affords(now.mono, incoming)))
            }
        }
    }

    /// Each tombstone has a signature to be checked, and counts as a request.
    fn affords(&mut self, mono: Duration, incoming: &Incoming) -> bool {
        let more = match &incoming.request {
            Request::Delete(tombstones) => tombstones.len().saturating_sub(1),
            _ => 0,
        };
        (0..more).all(|_| self.requests.take(mono))
    }

    /// The key that an envelope opens with; a stranger for whom there is nothing left gets a puzzle instead.
    fn key(
        &mut self,
        link: &mut Link,
        now: Now,
        (shown, bearer): (Shown, &Bearer),
        (head, back): (&Head, &ReturnPath),
    ) -> Option<Arc<SharedKey>> {
        let (mono, peer) = (now.mono, &bearer.sender);
        match shown {
            Shown::FirstToken if self.strangers.take(mono) => {
                link.onion.stranger(&link.sessions, peer).ok()
            }
            Shown::FirstToken => {
                if self.puzzles.take(mono) {
                    let challenge = Challenge {
                        node: link.public,
                        nonce: head.nonce,
                        demand: Demand::Puzzle(link.mint.puzzle(now.unix, bearer, PUZZLE_BITS)),
                    };
                    let datagram = back.carry_back(&challenge.encode());
                    link.transmits.push(bearer.addr, datagram);
                }
                None
            }
            Shown::Token if !self.requests.take(mono) => None,
            // The same solution, sent again, finds its key; a token's key may have been pushed out.
            Shown::Solution | Shown::Token
                if !link.onion.knows(peer) && !self.solvers.take(mono) =>
            {
                None
            }
            Shown::Solution | Shown::Token => link.onion.known(&link.sessions, peer).ok(),
        }
    }
}

fn shown(link: &Link, now: Now, bearer: &Bearer, head: &Head) -> Option<Shown> {
    let (unix, field) = (now.unix, &head.token);
    if *field == link.first_token {
        Some(Shown::FirstToken)
    } else if link.mint.is_onion_token(unix, bearer, field) {
        Some(Shown::Token)
    } else {
        let solved = link.mint.is_solution(unix, bearer, PUZZLE_BITS, field);
        solved.then_some(Shown::Solution)
    }
}

fn request(
    key: Arc<SharedKey>,
    shown: Shown,
    bearer: &Bearer,
    head: &Head,
    back: ReturnPath,
    envelope: &[u8],
) -> Option<Incoming> {
    let plain = open(&key, envelope).ok()?;
    // Directly the first byte says which of the two it is, and so which token it needs; here only the box does.
    if plain.id != EnvelopeId::TokenlessRequest && shown != Shown::Token {
        return None;
    }
    let request = Request::decode(plain.command, &plain.body).ok()?;
    let to = ReplyTo {
        peer: Peer {
            key: bearer.sender,
            addr: bearer.addr,
        },
        way: WayBack::Onion(Box::new(back)),
        session: SessionId::NODE,
        key,
        token: head.token,
        echo: head.echo(),
        request_id: plain.request_id,
    };
    Some(Incoming { to, request })
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use toxdrop_proto::ids::UnixSeconds;
    use toxdrop_proto::keys::DhtKeyPair;
    use toxdrop_proto::wire::{Puzzle, Token};

    use super::*;

    #[test]
    fn what_is_not_ours_and_who_gets_a_puzzle_cost_no_x25519() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let config = DhtConfig {
            onion_strangers_answered_per_second: 1,
            ..DhtConfig::default()
        };
        let now = Now {
            mono: Duration::from_secs(1),
            unix: UnixSeconds(1_800_000_000),
        };
        let mut link = Link::new(DhtKeyPair::generate(&mut rng), [2; 32], &config);
        let mut door = OnionDoor::new(&config, now.mono);
        let exit = "192.0.2.1:33445".parse().unwrap();
        let mut arrive = |link: &mut Link, field: Token| {
            let sender = DhtKeyPair::generate(&mut rng).public;
            let (key, field) = (sender.as_bytes(), field.as_bytes());
            let rest = [7; 24 + 50 + 177];
            let bytes = [&[0x85], &key[..], &field[..], &rest].concat();
            let is_tox = matches!(door.receive(link, now, exit, &bytes), Arrived::Tox);
            (is_tox, link.onion.knows(&sender))
        };
        let (own, first) = (link.public, link.first_token);
        let wrong = Puzzle::solution_field(&own, 1);
        for field in [Token::from_bytes([7; 16]), wrong] {
            assert_eq!(arrive(&mut link, field), (true, false));
        }
        assert_eq!(arrive(&mut link, first), (false, true));
        assert_eq!(arrive(&mut link, first), (false, false), "a puzzle");
        assert!(link.transmits.pop().is_some());
    }
}
