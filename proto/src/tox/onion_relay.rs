//! What a relay of Tox's onion sees: requests on their way out (0x80–0x82), of which it opens one layer, and
//! responses on their way back (0x8c–0x8e).
//!
//! What is in the way back is each relay's own affair: nobody else can read it.
//!
//! ```text
//! outward  0x80       ‖ nonce 24 ‖ key 32 ‖ box(next address 19 ‖ key 32 ‖ box(next address 19 ‖ key 32 ‖ box(address 19 ‖ payload)))
//!          0x81, 0x82 ‖ nonce 24 ‖ what was in the box behind the address ‖ way back 59, 118
//!          payload ‖ way back 177
//! back     0x8c, 0x8d, 0x8e ‖ way back 177, 118, 59 ‖ payload
//! ```

use std::net::SocketAddr;

use super::ids::{
    ANNOUNCE_REQUEST, ANNOUNCE_REQUEST_OLD, ANNOUNCE_RESPONSE, ANNOUNCE_RESPONSE_OLD,
    ONION_DATA_REQUEST, ONION_DATA_RESPONSE, ONION_REQUEST_1, ONION_REQUEST_2, ONION_REQUEST_3,
    ONION_RESPONSE_1, ONION_RESPONSE_2, ONION_RESPONSE_3,
};
use super::ip_port::{IP_PORT_LEN, read_ip_port};
use super::onion::{ONION_MAX_PACKET, ONION_RETURN_STEP};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::keys::{DhtPublicKey, MAC_LEN, NONCE_LEN, SharedKey};

/// Bytes that a layer adds: address 19 ‖ key 32 ‖ MAC 16.
const LAYER_LEN: usize = IP_PORT_LEN + DhtPublicKey::LEN + MAC_LEN;

/// Which of the three relays of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OnionStep {
    /// The one that the request's maker sends to.
    First,
    /// The one in the middle.
    Second,
    /// The one that sends to the addressee.
    Third,
}

impl OnionStep {
    /// The relay that a request with this first byte is for.
    #[must_use]
    pub const fn of_request(id: u8) -> Option<Self> {
        match id {
            ONION_REQUEST_1 => Some(Self::First),
            ONION_REQUEST_2 => Some(Self::Second),
            ONION_REQUEST_3 => Some(Self::Third),
            _ => None,
        }
    }

    /// The relay that a response with this first byte is for.
    #[must_use]
    pub const fn of_response(id: u8) -> Option<Self> {
        match id {
            ONION_RESPONSE_1 => Some(Self::First),
            ONION_RESPONSE_2 => Some(Self::Second),
            ONION_RESPONSE_3 => Some(Self::Third),
            _ => None,
        }
    }

    /// Relays between this one and the request's maker.
    #[must_use]
    pub const fn before(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
            Self::Third => 2,
        }
    }

    /// The first byte of what this relay sends outward; `None` where it sends the payload itself.
    #[must_use]
    pub const fn sends_outward(self) -> Option<u8> {
        match self {
            Self::First => Some(ONION_REQUEST_2),
            Self::Second => Some(ONION_REQUEST_3),
            Self::Third => None,
        }
    }

    /// The first byte of what this relay sends back; `None` where it sends the payload itself.
    #[must_use]
    pub const fn sends_back(self) -> Option<u8> {
        match self {
            Self::First => None,
            Self::Second => Some(ONION_RESPONSE_1),
            Self::Third => Some(ONION_RESPONSE_2),
        }
    }
}

/// A request as it arrives at a relay, one layer still closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnionRequest<'a> {
    /// Which relay it is for.
    pub step: OnionStep,
    /// The nonce, the same in all layers.
    pub nonce: [u8; NONCE_LEN],
    /// The key that the request's maker uses with this relay.
    pub sender: DhtPublicKey,
    sealed: &'a [u8],
    /// The way back that earlier relays added.
    pub back: &'a [u8],
}

/// What was in a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnionLayer {
    /// Whom what is inside is for.
    pub next: SocketAddr,
    /// What is inside: for a relay key 32 ‖ box, for the addressee the payload.
    pub inside: Vec<u8>,
}

/// Why a layer cannot be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnionError {
    /// The layer was not made for this relay, or was changed.
    #[error(transparent)]
    Box(#[from] crate::keys::BoxError),
    /// What is in it is no address, or nothing follows.
    #[error(transparent)]
    Layout(#[from] DecodeError),
    /// The third relay carries announcements and data only.
    #[error("a third relay carries no packet with first byte {0:#04x}")]
    NotCarried(u8),
}

impl<'a> OnionRequest<'a> {
    /// Takes a request apart; opens nothing.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte, or a length that no such request has.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        not_too_long(bytes)?;
        let mut reader = Reader::new(bytes);
        let step = known(&reader.clone(), reader.u8()?, OnionStep::of_request)?;
        let nonce = reader.take_array()?;
        let (sealed, back) = split_back(&mut reader, step.before())?;
        Self::from_parts(step, nonce, sealed, back)
    }

    fn from_parts(
        step: OnionStep,
        nonce: [u8; NONCE_LEN],
        inside: &'a [u8],
        back: &'a [u8],
    ) -> Result<Self, DecodeError> {
        let mut reader = Reader::at(inside, 1 + NONCE_LEN);
        reader.clone().take(least(step))?;
        let sender = DhtPublicKey::from_bytes(reader.take_array()?);
        Ok(Self {
            step,
            nonce,
            sender,
            sealed: reader.rest(),
            back,
        })
    }

    /// Opens this relay's layer with the key that it shares with the sender.
    ///
    /// # Errors
    /// [`OnionError`] if it does not open, or holds what no relay passes on.
    pub fn open(&self, key: &SharedKey) -> Result<OnionLayer, OnionError> {
        let plain = key.open(&self.nonce, self.sealed)?;
        read_layer(self.step, &plain)
    }

    /// What a relay sends on: to the next relay, or, from the third, the payload with the way back behind it.
    #[must_use]
    pub fn pass_on(
        step: OnionStep,
        nonce: &[u8; NONCE_LEN],
        layer: &OnionLayer,
        back: &[u8],
    ) -> Vec<u8> {
        let mut writer = Writer::with_capacity(1 + NONCE_LEN + layer.inside.len() + back.len());
        if let Some(id) = step.sends_outward() {
            writer.u8(id).bytes(nonce);
        }
        writer.bytes(&layer.inside).bytes(back);
        writer.finish()
    }
}

