//! The places that an inbox reads, each with what signs there.
//!
//! Which places these are is said in `identity`; asks nobody.

use std::sync::Arc;

use toxdrop_proto::ids::{Location, UnixSeconds};
use toxdrop_proto::keys::PlaceSigner;

use crate::identity::Identity;

/// A place that is read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Where it lies.
    pub(crate) location: Location,
    /// What signs for it.
    pub(crate) signer: Arc<PlaceSigner>,
}

impl Identity {
    /// All that is read at `now`, each place once.
    pub(crate) fn readings(&self, now: UnixSeconds) -> Vec<Reading> {
        let places = self.read_places(now);
        let reading = |place| {
            let signer = self.signer(&place);
            let location = signer.public().location();
            Reading { location, signer }
        };
        places.into_iter().map(reading).collect()
    }
}
