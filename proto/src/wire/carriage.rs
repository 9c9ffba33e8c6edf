//! What an envelope is, and in which ways it may travel.
//!
//! First bytes only; the envelope itself stands in `envelope.rs`.

use super::command::Command;
use super::limits::{REQUEST_MAX, RESPONSE_MAX};
use crate::tox::{ONION_DATA_REQUEST, ONION_DATA_RESPONSE};

/// What an envelope is; the first byte in the box. Free in c-toxcore, which drops ids that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EnvelopeId {
    /// A Hello or a Find: answered without a token, with no more bytes than it has.
    TokenlessRequest = 0xa0,
    /// Its answer.
    TokenlessResponse = 0xa1,
    /// Any other request.
    Request = 0xa2,
    /// Its answer.
    Response = 0xa3,
}

impl EnvelopeId {
    /// The id with this code.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0xa0 => Some(Self::TokenlessRequest),
            0xa1 => Some(Self::TokenlessResponse),
            0xa2 => Some(Self::Request),
            0xa3 => Some(Self::Response),
            _ => None,
        }
    }

    /// The id of requests with this command.
    #[must_use]
    pub const fn of_request(command: Command) -> Self {
        if command.needs_token() {
            Self::Request
        } else {
            Self::TokenlessRequest
        }
    }

    /// The id of responses with this command.
    #[must_use]
    pub const fn of_response(command: Command) -> Self {
        if command.needs_token() {
            Self::Response
        } else {
            Self::TokenlessResponse
        }
    }

    /// Whether something is asked for.
    #[must_use]
    pub const fn is_request(self) -> bool {
        matches!(self, Self::TokenlessRequest | Self::Request)
    }

    pub(super) const fn max_len(self) -> usize {
        if self.is_request() {
            REQUEST_MAX
        } else {
            RESPONSE_MAX
        }
    }
}

/// How an envelope travels; its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carriage {
    /// A datagram of its own.
    Direct(EnvelopeId),
    /// 0x85: through the onion, from a client to a node. A request.
    OnionOut,
    /// 0x86: back the same way. A response, or a packet for a subscriber.
    OnionBack,
}

impl Carriage {
    /// The first byte.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Direct(id) => id as u8,
            Self::OnionOut => ONION_DATA_REQUEST,
            Self::OnionBack => ONION_DATA_RESPONSE,
        }
    }

    /// The carriage with this first byte.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            ONION_DATA_REQUEST => Some(Self::OnionOut),
            ONION_DATA_RESPONSE => Some(Self::OnionBack),
            _ => EnvelopeId::from_code(code).map(Self::Direct),
        }
    }

    pub(super) const fn max_len(self) -> usize {
        match self {
            Self::Direct(id) => id.max_len(),
            Self::OnionOut => REQUEST_MAX,
            Self::OnionBack => RESPONSE_MAX,
        }
    }

    /// Whether an envelope with this id inside and this command may travel so.
    pub(super) fn admits(self, id: EnvelopeId, command: Command) -> bool {
        let fits = match self {
            Self::Direct(_) => true,
            // What is delivered through the onion is acknowledged by the owner's Delete: no response goes out.
            Self::OnionOut => id.is_request() && !matches!(command, Command::Deliver),
            Self::OnionBack => id.is_request() == matches!(command, Command::Deliver),
        };
        let by_nodes = matches!(self, Self::Direct(_)) || !command.is_between_nodes();
        let tokenless = matches!(
            id,
            EnvelopeId::TokenlessRequest | EnvelopeId::TokenlessResponse
        );
        fits && by_nodes && tokenless != command.needs_token()
    }
}
