//! What is kept of packets that came in: the parts of incomplete messages, and which packets were taken.
//!
//! How they are written down and read; what becomes of them is decided in `take`.

use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::{Location, PacketId, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::message::{Intro, OpenedPart};
use toxdrop_proto::place::PlaceSecret;
use toxdrop_proto::tox::Nospam;

use crate::db::Changes;
use crate::error::MailError;
use crate::hexed;
use crate::tables::Table;

/// A part of an incomplete message.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    sender: String,
    message_id: String,
    part: u16,
    parts: u16,
    sent_ms: u64,
    pub(crate) not_after: u64,
    content_type: u8,
    /// Hex.
    content: String,
    /// What the sender says of itself, in the first part: name, contacts' secret in hex, nospam in hex.
    name: Option<String>,
    contacts: Option<String>,
    nospam: Option<String>,
    pub(crate) packet_id: String,
    location: String,
    expires: u64,
}

/// Where a packet was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) id: PacketId,
    pub(crate) location: Location,
    pub(crate) expires: UnixSeconds,
}

/// A packet that was taken in.
#[derive(Serialize, Deserialize)]
pub(crate) struct TakenPacket {
    /// Key of its message in `Seen`, hex; empty for one whose time is over.
    pub(crate) message: String,
    /// Until when nodes may list it.
    pub(crate) until: u64,
}

impl Found {
    /// Writes down that the packet was taken in, and for which message.
    pub(crate) fn put_taken(&self, changes: &mut Changes, message: &[u8]) -> Result<(), MailError> {
        let taken = TakenPacket {
            message: hex::encode(message),
            until: self.expires.0,
        };
        let key = packet_key(&self.location, &self.id);
        changes.put(Table::Taken, key, &taken)
    }
}

impl Part {
    pub(crate) fn new(part: &OpenedPart, found: &Found) -> Self {
        Self {
            sender: part.sender.to_string(),
            message_id: part.message_id.to_string(),
            part: part.part,
            parts: part.parts,
            sent_ms: part.sent.0,
            not_after: part.not_after.0,
            content_type: part.content_type,
            content: hex::encode(&part.content),
            name: part.intro.name.as_ref().map(ToString::to_string),
            contacts: (part.intro.contacts.as_ref()).map(|secret| hex::encode(secret.expose())),
            nospam: part.intro.nospam.map(|nospam| hex::encode(nospam.0)),
            packet_id: found.id.to_string(),
            location: found.location.to_string(),
            expires: found.expires.0,
        }
    }

    /// `None` if the entry holds nonsense, which a later copy of the part replaces.
    pub(crate) fn read(&self, sender: &InboxPublicKey) -> Option<(OpenedPart, Found)> {
        let part = OpenedPart {
            sender: *sender,
            message_id: self.message_id.parse().ok()?,
            part: self.part,
            parts: self.parts,
            sent: UnixMillis(self.sent_ms),
            not_after: UnixSeconds(self.not_after),
            content_type: self.content_type,
            intro: self.intro()?,
            content: hex::decode(&self.content).ok()?,
        };
        let found = Found {
            id: self.packet_id.parse().ok()?,
            location: self.location.parse().ok()?,
            expires: UnixSeconds(self.expires),
        };
        Some((part, found))
    }

    fn intro(&self) -> Option<Intro> {
        let contacts = match &self.contacts {
            Some(text) => Some(PlaceSecret::from_bytes(*hexed::array(text)?)),
            None => None,
        };
        let nospam = match &self.nospam {
            Some(text) => Some(Nospam(*hexed::array(text)?)),
            None => None,
        };
        let name = match &self.name {
            Some(text) => Some(text.parse().ok()?),
            None => None,
        };
        Some(Intro {
            name,
            contacts,
            nospam,
        })
    }
}

/// The key in `Seen` of the message that a part belongs to.
pub(crate) fn seen_key(inbox: &InboxPublicKey, part: &OpenedPart) -> Vec<u8> {
    [
        &inbox.as_bytes()[..],
        part.sender.as_bytes(),
        part.message_id.as_bytes(),
    ]
    .concat()
}

/// The key of a part in `Parts`.
pub(crate) fn part_key(seen_key: &[u8], part: u16) -> Vec<u8> {
    [seen_key, &part.to_be_bytes()].concat()
}

/// How a packet at the nodes is named here.
pub(crate) fn packet_key(location: &Location, id: &PacketId) -> Vec<u8> {
    [&location.as_bytes()[..], id.as_bytes()].concat()
}
