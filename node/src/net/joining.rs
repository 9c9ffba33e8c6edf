//! What joining asks of the DHT's driver, and what it says of the outcome.
//!
//! Decides nothing: `crate::join` does.

use tokio::sync::watch;
use toxdrop_dht::{Families, Peer};

use super::command::Command;
use super::deadline::STATUS_DEADLINE;
use super::error::DhtError;
use super::handle::DhtHandle;
use crate::join::alone::Standing;

impl DhtHandle {
    /// How many Tox nodes are known, as it changes.
    pub(crate) fn tox_nodes(&self) -> watch::Receiver<usize> {
        self.tox_nodes.clone()
    }

    /// What the socket could send to, if the machine had ways everywhere.
    pub(crate) fn socket_families(&self) -> Families {
        self.families
    }

    /// Why the node is alone and what to do, if it is.
    pub(crate) fn alone(&self) -> Option<String> {
        match &*self.standing.borrow() {
            Standing::Alone(alone) if *self.tox_nodes.borrow() == 0 => Some(alone.to_string()),
            _ => None,
        }
    }

    /// Why there is nobody to ask.
    pub(crate) fn no_nodes(&self) -> DhtError {
        self.alone().map_or(DhtError::NoNodes, DhtError::Alone)
    }

    /// Says what can be sent to at present.
    ///
    /// # Errors
    /// [`DhtError`] where the driver does not take it, here and below.
    pub(crate) async fn set_families(&self, families: Families) -> Result<(), DhtError> {
        self.send(STATUS_DEADLINE, Command::SetFamilies(families))
            .await
    }

    /// Asks these nodes, each once, whether they are there and who is close to us.
    pub(crate) async fn try_bootstrap(&self, peers: Vec<Peer>) -> Result<(), DhtError> {
        self.send(STATUS_DEADLINE, Command::TryBootstrap(peers))
            .await
    }

    /// Pings nodes known from earlier, within seconds.
    pub(crate) async fn try_known(&self, peers: Vec<Peer>) -> Result<(), DhtError> {
        self.send(STATUS_DEADLINE, Command::TryKnown(peers)).await
    }
}
