//! What the engine's parts stand on, kept together so that each can borrow just what it needs.
//!
//! Decides nothing.

use toxdrop_proto::keys::DhtKeyPair;

use crate::asking::{Asker, Asking};
use crate::config::DhtConfig;
use crate::link::Link;
use crate::requests::AskId;
use crate::server::desk::Desk;
use crate::storing::Storing;
use crate::tables::Tables;
use crate::time::Now;
use crate::tox::ToxNet;

/// Settings, keys, tables and queues.
pub(crate) struct Ground {
    pub(crate) config: DhtConfig,
    pub(crate) link: Link,
    pub(crate) tables: Tables,
    pub(crate) asker: Asker,
    pub(crate) storing: Storing,
}

impl Ground {
    pub(crate) fn new(config: DhtConfig, keys: DhtKeyPair, seed: [u8; 32]) -> Self {
        let tables = Tables::new(keys.public);
        Self {
            link: Link::new(keys, seed, &config),
            config,
            tables,
            asker: Asker::default(),
            storing: Storing::default(),
        }
    }

    /// For whoever asks other nodes.
    pub(crate) fn asking(&mut self, now: Now) -> Asking<'_> {
        self.asking_and_storing(now).0
    }

    /// For whoever asks other nodes and the store.
    pub(crate) fn asking_and_storing(&mut self, now: Now) -> (Asking<'_>, &mut Storing) {
        let asking = Asking {
            now,
            config: &self.config,
            link: &mut self.link,
            tables: &mut self.tables,
            asker: &mut self.asker,
        };
        (asking, &mut self.storing)
    }

    /// For the server.
    pub(crate) fn desk(&mut self, now: Now) -> Desk<'_> {
        Desk {
            now,
            config: &self.config,
            link: &mut self.link,
            capable: &self.tables.capable,
            storing: &mut self.storing,
            asker: &mut self.asker,
        }
    }

    /// For the Tox side.
    pub(crate) fn tox(&mut self, now: Now) -> ToxNet<'_> {
        ToxNet {
            now,
            config: &self.config,
            link: &mut self.link,
            nodes: &mut self.tables.tox,
        }
    }

    /// Nobody waits for these answers any more.
    pub(crate) fn forget(&mut self, asks: Vec<AskId>) {
        for id in asks {
            self.asker.cancel(id);
        }
    }
}
