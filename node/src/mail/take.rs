//! Taking a packet in: open, drop what was seen, keep parts, join; and commit all of it in one step.
//!
//! Talks to nobody. Nothing is deleted at the nodes before the commit that says that it may be.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{Location, PacketId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::message::{JoinError, OpenedPart, join, open};
use toxdrop_proto::packet::Packet;

use super::archive::{Arrival, Received, archive_key};
use super::db::{Changes, Table};
use super::deletions::Deletion;
use super::error::MailError;
use super::{Identity, Mail};

/// Packets that do not open, as many as are remembered until the next start.
const MAX_UNDECODABLE: usize = 65_536;

/// Packets that did not open, so that they are not retrieved over and over; until when.
#[derive(Debug, Default)]
pub(super) struct Undecodable(HashMap<(Location, PacketId), UnixSeconds>);

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It completed a message.
    Message,
    /// It is a part of one that is not complete.
    Part,
    /// It was seen before, or its time is over.
    Old,
    /// It does not open; left alone.
    Undecodable,
}

/// A part of an incomplete message.
#[derive(Clone, Serialize, Deserialize)]
struct Part {
    sender: String,
    message_id: String,
    part: u8,
    parts: u8,
    sent_ms: u64,
    not_after: u64,
    content_type: u8,
    /// Hex.
    content: String,
    packet_id: String,
    salt: String,
    expires: u64,
}

/// Where a packet was found.
#[derive(Clone, Copy, Debug)]
struct Found {
    id: PacketId,
    salt: Salt,
    expires: UnixSeconds,
}

/// A packet that was taken in.
#[derive(Serialize, Deserialize)]
struct TakenPacket {
    /// Key of its message in `Seen`, hex; empty for one whose time is over.
    message: String,
    /// Until when nodes may list it.
    until: u64,
}

impl Mail {
    /// What is known of a listed packet; `None` if it is to be retrieved. With `keep` nothing will be deleted.
    pub(super) fn taken_before(
        &self,
        inbox: &Identity,
        salt: Salt,
        id: PacketId,
        expires: UnixSeconds,
        keep: bool,
    ) -> Result<Option<Taken>, MailError> {
        let location = inbox.location_of(salt);
        let key = packet_key(&location, &id);
        let Some(taken) = self.inner.db.get::<TakenPacket>(Table::Taken, &key)? else {
            let known = self.lock_taking().0.contains_key(&(location, id));
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
            self.delete_later(&mut changes, inbox, salt, id, expires)?;
            self.inner.db.commit(changes)?;
        }
        Ok(Some(Taken::Old))
    }

    /// Opens a packet and commits what came of it. With `keep` it is not noted for deletion.
    pub(super) fn take_in(
        &self,
        inbox: &Identity,
        salt: Salt,
        packet: &Packet,
        keep: bool,
    ) -> Result<Taken, MailError> {
        let mut taking = self.lock_taking();
        let found = Found {
            id: packet.id(),
            salt,
            expires: packet.expires(),
        };
        let part = match open(&inbox.secret, packet) {
            Ok(part) => part,
            Err(error) => {
                tracing::info!(%error, packet = %found.id, "a packet does not open; it is left where it is");
                taking.remember(packet, self.now().unix);
                return Ok(Taken::Undecodable);
            }
        };
        let taken = self.take_part(inbox, part, found, keep)?;
        if taken == Taken::Undecodable {
            taking.remember(packet, self.now().unix);
        }
        Ok(taken)
    }