/// A layer that is open already: what a TCP relay, which is the path's first node, gets from its client behind the nonce;
/// address of the second node 19 ‖ key 32 ‖ box.
///
/// # Errors
/// [`OnionError`] if there is no address, or no second node's layer behind it.
pub fn read_layer_from_tcp(body: &[u8]) -> Result<OnionLayer, OnionError> {
    let mut reader = Reader::new(body);
    reader
        .clone()
        .take(IP_PORT_LEN + least(OnionStep::Second))?;
    if body.len() > ONION_MAX_PACKET {
        return Err(reader
            .error(DecodeErrorKind::TooLong {
                len: body.len(),
                max: ONION_MAX_PACKET,
            })
            .into());
    }
    read_layer(OnionStep::First, reader.rest())
}

/// Bytes of a relay's key and box at the least: with the layers that are still to come, and a byte of payload.
const fn least(step: OnionStep) -> usize {
    DhtPublicKey::LEN + LAYER_LEN * (2 - step.before()) + MAC_LEN + IP_PORT_LEN + 1
}

fn read_layer(step: OnionStep, plain: &[u8]) -> Result<OnionLayer, OnionError> {
    let mut reader = Reader::new(plain);
    let next = read_ip_port(&mut reader)?;
    let first = reader.clone().u8()?;
    let carried = [ANNOUNCE_REQUEST_OLD, ONION_DATA_REQUEST, ANNOUNCE_REQUEST];
    if step == OnionStep::Third && !carried.contains(&first) {
        return Err(OnionError::NotCarried(first));
    }
    Ok(OnionLayer {
        next,
        inside: reader.rest().to_vec(),
    })
}

/// A response on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnionResponse<'a> {
    /// Which relay it is for.
    pub step: OnionStep,
    /// The way back: this relay's blob, with those of the relays before it inside.
    pub back: &'a [u8],
    /// An announce response or data, passed on as it is.
    pub payload: &'a [u8],
}

impl<'a> OnionResponse<'a> {
    /// Takes a response apart.
    ///
    /// # Errors
    /// [`DecodeError`] for another first byte, a wrong length, or a payload that no relay carries back.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        not_too_long(bytes)?;
        let mut reader = Reader::new(bytes);
        let step = known(&reader.clone(), reader.u8()?, OnionStep::of_response)?;
        let back = reader.take(ONION_RETURN_STEP * (1 + step.before()))?;
        let payload_at = reader.clone();
        known(&payload_at, reader.u8()?, |id| {
            let carried = [
                ANNOUNCE_RESPONSE_OLD,
                ONION_DATA_RESPONSE,
                ANNOUNCE_RESPONSE,
            ];
            carried.contains(&id).then_some(())
        })?;
        Ok(Self {
            step,
            back,
            payload: payload_at.clone().rest(),
        })
    }

    /// What a relay sends on: `back` is what was inside its own blob.
    #[must_use]
    pub fn pass_back(step: OnionStep, back: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(1 + back.len() + payload.len());
        if let Some(id) = step.sends_back() {
            writer.u8(id).bytes(back);
        }
        writer.bytes(payload);
        writer.finish()
    }
}

fn not_too_long(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.len() > ONION_MAX_PACKET {
        return Err(Reader::new(bytes).error(DecodeErrorKind::TooLong {
            len: bytes.len(),
            max: ONION_MAX_PACKET,
        }));
    }
    Ok(())
}

fn known<T>(
    at: &Reader<'_>,
    value: u8,
    meaning: impl Fn(u8) -> Option<T>,
) -> Result<T, DecodeError> {
    meaning(value).ok_or_else(|| {
        at.error(DecodeErrorKind::UnknownValue {
            what: "first byte of an onion packet",
            value,
        })
    })
}

fn split_back<'a>(
    reader: &mut Reader<'a>,
    relays: usize,
) -> Result<(&'a [u8], &'a [u8]), DecodeError> {
    let len = relays * ONION_RETURN_STEP;
    let left = reader.left();
    let inside = left
        .checked_sub(len)
        .ok_or_else(|| reader.error(DecodeErrorKind::TooShort { needed: len, left }))?;
    Ok((reader.take(inside)?, reader.take(len)?))
}
