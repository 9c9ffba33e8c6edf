//! Types, clients and (with `grpc-server`) server traits generated from `toxdrop/v1/*.proto`.
//!
//! Holds no code of its own: the schema is the documentation.

/// Version 1 of the schema.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    rustdoc::all
)]
pub mod v1 {
    tonic::include_proto!("toxdrop.v1");
}

/// The compiled schema, for server reflection.
#[cfg(feature = "grpc-server")]
pub const FILE_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/toxdrop_descriptor.bin"));
