//! Receiving: list, retrieve, open, join; commit durably; only then delete at the nodes.
//!
//! What was seen is dropped, durably. What does not open is left where it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::{Location, MessageId, PacketId, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::message::{Content, JoinError, OpenedPart, join, open};
use toxdrop_proto::packet::{Packet, PacketKind};
use toxdrop_proto::tombstone::Tombstone;

use super::db::{Changes, Table};
use super::error::MailError;
use super::{Identity, Mail};

/// A received message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(crate) struct Received {
    pub(crate) message_id: MessageId,
    /// Name of the inbox that it came to.
    pub(crate) inbox: String,
    pub(crate) from: String,
    pub(crate) sent_at: UnixMillis,
    pub(crate) received_at: UnixMillis,
    pub(crate) content: Content,
    /// Nobody fetched it yet.
    pub(crate) unread: bool,
}

/// The same as it lies in the archive.
#[derive(Serialize, Deserialize)]
struct Stored {
    message_id: String,
    inbox: String,
    from: String,
    sent_ms: u64,
    received_ms: u64,
    file_name: Option<String>,
    /// Hex.
    content: String,
    unread: bool,
}

impl From<Received> for Stored {
    fn from(message: Received) -> Self {
        let (file_name, bytes) = match message.content {
            Content::Text(text) => (None, text.into_bytes()),
            Content::File { name, bytes } => (Some(name), bytes),
        };
        Self {
            message_id: message.message_id.to_string(),
            inbox: message.inbox,
            from: message.from,
            sent_ms: message.sent_at.0,
            received_ms: message.received_at.0,
            file_name,
            content: hex::encode(bytes),
            unread: message.unread,
        }
    }
}

impl From<Stored> for Received {
    fn from(stored: Stored) -> Self {
        let bytes = hex::decode(&stored.content).unwrap_or_default();
        Self {
            message_id: stored
                .message_id
                .parse()
                .unwrap_or(MessageId::from_bytes([0; 16])),
            inbox: stored.inbox,
            from: stored.from,
            sent_at: UnixMillis(stored.sent_ms),
            received_at: UnixMillis(stored.received_ms),
            content: match stored.file_name {
                Some(name) => Content::File { name, bytes },
                None => Content::Text(String::from_utf8_lossy(&bytes).into_owned()),
            },
            unread: stored.unread,
        }
    }
}

/// What came of a fetch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FetchReport {
    pub(crate) messages: usize,
    /// Taken from the network.
    pub(crate) packets: usize,
    pub(crate) nodes_asked: usize,
    pub(crate) nodes_answered: usize,
    /// Packets that some node deleted.
    pub(crate) deleted: usize,
    /// Messages of which parts are missing.
    pub(crate) incomplete: usize,
    /// Packets that did not open.
    pub(crate) undecodable: usize,
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
}

/// A packet still to be deleted at the nodes.
#[derive(Clone, Serialize, Deserialize)]
struct Deletion {
    inbox: String,
    salt: String,
    packet_id: String,
    /// Not before, for the inbox's other devices.
    after_unix: u64,
    until_unix: u64,
}

/// What became of one packet.
#[derive(Clone, Debug)]
pub(super) enum Taken {
    /// It completed a message.
    Message(Box<Received>),
    /// It is a part of one that is not complete.
    Part,
    /// It was seen before, or its time is over: to be deleted.
    Old,
    /// It does not open; left alone.
    Undecodable,
}

impl Mail {
    /// Fetches what waits for an inbox, or for all. Unread messages are sent to `messages`, which may have arrived
    /// earlier, while somebody watched. With `keep` nothing is deleted at the nodes.
    pub(crate) async fn fetch(
        &self,
        selector: &str,
        keep: bool,
        messages: mpsc::Sender<Received>,
    ) -> Result<FetchReport, MailError> {
        let inboxes = match selector {
            "" => self.inboxes(),
            selector => vec![self.inbox(selector)?],
        };
        if inboxes.is_empty() {
            return Err(MailError::NoInbox);
        }
        let mut report = FetchReport::default();
        for inbox in &inboxes {
            self.fetch_inbox(inbox, keep, &mut report).await?;
            for (key, mut message) in self.archive(&inbox.name)? {
                if message.unread && messages.send(message.clone()).await.is_ok() {
                    report.messages += 1;
                    message.unread = false;
                    let mut changes = Changes::default();
                    changes.put(Table::Archive, key, &message)?;
                    self.inner.db.commit(changes)?;
                }
            }
        }
        Ok(report)
    }

