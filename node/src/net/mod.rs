//! The edge of the DHT: sockets, timers and the store's writer, around the engine that does the thinking.
//!
//! Holds no protocol: see `toxdrop-dht`.

mod command;
mod deadline;
mod driver;
mod error;
mod handle;
mod joining;
mod ports;
mod reachable;
mod socket;
mod status;
mod subscription;
mod tcp;
mod writer;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, watch};
use toxdrop_proto::keys::DhtKeyPair;
use toxdrop_proto::tox::{FIRST_PORT, LAST_PORT};

pub(crate) use error::DhtError;
pub(crate) use handle::DhtHandle;
pub(crate) use reachable::sentence as reachable_sentence;
use socket::Udp;
pub(crate) use subscription::Subscription;
use tcp::TcpEdge;

use crate::clock::Clock;
use crate::join::alone::Standing;
use toxdrop_dht::{DhtConfig, Engine, Reach};
use toxdrop_store::Store;

/// Where the DHT's sockets are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UdpBind {
    /// This address and no other; port 0 takes any free one.
    Exactly(SocketAddr),
    /// All addresses, IPv6 and IPv4, or IPv4 alone where the system has no IPv6, at 33445 or the next free Tox port up to 33545.
    ToxPorts,
}

/// What the DHT listens on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports<'a> {
    /// Its datagrams.
    pub(crate) udp: UdpBind,
    /// TCP ports at which it is a relay, on the same addresses; none: it is none.
    pub(crate) tcp_relay: &'a [u16],
}

/// Why the DHT could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetError {
    /// The address is taken or not ours.
    #[error(
        "cannot open UDP port {address}: {source}; is another node running? Choose another with --udp"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// All Tox ports are taken.
    #[error("all UDP ports from {FIRST_PORT} to {LAST_PORT} are taken; choose another with --udp")]
    NoFreePort,
    /// A port of the TCP relay is taken, or not ours to have.
    #[error(
        "cannot open TCP port {address} for the relay: {source}; choose others with --tcp-relay or tcp_relay in the settings"
    )]
    Relay {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Starts the DHT's driver as a task of the present runtime.
///
/// # Errors
/// [`NetError`] where no socket can be had.
pub(crate) fn start(
    mut config: DhtConfig,
    keys: DhtKeyPair,
    seed: [u8; 32],
    ports: Ports<'_>,
    store: Arc<Store>,
    clock: Clock,
    standing: watch::Receiver<Standing>,
) -> Result<DhtHandle, NetError> {
    let udp = open(ports.udp)?;
    let families = udp.families();
    let addresses: Arc<[SocketAddr]> = Arc::from([udp.local_addr()]);
    let tcp = open_relay(&addresses, ports.tcp_relay)?;
    if !ports.tcp_relay.is_empty() {
        config.relay_clients = tcp::room_for(config.relay_clients);
    }
    let (commands, receiver) = mpsc::channel(handle::COMMAND_QUEUE);
    let (events, _) = broadcast::channel(handle::EVENT_QUEUE);
    let (clock_offsets, seen_offsets) = watch::channel((clock.now(), Vec::new()));
    let (tox_nodes, seen_tox_nodes) = watch::channel(0);
    let handle = DhtHandle {
        commands: commands.clone(),
        events: events.clone(),
        store: Arc::clone(&store),
        clock,
        key: keys.public,
        addresses: Arc::clone(&addresses),
        relay_addresses: Arc::clone(tcp.addresses()),
        clock_offsets: seen_offsets,
        tox_nodes: seen_tox_nodes,
        families,
        standing,
    };
    let mut engine = Engine::new(config, keys, seed, clock.now());
    engine.set_families(families);
    let driver = driver::Driver::new(driver::Parts {
        engine,
        udp,
        tcp,
        store,
        clock,
        commands: receiver,
        events,
        addresses,
        clock_offsets,
        tox_nodes,
    });
    tokio::spawn(driver.run());
    Ok(handle)
}

/// Opens the relay's ports on the addresses of the UDP sockets.
fn open_relay(udp: &[SocketAddr], ports: &[u16]) -> Result<TcpEdge, NetError> {
    let ips: Vec<IpAddr> = udp.iter().map(SocketAddr::ip).collect();
    let refused = |(address, source)| NetError::Relay { address, source };
    let listeners = tcp::listen(&ips, ports).map_err(refused)?;
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    TcpEdge::start(listeners).map_err(|source| refused((unknown, source)))
}

fn open(bind: UdpBind) -> Result<Udp, NetError> {
    match bind {
        UdpBind::Exactly(address) => {
            Udp::bind(address).map_err(|source| NetError::Bind { address, source })
        }
        UdpBind::ToxPorts => ports::first_free(Udp::bind, |udp| udp.families().v4 != Reach::None)
            .ok_or(NetError::NoFreePort),
    }
}
