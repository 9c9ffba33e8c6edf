//! By which carrier a request came, and how an envelope goes back by it.
//!
//! Seals nothing.

use std::net::SocketAddr;

use toxdrop_proto::tox::ReturnPath;
use toxdrop_proto::wire::{Carriage, EnvelopeId};

use crate::link::Link;

/// The way to whoever asked.
#[derive(Clone, Debug)]
pub(crate) enum WayBack {
    /// A datagram to the address that asked.
    Direct,
    /// Through the onion, along this: the address is the exit's, which is anybody. On the heap, as most have none.
    Onion(Box<ReturnPath>),
}

impl WayBack {
    pub(crate) fn is_onion(&self) -> bool {
        matches!(self, Self::Onion(_))
    }

    /// How an envelope with this id inside travels back.
    pub(crate) fn carriage(&self, id: EnvelopeId) -> Carriage {
        match self {
            Self::Direct => Carriage::Direct(id),
            Self::Onion(_) => Carriage::OnionBack,
        }
    }

    /// Sends an envelope to `addr`, or by it back through the onion, as far as the budget for that allows.
    pub(crate) fn send(&self, link: &mut Link, addr: SocketAddr, envelope: Vec<u8>) {
        let back = match self {
            Self::Direct => return link.transmits.push(addr, envelope),
            Self::Onion(back) => back,
        };
        let datagram = back.carry_back(&envelope);
        let mono = link.transmits.mono();
        if link.onion.may_send(mono, datagram.len()) {
            link.transmits.push(addr, datagram);
        }
    }
}
