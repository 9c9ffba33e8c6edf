//! Packets that did not open, remembered so that they are not retrieved over and over.
//!
//! They are left where they lie: another device of the inbox may have the key. Whoever imports an inbox gets another try.

use toxdrop_proto::ids::{Location, PacketId};
use toxdrop_proto::packet::Packet;

use crate::db::Changes;
use crate::error::MailError;
use crate::parts::packet_key;
use crate::state::Mail;
use crate::tables::Table;

/// Packets that are remembered; what does not open beyond these is retrieved at each fetch.
const MAX_UNOPENED: usize = 65_536;

impl Mail {
    /// Whether a packet did not open.
    pub(crate) fn did_not_open(
        &self,
        location: &Location,
        id: &PacketId,
    ) -> Result<bool, MailError> {
        let key = packet_key(location, id);
        let until: Option<u64> = self.inner.db.get(Table::Unopened, &key)?;
        Ok(until.is_some())
    }

    /// Remembers a packet that does not open, for as long as nodes may list it.
    pub(crate) fn remember_unopened(&self, packet: &Packet) -> Result<(), MailError> {
        if self.inner.db.keys(Table::Unopened, &[])?.len() >= MAX_UNOPENED {
            return Ok(());
        }
        let key = packet_key(&packet.location(), &packet.id());
        let mut changes = Changes::default();
        // A later stamp may let it live until then.
        changes.put(Table::Unopened, key, &packet.last().end().0)?;
        self.inner.db.commit(changes)
    }

    /// Forgets all of them: there are keys that were not tried on them.
    pub(crate) fn forget_unopened(&self) -> Result<(), MailError> {
        let mut changes = Changes::default();
        for key in self.inner.db.keys(Table::Unopened, &[])? {
            changes.remove(Table::Unopened, key);
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.inner.db.commit(changes)
    }
}
