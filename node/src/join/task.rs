//! The task that joins: tries nodes until some answer, keeps those that do, and says where the node stands.
//!
//! Speaks no protocol. Whether somebody answered shows in the DHT's table.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::task::{self, JoinSet};
use tokio::time::{Duration, Instant};
use toxdrop_dht::{Families, Peer};

use super::alone::{Alone, Standing};
use super::candidate::{Candidate, CandidateId, Candidates, Outcome};
use super::kept::{self, KeptNode, KeptNodes};
use super::machine::Machine;
use super::network::Network;
use super::pace::Pace;
use super::ways;

/// How many of the kept nodes the DHT tries in a second.
const KEPT_PER_SECOND: usize = 16;

/// Addresses that are remembered, to see whether there are ways to them; a name may lead to ever new ones.
const MOST_WANTED: usize = 1_024;

/// What a joiner is made of.
pub(super) struct Joiner<M, N> {
    machine: Arc<M>,
    network: N,
    pace: Pace,
    candidates: Candidates,
    lookups: JoinSet<io::Result<Vec<SocketAddr>>>,
    /// Whose lookup a task is.
    looked_up: HashMap<task::Id, CandidateId>,
    kept: KeptNodes,
    /// Since when the DHT tries the kept nodes.
    kept_tried: Option<Instant>,
    file: PathBuf,
    /// What the file holds, as far as we know.
    written: KeptNodes,
    /// Addresses of nodes that we would join through.
    wanted: Vec<SocketAddr>,
    families: Families,
    standing: watch::Sender<Standing>,
    /// Since when nobody answers.
    since: Instant,
    pause: Duration,
    next_round: Instant,
    next_kept: Instant,
    next_save: Option<Instant>,
}

impl<M: Machine, N: Network> Joiner<M, N> {
    pub(super) fn new(
        machine: M,
        network: N,
        candidates: Candidates,
        file: PathBuf,
        standing: watch::Sender<Standing>,
        pace: Pace,
    ) -> Self {
        let now = Instant::now();
        let kept = KeptNodes::read(&file);
        Self {
            wanted: kept.peers().iter().map(|peer| peer.addr).collect(),
            families: network.families(),
            machine: Arc::new(machine),
            network,
            pace,
            candidates,
            lookups: JoinSet::new(),
            looked_up: HashMap::new(),
            written: kept.clone(),
            kept,
            kept_tried: None,
            file,
            standing,
            since: now,
            pause: pace.first,
            next_round: now,
            next_kept: now,
            next_save: None,
        }
    }

