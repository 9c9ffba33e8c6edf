//! Whether something that we pass on for somebody may go there: nobody outside shall reach into our house through us.
//!
//! Ways back are not asked about: who stands in them asked to be answered.

use std::net::SocketAddr;

use super::net::ToxNet;
use crate::peer::{can_be_sent_to, is_local};

/// Who wants something passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// By a datagram from there.
    Udp(SocketAddr),
    /// Over the TCP relay, whose clients may come through a proxy on this machine: a local address says nothing of them.
    Tcp(SocketAddr),
}

impl Asker {
    fn addr(&self) -> &SocketAddr {
        match self {
            Self::Udp(addr) | Self::Tcp(addr) => addr,
        }
    }
}

/// Whether it may. The address must be canonical.
pub(super) fn may_pass(net: &ToxNet<'_>, asker: Asker, to: &SocketAddr) -> bool {
    let own = &net.link.own;
    if !can_be_sent_to(to) {
        return false;
    }
    if !own.in_our_house(to) {
        return true;
    }
    // In our house only Tox nodes are meant: ourselves, and those that we know.
    let tox_node = || own.is_ours(to) || net.nodes.iter().any(|c| c.peer.addr == *to);
    match asker {
        Asker::Udp(from) if own.in_our_house(&from) => true,
        _ if is_local(to) && !is_local(asker.addr()) => false,
        _ => tox_node(),
    }
}
