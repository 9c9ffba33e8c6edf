//! Which addresses our own socket can send to: IPv4, IPv6 or both, everywhere or in the local network only.
//!
//! Opens no socket: whoever does says what it can, and what arrives shows the rest.

use std::net::SocketAddr;

use crate::peer::is_local;

/// How far an address family reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Not at all: the socket does not speak it.
    None,
    /// This machine and its local networks.
    Local,
    /// Everywhere.
    Everywhere,
}

impl Reach {
    fn includes(self, addr: &SocketAddr) -> bool {
        match self {
            Self::None => false,
            Self::Local => is_local(addr),
            Self::Everywhere => true,
        }
    }
}

/// What a socket can send to. Nodes elsewhere are neither pinged nor asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    /// IPv4.
    pub v4: Reach,
    /// IPv6.
    pub v6: Reach,
}

impl Families {
    /// Both families, everywhere.
    pub const ALL: Self = Self {
        v4: Reach::Everywhere,
        v6: Reach::Everywhere,
    };

    /// Whether something sent to this address may arrive. The address must be canonical: an IPv4 one is not written as IPv6.
    #[must_use]
    pub fn suit(&self, addr: &SocketAddr) -> bool {
        let family = if addr.is_ipv4() { self.v4 } else { self.v6 };
        family.includes(addr)
    }

    /// Something came from there: so far its family reaches at least.
    pub(crate) fn heard(&mut self, from: &SocketAddr) {
        let reach = if is_local(from) {
            Reach::Local
        } else {
            Reach::Everywhere
        };
        let family = if from.is_ipv4() {
            &mut self.v4
        } else {
            &mut self.v6
        };
        *family = reach.max(*family);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_family_that_reaches_the_local_network_only_suits_addresses_there() {
        let families = Families {
            v4: Reach::Everywhere,
            v6: Reach::Local,
        };
        for (text, suits) in [
            ("192.0.2.1:1", true),
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("[fd00::1]:1", true),
            ("[2001:db8::1]:1", false),
        ] {
            assert_eq!(families.suit(&addr(text)), suits, "{text}");
        }
        let none = Families {
            v6: Reach::None,
            ..families
        };
        assert!(!none.suit(&addr("[::1]:1")));
    }

    #[test]
    fn what_arrives_shows_how_far_its_family_reaches() {
        let mut families = Families {
            v4: Reach::Everywhere,
            v6: Reach::None,
        };
        families.heard(&addr("[fd00::1]:1"));
        assert_eq!(families.v6, Reach::Local);
        families.heard(&addr("[2001:db8::1]:1"));
        families.heard(&addr("[fd00::1]:1"));
        assert_eq!(families, Families::ALL);
    }
}
