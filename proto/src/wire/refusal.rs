//! Why a node does not do what it was asked for: a code, and for some a figure or a packet that proves it.
//!
//! Nothing in a refusal is believed without its proof; what an asker does about it is its business.

use thiserror::Error;

use super::body::read_packet;
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::packet::{Packet, Standing};

/// A refusal, as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// 1: the value must not exceed `target`; where an inbox record asks for that, it is attached.
    #[error("the proof of work is too low: the value must not exceed {target}")]
    WorkTooLow {
        /// The greatest value that would do.
        target: u64,
        /// The signed record that says so; `None` for the network's floor.
        record: Option<Packet>,
    },
    /// 2: the expiry has passed.
    #[error("the packet has expired")]
    Expired,
    /// 3: more than the network, the inbox, the packet's last day or a record's expiry allows.
    #[error("the time to live is too long: at most {max} seconds")]
    TtlTooLong {
        /// What is allowed, in seconds.
        max: u64,
    },
    /// 4: others paid more for the space.
    #[error("the node is full: {standing} would get in")]
    Full {
        /// The standing that would get in; [`Standing::MAX`]: nothing would.
        standing: Standing,
    },
    /// 5: the packet contradicts itself or its command.
    #[error("the request is malformed")]
    Malformed,
    /// 6: this node stores nothing for others.
    #[error("the node stores nothing for others")]
    NotStoring,
    /// 7: too many requests.
    #[error("too many requests: try again later")]
    RateLimited,
    /// 8: not held (any more).
    #[error("the node does not hold it")]
    NotHeld,
    /// 9: the signature does not prove what it should.
    #[error("the signature is wrong")]
    BadSignature,
    /// 10: an update must prolong life.
    #[error("the new expiry is not later than the present one")]
    EarlierExpiry,
    /// 11: the update would lower the packet's standing.
    #[error("the update shows less work than the packet has now")]
    LowerStanding,
    /// 12: many nodes are closer to the location.
    #[error("the node is too far from the location")]
    NotInCharge,
    /// 13: a newer record of the inbox is held; it is attached.
    #[error("a newer inbox record is there")]
    OlderRecord {
        /// The newer record's packet.
        newer: Packet,
    },
    /// 14: the disk is full or failing, or the node shuts down.
    #[error("the node cannot store at the moment")]
    Unavailable,
    /// 15: a packet that a deposit must pay for, and the node holds none for its place that still lives.
    #[error("the node holds no deposit for the packet: store the deposit first")]
    NoDeposit,
    /// 16: a packet that a deposit must pay for, and it has not so many bytes left.
    #[error("the deposit has {left} bytes left: make another one")]
    DepositUsedUp {
        /// Bytes that it would still pay for.
        left: u32,
    },
}

impl Refusal {
    /// The code that travels.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::WorkTooLow { .. } => 1,
            Self::Expired => 2,
            Self::TtlTooLong { .. } => 3,
            Self::Full { .. } => 4,
            Self::Malformed => 5,
            Self::NotStoring => 6,
            Self::RateLimited => 7,
            Self::NotHeld => 8,
            Self::BadSignature => 9,
            Self::EarlierExpiry => 10,
            Self::LowerStanding => 11,
            Self::NotInCharge => 12,
            Self::OlderRecord { .. } => 13,
            Self::Unavailable => 14,
            Self::NoDeposit => 15,
            Self::DepositUsedUp { .. } => 16,
        }
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.u8(self.code());
        match self {
            Self::WorkTooLow { target, record } => {
                writer.u64(*target);
                if let Some(record) = record {
                    writer.bytes(record.as_bytes());
                }
            }
            Self::TtlTooLong { max } => {
                writer.u64(*max);
            }
            Self::Full { standing } => {
                writer.u64(standing.units());
            }
            Self::OlderRecord { newer } => {
                writer.bytes(newer.as_bytes());
            }
            Self::DepositUsedUp { left } => {
                writer.u32(*left);
            }
            _ => {}
        }
    }

    /// A refusal is always the last thing in a body, so that an attached packet needs no length.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let code_at = reader.clone();
        Ok(match reader.u8()? {
            1 => Self::WorkTooLow {
                target: reader.u64()?,
                record: match reader.left() {
                    0 => None,
                    _ => Some(read_packet(reader)?),
                },
            },
            2 => Self::Expired,
            3 => Self::TtlTooLong { max: reader.u64()? },
            4 => Self::Full {
                standing: Standing::from_units(reader.u64()?),
            },
            5 => Self::Malformed,
            6 => Self::NotStoring,
            7 => Self::RateLimited,
            8 => Self::NotHeld,
            9 => Self::BadSignature,
            10 => Self::EarlierExpiry,
            11 => Self::LowerStanding,
            12 => Self::NotInCharge,
            13 => Self::OlderRecord {
                newer: read_packet(reader)?,
            },
            14 => Self::Unavailable,
            15 => Self::NoDeposit,
            16 => Self::DepositUsedUp {
                left: reader.u32()?,
            },
            value => {
                return Err(code_at.error(DecodeErrorKind::UnknownValue {
                    what: "refusal code",
                    value,
                }));
            }
        })
    }
}
