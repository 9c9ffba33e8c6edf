//! The layers that a client wraps around a payload, for three relays that know only their neighbours.
//!
//! Which relays, and for how long, is the client's business.

use std::net::SocketAddr;

use super::ids::ONION_REQUEST_1;
use super::ip_port::{IP_PORT_LEN, write_ip_port};
use super::onion::ONION_REQUEST_MAX;
use crate::codec::Writer;
use crate::keys::{BoxError, DhtPublicKey, NONCE_LEN, SharedKey};

/// A relay of a path.
#[derive(Clone, Debug)]
pub struct OnionHop {
    /// Where it is.
    pub addr: SocketAddr,
    /// The key that is used with it, and with nobody else.
    pub own: DhtPublicKey,
    /// What that key and the relay's share.
    pub shared: SharedKey,
}

/// Three relays, nearest first.
#[derive(Clone, Debug)]
pub struct OnionPath {
    /// The relays.
    pub hops: [OnionHop; 3],
}

/// Why a payload cannot be wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The cipher refuses it.
    #[error(transparent)]
    Box(#[from] BoxError),
    /// It is too long for the onion.
    #[error("{0} bytes, but the onion carries {ONION_REQUEST_MAX} at the most")]
    TooLong(usize),
}

impl OnionPath {
    /// The datagram for the first relay that carries `payload` to `to`.
    ///
    /// # Errors
    /// [`WrapError`] for a payload longer than [`ONION_REQUEST_MAX`].
    pub fn wrap(
        &self,
        nonce: &[u8; NONCE_LEN],
        to: SocketAddr,
        payload: &[u8],
    ) -> Result<Vec<u8>, WrapError> {
        let [first, ..] = &self.hops;
        let sealed = first
            .shared
            .seal(nonce, &self.for_second(nonce, to, payload)?)?;
        let mut writer = Writer::default();
        writer.u8(ONION_REQUEST_1).bytes(nonce);
        writer.bytes(first.own.as_bytes()).bytes(&sealed);
        Ok(writer.finish())
    }

    /// What a TCP relay, which then is the first relay, takes as an onion request: nonce 24 ‖ address 19 of the second
    /// ‖ key 32 ‖ box. The first of the path's relays is not used.
    ///
    /// # Errors
    /// [`WrapError`] for a payload longer than [`ONION_REQUEST_MAX`].
    pub fn wrap_for_tcp(
        &self,
        nonce: &[u8; NONCE_LEN],
        to: SocketAddr,
        payload: &[u8],
    ) -> Result<Vec<u8>, WrapError> {
        Ok([&nonce[..], &self.for_second(nonce, to, payload)?].concat())
    }

    /// What is in the first relay's box.
    fn for_second(
        &self,
        nonce: &[u8; NONCE_LEN],
        to: SocketAddr,
        payload: &[u8],
    ) -> Result<Vec<u8>, WrapError> {
        if payload.len() > ONION_REQUEST_MAX {
            return Err(WrapError::TooLong(payload.len()));
        }
        let [_, second, third] = &self.hops;
        let innermost = behind(to, payload);
        let inner = layer(third, nonce, &innermost)?;
        Ok(layer(second, nonce, &inner)?)
    }
}

/// address of the relay 19 ‖ key 32 ‖ box.
fn layer(hop: &OnionHop, nonce: &[u8; NONCE_LEN], plain: &[u8]) -> Result<Vec<u8>, BoxError> {
    let sealed = hop.shared.seal(nonce, plain)?;
    Ok(behind(
        hop.addr,
        &[&hop.own.as_bytes()[..], &sealed].concat(),
    ))
}

fn behind(addr: SocketAddr, what: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(IP_PORT_LEN + what.len());
    write_ip_port(&mut writer, addr);
    writer.bytes(what);
    writer.finish()
}
