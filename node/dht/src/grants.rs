//! Tokens that other nodes gave us: each for one of our keys and one address and key of theirs.
//!
//! Asks for none. What is given out to others is the mint's.

use std::collections::HashMap;
use std::time::Duration;

use toxdrop_proto::wire::{EPOCH, TOKEN_USABLE, Token};

use crate::peer::Peer;
use crate::sessions::SessionId;

/// For how long a token serves for what needs one.
pub(crate) const USABLE: Duration = Duration::from_secs(TOKEN_USABLE);
/// For how long it is kept: as long as it spares its bearer a challenge.
pub(crate) const KEPT: Duration = Duration::from_secs(EPOCH);

#[derive(Clone, Copy, Debug)]
struct Granted {
    token: Token,
    at: Duration,
}

/// By the key that we got them under and the peer that they are for.
#[derive(Debug, Default)]
pub(crate) struct Grants(HashMap<(SessionId, Peer), Granted>);

impl Grants {
    /// A peer gave us a token.
    pub(crate) fn put(&mut self, session: SessionId, peer: Peer, token: Token, at: Duration) {
        self.0.insert((session, peer), Granted { token, at });
    }

    /// The token that a peer gave us, if that is less than `age` ago.
    pub(crate) fn get(
        &self,
        session: SessionId,
        peer: Peer,
        mono: Duration,
        age: Duration,
    ) -> Option<Token> {
        let granted = self.0.get(&(session, peer))?;
        (mono.saturating_sub(granted.at) < age).then_some(granted.token)
    }

    /// A token that does not seem to work.
    pub(crate) fn remove(&mut self, session: SessionId, peer: Peer) {
        self.0.remove(&(session, peer));
    }

    /// Forgets tokens that ran out.
    pub(crate) fn sweep(&mut self, mono: Duration) {
        self.0
            .retain(|_, granted| mono.saturating_sub(granted.at) < KEPT);
    }
}
