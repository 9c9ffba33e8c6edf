//! LAN discovery (0x21): calls our key out into the local network, and listens for others' calls.
//!
//! What comes from outside of the local network is not believed.

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_proto::tox::{self, LanDiscovery};

use super::net::ToxNet;
use crate::families::Reach;
use crate::peer::{Peer, is_local};

/// How often we call (c-toxcore).
const INTERVAL: Duration = Duration::from_secs(10);

/// When the next call is due.
#[derive(Default)]
pub(super) struct Lan {
    next: Duration,
}

impl Lan {
    /// Calls, if it is time and the settings want it.
    pub(super) fn tick(&mut self, net: &mut ToxNet<'_>) {
        // Only IPv4 has an address of everybody.
        let everybody = SocketAddr::from(([255, 255, 255, 255], tox::FIRST_PORT));
        let speaks_ipv4 = net.link.families.v4 != Reach::None;
        if !net.config.lan_discovery || !speaks_ipv4 || net.now.mono < self.next {
            return;
        }
        self.next = net.now.mono + INTERVAL;
        let call = LanDiscovery {
            key: net.link.public,
        };
        net.send(everybody, call.encode());
    }
}

/// Who calls from our own network, where the settings want to hear it.
pub(super) fn heard(net: &ToxNet<'_>, from: SocketAddr, bytes: &[u8]) -> Option<Peer> {
    let call = LanDiscovery::decode(bytes).ok()?;
    (net.config.lan_discovery && is_local(&from)).then_some(Peer {
        key: call.key,
        addr: from,
    })
}
