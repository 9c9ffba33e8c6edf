//! How a Tox client and a TCP relay begin: a hello and its answer, after which both have a [`TcpSession`].
//!
//! Knows nothing of sockets and of when either side gives up.
//!
//! ```text
//! hello   client's key 32 ‖ nonce 24 ‖ box(temporary key 32 ‖ base nonce 24)     128 bytes
//! answer  nonce 24 ‖ box(temporary key 32 ‖ base nonce 24)                        96 bytes
//! ```
//!
//! Both boxes are under the client's key and the relay's DHT key (c-toxcore, `TCP_common.h`). What follows is under the
//! two temporary keys, so that neither a hello nor a frame that somebody recorded is good for a second connection.

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use super::tcp_session::TcpSession;
use crate::codec::{DecodeError, Reader, Writer};
use crate::keys::{
    BoxError, DhtKeyPair, DhtPublicKey, DhtSecretKey, KeyError, MAC_LEN, NONCE_LEN, SharedKey,
};

/// Temporary key 32 ‖ base nonce 24.
const PLAIN_LEN: usize = DhtPublicKey::LEN + NONCE_LEN;
/// Bytes of a relay's answer.
pub const TCP_ANSWER_LEN: usize = NONCE_LEN + MAC_LEN + PLAIN_LEN;
/// Bytes of a client's hello.
pub const TCP_HELLO_LEN: usize = DhtPublicKey::LEN + TCP_ANSWER_LEN;

const _: () = assert!(TCP_HELLO_LEN == 128 && TCP_ANSWER_LEN == 96);

/// A hello or an answer that leads to no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TcpHandshakeError {
    /// Not of the one length that it has.
    #[error("not a handshake of a TCP relay: {0}")]
    Length(#[from] DecodeError),
    /// The box is not from who it should be from, or for somebody else.
    #[error("the handshake is not for this relay's key: {0}")]
    Box(#[from] BoxError),
    /// A key with which no secret can be shared.
    #[error("the handshake names a key that is refused: {0}")]
    Key(#[from] KeyError),
}

/// A client's hello whose box was not opened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpHello<'a> {
    /// Who says that he sent it; proved by the first frame that opens, not by the box: that may be a recorded one.
    pub client: DhtPublicKey,
    sealed: &'a [u8],
}

impl<'a> TcpHello<'a> {
    /// Reads who it is from; opens nothing.
    ///
    /// # Errors
    /// [`DecodeError`] for another length than [`TCP_HELLO_LEN`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let client = DhtPublicKey::from_bytes(reader.take_array()?);
        let sealed = reader.take(TCP_ANSWER_LEN)?;
        reader.finish()?;
        Ok(Self { client, sealed })
    }

    /// The relay's side: opens the box, and makes the answer and the session. `key` is shared by the client's key and
    /// the relay's DHT key. Costs two X25519, and the caller one more for `key`.
    ///
    /// # Errors
    /// [`TcpHandshakeError`] if the box does not open or the temporary key is refused.
    pub fn answer(
        &self,
        key: &SharedKey,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(Vec<u8>, TcpSession), TcpHandshakeError> {
        let theirs = Half::open(key, self.sealed)?;
        let (secret, ours) = Half::generate(rng);
        let answer = ours.seal(key, rng)?;
        let session = session(&secret, &ours, &theirs)?;
        Ok((answer, session))
    }
}

/// The client's side of a handshake under way: what it needs to read the answer.
#[derive(Clone, Debug)]
pub struct TcpClientHandshake {
    key: SharedKey,
    secret: DhtSecretKey,
    ours: Half,
}

impl TcpClientHandshake {
    /// Makes the hello of the client with these keys to the relay with this DHT key.
    ///
    /// # Errors
    /// [`TcpHandshakeError::Key`] if the relay's key is refused.
    pub fn hello(
        client: &DhtKeyPair,
        relay: &DhtPublicKey,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(Vec<u8>, Self), TcpHandshakeError> {
        let key = SharedKey::new(&client.secret, relay)?;
        let (secret, ours) = Half::generate(rng);
        let mut writer = Writer::with_capacity(TCP_HELLO_LEN);
        writer
            .bytes(client.public.as_bytes())
            .bytes(&ours.seal(&key, rng)?);
        let handshake = Self { key, secret, ours };
        Ok((writer.finish(), handshake))
    }

    /// Reads the relay's answer.
    ///
    /// # Errors
    /// [`TcpHandshakeError`] if it is not of [`TCP_ANSWER_LEN`] bytes, not from this relay, or names a key that is
    /// refused.
    pub fn finish(self, answer: &[u8]) -> Result<TcpSession, TcpHandshakeError> {
        let theirs = Half::open(&self.key, answer)?;
        session(&self.secret, &self.ours, &theirs)
    }
}

/// What one side tells the other: its temporary key, and the nonce of the first frame that it will send.
#[derive(Clone, Debug)]
struct Half {
    key: DhtPublicKey,
    nonce: [u8; NONCE_LEN],
}

impl Half {
    fn generate(rng: &mut impl CryptoRngCore) -> (DhtSecretKey, Self) {
        let DhtKeyPair { public, secret } = DhtKeyPair::generate(rng);
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        (secret, Self { key: public, nonce })
    }

    /// nonce 24 ‖ box.
    fn seal(
        &self,
        key: &SharedKey,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, TcpHandshakeError> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut plain = Writer::with_capacity(PLAIN_LEN);
        plain.bytes(self.key.as_bytes()).bytes(&self.nonce);
        let sealed = key.seal(&nonce, &plain.finish())?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn open(key: &SharedKey, bytes: &[u8]) -> Result<Self, TcpHandshakeError> {
        let mut reader = Reader::new(bytes);
        let nonce = reader.take_array()?;
        let sealed = reader.take(MAC_LEN + PLAIN_LEN)?;
        reader.finish()?;
        let plain = Zeroizing::new(key.open(&nonce, sealed)?);
        let mut reader = Reader::new(&plain);
        let half = Self {
            key: DhtPublicKey::from_bytes(reader.take_array()?),
            nonce: reader.take_array()?,
        };
        reader.finish()?;
        Ok(half)
    }
}

fn session(
    secret: &DhtSecretKey,
    ours: &Half,
    theirs: &Half,
) -> Result<TcpSession, TcpHandshakeError> {
    let key = SharedKey::new(secret, &theirs.key)?;
    Ok(TcpSession::new(key, ours.nonce, theirs.nonce))
}
