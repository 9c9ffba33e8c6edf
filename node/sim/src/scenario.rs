//! A network's ordinary life: nodes join, come and go, and letters are sent and looked for.
//!
//! Nobody in it means harm.

use std::sync::Arc;
use std::time::Duration;

use rand_core::RngCore;
use toxdrop_dht::report::{ListedPacket, Listing, StoreReport};
use toxdrop_dht::{DhtConfig, OpId, OpResult, Operation};
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::packet::{Packet, StampedPacket};

use crate::churn::Churn;
use crate::latency::Latency;
use crate::letters::{door_signer, lasting_letter, person};
use crate::loss::Loss;
use crate::network::Network;
use crate::outcome::{Messages, Outcome, Quantiles, ratio, share};
use crate::population::BOOTSTRAP_NODES;
use crate::queue::Queue;
use crate::random::{below, chance};

/// Nodes that join in a second.
const JOINING: usize = 50;
/// Time to settle after the last one joined.
const SETTLING: Duration = Duration::from_secs(120);
/// Of the nodes that went, the share that comes back with key and store; strangers come for the others.
const RETURNING: f64 = 0.5;
/// How soon after a letter was sent its receiver may look for it.
const SOONEST: Duration = Duration::from_secs(60);
/// Time for the last operations to end.
const LAST: Duration = Duration::from_secs(60);
/// Replicas that a sender calls success.
const QUORUM: usize = 5;
/// The longest that a letter lives: what the network allows, less what clocks may differ by.
const LONGEST_LIFE: Duration = Duration::from_secs(27 * 86_400);

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Nodes, on and off together.
    pub nodes: usize,
    /// How long, after all have joined. Letters live a little longer, but 27 days at most.
    pub time: Duration,
    /// Letters sent, spread evenly over the first half of the time; each is looked for at some later moment.
    pub letters: usize,
    /// How long datagrams take.
    pub latency: Latency,
    /// Which datagrams are lost.
    pub loss: Loss,
    /// How nodes come and go.
    pub churn: Churn,
    /// The nodes' settings; the floor of work must be that of [`crate::letters::easy`].
    pub config: DhtConfig,
    /// All that is random comes from here.
    pub seed: u64,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Send(usize),
    LookFor(usize),
    Leave(usize),
    Return(usize),
}

struct Sent {
    packet: StampedPacket,
    /// What signs where it lies.
    place: Arc<PlaceSigner>,
    /// The nodes truly closest to it when it was sent, as many as shall hold it.
    closest: Vec<toxdrop_proto::keys::DhtPublicKey>,
}

struct Waiting {
    letter: usize,
    node: usize,
    op: OpId,
    since: Duration,
}

struct Run<'a> {
    scenario: &'a Scenario,
    net: Network,
    plan: Queue<Action>,
    sent: Vec<Option<Sent>>,
    waiting: Vec<Waiting>,
    messages: Messages,
    right: usize,
    all_right: usize,
    wanted: usize,
    looked_up: usize,
    store_times: Vec<Duration>,
    list_times: Vec<Duration>,
}

impl Scenario {
    /// Runs it. `progress` is told now and then how much of the whole is done, from 0 to 1.
    #[must_use]
    pub fn run(&self, progress: impl FnMut(f64)) -> Outcome {
        let mut run = Run {
            scenario: self,
            net: Network::new(self.seed),
            plan: Queue::new(),
            sent: (0..self.letters).map(|_| None).collect(),
            waiting: Vec::new(),
            messages: Messages::default(),
            right: 0,
            all_right: 0,
            wanted: 0,
            looked_up: 0,
            store_times: Vec::new(),
            list_times: Vec::new(),
        };
        run.all(progress)
    }
}

