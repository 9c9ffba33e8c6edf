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
use crate::sessions::SessionId;

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
            self.tell(id, peer, Lateness::Silent);
        }
    }

    fn tell(&mut self, id: AskId, peer: Peer, by: Lateness) {
        self.late.push_back(Late { id, peer, by });
    }

    /// What waits for a Hello is as late as that is.
    fn tell_waiting(&mut self, session: SessionId, peer: Peer, by: Lateness) {
        if let Some(waiting) = self.waiting.get(&(session, peer)) {
            let late = waiting.iter().map(|(id, _)| Late { id: *id, peer, by });
            self.late.extend(late);
        }
    }

    /// A peer did not answer, although it was asked twice: nobody waits for it any more, whatever it was asked.
    fn is_silent_now(&mut self, peer: Peer, mono: Duration) {
        self.silence.note(peer, mono);
        let asked: Vec<_> = (self.requests.of_peer(&peer))
            .map(|pending| (pending.id, pending.session))
            .collect();
        for (id, session) in asked {
            self.tell(id, peer, Lateness::Silent);
            self.tell_waiting(session, peer, Lateness::Silent);
        }
    }
}

impl Asking<'_> {
    /// Sends late requests again, and gives up those that were sent often enough.
    pub(crate) fn handle_late(&mut self) {
        let (mono, most) = (self.now.mono, self.config.request_attempts);
        while let Some((request_id, pending)) = self.asker.requests.next_late(mono) {
            let (sent, peer) = (pending.attempts, pending.peer);
            if sent >= most {
                if let Some(pending) = self.asker.requests.remove(request_id) {
                    // Most nodes that are greeted once do not know our packets: they would push out those that do.
                    if !pending.is_sent_once() {
                        self.asker.silence.note(peer, mono);
                    }
                    self.asker.give_up(pending);
                }
                continue;
            }
            let wait = if sent + 1 < most {
                pending.patience
            } else {
                // The last time it is sent: a peer that is merely slow shall be heard.
                self.config.request_timeout() * most
            };
            let (id, hello) = (pending.id, matches!(pending.ask, Ask::Hello(_)));
            let (session, datagram) = (pending.session, pending.datagram.clone());
            self.asker.requests.postpone(request_id, mono + wait);
            self.link.transmits.push(peer.addr, datagram);
            if sent == 1 {
                self.asker.tell(id, peer, Lateness::Late);
                if hello {
                    self.asker.tell_waiting(session, peer, Lateness::Late);
                }
            } else {
                self.asker.is_silent_now(peer, mono);
            }
        }
    }
}
