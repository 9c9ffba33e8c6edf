//! Tests of the mail layer: people with data directories of their own, on a network in memory, in a time of its own.
//!
//! The proof of work is real, on one thread of the CPU, and little.

mod identities;
mod network;
mod publishing;
mod recalling;
mod receiving;
mod sending;
mod watching;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use toxdrop_pow::{DeviceChoice, Pool, PoolConfig};
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{UnixMillis, UnixSeconds};
use toxdrop_proto::message::Content;
use toxdrop_proto::packet::PacketPolicy;
use toxdrop_proto::pow::Difficulty;

use super::fetch::FetchReport;
use super::postman::Postman;
use super::time::Time;
use super::*;
use network::FakeNetwork;

/// When a test's time begins.
const EPOCH: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

/// A clock that moves only when it is told to.
#[derive(Default)]
struct TestTime(AtomicU64);

impl TestTime {
    fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    fn unix(&self) -> UnixSeconds {
        self.now().unix
    }
}

impl Time for TestTime {
    fn now(&self) -> Now {
        let passed = Duration::from_millis(self.0.load(Ordering::Relaxed));
        Now {
            mono: passed,
            unix: UnixSeconds(EPOCH + passed.as_secs()),
        }
    }

    fn now_ms(&self) -> UnixMillis {
        // A millisecond a look, so that things have an order.
        UnixMillis(EPOCH * 1_000 + self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn pool() -> Arc<Pool> {
    static POOL: OnceLock<Arc<Pool>> = OnceLock::new();
    let start = || {
        let config = PoolConfig {
            devices: DeviceChoice::Only(vec!["cpu".to_owned()]),
            cpu_threads: Some(1),
            ..PoolConfig::default()
        };
        Arc::new(Pool::start(config).unwrap())
    };
    Arc::clone(POOL.get_or_init(start))
}

fn policy() -> PacketPolicy {
    PacketPolicy {
        floor: Difficulty {
            nonce_trials_per_byte: 1,
            extra_bytes: 1,
        },
        ..PacketPolicy::default()
    }
}

/// A network of nodes with a clock.
struct World {
    network: Arc<FakeNetwork>,
    time: Arc<TestTime>,
}

impl World {
    fn new() -> Self {
        let time = Arc::new(TestTime::default());
        Self {
            network: FakeNetwork::new(8, Arc::clone(&time)),
            time,
        }
    }

    /// A person with one inbox of that name.
    fn person(&self, name: &str) -> Person {
        self.person_with(name, MailConfig::default())
    }

    fn person_with(&self, name: &str, config: MailConfig) -> Person {
        let dir = tempfile::tempdir().unwrap();
        let mail = self.mail(dir.path(), config.clone());
        mail.create_inbox(name).unwrap();
        Person {
            postman: Postman::new(mail.clone()),
            mail,
            dir,
            config,
        }
    }

    fn mail(&self, dir: &Path, config: MailConfig) -> Mail {
        let network = Arc::clone(&self.network) as Arc<dyn Network>;
        let time = Arc::clone(&self.time) as Arc<dyn Time>;
        Mail::assemble(dir, config, policy(), network, pool(), time).unwrap()
    }

    /// Ends a person's node and starts it again.
    fn restart(&self, person: Person) -> Person {
        let Person {
            dir,
            config,
            mail,
            postman,
        } = person;
        drop((mail, postman));
        let mail = self.mail(dir.path(), config.clone());
        Person {
            postman: Postman::new(mail.clone()),
            mail,
            dir,
            config,
        }
    }
}

struct Person {
    mail: Mail,
    postman: Postman,
    dir: tempfile::TempDir,
    config: MailConfig,
}

impl Person {
    fn address(&self) -> Address {
        self.mail.inbox("").unwrap().address()
    }

    fn request(&self, to: &Address, content: Content) -> SendRequest {
        SendRequest {
            to: *to,
            content,
            from: String::new(),
            ttl_seconds: 7 * DAY,
            max_work: 0,
        }
    }

    async fn send(&self, to: &Address, text: &str) -> Sent {
        let request = self.request(to, Content::Text(text.to_owned()));
        self.mail.send(request, deaf()).await.unwrap()
    }

    async fn fetch_with(&self, keep: bool) -> (Vec<Received>, Result<FetchReport, MailError>) {
        let (sender, mut receiver) = mpsc::channel(64);
        let report = self.mail.fetch("", keep, sender).await;
        let mut messages = Vec::new();
        while let Some(message) = receiver.recv().await {
            messages.push(message);
        }
        (messages, report)
    }

    async fn fetch(&self) -> (Vec<Received>, FetchReport) {
        let (messages, report) = self.fetch_with(false).await;
        (messages, report.unwrap())
    }

    /// One round of the postman, and all that it starts.
    async fn round(&mut self) {
        self.postman.round().unwrap();
        self.postman.settle().await;
    }

    fn only_sent(&self) -> Sent {
        let mut sent = self.mail.sent().unwrap();
        assert_eq!(sent.len(), 1);
        sent.remove(0)
    }
}

/// A listener who does not listen.
fn deaf<T>() -> mpsc::Sender<T> {
    mpsc::channel(1).0
}

fn text(message: &Received) -> &str {
    match &message.content {
        Content::Text(text) => text,
        Content::File { name, .. } => panic!("a file: {name}"),
    }
}

/// Content of that many bytes, none like its neighbours.
fn long(bytes: usize) -> Content {
    let letters = (0..bytes).map(|n| char::from(b'a' + u8::try_from(n % 251 % 26).unwrap()));
    Content::Text(letters.collect())
}
