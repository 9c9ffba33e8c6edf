//! Taking a packet in: open, drop what was seen, keep parts, join; and commit all of it in one step.
//!
//! Talks to nobody. Nothing is deleted at the nodes before the commit that says that it may be.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{Location, PacketId, UnixSeconds};
use toxdrop_proto::message::{
    JoinError, OpenError, OpenedPart, drop_after, join, open, seal_weeks,
};
use toxdrop_proto::packet::Packet;

use crate::db::Changes;
use crate::deletions::Deletion;
use crate::error::MailError;
use crate::identity::Identity;
use crate::parts::{Found, Part, TakenPacket, packet_key, part_key, seen_key};
use crate::received::{Arrival, Received, archive_key};
use crate::state::Mail;
use crate::tables::Table;

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It completed a message.
    Message,
    /// It is a part of one that is not complete.
    Part,
    /// It was seen before, or its time is over.
    Old,
    /// It does not open; left alone.
    Undecodable,
}

impl Mail {
    /// What is known of a listed packet; `None` if it is to be retrieved. With `keep` nothing will be deleted.
    pub(crate) fn taken_before(
        &self,
        inbox: &Identity,
        location: Location,
        id: PacketId,
        expires: UnixSeconds,
        keep: bool,
    ) -> Result<Option<Taken>, MailError> {
        let key = packet_key(&location, &id);
        let Some(taken) = self.inner.db.get::<TakenPacket>(Table::Taken, &key)? else {
            let known = self.did_not_open(&location, &id)?;
            return Ok(known.then_some(Taken::Undecodable));
        };
        let message = hex::decode(&taken.message).unwrap_or_default();
        let complete =
            message.is_empty() || self.inner.db.get::<u64>(Table::Seen, &message)?.is_some();
        if !complete {
            // Should its part be gone, it must be fetched once more.
            let parts = self.inner.db.scan::<Part>(Table::Parts, &message)?;
            let wanted = id.to_string();
            let held = parts.iter().any(|(_, part)| part.packet_id == wanted);
            return Ok(held.then_some(Taken::Part));
        }
        if !keep
            && self
                .inner
                .db
                .get::<Deletion>(Table::Deletions, &key)?
                .is_none()
        {
            let mut changes = Changes::default();
            self.delete_later(&mut changes, inbox, location, id, expires)?;
            self.inner.db.commit(changes)?;
        }
        Ok(Some(Taken::Old))
    }

    /// Opens a packet and commits what came of it. With `keep` it is not noted for deletion.
    pub(crate) fn take_in(
        &self,
        inbox: &Identity,
        packet: &Packet,
        keep: bool,
    ) -> Result<Taken, MailError> {
        let _one_at_a_time = self.lock_taking();
        let found = Found {
            id: packet.id(),
            location: packet.location(),
            expires: packet.expires(),
        };
        let part = match self.open_part(inbox, packet) {
            Ok(part) => part,
            Err(error) => {
                tracing::info!(%error, packet = %found.id, "a packet does not open; it is left where it is");
                self.remember_unopened(packet)?;
                return Ok(Taken::Undecodable);
            }
        };
        let taken = self.take_part(inbox, part, found, keep)?;
        if taken == Taken::Undecodable {
            self.remember_unopened(packet)?;
        }
        Ok(taken)
    }

    /// By the seal secrets of the weeks in which it can have been sealed, and by the inbox's own.
    fn open_part(&self, inbox: &Identity, packet: &Packet) -> Result<OpenedPart, OpenError> {
        let weeks = seal_weeks(packet.last(), self.now().unix);
        let secrets = inbox.seal_secrets(weeks);
        open(
            &inbox.secret,
            secrets.iter().map(|(_, secret)| secret),
            packet,
        )
    }

