//! A DHT on loopback of so many nodes: `tox-bootstrapd`, toxdrop, or both.
//!
//! Says where clients can join it; starts none.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::address::{Family, NodeAddress};
use crate::bootstrapd::Bootstrapd;
use crate::client::{ClientOptions, Transport};
use crate::error::{Error, Missing};
use crate::launch::Place;
use crate::meeting::{Meeting, meet};
use crate::ports::free_port;
use crate::tools::Tools;
use crate::toxdrop::{Toxdrop, ToxdropOptions};

/// Nodes through which each other node, and each client, joins.
const DOORS: usize = 4;
/// Nodes have heard of each other by then.
const SETTLING: Duration = Duration::from_secs(2);

/// Which nodes a DHT is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// c-toxcore's only.
    Bootstrapd,
    /// Every second one is ours, the first being c-toxcore's.
    Half,
    /// Ours only.
    Toxdrop,
}

impl Mix {
    const fn is_toxdrop(self, number: usize) -> bool {
        match self {
            Self::Bootstrapd => false,
            Self::Half => number % 2 == 1,
            Self::Toxdrop => true,
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bootstrapd => "tox-bootstrapd",
            Self::Half => "half and half",
            Self::Toxdrop => "toxdrop",
        })
    }
}

#[derive(Debug)]
enum Node {
    Bootstrapd(Bootstrapd),
    Toxdrop(Toxdrop),
}

/// A running DHT; its processes are killed when this is dropped.
#[derive(Debug)]
pub struct Network {
    tools: Tools,
    family: Family,
    nodes: Vec<Node>,
    addresses: Vec<NodeAddress>,
    /// TCP relays, of both kinds where both are there.
    relays: Vec<NodeAddress>,
    /// Last, so that it goes after what writes there.
    folder: TempDir,
}

impl Network {
    /// Starts `count` nodes and lets them find each other.
    ///
    /// # Errors
    /// Where a node does not start, or there is no loopback of this family.
    pub fn start(tools: &Tools, mix: Mix, family: Family, count: usize) -> Result<Self, Error> {
        if std::net::UdpSocket::bind((family.loopback(), 0)).is_err() && family == Family::V6 {
            return Err(Missing::Ipv6.into());
        }
        let folder = tempfile::tempdir().map_err(Error::system("make a folder"))?;
        let mut network = Self {
            tools: tools.clone(),
            family,
            nodes: Vec::new(),
            addresses: Vec::new(),
            relays: Vec::new(),
            folder,
        };
        for number in 0..count {
            let folder = network.folder.path().join(format!("node-{number}"));
            if mix.is_toxdrop(number) {
                network.add_toxdrop(&folder, number)?;
            } else {
                network.add_bootstrapd(&folder)?;
            }
        }
        std::thread::sleep(SETTLING);
        Ok(network)
    }

    fn add_bootstrapd(&mut self, folder: &Path) -> Result<(), Error> {
        let ip = self.family.loopback();
        let node = Bootstrapd::start(&self.tools.bootstrapd, folder, ip, self.doors())?;
        self.addresses.push(node.address().clone());
        self.relays.push(node.address().clone());
        self.nodes.push(Node::Bootstrapd(node));
        Ok(())
    }

    fn add_toxdrop(&mut self, folder: &Path, number: usize) -> Result<(), Error> {
        let udp = SocketAddr::new(self.family.loopback(), 0);
        let relay = free_port(udp.ip())?;
        let mut node = Toxdrop::start(
            &self.tools.toxdrop,
            folder,
            &ToxdropOptions {
                name: &format!("toxdrop node {number}"),
                place: &Place::HERE,
                udp,
                bootstrap: self.doors(),
                settings: &format!("tcp_relay = [{relay}]\n"),
            },
        )?;
        let address = node.address(udp)?;
        self.relays.push(address.at_port(relay));
        self.addresses.push(address);
        self.nodes.push(Node::Toxdrop(node));
        Ok(())
    }

    /// Nodes to join through: the first ones.
    fn doors(&self) -> &[NodeAddress] {
        &self.addresses[..self.addresses.len().min(DOORS)]
    }

    /// Two fresh clients become friends and talk. Over TCP one knows the relay of the first node only, the other that of
    /// the second.
    ///
    /// # Errors
    /// Where they do not within 90 seconds.
    pub fn meet(&self, transport: Transport) -> Result<Meeting, Error> {
        let [first, second] = ["asker", "asked"].map(|name| ClientOptions {
            name,
            place: &Place::HERE,
            family: self.family,
            transport,
            bootstrap: self.doors(),
            relays: match transport {
                Transport::Udp => &[],
                Transport::Tcp if name == "asker" => self.relays.get(..1).unwrap_or_default(),
                Transport::Tcp => self.relays.get(1..2).unwrap_or_default(),
            },
        });
        meet(&self.tools.client, self.folder.path(), [&first, &second])
    }

    /// The ends of all logs.
    pub fn logs(&self) -> String {
        let logs = self.nodes.iter().zip(&self.addresses);
        logs.map(|(node, address)| {
            let (kind, log) = match node {
                Node::Bootstrapd(node) => ("tox-bootstrapd", node.log()),
                Node::Toxdrop(node) => ("toxdrop", node.log()),
            };
            format!("-- {kind} {address}\n{log}\n")
        })
        .collect()
    }
}
