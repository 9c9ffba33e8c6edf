//! The tables of `mail.redb`: which there are, and what their keys stand for.
//!
//! Opens none.

use redb::TableDefinition;

pub(crate) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// `format` → the layout of this file.
    Meta,
    /// message id → a message under way, without its packets.
    Outbox,
    /// message id ‖ part → the sealed packet of a message under way, with its latest stamp.
    Packets,
    /// message id → a sent message that has ended.
    Sent,
    /// receiver's inbox key → its newest record that was seen, and when it is looked for again.
    Records,
    /// inbox key → the own record that is being published or was, with its packets.
    Publications,
    /// inbox key → what its owner wants published, and what no record says yet.
    Intents,
    /// inbox key ‖ sender ‖ message id ‖ part → a part whose message is not complete.
    Parts,
    /// inbox key ‖ sender ‖ message id → until when it is remembered as seen.
    Seen,
    /// location ‖ packet id → a packet that was taken in, and need not be retrieved again.
    Taken,
    /// inbox key ‖ time of arrival ‖ message id → a received message.
    Archive,
    /// As `Archive` → nothing: messages that nobody was handed yet.
    Unread,
    /// location ‖ packet id → a packet still to be deleted at the nodes.
    Deletions,
    /// inbox key → the name of an inbox that is being removed.
    Removals,
    /// inbox key → since when another device is known to use it, and whether the owner was told.
    OtherDevices,
    /// inbox key ‖ correspondent's inbox key → the secret of their place for contacts.
    Contacts,
    /// location ‖ packet id → until when a packet that did not open is not fetched again.
    Unopened,
}

impl Table {
    pub(crate) const ALL: [Self; 17] = [
        Self::Meta,
        Self::Outbox,
        Self::Packets,
        Self::Sent,
        Self::Records,
        Self::Publications,
        Self::Intents,
        Self::Parts,
        Self::Seen,
        Self::Taken,
        Self::Archive,
        Self::Unread,
        Self::Deletions,
        Self::Removals,
        Self::OtherDevices,
        Self::Contacts,
        Self::Unopened,
    ];

    pub(crate) fn definition(self) -> Definition {
        TableDefinition::new(match self {
            Self::Meta => "meta",
            Self::Outbox => "outbox",
            Self::Packets => "packets",
            Self::Sent => "sent",
            Self::Records => "records",
            Self::Publications => "publications",
            Self::Intents => "intents",
            Self::Parts => "parts",
            Self::Seen => "seen",
            Self::Taken => "taken",
            Self::Archive => "archive",
            Self::Unread => "unread",
            Self::Deletions => "deletions",
            Self::Removals => "removals",
            Self::OtherDevices => "other devices",
            Self::Contacts => "contacts",
            Self::Unopened => "unopened",
        })
    }
}