    fn lock_taking(&self) -> std::sync::MutexGuard<'_, ()> {
        // What is guarded is in the database, whole after each commit.
        self.inner
            .taking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn take_part(
        &self,
        inbox: &Identity,
        part: OpenedPart,
        found: Found,
        keep: bool,
    ) -> Result<Taken, MailError> {
        let seen_key = seen_key(&inbox.key(), &part);
        let seen: Option<u64> = self.inner.db.get(Table::Seen, &seen_key)?;
        let mut changes = Changes::default();
        let now = self.now().unix;
        if seen.is_some() || part.not_after <= now {
            let message = if seen.is_some() { &seen_key[..] } else { &[] };
            found.put_taken(&mut changes, message)?;
            if !keep {
                self.delete_later(&mut changes, inbox, found.location, found.id, found.expires)?;
            }
            self.inner.db.commit(changes)?;
            return Ok(Taken::Old);
        }
        found.put_taken(&mut changes, &seen_key)?;
        let number = part_key(&seen_key, part.part);
        let mut held = self.inner.db.keys(Table::Parts, &seen_key)?;
        held.retain(|key| *key != number);
        if held.len() + 1 < usize::from(part.parts) {
            // Joining is for when it may be whole: a long message has more than a thousand parts.
            changes.put(Table::Parts, number, &Part::new(&part, &found))?;
            self.inner.db.commit(changes)?;
            return Ok(Taken::Part);
        }
        let mut parts = self.parts_of(&seen_key, &part)?;
        parts.insert(part.part, (part.clone(), found));
        let opened: Vec<OpenedPart> = parts.values().map(|(part, _)| part.clone()).collect();
        let joined = match join(&opened) {
            Ok(joined) => joined,
            Err(JoinError::Missing(_)) => {
                changes.put(Table::Parts, number, &Part::new(&part, &found))?;
                self.inner.db.commit(changes)?;
                return Ok(Taken::Part);
            }
            Err(error) => {
                tracing::info!(%error, packet = %found.id, "a packet makes no sense; it is left where it is");
                return Ok(Taken::Undecodable);
            }
        };
        let message = Received {
            message_id: part.message_id,
            inbox: inbox.name.clone(),
            from: Address::from(part.sender).to_string(),
            sender_name: joined.intro.name,
            knows_nospam: inbox.nospam.map(|own| joined.intro.nospam == Some(own)),
            sent_at: part.sent,
            received_at: self.now_ms(),
            content: joined.content,
        };
        if let Some(secret) = &joined.intro.contacts {
            self.learn_contact(&mut changes, &inbox.key(), &part.sender, secret, part.sent)?;
        }
        let key = archive_key(&inbox.key(), &message);
        changes.put(Table::Archive, key.clone(), &message)?;
        changes.put(Table::Unread, key.clone(), &())?;
        let dropped_until = drop_after(part.not_after, now);
        changes.put(Table::Seen, seen_key.clone(), &dropped_until.0)?;
        for (number, (_, found)) in &parts {
            changes.remove(Table::Parts, part_key(&seen_key, *number));
            if !keep {
                self.delete_later(&mut changes, inbox, found.location, found.id, found.expires)?;
            }
        }
        self.inner.db.commit(changes)?;
        let inbox = inbox.key();
        // Nobody may be watching.
        let _ = self.inner.arrivals.send(Arrival {
            inbox,
            key,
            message,
        });
        Ok(Taken::Message)
    }

    /// The parts held so far of the message that `part` belongs to.
    fn parts_of(
        &self,
        seen_key: &[u8],
        part: &OpenedPart,
    ) -> Result<BTreeMap<u16, (OpenedPart, Found)>, MailError> {
        let stored = self.inner.db.scan::<Part>(Table::Parts, seen_key)?;
        Ok(stored
            .into_iter()
            .filter_map(|(_, stored)| stored.read(&part.sender))
            .map(|stored| (stored.0.part, stored))
            .collect())
    }

    /// Messages of an inbox of which parts are missing.
    pub(crate) fn incomplete(&self, inbox: &Identity) -> Result<usize, MailError> {
        let key = inbox.key();
        let mut messages = self.inner.db.keys(Table::Parts, key.as_bytes())?;
        for key in &mut messages {
            key.truncate(key.len().saturating_sub(size_of::<u16>()));
        }
        messages.dedup();
        Ok(messages.len())
    }
}
