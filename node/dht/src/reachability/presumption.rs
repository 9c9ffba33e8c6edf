//! What is presumed until somebody dials: how others see us, held against the addresses that are our own.
//!
//! Believes no single node; whoever is right is shown by dial-backs.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::verdict::Reachability;
use crate::peer::is_local;
use crate::speakers::Speakers;

/// Our own addresses, and where others see us.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(super) struct Presumption {
    own: Vec<IpAddr>,
    seen_v4: Option<IpAddr>,
    seen_v6: Option<IpAddr>,
}

impl Presumption {
    pub(super) fn set_own(&mut self, own: impl Iterator<Item = IpAddr>) {
        self.own = own.map(|ip| ip.to_canonical()).collect();
    }

    /// Looks at what the speakers said lately; where they say nothing at all, what was said before holds. Where they speak of one
    /// family only, the other one is gone.
    pub(super) fn look(&mut self, mono: Duration, speakers: &Speakers) {
        let v4 = speakers.seen(mono, self.seen_v4, IpAddr::is_ipv4);
        let v6 = speakers.seen(mono, self.seen_v6, IpAddr::is_ipv6);
        if v4.is_some() || v6.is_some() {
            (self.seen_v4, self.seen_v6) = (v4, v6);
        }
    }

    /// What follows. An address that is not our own outweighs one that is: over the former we could not be reached.
    pub(super) fn verdict(&self) -> Reachability {
        let seen = [self.seen_v4, self.seen_v6];
        let seen = || seen.into_iter().flatten();
        let foreign = seen().find(|ip| !self.own.contains(ip));
        match foreign.or_else(|| seen().next()) {
            Some(seen) => Reachability::Presumed {
                reachable: foreign.is_none(),
                seen,
            },
            None => Reachability::Unknown {
                reachable: self.in_the_open(),
            },
        }
    }

    /// Whether no address of ours is one of a local network; or all are this machine's own, as in a network on it.
    fn in_the_open(&self) -> bool {
        let outward = self.own.iter().filter(|ip| !ip.is_loopback());
        !self.own.is_empty()
            && outward
                .filter(|ip| !is_link_local(ip))
                .all(|ip| !is_local(&SocketAddr::new(*ip, 0)))
    }
}

/// Every IPv6 interface has such an address, which says nothing.
fn is_link_local(ip: &IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presumed(own: &[&str], seen: &[&str]) -> Reachability {
        let ip = |text: &&str| text.parse::<IpAddr>().unwrap();
        let mut presumption = Presumption::default();
        presumption.set_own(own.iter().map(ip));
        for seen in seen.iter().map(ip) {
            match seen {
                IpAddr::V4(_) => presumption.seen_v4 = Some(seen),
                IpAddr::V6(_) => presumption.seen_v6 = Some(seen),
            }
        }
        presumption.verdict()
    }

    #[test]
    fn before_anybody_said_how_it_sees_us_our_own_addresses_decide() {
        for (own, reachable) in [
            (&[][..], false),
            (&["127.0.0.1"][..], true),
            (&["127.0.0.1", "192.168.1.2"][..], false),
            (&["127.0.0.1", "203.0.113.1", "::1", "fe80::1"][..], true),
            (&["203.0.113.1", "172.17.0.1"][..], false),
            (&["192.168.1.2", "2001:db8::1"][..], false),
        ] {
            assert_eq!(presumed(own, &[]), Reachability::Unknown { reachable });
        }
    }

    #[test]
    fn then_it_is_whether_they_see_an_address_of_ours() {
        for (own, seen, reachable, shown) in [
            ("203.0.113.1", &["203.0.113.1"][..], true, "203.0.113.1"),
            ("192.168.1.2", &["203.0.113.1"][..], false, "203.0.113.1"),
            ("192.168.1.2", &["192.168.1.2"][..], true, "192.168.1.2"),
            (
                "2001:db8::1",
                &["203.0.113.1", "2001:db8::1"][..],
                false,
                "203.0.113.1",
            ),
            (
                "::ffff:203.0.113.1",
                &["203.0.113.1"][..],
                true,
                "203.0.113.1",
            ),
        ] {
            let seen_at = shown.parse().unwrap();
            let expected = Reachability::Presumed {
                reachable,
                seen: seen_at,
            };
            assert_eq!(presumed(&[own], seen), expected);
        }
    }
}
