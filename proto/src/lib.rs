//! All that two parties of toxdrop must agree on: identities, packets, messages, proof of work, wire formats.
//!
//! Deterministic and free of I/O, clocks and threads; compiles to wasm32. The bytes are described in
//! `PROTOCOL.md` beside this crate.

#![forbid(unsafe_code)]

pub mod codec;
pub mod ids;
pub mod keys;
pub mod pow;
pub mod signature;

#[cfg(feature = "grpc")]
pub mod grpc;
