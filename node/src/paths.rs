//! Where the node's files lie.
//!
//! Makes none of them.

use std::path::{Path, PathBuf};

/// The token that every call needs, in hexadecimal.
pub(crate) const TOKEN_FILE: &str = "token";
/// The address of the gRPC port while the node runs.
pub(crate) const RPC_ADDRESS_FILE: &str = "rpc-address";
/// The node's secret DHT key, in hexadecimal.
pub(crate) const DHT_KEY_FILE: &str = "dht-key";
/// Nodes that answered, tried first after a restart.
pub(crate) const NODES_FILE: &str = "nodes";
/// Settings, where no other file is named.
pub(crate) const CONFIG_FILE: &str = "config.toml";

/// The system says nothing about the user's home.
#[derive(Debug, thiserror::Error)]
#[error("this system has no usual place for a user's data; choose a directory with --data-dir")]
pub(crate) struct NoHome;

/// The data directory: the one that was asked for, or the platform's usual one.
pub(crate) fn data_dir(asked: Option<&Path>) -> Result<PathBuf, NoHome> {
    match asked {
        Some(dir) => Ok(dir.to_owned()),
        None => directories::ProjectDirs::from("", "", "toxdrop")
            .map(|dirs| dirs.data_dir().to_owned())
            .ok_or(NoHome),
    }
}