impl Run<'_> {
    fn all(&mut self, mut progress: impl FnMut(f64)) -> Outcome {
        self.net.set_latency(self.scenario.latency);
        self.net.set_loss(self.scenario.loss);
        let joining =
            Duration::from_secs(u64::try_from(self.scenario.nodes / JOINING).unwrap_or(0));
        let whole = (joining + SETTLING + self.scenario.time + LAST).as_secs_f64();
        for number in 0..self.scenario.nodes {
            self.net.add(self.scenario.config.clone());
            self.net
                .run(Duration::from_secs(1) / u32::try_from(JOINING).unwrap_or(1));
            if number % JOINING == 0 {
                progress(self.net.now().mono.as_secs_f64() / whole);
            }
        }
        self.net.run(SETTLING);
        let begin = self.net.now().mono;
        let traffic = self.net.traffic();
        self.plan(begin);
        let end = begin + self.scenario.time;
        while let Some(at) = self.plan.next_at().filter(|at| *at < end) {
            self.run_until(at);
            if let Some((_, action)) = self.plan.pop() {
                self.act(action);
            }
            progress(self.net.now().mono.as_secs_f64() / whole);
        }
        self.run_until(end);
        let traffic = self.net.traffic() - traffic;
        self.run_until(end + LAST);
        progress(1.0);
        self.outcome(traffic)
    }

    fn run_until(&mut self, at: Duration) {
        let now = self.net.now().mono;
        self.net.run(at.saturating_sub(now));
        self.collect();
    }

    fn plan(&mut self, begin: Duration) {
        let time = self.scenario.time;
        for number in 0..self.scenario.letters {
            // A letter's time is the first half, so that there is time to look for it.
            let sent = begin + time.mul_f64(0.5 * ratio(number, self.scenario.letters));
            let spare = (begin + time).saturating_sub(sent + SOONEST);
            let wait = SOONEST + spare.mul_f64(crate::random::unit(self.net.rng()));
            self.plan.push(sent, Action::Send(number));
            self.plan.push(sent + wait, Action::LookFor(number));
        }
        let share = self.scenario.churn.online_share();
        // Those that everybody joins through never go.
        for node in BOOTSTRAP_NODES..self.scenario.nodes {
            // As in a network that has been there for long, some are off already when the time begins.
            if chance(self.net.rng(), share) {
                self.plan_leave(node, begin);
            } else {
                self.plan.push(begin, Action::Leave(node));
            }
        }
    }

    fn plan_leave(&mut self, node: usize, from: Duration) {
        if let Some(session) = self.scenario.churn.session(self.net.rng()) {
            self.plan.push(from + session, Action::Leave(node));
        }
    }

    fn act(&mut self, action: Action) {
        let now = self.net.now().mono;
        match action {
            Action::Send(letter) => self.send(letter),
            Action::LookFor(letter) => self.look_for(letter),
            Action::Leave(node) => {
                self.net.switch_off(node);
                self.waiting.retain(|waiting| waiting.node != node);
                let offline = self.scenario.churn.offline(self.net.rng());
                self.plan.push(now + offline, Action::Return(node));
            }
            Action::Return(node) => {
                if chance(self.net.rng(), RETURNING) {
                    self.net.restart(node);
                } else {
                    self.net.replace(node);
                }
                self.plan_leave(node, now);
            }
        }
    }

    /// Any node that is on; the first ones always are.
    fn anybody(&mut self) -> usize {
        let count = self.net.nodes().len();
        for _ in 0..64 {
            let node = below(self.net.rng(), count);
            if self.net.nodes().get(node).is_some_and(|n| n.is_online()) {
                return node;
            }
        }
        0
    }

    fn send(&mut self, number: usize) {
        let node = self.anybody();
        let (sender, receiver) = (self.net.rng().next_u64(), self.net.rng().next_u64());
        let id = u64::try_from(number).unwrap_or(0);
        let life = (self.scenario.time + 2 * LAST).min(LONGEST_LIFE).as_secs();
        let (sender, to) = (person(sender), person(receiver));
        let packet = lasting_letter(&sender, &to, id, self.net.now(), life);
        let place = door_signer(&to, self.net.now());
        let replicas = self.scenario.config.replicas;
        let closest = self.net.closest(&packet.location(), replicas);
        let keys = closest
            .iter()
            .filter_map(|node| self.net.nodes().get(*node))
            .map(|node| node.key())
            .collect();
        let store = Operation::store(packet.clone());
        if let Some(sent) = self.sent.get_mut(number) {
            *sent = Some(Sent {
                packet,
                place,
                closest: keys,
            });
        }
        self.messages.sent += 1;
        self.start(number, node, store);
    }

    fn look_for(&mut self, number: usize) {
        let Some(Some(sent)) = self.sent.get(number) else {
            return;
        };
        let list = Operation::List {
            place: Arc::clone(&sent.place),
        };
        self.messages.looked_for += 1;
        let node = self.anybody();
        self.start(number, node, list);
    }

    /// An operation that does not start, or whose node goes before it ends, has failed.
    fn start(&mut self, letter: usize, node: usize, operation: Operation) {
        let since = self.net.now().mono;
        if let Ok(op) = self.net.start(node, operation) {
            self.waiting.push(Waiting {
                letter,
                node,
                op,
                since,
            });
        }
    }

    fn collect(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            match self.net.take_ended(waiting.node, waiting.op) {
                Some((at, OpResult::Stored(report))) => {
                    self.store_times.push(at.saturating_sub(waiting.since));
                    self.stored(waiting.letter, &report);
                }
                Some((at, OpResult::Listed(listing))) => {
                    self.list_times.push(at.saturating_sub(waiting.since));
                    self.listed(waiting.letter, &listing);
                }
                Some(_) => {}
                None => self.waiting.push(waiting),
            }
        }
    }

    fn stored(&mut self, letter: usize, report: &StoreReport) {
        self.messages.stored += usize::from(report.held >= QUORUM);
        let Some(Some(sent)) = self.sent.get(letter) else {
            return;
        };
        let asked = |key| report.replicas.iter().any(|(holder, _)| holder.key == key);
        let right = sent.closest.iter().filter(|key| asked(**key)).count();
        self.looked_up += 1;
        self.wanted += sent.closest.len();
        self.right += right;
        self.all_right += usize::from(right == sent.closest.len());
    }

    fn listed(&mut self, letter: usize, listing: &Listing) {
        let id = match self.sent.get(letter) {
            Some(Some(sent)) => sent.packet.id(),
            _ => return,
        };
        let found = |entry: &ListedPacket| entry.id == id;
        self.messages.found += usize::from(listing.entries.iter().any(found));
    }

    fn outcome(&mut self, traffic: crate::traffic::Traffic) -> Outcome {
        let packets: Vec<Packet> = std::mem::take(&mut self.sent)
            .into_iter()
            .flatten()
            .map(|sent| sent.packet.into_packet())
            .collect();
        let holders: usize = packets
            .iter()
            .map(|packet| {
                let holders = self.net.holders(packet);
                let nodes = self.net.nodes();
                let online = |n: &&usize| nodes.get(**n).is_some_and(|node| node.is_online());
                holders.iter().filter(online).count()
            })
            .sum();
        let nodes = self.net.nodes();
        let online: Vec<_> = nodes.iter().filter(|node| node.is_online()).collect();
        let capable: usize = online.iter().map(|node| node.engine.counts().1).sum();
        let node_seconds = ratio(nodes.len(), 1) * self.scenario.time.as_secs_f64();
        let count = |n: u64| ratio(usize::try_from(n).unwrap_or(usize::MAX), 1);
        Outcome {
            nodes: nodes.len(),
            online: online.len(),
            hours: self.scenario.time.as_secs_f64() / 3_600.0,
            datagrams_per_node_second: count(traffic.sent) / node_seconds,
            bytes_per_node_second: count(traffic.sent_bytes) / node_seconds,
            capable_known: ratio(capable, online.len()),
            lookups_right: share(self.right, self.wanted),
            lookups_all_right: share(self.all_right, self.looked_up),
            messages: self.messages,
            packets_found: share(self.messages.found, self.messages.looked_for),
            holders: ratio(holders, packets.len()),
            store_ms: Quantiles::of(std::mem::take(&mut self.store_times)),
            list_ms: Quantiles::of(std::mem::take(&mut self.list_times)),
        }
    }
}
