//! The settings file: TOML, every field optional, unknown ones refused.
//!
//! Only reads; the options of `toxdrop node` go before what stands here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use serde::Deserialize;
use toxdrop_mail::MailConfig;
use toxdrop_pow::{DeviceChoice, PoolConfig};

use toxdrop_dht::DhtConfig;
use toxdrop_store::StoreConfig;

/// All settings of a node. `docs/config.md` describes them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// UDP address of the DHT.
    pub(crate) udp: Option<SocketAddr>,
    /// Ports of the TCP relay; none: there is no relay.
    pub(crate) tcp_relay: Vec<u16>,
    /// Address of the gRPC port.
    pub(crate) rpc: Option<SocketAddr>,
    /// Nodes to join through, `HOST:PORT:HEXKEY`.
    pub(crate) bootstrap: Vec<String>,
    /// A list of public Tox nodes, as JSON; a relative path counts from the settings file.
    pub(crate) bootstrap_list: Option<PathBuf>,
    /// Host names, beside loopback's, under which the web port may be reached.
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) dht: DhtConfig,
    pub(crate) store: StoreSettings,
    pub(crate) mail: MailConfig,
    pub(crate) pow: PowSettings,
}

/// What is held for others.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreSettings {
    /// Size limit, e.g. "1 GiB".
    pub(crate) size_limit: ByteSize,
    /// Addresses of inboxes whose packets are always held, where their addresses alone say where they lie; those of own
    /// inboxes wherever they lie.
    pub(crate) always_held: Vec<String>,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            size_limit: ByteSize(StoreConfig::DEFAULT_SIZE_LIMIT),
            always_held: Vec::new(),
        }
    }
}

/// What solves the proof of work.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PowSettings {
    /// Names of devices; empty for every graphics card and the CPU.
    pub(crate) devices: Vec<String>,
    /// CPU threads; absent for one a core.
    pub(crate) cpu_threads: Option<usize>,
    /// Give way to everything else on the machine.
    pub(crate) low_priority: bool,
    /// Jobs that one client may have.
    pub(crate) max_jobs_per_client: usize,
}

impl Default for PowSettings {
    fn default() -> Self {
        let pool = PoolConfig::default();
        Self {
            devices: Vec::new(),
            cpu_threads: pool.cpu_threads,
            low_priority: pool.low_priority,
            max_jobs_per_client: pool.max_jobs_per_client,
        }
    }
}

impl PowSettings {
    /// As the pool takes them.
    pub(crate) fn pool(&self) -> PoolConfig {
        PoolConfig {
            devices: if self.devices.is_empty() {
                DeviceChoice::Auto
            } else {
                DeviceChoice::Only(self.devices.clone())
            },
            cpu_threads: self.cpu_threads,
            low_priority: self.low_priority,
            max_jobs_per_client: self.max_jobs_per_client,
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings {}: {source}; check the path given with --config", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not valid.
    #[error("the settings {} are not valid: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: toml::de::Error,
    },
}

impl Config {
    /// Reads the file that was asked for, or the one in the data directory if there is one.
    pub(crate) fn load(asked: Option<&Path>, usual: &Path) -> Result<Self, ConfigError> {
        let path = match asked {
            Some(path) => path,
            None if usual.exists() => usual,
            None => return Ok(Self::default()),
        };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.bootstrap_list = config.bootstrap_list.map(|list| folder.join(list));
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults_and_a_misspelt_setting_is_refused() {
        let config: Config = toml::from_str("").unwrap();
        assert_eq!(config.dht, DhtConfig::default());
        assert_eq!(config.store.size_limit, ByteSize::gib(1));
        let config: Config = toml::from_str("[store]\nsize_limit = \"10 MiB\"").unwrap();
        assert_eq!(config.store.size_limit, ByteSize::mib(10));
        assert!(toml::from_str::<Config>("[dht]\nreplcias = 3").is_err());
    }
}
