//! A machine and a network of a test's making, and a joiner at work there, at a hundred times the usual pace.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use toxdrop_dht::report::KnownNode;
use toxdrop_proto::keys::DhtPublicKey;

use super::super::*;

pub(super) const fn hundredths(seconds: u64) -> Duration {
    Duration::from_millis(seconds * 10)
}

pub(super) const PACE: Pace = Pace {
    first: hundredths(1),
    longest: hundredths(60),
    untried: hundredths(5),
    patience: hundredths(6),
    revisit: hundredths(300),
    first_save: hundredths(30),
    save: hundredths(300),
};

/// Names and ways of a machine.
#[derive(Default)]
pub(super) struct World {
    pub(super) names: HashMap<String, Vec<SocketAddr>>,
    pub(super) without_way: HashSet<SocketAddr>,
    pub(super) no_way_out: bool,
    /// Seconds by which the time of day has gone on.
    pub(super) later: u64,
    /// The next lookup panics.
    pub(super) panics: bool,
    pub(super) lookups: usize,
    /// Who answers.
    pub(super) answering: HashSet<SocketAddr>,
    pub(super) tried: Vec<Peer>,
    pub(super) tried_known: Vec<Peer>,
    pub(super) families: Option<Families>,
    pub(super) table: Vec<Peer>,
}

#[derive(Clone)]
pub(super) struct Fake {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) socket: Families,
    pub(super) known: watch::Sender<usize>,
}

impl Fake {
    pub(super) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(super) fn name(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        self.world()
            .names
            .insert(name.to_owned(), addresses.collect());
    }

    pub(super) fn answers(&self, address: &str) {
        self.world().answering.insert(address.parse().unwrap());
    }

    fn try_now(&self, peers: &[Peer]) {
        let mut world = self.world();
        let new = peers
            .iter()
            .filter(|peer| world.answering.contains(&peer.addr));
        let new: Vec<Peer> = new.copied().collect();
        world.table.extend(new);
        self.known.send_replace(world.table.len());
    }

    pub(super) fn lose_all(&self) {
        let mut world = self.world();
        world.table.clear();
        world.answering.clear();
        self.known.send_replace(0);
    }
}

impl Machine for Fake {
    async fn look_up(&self, host: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        let mut world = self.world();
        world.lookups += 1;
        if std::mem::take(&mut world.panics) {
            drop(world);
            panic!("as a damaged name service may make it");
        }
        (world.names.get(host).cloned()).ok_or_else(|| io::Error::other("no such host"))
    }

    fn has_way_to(&self, addr: SocketAddr) -> bool {
        let world = self.world();
        !world.no_way_out && !world.without_way.contains(&addr)
    }

    fn unix_time(&self) -> u64 {
        100_000_000 + self.world().later
    }
}

impl Network for Fake {
    fn known(&self) -> watch::Receiver<usize> {
        self.known.subscribe()
    }

    fn families(&self) -> Families {
        self.socket
    }

    async fn set_families(&self, families: Families) {
        self.world().families = Some(families);
    }

    async fn try_bootstrap(&self, peers: Vec<Peer>) {
        self.world().tried.extend(&peers);
        self.try_now(&peers);
    }

    async fn try_known(&self, peers: Vec<Peer>) {
        self.world().tried_known.extend(&peers);
        self.try_now(&peers);
    }

    async fn table(&self) -> Vec<KnownNode> {
        let known = |peer: &Peer| KnownNode {
            key: peer.key,
            address: peer.addr,
            capable: false,
            bucket: 0,
            last_seen_seconds: 10,
        };
        self.world().table.iter().map(known).collect()
    }
}

pub(super) fn fake() -> Fake {
    Fake {
        world: Arc::default(),
        socket: Families::ALL,
        known: watch::channel(0).0,
    }
}

pub(super) fn candidate(name: &str, key: u8) -> Candidate {
    Candidate {
        name: format!("{name}:33445"),
        hosts: vec![name.to_owned()],
        port: 33445,
        key: DhtPublicKey::from_bytes([key; 32]),
    }
}

/// A joiner at work.
pub(super) struct Run {
    pub(super) fake: Fake,
    pub(super) standing: watch::Receiver<Standing>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
    pub(super) dir: tempfile::TempDir,
}

impl Run {
    pub(super) fn start(fake: &Fake, given: Vec<Candidate>, listed: Vec<Candidate>) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), fake, given, listed)
    }

    pub(super) fn start_in(
        dir: tempfile::TempDir,
        fake: &Fake,
        given: Vec<Candidate>,
        listed: Vec<Candidate>,
    ) -> Self {
        let (say, standing) = watch::channel(Standing::Looking);
        let (stop, stopped) = oneshot::channel();
        let candidates = Candidates::new(given, listed);
        let file = dir.path().join("nodes");
        let joiner = Joiner::new(fake.clone(), fake.clone(), candidates, file, say, PACE);
        Self {
            fake: fake.clone(),
            standing,
            stop,
            task: tokio::spawn(joiner.run(stopped)),
            dir,
        }
    }

    /// Waits until the node stands so; fails after 30 s.
    pub(super) async fn until(&mut self, wanted: impl Fn(&Standing) -> bool) -> Standing {
        let waited = self.standing.wait_for(wanted);
        let waited = tokio::time::timeout(Duration::from_secs(30), waited).await;
        waited.expect("it does not come to that").unwrap().clone()
    }

    pub(super) async fn why_alone(&mut self) -> String {
        match self.until(|s| matches!(s, Standing::Alone(_))).await {
            Standing::Alone(alone) => alone.to_string(),
            _ => unreachable!(),
        }
    }

    pub(super) async fn stop(self) -> tempfile::TempDir {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        self.dir
    }
}
