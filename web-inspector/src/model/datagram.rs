//! A datagram taken apart, as far as its clear head tells: an envelope, a challenge, or what a node says that dials back.
//!
//! Opens no box: whoever could has the addressee's secret key, which no page should be given.

use toxdrop_proto::codec::{DecodeError, DecodeErrorKind};
use toxdrop_proto::tox::{ONION_RESPONSE_3, ONION_RETURN_LEN};
use toxdrop_proto::wire::{
    self, COOKIE, Carriage, Challenge, DIALLED, Demand, Dialled, EnvelopeId, OVERHEAD,
    REQUEST_BODY_MAX, RESPONSE_BODY_MAX,
};

use super::checks::{self, Check};
use super::datagram_rows::{self as rows, Row};
use super::finding::{Analysis, Field};
use super::flaw::{self, Flaw};
use super::units;

/// Whether the first byte is that of a datagram which this file knows.
pub(super) fn is_first_byte(byte: u8) -> bool {
    matches!(byte, COOKIE | DIALLED | ONION_RESPONSE_3) || Carriage::from_code(byte).is_some()
}

/// Takes a datagram apart, or what should be one.
pub(super) fn analyse(bytes: &[u8]) -> Analysis {
    if bytes.first() == Some(&ONION_RESPONSE_3) {
        let at = bytes.len().min(1 + ONION_RETURN_LEN);
        return one(bytes, at, bytes.len());
    }
    // What came out of the onion has the way back behind it; the shortest envelope tells whether there is room for one.
    let out = bytes.first().copied().and_then(Carriage::from_code) == Some(Carriage::OnionOut);
    let back = if out && bytes.len() >= OVERHEAD + ONION_RETURN_LEN {
        ONION_RETURN_LEN
    } else {
        0
    };
    one(bytes, 0, bytes.len() - back)
}

/// A datagram whose payload lies between these offsets, and the way back in what is left.
fn one(bytes: &[u8], start: usize, end: usize) -> Analysis {
    let payload = bytes.get(start..end).unwrap_or_default();
    let read = Payload::read(payload);
    let fields = fields(bytes, start, end, &read);
    let flaw = read.error.map(|error| Flaw {
        // The decoder counts from the payload's beginning.
        ..flaw::of(
            bytes,
            DecodeError {
                offset: error.offset + start,
                ..error
            },
            fields.iter().map(|field| &field.range),
        )
    });
    let mut found = vec![checks::layout(flaw.as_ref(), fields.len())];
    if flaw.is_none() {
        found.extend(read.checks);
    }
    Analysis::new(read.title, fields, flaw, found)
}

struct Payload {
    title: &'static str,
    rows: Vec<Row>,
    error: Option<DecodeError>,
    checks: Vec<Check>,
}

impl Payload {
    fn read(payload: &[u8]) -> Self {
        if Challenge::is_challenge(payload) {
            return Self::challenge(payload);
        }
        match payload.first() {
            Some(&DIALLED) => Self::dialled(payload),
            Some(&byte) if Carriage::from_code(byte).is_some() => Self::envelope(payload),
            first => Self {
                title: "Not a datagram of ours",
                rows: vec![rows::FOREIGN],
                error: Some(DecodeError {
                    offset: 0,
                    kind: first.map_or(DecodeErrorKind::TooShort { needed: 1, left: 0 }, |byte| {
                        DecodeErrorKind::UnknownValue {
                            what: "packet id",
                            value: *byte,
                        }
                    }),
                }),
                checks: Vec::new(),
            },
        }
    }

    fn envelope(payload: &[u8]) -> Self {
        let carriage = payload.first().copied().and_then(Carriage::from_code);
        let (title, token) = match carriage {
            Some(Carriage::Direct(EnvelopeId::TokenlessRequest)) => {
                ("Envelope: request without a token", rows::FIRST_TOKEN)
            }
            Some(Carriage::Direct(EnvelopeId::Request)) => ("Envelope: request", rows::TOKEN),
            Some(Carriage::Direct(EnvelopeId::TokenlessResponse)) => (
                "Envelope: response to a request without a token",
                rows::ECHO,
            ),
            Some(Carriage::Direct(EnvelopeId::Response)) => ("Envelope: response", rows::ECHO),
            Some(Carriage::OnionOut) => ("Envelope: request through the onion", rows::ANY_TOKEN),
            _ => ("Envelope: answer through the onion", rows::BACK_TOKEN),
        };
        Self {
            title,
            rows: rows::envelope(token).to_vec(),
            error: wire::peek(payload).err(),
            checks: vec![
                Check::unknown("Sender", "is proved only when the addressee opens the box"),
                length(carriage, payload.len()),
            ],
        }
    }

    fn challenge(payload: &[u8]) -> Self {
        let read = Challenge::decode(payload);
        let is_cookie = payload.first() == Some(&COOKIE);
        let what = if is_cookie {
            rows::COOKIE_VALUE
        } else {
            rows::SEED
        };
        let mut rows = rows::challenge(what).to_vec();
        if !is_cookie {
            rows.push(rows::BITS);
        }
        let checks = read.iter().flat_map(demanded).collect();
        Self {
            title: if is_cookie {
                "Challenge: cookie"
            } else {
                "Challenge: puzzle"
            },
            rows,
            error: read.err(),
            checks,
        }
    }

    fn dialled(payload: &[u8]) -> Self {
        Self {
            title: "Dialled: a node dials back",
            rows: rows::DIALLED.to_vec(),
            error: Dialled::decode(payload).err(),
            checks: vec![Check::unknown(
                "Proof",
                "follows from the asker's cookie, which only the asker and the nodes that it asked know",
            )],
        }
    }
}

fn length(carriage: Option<Carriage>, len: usize) -> Check {
    let body = len.saturating_sub(OVERHEAD);
    let (what, most) = match carriage {
        Some(Carriage::Direct(id)) if !id.is_request() => ("a response's", RESPONSE_BODY_MAX),
        Some(Carriage::OnionBack) => ("a response's", RESPONSE_BODY_MAX),
        _ => ("a request's", REQUEST_BODY_MAX),
    };
    Check::new(
        "Length",
        body <= most,
        format!("its body has {body} bytes; {what} has at most {most}"),
    )
}

fn demanded(challenge: &Challenge) -> [Check; 2] {
    let demand = match challenge.demand {
        Demand::Cookie(_) => {
            "the same request again, with this cookie in the token field".to_owned()
        }
        Demand::Puzzle(puzzle) => format!(
            "the same request again, with a solution in the token field: {} tries on average",
            units::grouped(1u64 << u32::from(puzzle.bits).min(63))
        ),
    };
    [
        Check::new("Demand", true, demand),
        Check::unknown(
            "Request",
            format!(
                "the one whose nonce begins with {}, the token field of its answer",
                hex::encode(challenge.echo().as_bytes())
            ),
        ),
    ]
}

fn fields(bytes: &[u8], start: usize, end: usize, read: &Payload) -> Vec<Field> {
    let mut fields = Vec::new();
    if start > 0 {
        rows::cut(&rows::BACK_BEFORE, bytes, 0..start, &mut fields);
    }
    rows::cut(&read.rows, bytes, start..end, &mut fields);
    rows::cut(&[rows::BACK_BEHIND], bytes, end..bytes.len(), &mut fields);
    fields
}
