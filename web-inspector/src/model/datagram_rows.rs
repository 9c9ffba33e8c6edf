//! The layouts of datagrams, as far as they are in clear: PROTOCOL.md, sections 11 and 12.13.
//!
//! Lengths come from the protocol crate; what a field means is said here.

use std::ops::Range;

use toxdrop_proto::keys::{DhtPublicKey, MAC_LEN, NONCE_LEN};
use toxdrop_proto::tox::ONION_RETURN_LEN;
use toxdrop_proto::wire::{DIALLED_LEN, Token};

use super::finding::{Audience, Field};

/// One line of a layout.
#[derive(Clone, Copy)]
pub(super) struct Row {
    name: &'static str,
    /// `None`: all that is left.
    len: Option<usize>,
    sees: Audience,
    meaning: &'static str,
}

const fn row(name: &'static str, len: usize, meaning: &'static str) -> Row {
    Row {
        name,
        len: Some(len),
        sees: Audience::Wire,
        meaning,
    }
}

const FIRST_BYTE: Row = row("first byte", 1, "what it is and how it travels");

const SENDER: Row = row(
    "sender's DHT key",
    DhtPublicKey::LEN,
    "X25519 key that the box is from: a node's, or a client's for one session",
);

const NONCE: Row = row("nonce", NONCE_LEN, "of the box, random, never used twice");

const TAG: Row = row("box: tag", MAC_LEN, "Poly1305 tag of the sealed bytes");

const SEALED: Row = Row {
    name: "box: sealed bytes",
    len: None,
    sees: Audience::Addressee,
    meaning: "what it is once more, request id 8, command 1 and its body",
};

const fn token(meaning: &'static str) -> Row {
    row("token", Token::LEN, meaning)
}

pub(super) const TOKEN: Row =
    token("the one that the addressee gave the sender, bound to its address");
pub(super) const FIRST_TOKEN: Row = token(
    "a hash of the addressee's key; after a challenge its cookie, or half of that hash and a solution",
);
pub(super) const ECHO: Row =
    token("the first 16 bytes of the request's nonce, so that an answer finds its request");
pub(super) const ANY_TOKEN: Row =
    token("the addressee's token; before one is known a hash of its key, or a solution");
pub(super) const BACK_TOKEN: Row =
    token("the first 16 bytes of the request's nonce; of a delivery the subscriber's token");

/// An envelope, with what its token field means.
pub(super) const fn envelope(token: Row) -> [Row; 6] {
    [FIRST_BYTE, SENDER, token, NONCE, TAG, SEALED]
}

pub(super) const COOKIE_VALUE: Row = row(
    "cookie",
    Token::LEN,
    "to be sent back in the token field: shows that the asker's address is its own",
);
pub(super) const SEED: Row = row("seed", 16, "what the solution is searched for");
pub(super) const BITS: Row = row("bits", 1, "how many zero bits the solution must reach");

/// A challenge, up to what is demanded.
pub(super) const fn challenge(what: Row) -> [Row; 4] {
    [
        row(
            "first byte",
            1,
            "a cookie (0xa4), or a puzzle, back through the onion (0x86)",
        ),
        row(
            "answerer's DHT key",
            DhtPublicKey::LEN,
            "of the node that is under load",
        ),
        row(
            "request's nonce",
            NONCE_LEN,
            "who did not see the request cannot make this up",
        ),
        what,
    ]
}

pub(super) const DIALLED: [Row; 3] = [
    row("first byte", 1, "a node dials back (0xa5)"),
    row(
        "dialer's DHT key",
        DhtPublicKey::LEN,
        "of the node that dials",
    ),
    row(
        "proof",
        DIALLED_LEN - 1 - DhtPublicKey::LEN,
        "a hash of the asker's cookie and both keys",
    ),
];

/// Opaque to all but the relays: how long it is says enough.
const WAY_BACK: &str = "way back";

pub(super) const BACK_BEFORE: [Row; 2] = [
    row("onion packet", 1, "an answer on its way to the third relay"),
    row(
        "way back",
        ONION_RETURN_LEN,
        "for the relays: sealed by them",
    ),
];

pub(super) const BACK_BEHIND: Row = row(
    WAY_BACK,
    ONION_RETURN_LEN,
    "what the relays put behind it, for the answer",
);

pub(super) const FOREIGN: Row = Row {
    name: "datagram",
    len: None,
    sees: Audience::Wire,
    meaning: "of an id that offline messages do not have",
};

const TRAILING: Row = Row {
    name: "trailing bytes",
    len: None,
    sees: Audience::Wire,
    meaning: "belong to no field",
};

/// Cuts what lies in `range` into fields.
pub(super) fn cut(rows: &[Row], bytes: &[u8], range: Range<usize>, fields: &mut Vec<Field>) {
    let mut at = range.start;
    for row in rows.iter().chain([&TRAILING]) {
        let left = range.end - at;
        let len = row.len.map_or(left, |len| len.min(left));
        let Some(field) = bytes.get(at..at + len).filter(|field| !field.is_empty()) else {
            continue;
        };
        let value = match row.len {
            Some(wanted) if len < wanted => format!("cut off: {len} of {wanted} bytes"),
            Some(_) if row.name != WAY_BACK => hex::encode(field),
            _ => format!("{len} bytes"),
        };
        fields.push(Field {
            name: row.name,
            range: at..at + len,
            value,
            gloss: (row.name == "first byte")
                .then(|| first_byte(field))
                .flatten(),
            meaning: row.meaning,
            sees: row.sees,
        });
        at += len;
    }
}

fn first_byte(field: &[u8]) -> Option<String> {
    let text = match field.first()? {
        0xa0 => "request without a token: Hello or Find",
        0xa1 => "response to a Hello or Find",
        0xa2 => "request",
        0xa3 => "response",
        0xa4 => "cookie",
        0xa5 => "dialled",
        0x85 => "a request, through the onion",
        0x86 => "back through the onion",
        _ => return None,
    };
    Some(text.to_owned())
}