    /// Takes what waits into the archive.
    pub(super) async fn fetch_inbox(
        &self,
        inbox: &Identity,
        keep: bool,
        report: &mut FetchReport,
    ) -> Result<(), MailError> {
        let _one_at_a_time = self.inner.fetching.lock().await;
        let now = self.inner.clock.now().unix;
        for salt in inbox.salts(now) {
            let listing = self.inner.dht.list(inbox.secret.clone(), salt).await?;
            report.nodes_asked += listing.asked;
            report.nodes_answered += listing.answered;
            for entry in listing.entries {
                if entry.kind != PacketKind::Message {
                    continue;
                }
                let packet = self
                    .inner
                    .dht
                    .retrieve(inbox.secret.clone(), salt, entry.id, entry.holders)
                    .await?;
                let Some(packet) = packet else { continue };
                report.packets += 1;
                match self.take_in(inbox, salt, &packet, keep)? {
                    Taken::Undecodable => report.undecodable += 1,
                    Taken::Message(message) => {
                        let _ = self.inner.arrivals.send(*message);
                    }
                    Taken::Part | Taken::Old => {}
                }
            }
        }
        report.incomplete += self.incomplete(inbox)?;
        if !keep {
            report.deleted += self.delete_taken(inbox).await?;
        }
        Ok(())
    }

    fn incomplete(&self, inbox: &Identity) -> Result<usize, MailError> {
        let key = inbox.key();
        let parts = self.inner.db.scan::<Part>(Table::Parts, key.as_bytes())?;
        let messages: std::collections::BTreeSet<_> = parts
            .into_iter()
            .map(|(_, part)| (part.sender, part.message_id))
            .collect();
        Ok(messages.len())
    }

    /// Opens a packet and commits what came of it. Nothing is sent.
    pub(super) fn take_in(
        &self,
        inbox: &Identity,
        salt: Salt,
        packet: &Packet,
        keep: bool,
    ) -> Result<Taken, MailError> {
        let Ok(part) = open(&inbox.secret, packet) else {
            return Ok(Taken::Undecodable);
        };
        let now = self.inner.clock.now().unix;
        let mut changes = Changes::default();
        let seen_key = seen_key(inbox, &part);
        let seen: Option<u64> = self.inner.db.get(Table::Seen, &seen_key)?;
        if seen.is_some() || part.not_after <= now {
            if !keep {
                self.delete_later(&mut changes, inbox, salt, packet.id(), part.not_after)?;
                self.inner.db.commit(changes)?;
            }
            return Ok(Taken::Old);
        }
        let mut parts: BTreeMap<u8, (OpenedPart, PacketId, Salt)> = BTreeMap::new();
        for (_, stored) in self.inner.db.scan::<Part>(Table::Parts, &seen_key)? {
            if let Some(stored) = stored.read(&part.sender) {
                parts.insert(stored.0.part, stored);
            }
        }
        parts.insert(part.part, (part.clone(), packet.id(), salt));
        let opened: Vec<OpenedPart> = parts.values().map(|(part, ..)| part.clone()).collect();
        let content = match join(&opened) {
            Ok(content) => content,
            Err(JoinError::Missing(_)) => {
                let key = part_key(&seen_key, part.part);
                changes.put(Table::Parts, key, &Part::new(&part, packet.id(), salt))?;
                self.inner.db.commit(changes)?;
                return Ok(Taken::Part);
            }
            Err(error) => {
                tracing::info!(%error, "a packet makes no sense; it is left where it is");
                return Ok(Taken::Undecodable);
            }
        };
        let received = Received {
            message_id: part.message_id,
            inbox: inbox.name.clone(),
            from: Address { key: part.sender }.to_string(),
            sent_at: part.sent,
            received_at: self.now_ms(),
            content,
            unread: true,
        };
        changes.put(Table::Archive, archive_key(inbox, &received), &received)?;
        changes.put(Table::Seen, seen_key.clone(), &part.not_after.0)?;
        for (number, (_, id, salt)) in &parts {
            changes.remove(Table::Parts, part_key(&seen_key, *number));
            if !keep {
                self.delete_later(&mut changes, inbox, *salt, *id, part.not_after)?;
            }
        }
        self.inner.db.commit(changes)?;
        Ok(Taken::Message(Box::new(received)))
    }

