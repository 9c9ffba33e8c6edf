//! A node to join through, as people write it: `HOST:PORT:HEXKEY`.
//!
//! Looks up no names.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use toxdrop_proto::keys::DhtPublicKey;

/// The longest host name (RFC 1035).
const LONGEST_NAME: usize = 253;

/// A node to join through: a host name or address, a UDP port, and the node's DHT key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BootstrapNode {
    /// Host name, IPv4 address, or IPv6 address without brackets.
    pub(crate) host: String,
    /// UDP port.
    pub(crate) port: u16,
    /// DHT key.
    pub(crate) key: DhtPublicKey,
}

/// Text that is no bootstrap node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BootstrapNodeError {
    /// Not of three parts.
    #[error(
        "write a bootstrap node as HOST:PORT:HEXKEY, e.g. tox.example.org:33445:64 hexadecimal digits"
    )]
    Form,
    /// Nothing that names a host.
    #[error(
        "\"{0}\" is no host: write a name such as tox.example.org, an IPv4 address, or an IPv6 address in brackets, without http:// or a path"
    )]
    Host(String),
    /// Brackets around something else than an IPv6 address, or half of a pair.
    #[error("\"{0}\" is no IPv6 address in brackets: write [2001:db8::1]:PORT:HEXKEY")]
    Brackets(String),
    /// An address of nobody or of everybody.
    #[error("{0} is no address of a single node; write the address under which others reach it")]
    Nobody(IpAddr),
    /// The port is none.
    #[error("a bootstrap node's port is a number from 1 to 65535, not \"{0}\"")]
    Port(String),
    /// The key is not hexadecimal.
    #[error("a bootstrap node's key is written in the digits 0-9 and a-f; copy it again")]
    KeyDigits,
    /// The key is not 32 bytes.
    #[error("a bootstrap node's key has 64 hexadecimal digits, this has {0}; copy it again")]
    KeyLength(usize),
    /// A Tox ID in the place of a key.
    #[error(
        "this is a Tox ID (76 digits), which belongs to a person; a bootstrap node has a key of 64"
    )]
    ToxId,
}

impl FromStr for BootstrapNode {
    type Err = BootstrapNodeError;

    fn from_str(text: &str) -> Result<Self, BootstrapNodeError> {
        // From the right: an IPv6 address has colons of its own.
        let (rest, key) = (text.trim().rsplit_once(':')).ok_or(BootstrapNodeError::Form)?;
        let (host, port) = rest.rsplit_once(':').ok_or(BootstrapNodeError::Form)?;
        if host.is_empty() {
            return Err(BootstrapNodeError::Form);
        }
        Ok(Self {
            host: parse_host(host)?,
            port: (port.parse().ok())
                .filter(|port| *port != 0)
                .ok_or_else(|| BootstrapNodeError::Port(port.to_owned()))?,
            key: parse_key(key)?,
        })
    }
}

fn parse_host(text: &str) -> Result<String, BootstrapNodeError> {
    let host = if text.contains(['[', ']']) {
        (text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']')))
        .filter(|inner| inner.parse::<Ipv6Addr>().is_ok())
        .ok_or_else(|| BootstrapNodeError::Brackets(text.to_owned()))?
    } else {
        text
    };
    if let Ok(ip) = host.parse::<IpAddr>() {
        let everybody = IpAddr::V4(std::net::Ipv4Addr::BROADCAST);
        if ip.is_unspecified() || ip.is_multicast() || ip == everybody {
            return Err(BootstrapNodeError::Nobody(ip));
        }
        return Ok(host.to_owned());
    }
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    if host.len() > LONGEST_NAME || !host.chars().all(fits) || host.starts_with(['-', '.']) {
        return Err(BootstrapNodeError::Host(host.to_owned()));
    }
    Ok(host.to_owned())
}

