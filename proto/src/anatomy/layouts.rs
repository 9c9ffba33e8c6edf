//! The layouts of all that is stored, with what each field is for and who can read it: PROTOCOL.md's tables.
//!
//! Says nothing about how bytes are read; a test compares the lengths with the decoders'.

use std::fmt;

use crate::keys::{DhtPublicKey, MAC_LEN, NONCE_LEN, SIGNATURE_LEN};
use crate::packet::{EXPIRES, KIND_AT, LAST, LOCATION, NONCE, TERMS_LEN, VERSION_AT};
use crate::place::PlaceSecret;

/// Who can read a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sees {
    /// Whoever holds or passes on the packet.
    Holder,
    /// Who knows the inbox's key, and for contacts' places their secret.
    InboxKey,
    /// The receiver alone (and the sender, who wrote it).
    Receiver,
}

impl fmt::Display for Sees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holder => "every holder",
            Self::InboxKey => "who knows the inbox",
            Self::Receiver => "the receiver alone",
        })
    }
}

#[derive(Clone, Copy)]
pub(super) enum Show {
    Number,
    Hex,
    /// Too long to be shown: only how much of it there is.
    Length,
}

/// One line of a layout.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    /// `None`: all that is left.
    pub(super) len: Option<usize>,
    pub(super) show: Show,
    pub(super) sees: Sees,
    pub(super) meaning: &'static str,
}

/// A field that every holder can read.
const fn row(name: &'static str, len: usize, show: Show, meaning: &'static str) -> Row {
    Row {
        name,
        len: Some(len),
        show,
        sees: Sees::Holder,
        meaning,
    }
}

/// All that is left.
const fn rest(name: &'static str, sees: Sees, meaning: &'static str) -> Row {
    Row {
        name,
        len: None,
        show: Show::Length,
        sees,
        meaning,
    }
}

const fn seen_by(sees: Sees, row: Row) -> Row {
    Row { sees, ..row }
}

/// A field that only the receiver can read.
const fn private(name: &'static str, len: usize, show: Show, meaning: &'static str) -> Row {
    seen_by(Sees::Receiver, row(name, len, show, meaning))
}

/// A field that who knows the inbox's key can read.
const fn known(name: &'static str, len: usize, show: Show, meaning: &'static str) -> Row {
    seen_by(Sees::InboxKey, row(name, len, show, meaning))
}

pub(super) const HEADER: [Row; 6] = [
    row(
        "nonce",
        NONCE.end,
        Show::Number,
        "proof of work: found by trial, checked by one hash",
    ),
    row(
        "expires",
        EXPIRES.end - EXPIRES.start,
        Show::Number,
        "when the packet ends, in Unix seconds; a TTL update changes it together with the nonce",
    ),
    row(
        "version",
        KIND_AT - VERSION_AT,
        Show::Number,
        "of this layout: 2. From here on everything is covered by the packet's id",
    ),
    row(
        "kind",
        LAST.start - KIND_AT,
        Show::Number,
        "what the body is: 1 a sealed message part, 2 an inbox record, 3 a prepaid part, 4 a deposit",
    ),
    row(
        "last",
        LAST.end - LAST.start,
        Show::Number,
        "the day since 1970 after which the packet cannot live, whatever stamp it gets",
    ),
    row(
        "location",
        LOCATION.end - LOCATION.start,
        Show::Hex,
        "the point of the keyspace near which nodes keep the packet: the hash of its place's key",
    ),
];

const PLACE_KEY: Row = row(
    "place key",
    32,
    Show::Hex,
    "Ed25519 key of this place: blinded, so that it names no inbox, or a pair's",
);

const EPHEMERAL_KEY: Row = row(
    "ephemeral key",
    32,
    Show::Hex,
    "Ed25519 key made for this packet only: seals the outer box, and can recall the packet",
);

const OUTER_TAG: Row = row(
    "outer box: tag",
    MAC_LEN,
    Show::Hex,
    "Poly1305 tag of the sealed bytes, for the receiver's seal key",
);

const OUTER_BOX: Row = rest(
    "outer box: sealed bytes",
    Sees::Receiver,
    "sender's key, nonce and inner box; only the receiver can tell more",
);

pub(super) const SIGNATURE: Row = row(
    "signature",
    SIGNATURE_LEN,
    Show::Hex,
    "by the place key, over network, command and everything from the version on",
);

pub(super) const MESSAGE: [Row; 3] = [EPHEMERAL_KEY, OUTER_TAG, OUTER_BOX];

pub(super) const PREPAID: [Row; 4] = [PLACE_KEY, EPHEMERAL_KEY, OUTER_TAG, OUTER_BOX];

pub(super) const DEPOSIT: [Row; 2] = [
    PLACE_KEY,
    row(
        "size",
        4,
        Show::Number,
        "how many bytes of prepaid packets this work pays for",
    ),
];

