//! All that two parties of toxdrop must agree on: identities, packets, messages, proof of work, wire formats.
//! Deterministic and free of I/O, clocks and threads; compiles to wasm32. The bytes are described in
//! `PROTOCOL.md` beside this crate.

#![forbid(unsafe_code)]

pub mod address;
pub mod anatomy;
pub mod clock;
pub mod codec;
pub mod day;
mod domain;
mod hash;
pub mod ids;
pub mod keys;
pub mod message;
pub mod packet;
pub mod period;
pub mod place;
pub mod pow;
pub mod record;
pub mod seal;
pub mod signature;
pub mod tombstone;
pub mod tox;
pub mod week;
pub mod wire;

#[cfg(feature = "grpc")]
pub mod grpc;