/// The key of a node: 64 hexadecimal digits.
pub(super) fn parse_key(text: &str) -> Result<DhtPublicKey, BootstrapNodeError> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(BootstrapNodeError::KeyDigits);
    }
    match text.len() {
        64 => {}
        76 => return Err(BootstrapNodeError::ToxId),
        digits => return Err(BootstrapNodeError::KeyLength(digits)),
    }
    let mut key = [0; 32];
    hex::decode_to_slice(text, &mut key).map_err(|_| BootstrapNodeError::KeyDigits)?;
    Ok(DhtPublicKey::from_bytes(key))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bootstrap_nodes_are_read_with_names_and_both_kinds_of_addresses() {
        let key = "ab".repeat(32);
        for (host, shown) in [
            ("tox.example.org", "tox.example.org:33445"),
            ("localhost", "localhost:33445"),
            ("bücher.example", "bücher.example:33445"),
            ("192.0.2.1", "192.0.2.1:33445"),
            ("[2001:db8::1]", "[2001:db8::1]:33445"),
            ("2001:db8::1", "[2001:db8::1]:33445"),
            ("::1", "[::1]:33445"),
        ] {
            let node: BootstrapNode = format!("{host}:33445:{key}").parse().unwrap();
            assert_eq!(node.to_string(), shown);
            assert_eq!(node.key.as_bytes(), &[0xab; 32]);
        }
        let shouted = format!(" 192.0.2.1:33445:{} ", "AB".repeat(32));
        assert!(shouted.parse::<BootstrapNode>().is_ok());
    }

    #[test]
    fn what_is_no_bootstrap_node_is_refused_with_the_reason() {
        use BootstrapNodeError as E;
        let key = "ab".repeat(32);
        let host = |text: &str| E::Host(text.to_owned());
        let port = |text: &str| E::Port(text.to_owned());
        let brackets = |text: &str| E::Brackets(text.to_owned());
        let nobody = |text: &str| E::Nobody(text.parse().unwrap());
        for (text, error) in [
            (String::new(), E::Form),
            ("nowhere".to_owned(), E::Form),
            (key.clone(), E::Form),
            (format!("host:{key}"), E::Form),
            (format!(":33445:{key}"), E::Form),
            (format!("http://host:33445:{key}"), host("http://host")),
            (format!("host/path:33445:{key}"), host("host/path")),
            (format!("two hosts:33445:{key}"), host("two hosts")),
            (format!("-host:33445:{key}"), host("-host")),
            (format!("host::33445:{key}"), host("host:")),
            (format!("2001:db8:33445:{key}"), host("2001:db8")),
            (
                format!("[2001:db8::1:33445:{key}"),
                brackets("[2001:db8::1"),
            ),
            (
                format!("2001:db8::1]:33445:{key}"),
                brackets("2001:db8::1]"),
            ),
            (format!("[host]:33445:{key}"), brackets("[host]")),
            (format!("[]:33445:{key}"), brackets("[]")),
            (format!("0.0.0.0:33445:{key}"), nobody("0.0.0.0")),
            (format!("[::]:33445:{key}"), nobody("::")),
            (
                format!("255.255.255.255:1:{key}"),
                nobody("255.255.255.255"),
            ),
            (format!("224.0.0.1:33445:{key}"), nobody("224.0.0.1")),
            (format!("host:0:{key}"), port("0")),
            (format!("host:99999:{key}"), port("99999")),
            (format!("host:-1:{key}"), port("-1")),
            (format!("host:tox:{key}"), port("tox")),
            ("host:33445:".to_owned(), E::KeyLength(0)),
            ("host:33445:abcd".to_owned(), E::KeyLength(4)),
            (format!("host:33445:{key}0"), E::KeyLength(65)),
            (format!("host:33445:{}", "xy".repeat(32)), E::KeyDigits),
            (format!("host:33445:{}", "é".repeat(32)), E::KeyDigits),
            (format!("host:33445:{}", "ab".repeat(38)), E::ToxId),
            (format!("host:33445:{key}, other"), E::KeyDigits),
        ] {
            let refused = text.parse::<BootstrapNode>();
            assert_eq!(refused, Err(error), "{text}");
        }
        let long = format!("{}:33445:{key}", "x".repeat(254));
        assert!(matches!(long.parse::<BootstrapNode>(), Err(E::Host(_))));
    }
}
