//! Values on the command line: hexadecimal, times, bootstrap nodes. Each says what it expected when it is wrong.
//!
//! Resolves no names and opens no files.

use std::fmt;
use std::str::FromStr;

use toxdrop_proto::keys::DhtPublicKey;

/// 64 bytes in hexadecimal: an initial hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash64(pub(crate) [u8; 64]);

/// Any bytes in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

/// Text that is no such value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    /// Not hexadecimal.
    #[error("this is not hexadecimal: use pairs of the digits 0-9 and a-f")]
    Hex,
    /// Hexadecimal of another length.
    #[error("an initial hash has 128 hexadecimal digits (SHA-512), this has {0}")]
    HashLength(usize),
    /// No time span.
    #[error("this is no length of time; write for example 90s, 12h, 7d or 2w")]
    Time,
    /// Outside what can be measured.
    #[error("give between 0.1 and 600 seconds")]
    BenchSeconds,
    /// Not of three parts.
    #[error(
        "write a bootstrap node as HOST:PORT:HEXKEY, e.g. tox.example.org:33445:64 hexadecimal digits"
    )]
    BootstrapForm,
    /// The key is not 32 bytes.
    #[error("a bootstrap node's key has 64 hexadecimal digits; copy it again")]
    BootstrapKey,
    /// The port is none.
    #[error("a bootstrap node's port is a number from 1 to 65535")]
    BootstrapPort,
}

impl FromStr for HexBytes {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        hex::decode(text.trim())
            .map(Self)
            .map_err(|_| ValueError::Hex)
    }
}

impl FromStr for Hash64 {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let HexBytes(bytes) = text.parse()?;
        <[u8; 64]>::try_from(bytes)
            .map(Self)
            .map_err(|bytes| ValueError::HashLength(bytes.len() * 2))
    }
}

/// A span of time in whole seconds: `7d`, `12h 30m`; a bare number counts seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, ValueError> {
    if let Ok(seconds) = text.trim().parse() {
        return Ok(seconds);
    }
    humantime::parse_duration(text.trim())
        .map(|time| time.as_secs())
        .map_err(|_| ValueError::Time)
}

/// How long a benchmark runs.
pub(crate) fn bench_seconds(text: &str) -> Result<f64, ValueError> {
    text.parse()
        .ok()
        .filter(|seconds| (0.1..=600.0).contains(seconds))
        .ok_or(ValueError::BenchSeconds)
}

/// A node to join through: a host name or address, a UDP port, and the node's DHT key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BootstrapNode {
    /// Host name, IPv4 address, or IPv6 address in brackets or bare.
    pub(crate) host: String,
    /// UDP port.
    pub(crate) port: u16,
    /// DHT key.
    pub(crate) key: DhtPublicKey,
}

impl FromStr for BootstrapNode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // From the right: an IPv6 address has colons of its own.
        let (rest, key) = text
            .trim()
            .rsplit_once(':')
            .ok_or(ValueError::BootstrapForm)?;
        let (host, port) = rest.rsplit_once(':').ok_or(ValueError::BootstrapForm)?;
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return Err(ValueError::BootstrapForm);
        }
        let port = port.parse().ok().filter(|port| *port != 0);
        let key = hex::decode(key).ok().and_then(|key| key.try_into().ok());
        Ok(Self {
            host: host.to_owned(),
            port: port.ok_or(ValueError::BootstrapPort)?,
            key: DhtPublicKey::from_bytes(key.ok_or(ValueError::BootstrapKey)?),
        })
    }
}

impl fmt::Display for BootstrapNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl<'de> serde::Deserialize<'de> for BootstrapNode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bootstrap_nodes_are_read_with_names_and_both_kinds_of_addresses() {
        let key = "ab".repeat(32);
        for (host, shown) in [
            ("tox.example.org", "tox.example.org:33445"),
            ("192.0.2.1", "192.0.2.1:33445"),
            ("[2001:db8::1]", "[2001:db8::1]:33445"),
            ("2001:db8::1", "[2001:db8::1]:33445"),
        ] {
            let node: BootstrapNode = format!("{host}:33445:{key}").parse().unwrap();
            assert_eq!(node.to_string(), shown);
            assert_eq!(node.key.as_bytes(), &[0xab; 32]);
        }
    }

    #[test]
    fn what_is_no_bootstrap_node_is_refused_with_the_reason() {
        let key = "ab".repeat(32);
        for (text, error) in [
            (String::new(), ValueError::BootstrapForm),
            (format!("host:{key}"), ValueError::BootstrapForm),
            (format!(":33445:{key}"), ValueError::BootstrapForm),
            (format!("host:0:{key}"), ValueError::BootstrapPort),
            (format!("host:99999:{key}"), ValueError::BootstrapPort),
            ("host:33445:abcd".to_owned(), ValueError::BootstrapKey),
        ] {
            assert_eq!(text.parse::<BootstrapNode>(), Err(error), "{text}");
        }
    }

    #[test]
    fn times_are_read_with_units_and_bare() {
        assert_eq!(seconds("7d"), Ok(7 * 86_400));
        assert_eq!(seconds("1h 30m"), Ok(5_400));
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("soon"), Err(ValueError::Time));
    }
}
