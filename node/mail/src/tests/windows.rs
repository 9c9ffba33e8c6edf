//! That what takes time is done side by side, and that a sender waits for no more than the quorum.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use std::sync::Mutex;
use tokio::sync::mpsc;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::keys::PlaceSigner;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;

use crate::extend::Extending;
use crate::memory::network::MemoryNetwork;
use crate::network::{
    ALL, DeleteReport, Deliveries, Holder, Listing, Network, NetworkError, StoreReport,
};
use crate::outbox::Delivery;
use crate::postman::Postman;
use crate::send::SendRequest;
use crate::state::Mail;
use crate::tests::people::{DAY, World, deaf, long, policy, pool, quiet};

/// How many are under way, and how many there were at most.
#[derive(Default)]
struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    /// One that takes a while.
    async fn one(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

/// The network in memory, whose nodes are far away.
struct Far {
    network: MemoryNetwork,
    storing: Gauge,
    extending: Gauge,
    retrieving: Gauge,
    deleting: Gauge,
    /// What the nodes were asked to hold was waited for until so many did.
    quorums: Mutex<Vec<usize>>,
}

#[async_trait]
impl Network for Far {
    async fn store(
        &self,
        packet: StampedPacket,
        quorum: usize,
    ) -> Result<StoreReport, NetworkError> {
        self.quorums.lock().unwrap().push(quorum);
        self.storing.one().await;
        self.network.store(packet, quorum).await
    }

    async fn find_record(&self, location: Location) -> Result<Option<StampedPacket>, NetworkError> {
        self.network.find_record(location).await
    }

    async fn list(&self, place: Arc<PlaceSigner>) -> Result<Listing, NetworkError> {
        self.network.list(place).await
    }

    async fn retrieve(
        &self,
        place: Arc<PlaceSigner>,
        id: PacketId,
        holders: Vec<Holder>,
    ) -> Result<Option<StampedPacket>, NetworkError> {
        self.retrieving.one().await;
        self.network.retrieve(place, id, holders).await
    }

    async fn delete(
        &self,
        location: Location,
        tombstones: Vec<Tombstone>,
    ) -> Result<DeleteReport, NetworkError> {
        self.deleting.one().await;
        self.network.delete(location, tombstones).await
    }

    async fn extend(
        &self,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        nonce: u64,
        quorum: usize,
    ) -> Result<StoreReport, NetworkError> {
        self.quorums.lock().unwrap().push(quorum);
        self.extending.one().await;
        let network = &self.network;
        network.extend(location, id, expires, nonce, quorum).await
    }

    async fn subscribe(
        &self,
        place: Arc<PlaceSigner>,
    ) -> Result<Box<dyn Deliveries>, NetworkError> {
        self.network.subscribe(place).await
    }

    fn clock_offsets(&self) -> Vec<i64> {
        self.network.clock_offsets()
    }
}

/// Somebody on a network of nodes that are far away.
fn far(world: &World, dir: &tempfile::TempDir) -> (Mail, Arc<Far>) {
    let far = Arc::new(Far {
        network: world.network.clone(),
        storing: Gauge::default(),
        extending: Gauge::default(),
        retrieving: Gauge::default(),
        deleting: Gauge::default(),
        quorums: Mutex::default(),
    });
    let (network, time) = (Arc::clone(&far) as _, Arc::clone(&world.time) as _);
    let mail = Mail::assemble(dir.path(), quiet(), policy(), network, pool(), time).unwrap();
    mail.create_inbox("far").unwrap();
    (mail, far)
}

#[tokio::test]
async fn parts_are_stored_and_extended_side_by_side_until_the_quorum_has_them() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (mail, far) = far(&world, &dir);
    let bob = world.person("bob");
    let request = SendRequest {
        ttl_seconds: DAY,
        ..SendRequest::new(bob.address(), long(20_000))
    };
    let sent = mail.send(request, deaf()).await.unwrap();
    assert!(sent.parts > 16);
    assert_eq!(far.storing.most(), 8);
    let quorums = std::mem::take(&mut *far.quorums.lock().unwrap());
    assert_eq!(quorums, vec![5; sent.parts]);

    let extending = Extending {
        message: sent.message_id.to_string(),
        ttl_seconds: 2 * DAY,
    };
    mail.extend(extending, deaf()).await.unwrap();
    assert_eq!(far.extending.most(), 8);
    let quorums = std::mem::take(&mut *far.quorums.lock().unwrap());
    assert_eq!(quorums, vec![5; sent.parts]);

    // Later nobody waits, and all nodes in charge shall have it.
    let mut postman = Postman::new(mail);
    for _ in 0..2 {
        postman.round().unwrap();
        postman.settle().await;
        world.time.pass(30);
    }
    let quorums = std::mem::take(&mut *far.quorums.lock().unwrap());
    assert_eq!(quorums, vec![ALL; sent.parts]);
}

#[tokio::test]
async fn packets_are_fetched_and_deleted_side_by_side() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (mail, far) = far(&world, &dir);
    let alice = world.person("alice");
    let to = mail.inbox("").unwrap().address();
    let request = alice.request(&to, long(64 * 1_024));
    let sent = alice.mail.send(request, deaf()).await.unwrap();
    assert_eq!(sent.delivery, Delivery::Stored);
    let (sender, mut messages) = mpsc::channel(4);
    let report = mail.fetch("", false, sender).await.unwrap();
    assert!(messages.recv().await.is_some());
    assert_eq!((report.packets, report.deleted), (sent.parts, sent.parts));
    assert_eq!((far.retrieving.most(), far.deleting.most()), (8, 4));
}