    fn lock_taking(&self) -> std::sync::MutexGuard<'_, Undecodable> {
        // What is guarded is in the database, whole after each commit; the map may lack an entry at worst.
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
        if seen.is_some() || part.not_after <= self.now().unix {
            let message = if seen.is_some() { &seen_key[..] } else { &[] };
            found.put_taken(&mut changes, inbox, message)?;
            if !keep {
                self.delete_later(&mut changes, inbox, found.salt, found.id, found.expires)?;
            }
            self.inner.db.commit(changes)?;
            return Ok(Taken::Old);
        }
        found.put_taken(&mut changes, inbox, &seen_key)?;
        let mut parts = self.parts_of(&seen_key, &part)?;
        parts.insert(part.part, (part.clone(), found));
        let opened: Vec<OpenedPart> = parts.values().map(|(part, _)| part.clone()).collect();
        let content = match join(&opened) {
            Ok(content) => content,
            Err(JoinError::Missing(_)) => {
                let key = part_key(&seen_key, part.part);
                changes.put(Table::Parts, key, &Part::new(&part, &found))?;
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
            from: Address { key: part.sender }.to_string(),
            sent_at: part.sent,
            received_at: self.now_ms(),
            content,
        };
        let key = archive_key(&inbox.key(), &message);
        changes.put(Table::Archive, key.clone(), &message)?;
        changes.put(Table::Unread, key.clone(), &())?;
        changes.put(Table::Seen, seen_key.clone(), &part.not_after.0)?;
        for (number, (_, found)) in &parts {
            changes.remove(Table::Parts, part_key(&seen_key, *number));
            if !keep {
                self.delete_later(&mut changes, inbox, found.salt, found.id, found.expires)?;
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
    ) -> Result<BTreeMap<u8, (OpenedPart, Found)>, MailError> {
        let stored = self.inner.db.scan::<Part>(Table::Parts, seen_key)?;
        Ok(stored
            .into_iter()
            .filter_map(|(_, stored)| stored.read(&part.sender))
            .map(|stored| (stored.0.part, stored))
            .collect())
    }

    /// Messages of an inbox of which parts are missing.
    pub(super) fn incomplete(&self, inbox: &Identity) -> Result<usize, MailError> {
        let key = inbox.key();
        let mut messages = self.inner.db.keys(Table::Parts, key.as_bytes())?;
        for key in &mut messages {
            key.pop();
        }
        messages.dedup();
        Ok(messages.len())
    }

    /// Forgets what can not come again: its packets have expired, or receivers drop it for its not-after.
    pub(super) fn forget_expired(&self) -> Result<(), MailError> {
        let now = self.now().unix;
        let db = &self.inner.db;
        let mut changes = Changes::default();
        for (key, until) in db.scan::<u64>(Table::Seen, &[])? {
            if until <= now.0 {
                changes.remove(Table::Seen, key);
            }
        }
        for (key, part) in db.scan::<Part>(Table::Parts, &[])? {
            if part.not_after <= now.0 {
                changes.remove(Table::Parts, key);
            }
        }
        for (key, taken) in db.scan::<TakenPacket>(Table::Taken, &[])? {
            if taken.until <= now.0 {
                changes.remove(Table::Taken, key);
            }
        }
        for (key, deletion) in db.scan::<Deletion>(Table::Deletions, &[])? {
            if deletion.until <= now.0 {
                changes.remove(Table::Deletions, key);
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        db.commit(changes)
    }
}

impl Undecodable {
    fn remember(&mut self, packet: &Packet, now: UnixSeconds) {
        if self.0.len() >= MAX_UNDECODABLE {
            self.0.retain(|_, until| *until > now);
        }
        if self.0.len() < MAX_UNDECODABLE {
            let key = (packet.location(), packet.id());
            self.0.insert(key, packet.expires());
        }
    }
}

impl Found {
    fn put_taken(
        &self,
        changes: &mut Changes,
        inbox: &Identity,
        message: &[u8],
    ) -> Result<(), MailError> {
        let taken = TakenPacket {
            message: hex::encode(message),
            until: self.expires.0,
        };
        let key = packet_key(&inbox.location_of(self.salt), &self.id);
        changes.put(Table::Taken, key, &taken)
    }
}

impl Part {
    fn new(part: &OpenedPart, found: &Found) -> Self {
        Self {
            sender: part.sender.to_string(),
            message_id: part.message_id.to_string(),
            part: part.part,
            parts: part.parts,
            sent_ms: part.sent.0,
            not_after: part.not_after.0,
            content_type: part.content_type,
            content: hex::encode(&part.content),
            packet_id: found.id.to_string(),
            salt: found.salt.to_string(),
            expires: found.expires.0,
        }
    }

    /// `None` if the entry holds nonsense, which a later copy of the part replaces.
    fn read(&self, sender: &InboxPublicKey) -> Option<(OpenedPart, Found)> {
        let part = OpenedPart {
            sender: *sender,
            message_id: self.message_id.parse().ok()?,
            part: self.part,
            parts: self.parts,
            sent: UnixMillis(self.sent_ms),
            not_after: UnixSeconds(self.not_after),
            content_type: self.content_type,
            content: hex::decode(&self.content).ok()?,
        };
        let found = Found {
            id: self.packet_id.parse().ok()?,
            salt: self.salt.parse().ok()?,
            expires: UnixSeconds(self.expires),
        };
        Some((part, found))
    }
}

fn seen_key(inbox: &InboxPublicKey, part: &OpenedPart) -> Vec<u8> {
    [
        &inbox.as_bytes()[..],
        part.sender.as_bytes(),
        part.message_id.as_bytes(),
    ]
    .concat()
}

fn part_key(seen_key: &[u8], part: u8) -> Vec<u8> {
    [seen_key, &[part]].concat()
}

/// How a packet at the nodes is named here.
pub(super) fn packet_key(location: &Location, id: &PacketId) -> Vec<u8> {
    [&location.as_bytes()[..], id.as_bytes()].concat()
}