pub(super) const RECORD: [Row; 9] = [
    PLACE_KEY,
    row(
        "version number",
        8,
        Show::Number,
        "a record of this place with a greater one replaces this; tells nothing else",
    ),
    row(
        "terms: trials",
        1,
        Show::Number,
        "packets must show 2 to this power trials per byte; 0: what the network asks",
    ),
    row(
        "terms: extra bytes",
        1,
        Show::Number,
        "2 to this power bytes are added to each packet's length; 0: what the network adds",
    ),
    row(
        "terms: greatest TTL",
        1,
        Show::Number,
        "in days: how long senders may have packets kept",
    ),
    row(
        "terms: held",
        1,
        Show::Number,
        "for how many weeks the terms were not made harder; 5: at least so long",
    ),
    row("nonce", NONCE_LEN, Show::Hex, "of the box"),
    row(
        "box: tag",
        MAC_LEN,
        Show::Hex,
        "Poly1305 tag of the sealed bytes",
    ),
    seen_by(
        Sees::InboxKey,
        row(
            "box: sealed bytes",
            200,
            Show::Length,
            "the record's contents, for who knows the inbox's key",
        ),
    ),
];

pub(super) const RECORD_CONTENTS: [Row; 13] = [
    known(
        "revision",
        4,
        Show::Number,
        "grows with every record of the inbox",
    ),
    known(
        "made",
        8,
        Show::Number,
        "when the record was made, in Unix seconds",
    ),
    known(
        "front door's secret",
        PlaceSecret::LEN,
        Show::Hex,
        "gives the place that strangers write to, together with the inbox's key",
    ),
    known(
        "terms: trials",
        1,
        Show::Number,
        "what the inbox asks, which stands in clear at its mail's places too",
    ),
    known("terms: extra bytes", 1, Show::Number, "as in clear"),
    known("terms: greatest TTL", 1, Show::Number, "as in clear"),
    known("terms: held", TERMS_LEN - 3, Show::Number, "as in clear"),
    known(
        "first week",
        8,
        Show::Number,
        "the week of the first seal key, and of the record",
    ),
    SEAL_KEY,
    SEAL_KEY,
    SEAL_KEY,
    SEAL_KEY,
    SEAL_KEY,
];

const SEAL_KEY: Row = known(
    "seal key",
    DhtPublicKey::LEN,
    Show::Hex,
    "X25519 key that messages of one week are sealed for",
);

pub(super) const OUTER_PLAIN: [Row; 4] = [
    private(
        "sender's inbox key",
        32,
        Show::Hex,
        "proved by the inner box, to the receiver only",
    ),
    private("inner nonce", NONCE_LEN, Show::Hex, "of the inner box"),
    private(
        "inner box: tag",
        MAC_LEN,
        Show::Hex,
        "Poly1305 tag, under a key that sender and receiver share",
    ),
    rest(
        "inner box: sealed bytes",
        Sees::Receiver,
        "a part of the message",
    ),
];

pub(super) const INNER_HEADER: [Row; 8] = [
    private(
        "message id",
        16,
        Show::Hex,
        "all parts of a message carry it",
    ),
    private("part", 2, Show::Number, "which part this is, from 0"),
    private("parts", 2, Show::Number, "how many there are"),
    private(
        "sent",
        8,
        Show::Number,
        "when it was written, in Unix milliseconds",
    ),
    private(
        "not after",
        8,
        Show::Number,
        "Unix seconds: receivers drop it afterwards",
    ),
    private("content type", 1, Show::Number, "1 text, 2 a file"),
    private(
        "flags",
        1,
        Show::Number,
        "1 display name, 2 contacts' secret, 4 nospam, added up",
    ),
    private("length", 2, Show::Number, "bytes before the padding"),
];

pub(super) const INTRO_NAME: Row = private(
    "display name",
    0,
    Show::Hex,
    "length and UTF-8 of what the sender calls itself",
);
pub(super) const INTRO_CONTACTS: Row = private(
    "contacts' secret",
    0,
    Show::Hex,
    "leads to the sender's contacts' place, for answers",
);
pub(super) const INTRO_NOSPAM: Row = private(
    "nospam",
    0,
    Show::Hex,
    "of the Tox ID that the sender wrote to",
);
pub(super) const CONTENT: Row = private("content", 0, Show::Length, "this part's share");
pub(super) const PADDING: Row = rest(
    "padding",
    Sees::Receiver,
    "zeros, so that lengths say little",
);

const TOMBSTONE_ID: Row = row("packet id", 32, Show::Hex, "which packet was ended");

pub(super) const OWNER_TOMBSTONE: [Row; 4] = [
    row("authority", 1, Show::Number, "1: the owner of the place"),
    row(
        "place key",
        32,
        Show::Hex,
        "its hash is the packet's location",
    ),
    TOMBSTONE_ID,
    row(
        "signature",
        SIGNATURE_LEN,
        Show::Hex,
        "by the place key, over network, location and id: the sender's receipt",
    ),
];

pub(super) const RECALL: [Row; 5] = [
    row("authority", 1, Show::Number, "2: the sender"),
    row("ephemeral key", 32, Show::Hex, "the packet's own"),
    TOMBSTONE_ID,
    row("location", 32, Show::Hex, "of the packet"),
    row(
        "signature",
        SIGNATURE_LEN,
        Show::Hex,
        "by the ephemeral key, over network, location and id",
    ),
];

pub(super) const UNKNOWN_AUTHORITY: Row = rest(
    "tombstone",
    Sees::Holder,
    "of an authority that is unknown here",
);

pub(super) const UNKNOWN_BODY: Row = rest("body", Sees::Holder, "of a kind that is unknown here");

pub(super) const TRAILING: Row = rest("trailing bytes", Sees::Holder, "belong to no field");
