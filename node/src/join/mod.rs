//! Joining the network: nodes kept from earlier first, bootstrap nodes and a public list beside them, until somebody answers.
//!
//! Holds no protocol: whom to try is decided here, how is `toxdrop-dht`'s.

pub(crate) mod alone;
pub(crate) mod bootstrap_node;
mod candidate;
mod kept;
mod list;
mod machine;
mod network;
mod pace;
mod task;
mod ways;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub(crate) use alone::Standing;
pub(crate) use bootstrap_node::BootstrapNode;
use candidate::{Candidate, Candidates};
pub(crate) use list::NodeList;
use machine::System;
use pace::Pace;
use task::Joiner;

use crate::net::DhtHandle;

/// How long writing the nodes may take when the node stops.
const STOP: Duration = Duration::from_secs(5);

/// Nodes to join through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bootstrap {
    /// Given one by one.
    pub(crate) given: Vec<BootstrapNode>,
    /// Of a public list, those first that shall be tried first.
    pub(crate) listed: Vec<Candidate>,
}

/// Joining under way.
pub(crate) struct Joining {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Starts to join; where the node stands is said through `standing`. Nodes that answer are kept in `file`.
pub(crate) fn start(
    dht: DhtHandle,
    bootstrap: Bootstrap,
    file: PathBuf,
    standing: watch::Sender<Standing>,
) -> Joining {
    let given = bootstrap.given.into_iter().map(|node| Candidate {
        name: node.to_string(),
        hosts: vec![node.host],
        port: node.port,
        key: node.key,
    });
    let candidates = Candidates::new(given.collect(), bootstrap.listed);
    let joiner = Joiner::new(System, dht, candidates, file, standing, Pace::USUAL);
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(joiner.run(stopped));
    Joining { stop, task }
}

impl Joining {
    /// Ends it once the nodes that answered are on the disk.
    pub(crate) async fn stop(self) {
        // It may have ended by itself; then there is nothing to wait for.
        let _ = self.stop.send(());
        let _ = tokio::time::timeout(STOP, self.task).await;
    }
}
