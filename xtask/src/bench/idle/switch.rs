//! A switchboard: every datagram between the nodes goes through this process, which counts it.
//!
//! Neither reads nor changes a datagram beyond its first byte. Each node has a line with two ends. *Before* it is a socket of ours, the
//! only address at which other nodes know this one; *behind* it is the node's own socket. What arrives before line B from behind
//! line A goes to the node behind B, and comes from before A. So one way of counting serves all programs, and none needs privileges.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use toxdrop_proto::wire::EnvelopeId;

/// How soon a line notices that it is to end.
const PATIENCE: Duration = Duration::from_millis(200);
/// More than the largest datagram that either program sends.
const LARGEST: usize = 4096;

/// Datagrams and the bytes in them.
#[derive(Clone, Copy, Default)]
pub(super) struct Traffic {
    pub(super) datagrams: u64,
    pub(super) bytes: u64,
}

/// What a node sent and received.
#[derive(Clone, Default)]
pub(super) struct Tally {
    pub(super) sent: Traffic,
    pub(super) received: Traffic,
    /// Bytes sent, by the first of each datagram.
    pub(super) sent_by_id: BTreeMap<u8, u64>,
}

/// The line of one node.
pub(super) struct Line {
    /// Where the node must open its socket.
    pub(super) behind: SocketAddr,
    /// Where others find it.
    pub(super) before: SocketAddr,
    socket: UdpSocket,
    tally: Mutex<Tally>,
    /// Hellos that came through, by the sender's number.
    hellos: Mutex<Vec<u64>>,
}

/// All lines. Ends when dropped.
pub(super) struct Switch {
    lines: Arc<Vec<Line>>,
    ending: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Traffic {
    fn add(&mut self, bytes: usize) {
        self.datagrams += 1;
        self.bytes += bytes as u64;
    }

    fn since(self, before: Self) -> Self {
        Self {
            datagrams: self.datagrams - before.datagrams,
            bytes: self.bytes - before.bytes,
        }
    }
}

impl Tally {
    /// What came to this since an earlier look.
    pub(super) fn since(&self, before: &Self) -> Self {
        let earlier = |id| before.sent_by_id.get(id).copied().unwrap_or(0);
        Self {
            sent: self.sent.since(before.sent),
            received: self.received.since(before.received),
            sent_by_id: self
                .sent_by_id
                .iter()
                .map(|(id, bytes)| (*id, bytes - earlier(id)))
                .collect(),
        }
    }
}

impl Line {
    pub(super) fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    pub(super) fn hellos_by_sender(&self) -> Vec<u64> {
        lock(&self.hellos).clone()
    }
}

impl Switch {
    /// Lines for so many nodes, which are not there yet.
    pub(super) fn open(count: usize) -> Result<Self> {
        // Bound all at once, so that no two get the same port; let go for the nodes to take.
        let behind = (0..count)
            .map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<std::io::Result<Vec<_>>>()
            .context("no free UDP port on loopback")?;
        let mut lines = Vec::new();
        for behind in &behind {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_read_timeout(Some(PATIENCE))?;
            lines.push(Line {
                behind: behind.local_addr()?,
                before: socket.local_addr()?,
                socket,
                tally: Mutex::default(),
                hellos: Mutex::new(vec![0; count]),
            });
        }
        drop(behind);
        let (lines, ending) = (Arc::new(lines), Arc::new(AtomicBool::new(false)));
        let threads = (0..count)
            .map(|number| {
                let (lines, ending) = (Arc::clone(&lines), Arc::clone(&ending));
                std::thread::spawn(move || {
                    while !ending.load(Ordering::Relaxed) {
                        pass_one_on(&lines, number);
                    }
                })
            })
            .collect();
        Ok(Self {
            lines,
            ending,
            threads,
        })
    }

    pub(super) fn line(&self, number: usize) -> Result<&Line> {
        self.lines.get(number).context("there is no such line")
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A line that failed has said so.
            let _ = thread.join();
        }
    }
}

/// Waits for a datagram before a line, for a moment, and hands it on.
fn pass_one_on(lines: &[Line], number: usize) {
    let Some(to) = lines.get(number) else { return };
    let mut buffer = [0; LARGEST];
    // Nothing came, or loopback says that a node is gone: there is nothing to hand on.
    let Ok((len, source)) = to.socket.recv_from(&mut buffer) else {
        return;
    };
    // Whoever is no node of ours is not part of the experiment.
    let Some(sender) = lines.iter().position(|line| line.behind == source) else {
        return;
    };
    let (Some(from), Some(datagram)) = (lines.get(sender), buffer.get(..len)) else {
        return;
    };
    let id = datagram.first().copied().unwrap_or_default();
    {
        let mut tally = lock(&from.tally);
        tally.sent.add(len);
        *tally.sent_by_id.entry(id).or_default() += len as u64;
    }
    if id == EnvelopeId::TokenlessRequest as u8
        && let Some(count) = lock(&to.hellos).get_mut(sender)
    {
        *count += 1;
    }
    // A node that is gone hears nothing, as in any network.
    if from.socket.send_to(datagram, to.behind).is_ok() {
        lock(&to.tally).received.add(len);
    }
}

/// A line that failed leaves its figures as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_comes_from_before_its_senders_line_and_both_are_told_of_it() {
        let switch = Switch::open(2).unwrap();
        let (a, b) = (switch.line(0).unwrap(), switch.line(1).unwrap());
        let node_a = UdpSocket::bind(a.behind).unwrap();
        let node_b = UdpSocket::bind(b.behind).unwrap();
        let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        stranger.send_to(b"not counted", b.before).unwrap();
        node_a.send_to(&[0xa0, 1, 2], b.before).unwrap();
        let mut buffer = [0; 16];
        node_b
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let (len, from) = node_b.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..len], from), (&[0xa0, 1, 2][..], a.before));
        let sent = a.tally();
        assert_eq!((sent.sent.datagrams, sent.sent.bytes), (1, 3));
        assert_eq!(sent.sent_by_id, BTreeMap::from([(0xa0, 3)]));
        assert_eq!(b.hellos_by_sender(), [1, 0]);
        assert_eq!(b.tally().sent.datagrams, 0);
        let since = a.tally().since(&sent);
        assert_eq!((since.sent.datagrams, since.sent.bytes), (0, 0));
    }
}
