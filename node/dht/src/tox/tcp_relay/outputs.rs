//! Names of connections, and what a relay wants done with them.
//!
//! Does none of it.

use std::net::IpAddr;

use toxdrop_proto::keys::NONCE_LEN;

/// A connection to the relay, for as long as the process runs: no number is given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TcpClient(u64);

impl TcpClient {
    /// The connection with this number.
    #[must_use]
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// What is to be done with a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpOutput {
    /// Write these bytes to it, after those before; how far that has got is told by `Engine::tcp_sent`.
    Send {
        /// Which one.
        client: TcpClient,
        /// Whole frames.
        bytes: Vec<u8>,
    },
    /// Close it at once, whatever waits to be written. The relay has forgotten it.
    Close(TcpClient),
}

/// A client wants an onion packet sent on, as a first node would do with one that came over UDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TcpOnionRequest {
    /// Whom an answer is for.
    pub(crate) client: TcpClient,
    /// Where that client is.
    pub(crate) source: IpAddr,
    /// The nonce of all layers.
    pub(crate) nonce: [u8; NONCE_LEN],
    /// Address of the second node 19 ‖ key 32 ‖ box …, as it came.
    pub(crate) rest: Vec<u8>,
}
