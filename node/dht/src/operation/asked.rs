//! Who waits for the answer to which ask.
//!
//! Asks nobody.

use std::collections::{BTreeSet, HashMap};

use crate::requests::AskId;
use crate::vocabulary::OpId;

/// Names a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SearchId(pub(crate) u64);

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Owner {
    Operation(OpId),
    /// A search, for all operations that it serves.
    Search(SearchId),
}

/// Who asked what.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    asked: HashMap<AskId, Owner>,
    by_owner: BTreeSet<(Owner, AskId)>,
}

impl Asked {
    pub(crate) fn put(&mut self, owner: Owner, id: AskId) {
        self.asked.insert(id, owner);
        self.by_owner.insert((owner, id));
    }

    /// Who asked this, and still waits.
    pub(crate) fn owner(&self, id: AskId) -> Option<Owner> {
        self.asked.get(&id).copied()
    }

    /// Who asked this; the ask ends with this.
    pub(crate) fn take(&mut self, id: AskId) -> Option<Owner> {
        let owner = self.asked.remove(&id)?;
        self.by_owner.remove(&(owner, id));
        Some(owner)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.by_owner.is_empty()
    }

    /// Everything that somebody still waits for; it is waited for no longer.
    pub(crate) fn take_all(&mut self, owner: Owner) -> Vec<AskId> {
        let range = (owner, AskId(0))..=(owner, AskId(u64::MAX));
        let ids: Vec<AskId> = self.by_owner.range(range).map(|(_, id)| *id).collect();
        for id in &ids {
            self.take(*id);
        }
        ids
    }
}
