//! The edge of the TCP relay: listeners, one task a connection, and the way between them and the engine.
//!
//! Holds no protocol: what is said over a connection is the engine's business.

mod accept;
mod connection;
mod edge;
mod files;
mod inputs;
mod listen;

pub(super) use edge::TcpEdge;
pub(super) use files::room_for;
pub(super) use inputs::TcpInput;
pub(super) use listen::listen;
