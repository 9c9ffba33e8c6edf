//! "Does it belong to an address?", answered: the place that was found, and what a record there holds.
//!
//! The places stand in [`super::belongs`], opening in [`super::record`].

use toxdrop_proto::packet::{Packet, PacketKind};

use super::belongs::{self, Span};
use super::record::{self, OpenedRecord};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it lies at a place of the inbox.
    pub found: bool,
    /// Which place that is, or what it means that there is none.
    pub sentence: String,
    /// What the record holds, if it is one.
    pub record: Option<OpenedRecord>,
}

/// Looks for the place with this location among those of the inbox with this address, as it was typed, and this secret, in
/// 32 hexadecimal digits, or empty. A packet bounds by its last day which periods these can be; without one those around
/// `now` are tried.
///
/// # Errors
/// A sentence that says what is wrong with the address or the secret.
pub fn ask(
    location: &[u8; 32],
    packet: Option<&Packet>,
    address: &str,
    secret: &str,
    now: u64,
) -> Result<Answer, String> {
    let (address, secret) = belongs::read(address, secret)?;
    let span = packet.map_or_else(|| Span::around(now), Span::of);
    let Some(place) = belongs::find(location, span, &address, secret.as_ref()) else {
        let mut sentence = belongs::denial(span, secret.is_some());
        let prepaid = [PacketKind::Prepaid, PacketKind::Deposit];
        if packet.is_some_and(|packet| prepaid.contains(&packet.kind())) {
            sentence
                .push_str(" The place of two friends' pair key can be found by these two only.");
        }
        return Ok(Answer {
            found: false,
            sentence,
            record: None,
        });
    };
    Ok(Answer {
        found: true,
        sentence: format!("Yes: this is {}.", belongs::describe(&place)),
        record: packet.and_then(|packet| record::open(packet, &address.key, &place, now)),
    })
}
