//! One part of a message as it is before the inner box closes, and after it opens.
//!
//! Encrypts nothing and joins nothing.
//!
//! ```text
//! message id 16 ‖ part 2 ‖ parts 2 ‖ sent (ms) 8 ‖ not after (s) 8 ‖ content type 1 ‖ flags 1 ‖ length 2
//! ‖ payload ‖ zero padding
//! ```
//!
//! The payload of all parts together is what the flags say, then the content.

use zeroize::Zeroizing;

use super::content::MAX_CONTENT;
use super::intro::{Intro, MAX_INTRO_LEN};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::{MessageId, UnixMillis, UnixSeconds};
use crate::keys::InboxPublicKey;
use crate::packet::{INNER_HEADER_LEN, MESSAGE_AREAS, PREPAID_AREAS, PacketKind};

/// The most payload that a part holds.
pub const MAX_PART_PAYLOAD: usize = MESSAGE_AREAS[MESSAGE_AREAS.len() - 1];

/// How many parts the longest message has, whatever it says about its sender.
pub const MAX_PARTS: u16 = 1_292;

const _: () = {
    assert!(MAX_CONTENT.div_ceil(MAX_PART_PAYLOAD) == MAX_PARTS as usize);
    assert!((MAX_CONTENT + MAX_INTRO_LEN).div_ceil(MAX_PART_PAYLOAD) == MAX_PARTS as usize);
    assert!(MAX_INTRO_LEN <= PREPAID_AREAS[PREPAID_AREAS.len() - 1]);
};

/// One part of a message, decrypted; its sender is proved by the inner box (to the receiver only).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPart {
    /// Who sent it.
    pub sender: InboxPublicKey,
    /// Which message it belongs to.
    pub message_id: MessageId,
    /// Which part it is, from 0.
    pub part: u16,
    /// How many parts there are.
    pub parts: u16,
    /// When the sender says it was written.
    pub sent: UnixMillis,
    /// After this it is to be dropped; see [`super::drop_after`].
    pub not_after: UnixSeconds,
    /// Type of the whole content.
    pub content_type: u8,
    /// What the sender says about itself; in the first part only.
    pub intro: Intro,
    /// This part's share of the content.
    pub content: Vec<u8>,
}

/// What all parts of a message say, and one part's payload.
pub(super) struct PlainPart<'a> {
    pub(super) message_id: MessageId,
    pub(super) part: u16,
    pub(super) parts: u16,
    pub(super) sent: UnixMillis,
    pub(super) not_after: UnixSeconds,
    pub(super) content_type: u8,
    pub(super) flags: u8,
    pub(super) payload: &'a [u8],
}

impl PlainPart<'_> {
    /// The bytes that the inner box of a packet of this kind holds.
    pub(super) fn encode(&self, kind: PacketKind) -> Zeroizing<Vec<u8>> {
        let area = area_for(kind, self.payload.len()).unwrap_or(self.payload.len());
        // A payload never exceeds MAX_PART_PAYLOAD, which fits in 16 bits.
        let len = u16::try_from(self.payload.len()).unwrap_or(u16::MAX);
        let mut writer = Writer::with_capacity(INNER_HEADER_LEN + area);
        writer
            .bytes(self.message_id.as_bytes())
            .u16(self.part)
            .u16(self.parts)
            .u64(self.sent.0)
            .u64(self.not_after.0)
            .u8(self.content_type)
            .u8(self.flags)
            .u16(len)
            .bytes(self.payload)
            .zeros(area - self.payload.len());
        Zeroizing::new(writer.finish())
    }
}

/// The least content area of this kind that so many bytes fit into.
fn area_for(kind: PacketKind, len: usize) -> Option<usize> {
    let areas = kind.content_areas().iter();
    areas.copied().find(|area| len <= *area)
}

/// Reads what [`PlainPart::encode`] wrote, in a packet of the same kind.
pub(super) fn read_part(
    kind: PacketKind,
    sender: InboxPublicKey,
    plain: &[u8],
) -> Result<OpenedPart, DecodeError> {
    let mut reader = Reader::new(plain);
    let message_id = MessageId::from_bytes(reader.take_array()?);
    let parts_at = reader.clone();
    let (part, parts) = (reader.u16()?, reader.u16()?);
    if parts == 0 || parts > MAX_PARTS || part >= parts {
        return Err(parts_at.error(DecodeErrorKind::OutOfRange {
            what: "part",
            value: u64::from(part),
            min: 0,
            max: u64::from(parts.min(MAX_PARTS).saturating_sub(1)),
        }));
    }
    let sent = UnixMillis(reader.u64()?);
    let not_after = UnixSeconds(reader.u64()?);
    let content_type = reader.u8()?;
    let flags_at = reader.clone();
    let flags = reader.u8()?;
    if part > 0 && flags != 0 {
        return Err(flags_at.error(DecodeErrorKind::NotZero("flags of a later part")));
    }
    let payload = read_payload(kind, part + 1 < parts, &mut reader)?;
    // The length stands right before the payload.
    let mut payload = Reader::at(payload, INNER_HEADER_LEN);
    let intro = Intro::decode(flags, &flags_at, &mut payload)?;
    Ok(OpenedPart {
        sender,
        message_id,
        part,
        parts,
        sent,
        not_after,
        content_type,
        intro,
        content: payload.rest().to_vec(),
    })
}

