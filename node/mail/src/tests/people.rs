//! A network of nodes with a clock, and people on it.
//!
//! Tests nothing by itself, but that mail asks no node for what a node must refuse.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;
use toxdrop_pow::{DeviceChoice, Pool, PoolConfig};
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{Location, UnixSeconds};
use toxdrop_proto::message::Content;
use toxdrop_proto::packet::PacketPolicy;
use toxdrop_proto::pow::Difficulty;

use crate::config::MailConfig;
use crate::error::MailError;
use crate::fetch::FetchReport;
use crate::memory::clock::ManualClock;
use crate::memory::network::MemoryNetwork;
use crate::outbox::Sent;
use crate::postman::Postman;
use crate::received::Received;
use crate::send::SendRequest;
use crate::state::Mail;
use crate::time::Time;

/// When a test's time begins.
pub(super) const EPOCH: u64 = 1_800_000_000;
pub(super) const DAY: u64 = 86_400;

pub(super) fn pool() -> Arc<Pool> {
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

pub(super) fn policy() -> PacketPolicy {
    PacketPolicy {
        floor: Difficulty {
            nonce_trials_per_byte: 1,
            extra_bytes: 1,
        },
        ..PacketPolicy::default()
    }
}

/// A network of nodes with a clock.
pub(super) struct World {
    pub(super) network: MemoryNetwork,
    pub(super) time: Arc<ManualClock>,
}

impl World {
    pub(super) fn new() -> Self {
        let time = Arc::new(ManualClock::new(UnixSeconds(EPOCH)));
        Self {
            network: MemoryNetwork::new(8, policy(), Arc::clone(&time)),
            time,
        }
    }

    /// A person with one inbox of that name.
    pub(super) fn person(&self, name: &str) -> Person {
        self.person_with(name, quiet())
    }

    pub(super) fn person_with(&self, name: &str, config: MailConfig) -> Person {
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

    /// Another device of somebody: the inbox as it is now, imported elsewhere.
    pub(super) fn device_of(&self, person: &Person) -> Person {
        let file = person.mail.export_inbox("", None).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mail = self.mail(dir.path(), person.config.clone());
        mail.import_inbox(file.as_bytes(), "", None).unwrap();
        Person {
            postman: Postman::new(mail.clone()),
            mail,
            dir,
            config: person.config.clone(),
        }
    }

    pub(super) fn mail(&self, dir: &Path, config: MailConfig) -> Mail {
        let network = Arc::new(self.network.clone());
        let time = Arc::clone(&self.time) as Arc<dyn Time>;
        Mail::assemble(dir, config, policy(), network, pool(), time).unwrap()
    }

    /// Ends a person's node and starts it again.
    pub(super) fn restart(&self, person: Person) -> Person {
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

/// Whatever a test is about, mail asks no node for what a node must refuse.
impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.network.lock().invalid, 0);
        }
    }
}

/// Somebody with one inbox, whose postman goes when the test says so.
pub(super) struct Person {
    pub(super) mail: Mail,
    postman: Postman,
    dir: tempfile::TempDir,
    config: MailConfig,
}

impl Person {
    pub(super) fn address(&self) -> Address {
        self.mail.inbox("").unwrap().address()
    }

    /// Where strangers write to now.
    pub(super) fn door(&self) -> Location {
        self.mail.inbox("").unwrap().location(self.mail.now().unix)
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn request(&self, to: &Address, content: Content) -> SendRequest {
        SendRequest {
            to: *to,
            content,
            from: String::new(),
            ttl_seconds: 7 * DAY,
            max_work: 0,
        }
    }

    pub(super) async fn send(&self, to: &Address, text: &str) -> Sent {
        let request = self.request(to, Content::Text(text.to_owned()));
        self.mail.send(request, deaf()).await.unwrap()
    }

    pub(super) async fn fetch_with(
        &self,
        keep: bool,
    ) -> (Vec<Received>, Result<FetchReport, MailError>) {
        let (sender, mut receiver) = mpsc::channel(64);
        let report = self.mail.fetch("", keep, sender).await;
        let mut messages = Vec::new();
        while let Some(message) = receiver.recv().await {
            messages.push(message);
        }
        (messages, report)
    }

    pub(super) async fn fetch(&self) -> (Vec<Received>, FetchReport) {
        let (messages, report) = self.fetch_with(false).await;
        (messages, report.unwrap())
    }

    /// One round of the postman, and all that it starts.
    pub(super) async fn round(&mut self) {
        self.postman.round().unwrap();
        self.postman.settle().await;
    }

    pub(super) fn only_sent(&self) -> Sent {
        let mut sent = self.mail.sent().unwrap();
        assert_eq!(sent.len(), 1);
        sent.remove(0)
    }
}

/// Settings of who publishes only when told to, and then at once.
pub(super) fn quiet() -> MailConfig {
    MailConfig {
        publish_spread_seconds: 0,
        republish: false,
        ..MailConfig::default()
    }
}

/// A listener who does not listen.
pub(super) fn deaf<T>() -> mpsc::Sender<T> {
    mpsc::channel(1).0
}

pub(super) fn text(message: &Received) -> &str {
    match &message.content {
        Content::Text(text) => text,
        Content::File { name, .. } => panic!("a file: {name}"),
    }
}

/// Content of that many bytes, none like its neighbours.
pub(super) fn long(bytes: usize) -> Content {
    let letters = (0..bytes).map(|n| char::from(b'a' + u8::try_from(n % 251 % 26).unwrap()));
    Content::Text(letters.collect())
}