    /// Runs until it is told to stop; then writes the nodes once more.
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut known = self.network.known();
        loop {
            let count = *known.borrow_and_update();
            self.stand(count);
            let due = self.due(count > 0);
            tokio::select! {
                biased;
                _ = &mut stop => break,
                Some(ended) = self.lookups.join_next_with_id(), if !self.lookups.is_empty() => {
                    let (lookup, found) = match ended {
                        Ok((lookup, found)) => (lookup, found),
                        // It panicked, which is no reason not to look again.
                        Err(error) => (error.id(), Err(io::Error::other("the lookup failed"))),
                    };
                    if let Some(id) = self.looked_up.remove(&lookup) {
                        self.looked_up(id, found).await;
                    }
                }
                changed = known.changed() => {
                    // The DHT is gone.
                    if changed.is_err() {
                        return;
                    }
                }
                () = tokio::time::sleep_until(due) => self.on_time(count > 0).await,
            }
        }
        self.save(true).await;
    }

    fn due(&self, joined: bool) -> Instant {
        let mut due = self.next_round;
        if let Some(save) = self.next_save {
            due = due.min(save);
        }
        let looking = *self.standing.borrow() == Standing::Looking;
        if !joined && looking {
            due = due.min(self.since + self.pace.patience);
        }
        due
    }

    async fn on_time(&mut self, joined: bool) {
        let now = Instant::now();
        if now >= self.next_round {
            self.round(joined).await;
        }
        if self.next_save.is_some_and(|save| now >= save) {
            self.save(false).await;
            self.next_save = Some(now + self.pace.save);
        }
    }

    /// One attempt: the kept nodes, and the next few of the others.
    async fn round(&mut self, joined: bool) {
        let now = Instant::now();
        let mut table = Vec::new();
        if joined {
            table = self.network.table().await;
        }
        let known = table.iter().map(|node| node.address);
        let known: Vec<SocketAddr> = known.chain(self.wanted.iter().copied()).collect();
        let families = ways::families(self.machine.as_ref(), self.network.families(), &known);
        self.set_families(families).await;
        if !joined && now >= self.next_kept && self.kept.len() > 0 {
            self.network.try_known(self.kept.peers()).await;
            self.kept_tried.get_or_insert(now);
            let seconds = self.kept.len().div_ceil(KEPT_PER_SECOND) as u64;
            self.next_kept = now + self.pause.max(Duration::from_secs(seconds));
        }
        let known = |key: &_| table.iter().any(|node| node.key == *key);
        for (id, candidate) in self.candidates.next(!joined, known) {
            let machine = Arc::clone(&self.machine);
            let lookup = async move { look_up(machine.as_ref(), &candidate).await };
            let lookup = self.lookups.spawn(lookup).id();
            self.looked_up.insert(lookup, id);
        }
        if joined {
            self.next_round = now + self.pace.revisit;
            return;
        }
        let pause = if self.candidates.some_untried() {
            self.pause.min(self.pace.untried)
        } else {
            self.pause
        };
        self.next_round = now + pause;
        self.pause = (self.pause * 2).min(self.pace.longest);
    }

    /// Tries a candidate at all of its addresses that suit.
    async fn looked_up(&mut self, id: CandidateId, found: io::Result<Vec<SocketAddr>>) {
        let addresses = match found {
            Ok(addresses) => addresses,
            Err(error) => {
                self.candidates
                    .note(id, Outcome::NotFound(error.to_string()));
                return;
            }
        };
        let new = addresses.iter().filter(|addr| !self.wanted.contains(addr));
        let new: Vec<SocketAddr> = new.copied().collect();
        if !new.is_empty() {
            if self.wanted.len() > MOST_WANTED {
                self.wanted.clear();
            }
            self.wanted.extend(new);
            // A way that was not seen before; none is given up here.
            let socket = self.network.families();
            let families = ways::families(self.machine.as_ref(), socket, &self.wanted);
            self.set_families(ways::both(families, self.families)).await;
        }
        let Some(key) = self.candidates.key(id) else {
            return;
        };
        let suitable = addresses.iter().filter(|addr| self.families.suit(addr));
        let peers: Vec<Peer> = suitable.map(|addr| Peer { key, addr: *addr }).collect();
        let outcome = if peers.is_empty() {
            Outcome::Unsuitable
        } else {
            Outcome::Asked
        };
        self.candidates.note(id, outcome);
        self.network.try_bootstrap(peers).await;
    }

    async fn set_families(&mut self, families: Families) {
        if families != self.families {
            self.families = families;
            self.network.set_families(families).await;
        }
    }

    /// Notes where the node stands, and says so where that is new.
    fn stand(&mut self, known: usize) {
        let now = Instant::now();
        let before = self.standing.borrow().clone();
        if known == 0 && before == Standing::Joined {
            self.since = now;
            self.pause = self.pace.first;
            self.next_round = now;
            self.next_kept = now;
            self.kept_tried = None;
        }
        let hopeless = self.candidates.is_empty() && self.kept.len() == 0;
        let standing = if known > 0 {
            Standing::Joined
        } else if now < self.since + self.pace.patience && !hopeless {
            Standing::Looking
        } else {
            Standing::Alone(self.why())
        };
        match (&before, &standing) {
            (Standing::Joined, Standing::Joined) => {}
            (_, Standing::Joined) => {
                tracing::info!("joined: other nodes answer");
                self.next_round = now + self.pace.revisit;
                self.next_save = Some(now + self.pace.first_save);
            }
            (Standing::Joined, Standing::Looking) => {
                tracing::info!("no node answers any more; looking for others");
            }
            (Standing::Alone(before), Standing::Alone(alone)) if before.same_reasons(alone) => {}
            (_, Standing::Alone(alone)) => tracing::warn!("{alone}"),
            _ => {}
        }
        if standing != before {
            self.standing.send_replace(standing);
        }
    }

    fn why(&self) -> Alone {
        let kept = self.kept.peers();
        let suitable = kept.iter().filter(|peer| self.families.suit(&peer.addr));
        let mut alone = Alone {
            nodes: kept.len(),
            silent: suitable.count().min(self.kept_tried_so_far()),
            speaks: ways::in_words(self.families),
            ..Alone::default()
        };
        for (candidate, outcome) in self.candidates.iter() {
            alone.nodes += 1;
            match outcome {
                Outcome::Asked => alone.silent += 1,
                Outcome::NotFound(why) => {
                    if alone.not_found.is_empty() {
                        alone.not_found_why.clone_from(why);
                    }
                    alone.not_found.push(candidate.name.clone());
                }
                Outcome::Unsuitable => alone.unsuitable.push(candidate.name.clone()),
                Outcome::Untried => {}
            }
        }
        let out = ways::lead_out(self.network.families());
        alone.offline = out && !ways::lead_out(self.families) && !self.has_way_within();
        alone
    }

    /// How many of the kept nodes the DHT can have tried.
    fn kept_tried_so_far(&self) -> usize {
        self.kept_tried.map_or(0, |since| {
            let seconds = since.elapsed().as_secs() + 1;
            usize::try_from(seconds).map_or(usize::MAX, |s| s.saturating_mul(KEPT_PER_SECOND))
        })
    }

    /// Whether the machine has a way to a node that can be sent to: some networks have no way out.
    fn has_way_within(&self) -> bool {
        let mut suitable = self.wanted.iter().filter(|addr| self.families.suit(addr));
        suitable.any(|addr| self.machine.has_way_to(*addr))
    }

    /// Notes the nodes that answered, and writes them if the file is out of date; at the `end` in any case.
    async fn save(&mut self, end: bool) {
        let now = self.machine.unix_time();
        let table = self.network.table().await.into_iter().map(|node| KeptNode {
            peer: Peer {
                key: node.key,
                addr: node.address,
            },
            heard: now.saturating_sub(node.last_seen_seconds),
        });
        self.kept.merge(table, now);
        let new = self.kept.clone();
        let due = new.outdate(&self.written) || (end && new != self.written);
        if !due {
            return;
        }
        let (file, text) = (self.file.clone(), new.text());
        let written = tokio::task::spawn_blocking(move || kept::write(&file, &text)).await;
        match written {
            Ok(Ok(())) => self.written = new,
            Ok(Err(error)) => tracing::warn!(
                "cannot write the kept nodes {}: {error}; check its permissions and the free space on its disk",
                self.file.display()
            ),
            // The runtime is shutting down.
            Err(_) => {}
        }
    }
}

/// All addresses of a candidate's hosts; an error only where no host has any.
async fn look_up(machine: &impl Machine, candidate: &Candidate) -> io::Result<Vec<SocketAddr>> {
    let lookups = candidate
        .hosts
        .iter()
        .map(|host| machine.look_up(host, candidate.port));
    let mut all = Vec::new();
    let mut problem = None;
    for found in futures_util::future::join_all(lookups).await {
        match found {
            Ok(found) => all.extend(found.into_iter().map(canonical)),
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    match problem {
        Some(error) if all.is_empty() => Err(error),
        _ => Ok(all),
    }
}

/// An IPv4 address written as IPv6 is an IPv4 address.
fn canonical(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}

#[cfg(test)]
mod tests;