    fn delete_later(
        &self,
        changes: &mut Changes,
        inbox: &Identity,
        salt: Salt,
        id: PacketId,
        until: UnixSeconds,
    ) -> Result<(), MailError> {
        let location = inbox_location(&inbox.key(), salt);
        let now = self.inner.clock.now().unix;
        let deletion = Deletion {
            inbox: inbox.name.clone(),
            salt: salt.to_string(),
            packet_id: id.to_string(),
            after_unix: now.plus(self.inner.config.shared_seconds).0,
            until_unix: until.0,
        };
        changes.put(Table::Deletions, deletion_key(&location, &id), &deletion)
    }

    /// Sends the tombstones that are due. Those that no node took are sent again with the next fetch.
    pub(super) async fn delete_taken(&self, inbox: &Identity) -> Result<usize, MailError> {
        let now = self.inner.clock.now().unix;
        let network = self.inner.policy.network;
        let mut due: BTreeMap<Location, Vec<(Vec<u8>, Tombstone)>> = BTreeMap::new();
        let mut changes = Changes::default();
        for (key, deletion) in self.inner.db.scan::<Deletion>(Table::Deletions, &[])? {
            let (Ok(salt), Ok(id)) = (deletion.salt.parse(), deletion.packet_id.parse()) else {
                changes.remove(Table::Deletions, key);
                continue;
            };
            if deletion.until_unix <= now.0 {
                changes.remove(Table::Deletions, key);
            } else if deletion.inbox == inbox.name && deletion.after_unix <= now.0 {
                let location = inbox_location(&inbox.key(), salt);
                let tombstone = Tombstone::sign_owner(&inbox.secret, network, salt, location, id);
                due.entry(location).or_default().push((key, tombstone));
            }
        }
        let mut deleted = 0;
        for (location, some) in due {
            let tombstones = some.iter().map(|(_, tombstone)| *tombstone).collect();
            let report = self.inner.dht.delete(location, tombstones).await?;
            if report.accepted > 0 {
                deleted += some.len();
                for (key, _) in some {
                    changes.remove(Table::Deletions, key);
                }
            }
        }
        if !changes.is_empty() {
            self.inner.db.commit(changes)?;
        }
        Ok(deleted)
    }
}

impl Part {
    fn new(part: &OpenedPart, id: PacketId, salt: Salt) -> Self {
        Self {
            sender: part.sender.to_string(),
            message_id: part.message_id.to_string(),
            part: part.part,
            parts: part.parts,
            sent_ms: part.sent.0,
            not_after: part.not_after.0,
            content_type: part.content_type,
            content: hex::encode(&part.content),
            packet_id: id.to_string(),
            salt: salt.to_string(),
        }
    }

    /// `None` if the archive holds nonsense, which a later copy of the part replaces.
    fn read(&self, sender: &InboxPublicKey) -> Option<(OpenedPart, PacketId, Salt)> {
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
        Some((part, self.packet_id.parse().ok()?, self.salt.parse().ok()?))
    }
}

fn seen_key(inbox: &Identity, part: &OpenedPart) -> Vec<u8> {
    let (inbox, sender) = (inbox.key(), part.sender);
    [
        &inbox.as_bytes()[..],
        sender.as_bytes(),
        part.message_id.as_bytes(),
    ]
    .concat()
}

fn part_key(seen_key: &[u8], part: u8) -> Vec<u8> {
    [seen_key, &[part]].concat()
}

fn archive_key(inbox: &Identity, message: &Received) -> Vec<u8> {
    [
        &inbox.key().as_bytes()[..],
        &message.received_at.0.to_be_bytes(),
        message.message_id.as_bytes(),
    ]
    .concat()
}

fn deletion_key(location: &Location, id: &PacketId) -> Vec<u8> {
    [&location.as_bytes()[..], id.as_bytes()].concat()
}
