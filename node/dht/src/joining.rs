//! Joining, for whoever keeps nodes on disk and looks up names: which addresses can be reached, and whom to try.
//!
//! Keeps no list of nodes and no pauses: each call is one attempt.

use crate::engine::Engine;
use crate::families::Families;
use crate::peer::Peer;
use crate::time::Now;

impl Engine {
    /// Says what the socket can send to; both families, everywhere, unless told.
    pub fn set_families(&mut self, families: Families) {
        self.ground.link.families = families;
    }

    /// Asks these nodes at once, each once, whether they are there and who is close to us. Ask a few at a time.
    /// Several may have the same key. Those whose address does not suit are left out.
    pub fn try_bootstrap(&mut self, now: Now, peers: &[Peer]) {
        self.tox.try_bootstrap(&mut self.ground.tox(now), peers);
    }

    /// Nodes that answered in an earlier life: they are pinged, the first at once, the others within seconds.
    pub fn try_known(&mut self, now: Now, peers: &[Peer]) {
        self.tox.try_known(&mut self.ground.tox(now), peers);
    }
}
