//! Real Tox clients (libtoxcore), `tox-bootstrapd` and toxdrop nodes as processes, for tests and benchmarks.
//!
//! Judges nothing and is no part of the product: it starts, asks, waits and cleans up.

#![forbid(unsafe_code)]

mod address;
mod bootstrapd;
mod client;
mod error;
mod launch;
mod meeting;
mod namespace;
mod network;
mod ports;
mod process;
mod tools;
mod toxdrop;

pub use address::{Family, NodeAddress};
pub use bootstrapd::{BOOTSTRAPD_MOTD, Bootstrapd};
pub use client::{Client, ClientOptions, Event, Transport};
pub use error::{Error, Missing};
pub use launch::Place;
pub use meeting::{Meeting, meet};
pub use namespace::Namespace;
pub use network::{Mix, Network};
pub use process::Process;
pub use tools::Tools;
pub use toxdrop::{Toxdrop, ToxdropOptions};
