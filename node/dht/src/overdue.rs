//! Answers that are late: requests are sent again, whoever asked is told to go on beside them, and at last they are given
//! up.
//!
//! Nobody stops waiting here: a late answer is taken like any other.

use std::time::Duration;

use crate::ask::Ask;
use crate::asking::{Asker, Asking};
use crate::config::DhtConfig;
use crate::lateness::{Late, Lateness};
use crate::peer::Peer;
use crate::requests::{AskId, Pending};
use crate::round_trips::Pace;

impl Asker {
    /// After how long the answer to a request is late.
    pub(crate) fn patience(&mut self, config: &DhtConfig, peer: Peer, ask: &Ask) -> Duration {
        let longest = config.request_timeout();
        match Pace::of(ask) {
            // What is sent once only is given all the time.
            Some(pace) if config.request_attempts > 1 => {
                self.round_trips.late_after(peer, pace, longest)
            }
            _ => longest,
        }
    }

    /// A peer answered: it is there, and that is how long it takes.
    pub(crate) fn heard(&mut self, pending: &Pending, mono: Duration) {
        self.silence.heard(&pending.peer);
        if let Some(pace) = Pace::of(&pending.ask)
            // A challenge makes it two round trips.
            && !pending.challenged
        {
            let time = mono.saturating_sub(pending.sent);
            let once = pending.attempts == 1;
            self.round_trips.took(pending.peer, pace, time, once);
        }
    }

    /// Whoever asks a peer that was silent lately is told at once not to wait.
    pub(crate) fn note_if_silent(&mut self, id: AskId, peer: Peer, mono: Duration) {
        if self.silence.is_silent(&peer, mono) {
            let by = Lateness::Silent;
            self.late.push_back(Late { id, peer, by });
        }
    }
}

impl Asking<'_> {
    /// Sends late requests again, and gives up those that were sent often enough.
    pub(crate) fn handle_late(&mut self) {
        let (mono, most) = (self.now.mono, self.config.request_attempts);
        while let Some((request_id, pending)) = self.asker.requests.next_late(mono) {
            let sent = pending.attempts;
            if sent > 1 || sent >= most {
                self.asker.silence.note(pending.peer, mono);
            }
            if sent >= most {
                if let Some(pending) = self.asker.requests.remove(request_id) {
                    self.asker.give_up(pending);
                }
                continue;
            }
            let by = match sent {
                1 => Lateness::Late,
                _ => Lateness::Silent,
            };
            let (id, peer) = (pending.id, pending.peer);
            self.asker.late.push_back(Late { id, peer, by });
            if matches!(pending.ask, Ask::Hello(_))
                && let Some(waiting) = self.asker.waiting.get(&(pending.session, peer))
            {
                let late = waiting.iter().map(|(id, _)| Late { id: *id, peer, by });
                self.asker.late.extend(late);
            }
            let wait = if sent + 1 < most {
                pending.patience
            } else {
                // The last time it is sent: a peer that is merely slow shall be heard.
                self.config.request_timeout() * most
            };
            let datagram = pending.datagram.clone();
            self.asker.requests.postpone(request_id, mono + wait);
            self.link.transmits.push(peer.addr, datagram);
        }
    }
}
