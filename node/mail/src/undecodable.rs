//! Packets that did not open, remembered so that they are not retrieved over and over.
//!
//! In memory only: after a restart each is tried once more.

use std::collections::HashMap;

use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::packet::Packet;

/// Packets that do not open, as many as are remembered until the next start.
const MAX_UNDECODABLE: usize = 65_536;

/// What did not open, and until when nodes may list it.
#[derive(Debug, Default)]
pub(crate) struct Undecodable(HashMap<(Location, PacketId), UnixSeconds>);

impl Undecodable {
    pub(crate) fn contains(&self, location: Location, id: PacketId) -> bool {
        self.0.contains_key(&(location, id))
    }

    pub(crate) fn remember(&mut self, packet: &Packet, now: UnixSeconds) {
        if self.0.len() >= MAX_UNDECODABLE {
            self.0.retain(|_, until| *until > now);
        }
        if self.0.len() < MAX_UNDECODABLE {
            let key = (packet.location(), packet.id());
            self.0.insert(key, packet.expires());
        }
    }
}