/// length 2 ‖ payload ‖ padding, to the end. All parts but the last are full, and no area is larger than it must be, so
/// that the sizes of parts say nothing new.
fn read_payload<'a>(
    kind: PacketKind,
    full: bool,
    reader: &mut Reader<'a>,
) -> Result<&'a [u8], DecodeError> {
    let len_at = reader.clone();
    let len = usize::from(reader.u16()?);
    let largest = kind.content_areas().last().copied().unwrap_or_default();
    let (min, max) = if full {
        (largest, largest)
    } else {
        (0, largest)
    };
    if !(min..=max).contains(&len) || area_for(kind, len) != Some(reader.left()) {
        return Err(len_at.error(DecodeErrorKind::OutOfRange {
            what: "length of the content",
            value: len as u64,
            min: min as u64,
            max: max.min(reader.left()) as u64,
        }));
    }
    let payload = reader.take(len)?;
    let padding_at = reader.clone();
    if reader.rest().iter().any(|byte| *byte != 0) {
        return Err(padding_at.error(DecodeErrorKind::NotZero("padding")));
    }
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::InboxSecret;

    fn recode(kind: PacketKind, plain: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let sender = InboxSecret::from_seed(&[1; 32]).public();
        let read = read_part(kind, sender, plain)?;
        let mut payload = Writer::default();
        read.intro.encode(&mut payload);
        payload.bytes(&read.content);
        let part = PlainPart {
            message_id: read.message_id,
            part: read.part,
            parts: read.parts,
            sent: read.sent,
            not_after: read.not_after,
            content_type: read.content_type,
            flags: read.intro.flags(),
            payload: &payload.finish(),
        };
        Ok(part.encode(kind).to_vec())
    }

    fn plain(kind: PacketKind, part: u16, payload: &[u8]) -> Vec<u8> {
        let part = PlainPart {
            message_id: MessageId::from_bytes([1; 16]),
            part,
            parts: 2,
            sent: UnixMillis(3),
            not_after: UnixSeconds(4),
            content_type: 1,
            flags: 0,
            payload,
        };
        part.encode(kind).to_vec()
    }

    #[test]
    fn parts_before_the_last_are_full() {
        for kind in [PacketKind::Message, PacketKind::Prepaid] {
            let full = *kind.content_areas().last().unwrap();
            assert!(recode(kind, &plain(kind, 0, &vec![7; full])).is_ok());
            assert!(recode(kind, &plain(kind, 0, &vec![7; full - 1])).is_err());
            assert!(recode(kind, &plain(kind, 1, &vec![7; full - 1])).is_ok());
        }
    }

    #[test]
    fn a_larger_area_than_needed_is_refused() {
        let mut bytes = plain(PacketKind::Message, 1, &[7; 128]);
        assert!(recode(PacketKind::Message, &bytes).is_ok());
        bytes.resize(INNER_HEADER_LEN + MESSAGE_AREAS[1], 0);
        let error = recode(PacketKind::Message, &bytes).unwrap_err();
        assert_eq!(error.offset, INNER_HEADER_LEN - 2);
    }

    proptest! {
        #[test]
        fn every_damaged_part_is_refused_or_means_itself(
            at in 0usize..INNER_HEADER_LEN + 128, byte: u8, len in 0usize..=128, part in 0u16..2,
        ) {
            let mut bytes = plain(PacketKind::Message, part, &vec![7; len]);
            bytes[at] = byte;
            if let Ok(again) = recode(PacketKind::Message, &bytes) {
                prop_assert_eq!(again, bytes);
            }
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_mean_themselves(bytes in prop::collection::vec(any::<u8>(), 0..900)) {
            for kind in PacketKind::ALL {
                if let Ok(again) = recode(kind, &bytes) {
                    prop_assert_eq!(&again, &bytes);
                }
            }
        }
    }
}
