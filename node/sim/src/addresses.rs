//! Addresses for millions of nodes, one network (IPv4 /24) each, so that limits by network do not bind by accident.
//!
//! None is private or loopback: those are exempt from such limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The port that every node listens on; it is Tox's first.
pub(crate) const PORT: u16 = 33_445;

/// The address of the node of this number: 11.0.0.1, 11.0.1.1 and so on, to 99.255.255.1.
///
/// Returns `None` for the 5,832,705th and beyond.
pub(crate) fn address(number: usize) -> Option<SocketAddr> {
    let network = u32::try_from(number).ok()?.checked_add(11 << 16)?;
    let [_, a, b, c] = network.to_be_bytes();
    let fits = network < 100 << 16;
    fits.then(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, 1)), PORT))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_million_nodes_have_a_million_networks() {
        let all: HashSet<SocketAddr> = (0..1_000_000).filter_map(address).collect();
        assert_eq!(all.len(), 1_000_000);
        let shown = |number| address(number).map(|address| address.to_string());
        assert_eq!(shown(0).as_deref(), Some("11.0.0.1:33445"));
        assert_eq!(shown(65_537).as_deref(), Some("12.0.1.1:33445"));
        assert_eq!(
            shown(89 * 65_536 - 1).as_deref(),
            Some("99.255.255.1:33445")
        );
        assert_eq!(address(89 * 65_536), None);
    }
}
