//! What the page shows of bytes: their fields, who can read each, and what was found out about them.
//!
//! Finds nothing out; that is done by [`super::analysis`] and the files that it calls.

use std::ops::Range;

use toxdrop_proto::address::Address;
use toxdrop_proto::anatomy::{self, Sees};
use toxdrop_proto::packet::Packet;

use super::checks::Check;
use super::flaw::Flaw;
use super::gloss;

/// Who can read a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Of what is stored: whoever holds or passes on the packet.
    Holder,
    /// Who knows the inbox's key, and for contacts' places their secret.
    Inbox,
    /// The receiver alone (and the sender, who wrote it).
    Receiver,
    /// Of a datagram: whoever sees it pass.
    Wire,
    /// Of a datagram: whoever has the secret key that it is for.
    Addressee,
}

impl Audience {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Holder,
        Self::Inbox,
        Self::Receiver,
        Self::Wire,
        Self::Addressee,
    ];

    /// A sign that stands for it, told apart by its shape: the emptier, the fewer can read.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Holder | Self::Wire => "●",
            Self::Inbox => "◐",
            Self::Receiver | Self::Addressee => "○",
        }
    }

    /// In a few words, for the column.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Holder => Sees::Holder.to_string(),
            Self::Inbox => Sees::InboxKey.to_string(),
            Self::Receiver => Sees::Receiver.to_string(),
            Self::Wire => "everybody on its way".to_owned(),
            Self::Addressee => "the addressee alone".to_owned(),
        }
    }

    /// At more length, for the legend.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Holder => "each node that stores it, and whoever it is passed on to",
            Self::Inbox => {
                "whoever has the inbox's address, and at a contacts' place also its secret"
            }
            Self::Receiver => "the owner of the inbox, and the sender, who wrote it",
            Self::Wire => "whoever sees the datagram pass, relays and onlookers",
            Self::Addressee => "who has the secret key that the box is for, and the sender",
        }
    }
}

impl From<Sees> for Audience {
    fn from(sees: Sees) -> Self {
        match sees {
            Sees::Holder => Self::Holder,
            Sees::InboxKey => Self::Inbox,
            Sees::Receiver => Self::Receiver,
        }
    }
}

/// One field of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As PROTOCOL.md calls it.
    pub name: &'static str,
    /// Where its bytes lie.
    pub range: Range<usize>,
    /// What they say.
    pub value: String,
    /// The same for people, where that is something else: a date for a number of seconds.
    pub gloss: Option<String>,
    /// What it is for.
    pub meaning: &'static str,
    /// Who can read it.
    pub sees: Audience,
}

impl From<anatomy::Field> for Field {
    fn from(field: anatomy::Field) -> Self {
        Self {
            gloss: gloss::of(field.name, &field.value),
            name: field.name,
            range: field.range,
            value: field.value,
            meaning: field.meaning,
            sees: field.sees.into(),
        }
    }
}

/// All that bytes say about themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// "Message part", "Inbox record", "Owner's tombstone", "Malformed packet", "Not a packet" and so on.
    pub title: &'static str,
    /// In order, without gaps.
    pub fields: Vec<Field>,
    /// What is wrong, if anything.
    pub flaw: Option<Flaw>,
    /// All checks that need no clock.
    pub checks: Vec<Check>,
    /// The packet, where the bytes are one.
    pub packet: Option<Packet>,
    /// The address, where the bytes are one.
    pub address: Option<Address>,
    /// The id of the packet, in hex: recomputed, or as a tombstone names it.
    pub id: Option<String>,
    /// The location that it claims.
    pub location: Option<[u8; 32]>,
    /// When it ends, Unix seconds.
    pub expires: Option<u64>,
    /// What the nonce hashes to; `None` where no work is shown.
    pub pow_value: Option<u64>,
}

impl Analysis {
    /// Of bytes that carry no packet.
    pub(super) fn new(
        title: &'static str,
        fields: Vec<Field>,
        flaw: Option<Flaw>,
        checks: Vec<Check>,
    ) -> Self {
        Self {
            title,
            fields,
            flaw,
            checks,
            packet: None,
            address: None,
            id: None,
            location: None,
            expires: None,
            pow_value: None,
        }
    }

    /// How many bytes the work is for: in a deposit also those that it pays for.
    #[must_use]
    pub fn charged(&self) -> u64 {
        let len = self.fields.last().map_or(0, |field| field.range.end);
        self.packet
            .as_ref()
            .map_or(u64::try_from(len).unwrap_or(u64::MAX), Packet::charged_len)
    }

    /// Who can read anything of it, each once, the most first: what a legend must explain.
    #[must_use]
    pub fn audiences(fields: &[Field]) -> Vec<Audience> {
        let among = |audience: &Audience| fields.iter().any(|field| field.sees == *audience);
        Audience::ALL.into_iter().filter(among).collect()
    }
}
