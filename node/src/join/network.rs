//! What joining asks of the DHT: whom it knows, and to try more.
//!
//! Waits for no answers: they show in whom it knows.

use std::future::Future;

use tokio::sync::watch;
use toxdrop_dht::report::KnownNode;
use toxdrop_dht::{Families, Peer};

use crate::net::DhtHandle;

/// The DHT, or what a test puts in its place.
pub(crate) trait Network: Send + Sync + 'static {
    /// How many Tox nodes are known, as it changes.
    fn known(&self) -> watch::Receiver<usize>;

    /// What the socket could send to, if the machine had ways everywhere.
    fn families(&self) -> Families;

    /// Says what can be sent to at present.
    fn set_families(&self, families: Families) -> impl Future<Output = ()> + Send;

    /// Tries nodes to join through, at once.
    fn try_bootstrap(&self, peers: Vec<Peer>) -> impl Future<Output = ()> + Send;

    /// Tries nodes known from earlier, within seconds.
    fn try_known(&self, peers: Vec<Peer>) -> impl Future<Output = ()> + Send;

    /// The nodes of the table.
    fn table(&self) -> impl Future<Output = Vec<KnownNode>> + Send;
}

impl Network for DhtHandle {
    fn known(&self) -> watch::Receiver<usize> {
        self.tox_nodes()
    }

    fn families(&self) -> Families {
        self.socket_families()
    }

    async fn set_families(&self, families: Families) {
        // An error means that the node is shutting down, here and below.
        let _ = Self::set_families(self, families).await;
    }

    async fn try_bootstrap(&self, peers: Vec<Peer>) {
        let _ = Self::try_bootstrap(self, peers).await;
    }

    async fn try_known(&self, peers: Vec<Peer>) {
        let _ = Self::try_known(self, peers).await;
    }

    async fn table(&self) -> Vec<KnownNode> {
        self.routing_table().await.unwrap_or_default()
    }
}
