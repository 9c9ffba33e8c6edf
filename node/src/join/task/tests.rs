//! Joining on a machine and a network of a test's making, at a hundred times the usual pace.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use toxdrop_dht::Reach;
use toxdrop_dht::report::KnownNode;
use toxdrop_proto::keys::DhtPublicKey;

use super::*;

const fn hundredths(seconds: u64) -> Duration {
    Duration::from_millis(seconds * 10)
}

const PACE: Pace = Pace {
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
struct World {
    names: HashMap<String, Vec<SocketAddr>>,
    without_way: HashSet<SocketAddr>,
    no_way_out: bool,
    lookups: usize,
    /// Who answers.
    answering: HashSet<SocketAddr>,
    tried: Vec<Peer>,
    tried_known: Vec<Peer>,
    families: Option<Families>,
    table: Vec<Peer>,
}

#[derive(Clone)]
struct Fake {
    world: Arc<Mutex<World>>,
    socket: Families,
    known: watch::Sender<usize>,
}

impl Fake {
    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn name(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        self.world()
            .names
            .insert(name.to_owned(), addresses.collect());
    }

    fn answers(&self, address: &str) {
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

    fn lose_all(&self) {
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
        (world.names.get(host).cloned()).ok_or_else(|| io::Error::other("no such host"))
    }

    fn has_way_to(&self, addr: SocketAddr) -> bool {
        let world = self.world();
        !world.no_way_out && !world.without_way.contains(&addr)
    }

    fn unix_time(&self) -> u64 {
        1_000_000
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

fn fake() -> Fake {
    Fake {
        world: Arc::default(),
        socket: Families::ALL,
        known: watch::channel(0).0,
    }
}

fn candidate(name: &str, key: u8) -> Candidate {
    Candidate {
        name: format!("{name}:33445"),
        hosts: vec![name.to_owned()],
        port: 33445,
        key: DhtPublicKey::from_bytes([key; 32]),
    }
}

/// A joiner at work.
struct Run {
    fake: Fake,
    standing: watch::Receiver<Standing>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
    dir: tempfile::TempDir,
}

impl Run {
    fn start(fake: &Fake, given: Vec<Candidate>, listed: Vec<Candidate>) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), fake, given, listed)
    }

    fn start_in(
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
    async fn until(&mut self, wanted: impl Fn(&Standing) -> bool) -> Standing {
        let waited = self.standing.wait_for(wanted);
        let waited = tokio::time::timeout(Duration::from_secs(30), waited).await;
        waited.expect("it does not come to that").unwrap().clone()
    }

    async fn why_alone(&mut self) -> String {
        match self.until(|s| matches!(s, Standing::Alone(_))).await {
            Standing::Alone(alone) => alone.to_string(),
            _ => unreachable!(),
        }
    }

    async fn stop(self) -> tempfile::TempDir {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        self.dir
    }
}

#[tokio::test]
async fn a_name_that_is_found_only_after_a_minute_is_joined() {
    let fake = fake();
    fake.answers("192.0.2.1:33445");
    let mut run = Run::start(&fake, vec![candidate("late.example", 1)], Vec::new());
    let start = Instant::now();
    let why = run.why_alone().await;
    assert!(
        why.contains("late.example:33445 cannot be found (no such host)"),
        "{why}"
    );
    // The reason stays the same all the time.
    while start.elapsed() < hundredths(60) {
        tokio::time::sleep(hundredths(1) / 2).await;
        assert_eq!(run.why_alone().await, why);
    }
    fake.name("late.example", &["192.0.2.1:33445"]);
    run.until(|s| *s == Standing::Joined).await;
    // Looked up anew each time, in ever longer pauses.
    let lookups = fake.world().lookups;
    assert!((4..=10).contains(&lookups), "{lookups}");
}

#[tokio::test]
async fn all_addresses_of_a_name_that_suit_are_tried() {
    let mut fake = fake();
    fake.socket.v6 = Reach::None;
    fake.name(
        "both.example",
        &[
            "[2001:db8::1]:33445",
            "192.0.2.1:33445",
            "[::ffff:192.0.2.2]:33445",
        ],
    );
    fake.name("six.example", &["[2001:db8::2]:33445"]);
    let given = vec![candidate("both.example", 1), candidate("six.example", 2)];
    let mut run = Run::start(&fake, given, Vec::new());
    let why = run.why_alone().await;
    assert!(
        why.contains("the one node that was asked does not answer"),
        "{why}"
    );
    assert!(
        why.contains("six.example:33445 cannot be reached over IPv4"),
        "{why}"
    );
    let tried: HashSet<String> = (fake.world().tried.iter())
        .map(|peer| peer.addr.to_string())
        .collect();
    let expected = ["192.0.2.1:33445", "192.0.2.2:33445"];
    assert_eq!(tried, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn a_machine_without_ipv6_tries_no_ipv6() {
    let fake = fake();
    fake.name("both.example", &["[2001:db8::7]:33445", "192.0.2.7:33445"]);
    for text in ["[2001:db8::1]:9", "[2001:db8::7]:33445"] {
        fake.world().without_way.insert(text.parse().unwrap());
    }
    let mut run = Run::start(&fake, vec![candidate("both.example", 1)], Vec::new());
    run.why_alone().await;
    let world = fake.world();
    assert_eq!(world.families.unwrap().v6, Reach::Local);
    assert!(world.tried.iter().all(|peer| peer.addr.is_ipv4()));
}

#[tokio::test]
async fn a_family_whose_way_is_lost_is_given_up_and_one_that_comes_is_taken() {
    let fake = fake();
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    let anywhere: SocketAddr = "[2001:db8::1]:9".parse().unwrap();
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    let reach = async |wanted: Reach| {
        let deadline = Instant::now() + hundredths(1_000);
        while fake.world().families.map(|families| families.v6) != Some(wanted) {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(hundredths(10)).await;
        }
    };
    fake.world().without_way.insert(anywhere);
    reach(Reach::Local).await;
    fake.world().without_way.clear();
    reach(Reach::Everywhere).await;
    assert_eq!(*run.standing.borrow(), Standing::Joined);
}

#[tokio::test]
async fn who_has_nobody_to_ask_or_no_network_is_told_so() {
    let fake = fake();
    let mut run = Run::start(&fake, Vec::new(), Vec::new());
    let why = run.why_alone().await;
    assert!(why.contains("no bootstrap node is given"), "{why}");
    // Somebody else joins through us.
    fake.known.send_replace(1);
    run.until(|s| *s == Standing::Joined).await;

    let fake = self::fake();
    fake.world().no_way_out = true;
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    let why = run.why_alone().await;
    assert!(why.contains("no network connection"), "{why}");
    fake.world().no_way_out = false;
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    run.until(|s| *s == Standing::Joined).await;
}

#[tokio::test]
async fn a_long_list_is_tried_a_few_at_a_time_and_its_last_node_is_found() {
    let fake = fake();
    let names: Vec<String> = (0..60u8).map(|n| format!("n{n}.example")).collect();
    let listed = names.iter().zip(1..);
    let listed: Vec<Candidate> = listed.map(|(name, key)| candidate(name, key)).collect();
    for (n, name) in names.iter().enumerate() {
        fake.name(name, &[&format!("192.0.2.{n}:33445")]);
    }
    fake.answers("192.0.2.59:33445");
    let start = Instant::now();
    let mut run = Run::start(&fake, Vec::new(), listed);
    run.until(|s| *s == Standing::Joined).await;
    // Fifteen rounds of 4: 1 + 2 + 4 s, and then 5 s each.
    assert!(start.elapsed() >= hundredths(60));
    assert_eq!(fake.world().tried.len(), 60);
}

#[tokio::test]
async fn kept_nodes_are_tried_at_once_and_bootstrap_nodes_beside_them() {
    let first = fake();
    first.name("a.example", &["192.0.2.1:33445"]);
    first.answers("192.0.2.1:33445");
    let mut run = Run::start(&first, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    let dir = run.stop().await;

    let again = fake();
    again.answers("192.0.2.1:33445");
    let given = vec![candidate("gone.example", 2)];
    let mut run = Run::start_in(dir, &again, given, Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    let kept = Peer {
        key: DhtPublicKey::from_bytes([1; 32]),
        addr: "192.0.2.1:33445".parse().unwrap(),
    };
    assert_eq!(again.world().tried_known, [kept]);
    assert_eq!(again.world().lookups, 1);
    // They stay kept while nobody answers.
    again.lose_all();
    run.until(|s| matches!(s, Standing::Alone(_))).await;
    let why = run.why_alone().await;
    assert!(why.contains("the one node that was asked"), "{why}");
    let dir = run.stop().await;
    let text = std::fs::read_to_string(dir.path().join("nodes")).unwrap();
    assert!(text.contains("192.0.2.1:33445"), "{text}");
}

#[tokio::test]
async fn nodes_are_written_soon_after_joining_and_who_was_lost_is_looked_for_at_once() {
    let fake = fake();
    fake.name("a.example", &["192.0.2.1:33445"]);
    fake.answers("192.0.2.1:33445");
    let mut run = Run::start(&fake, vec![candidate("a.example", 1)], Vec::new());
    run.until(|s| *s == Standing::Joined).await;
    tokio::time::sleep(hundredths(60)).await;
    // As after kill -9: nothing is written at the end.
    assert!(run.dir.path().join("nodes").exists());
    let lookups = fake.world().lookups;
    assert_eq!(lookups, 1);
    fake.lose_all();
    run.until(|s| *s != Standing::Joined).await;
    fake.answers("192.0.2.1:33445");
    let lost = Instant::now();
    run.until(|s| *s == Standing::Joined).await;
    assert!(lost.elapsed() < PACE.revisit);
    assert!(!run.fake.world().tried_known.is_empty());
}
