//! Which addresses can be sent to at present: what the socket speaks, as far as the machine knows a way.
//!
//! A machine without IPv6 would otherwise wait in vain for half of the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use toxdrop_dht::{Families, Reach};

use super::machine::Machine;

/// Addresses of nobody (RFC 5737, RFC 3849), on the way to everybody.
const ANYWHERE_V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
const ANYWHERE_V6: SocketAddr = SocketAddr::new(
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    9,
);

/// This machine and its local networks.
const LOCAL: Families = Families {
    v4: Reach::Local,
    v6: Reach::Local,
};

/// What the socket can send to. A way to one of the `known` nodes shows as much as one to everybody: some networks have no
/// way out, and are whole networks.
pub(super) fn families(machine: &impl Machine, socket: Families, known: &[SocketAddr]) -> Families {
    let way = |anywhere: SocketAddr| {
        let alike = |addr: &&SocketAddr| addr.is_ipv4() == anywhere.is_ipv4() && !LOCAL.suit(addr);
        machine.has_way_to(anywhere)
            || known
                .iter()
                .filter(alike)
                .any(|addr| machine.has_way_to(*addr))
    };
    let narrowed = |reach: Reach, anywhere| {
        if reach == Reach::Everywhere && !way(anywhere) {
            Reach::Local
        } else {
            reach
        }
    };
    Families {
        v4: narrowed(socket.v4, ANYWHERE_V4),
        v6: narrowed(socket.v6, ANYWHERE_V6),
    }
}

/// What either can send to.
pub(super) fn both(one: Families, other: Families) -> Families {
    Families {
        v4: one.v4.max(other.v4),
        v6: one.v6.max(other.v6),
    }
}

/// Whether there is a way out of the local network.
pub(super) fn lead_out(families: Families) -> bool {
    families.v4 == Reach::Everywhere || families.v6 == Reach::Everywhere
}

/// In words.
pub(super) fn in_words(families: Families) -> &'static str {
    match (families.v4, families.v6) {
        (Reach::Everywhere, Reach::Everywhere) => "IPv4 and IPv6",
        (Reach::Everywhere, _) => "IPv4",
        (_, Reach::Everywhere) => "IPv6",
        _ => "the local network",
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// A machine with ways to what starts like this.
    struct WaysTo(&'static [&'static str]);

    impl Machine for WaysTo {
        async fn look_up(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
            Ok(Vec::new())
        }

        fn has_way_to(&self, addr: SocketAddr) -> bool {
            self.0
                .iter()
                .any(|start| addr.to_string().starts_with(start))
        }

        fn unix_time(&self) -> u64 {
            0
        }
    }

    #[test]
    fn a_family_without_a_way_out_is_local_and_a_way_to_a_wanted_node_is_one() {
        let wanted = ["203.0.113.7:1", "[2001:db8:7::1]:1", "[fd00::1]:1"];
        let wanted = wanted.map(|text| text.parse().unwrap());
        for (ways, wanted, said) in [
            (&["192.", "[2001:db8::1"][..], &[][..], "IPv4 and IPv6"),
            (&["192."], &wanted[..], "IPv4"),
            (&["[2001:db8::1"], &wanted, "IPv6"),
            (&["203."], &wanted, "IPv4"),
            (&["203."], &[], "the local network"),
            (&["[2001:db8:7:", "192."], &wanted, "IPv4 and IPv6"),
            (&["[fd00"], &wanted, "the local network"),
            (&[], &wanted, "the local network"),
        ] {
            let now = families(&WaysTo(ways), Families::ALL, wanted);
            assert_eq!(in_words(now), said, "{ways:?}");
            assert_eq!(lead_out(now), said != "the local network");
        }
        let ipv4_only = Families {
            v6: Reach::None,
            ..Families::ALL
        };
        let now = families(&WaysTo(&["192.", "[2001"]), ipv4_only, &[]);
        assert_eq!(now, ipv4_only);
        assert_eq!(both(now, Families::ALL), Families::ALL);
    }
}
