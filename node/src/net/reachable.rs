//! Whether others can reach this node, for people; and the addresses that the system gives it.
//!
//! Judges nothing; that is the engine's.

use std::net::{IpAddr, SocketAddr};

use toxdrop_dht::Reachability;

/// The verdict, and what its owner can do about it.
pub(crate) fn sentence(reachability: Reachability, udp_port: u16) -> String {
    let client = "this node is a client: it sends and fetches, and stores for nobody";
    let forward = format!(
        "To help others, forward UDP port {udp_port} to this machine, or open it in its firewall; where that is done, \
         `reachable = \"yes\"` in the settings says so"
    );
    match reachability {
        Reachability::Set { reachable: false } => format!("{reachability}; {client}"),
        Reachability::Presumed {
            reachable: false, ..
        }
        | Reachability::Refuted { .. } => format!("{reachability}; {client}. {forward}"),
        _ => reachability.to_string(),
    }
}

/// The addresses at which others may see a socket that is bound to this one.
pub(super) fn own_addresses(bound: SocketAddr) -> Vec<IpAddr> {
    if !bound.ip().is_unspecified() {
        return vec![bound.ip()];
    }
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces
            .into_iter()
            .map(|interface| interface.ip())
            .collect(),
        Err(error) => {
            tracing::warn!(
                "cannot list this machine's addresses ({error}): without `reachable = \"yes\"` in the settings, \
                 the node stores for others only once it was dialled"
            );
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_reached_is_told_what_to_do() {
        let told = sentence(Reachability::Refuted { accepted: 4 }, 33_445);
        assert!(told.starts_with("no: behind a NAT or firewall; this node is a client"));
        assert!(told.contains("forward UDP port 33445"));
        let proved = Reachability::Proved {
            dialled: 2,
            asked: 5,
        };
        assert_eq!(sentence(proved, 33_445), "yes (2 of 5 dialled back)");
    }

    #[test]
    fn a_socket_bound_to_one_address_has_no_other() {
        let bound = "192.0.2.1:33445".parse().unwrap();
        assert_eq!(own_addresses(bound), [IpAddr::from([192, 0, 2, 1])]);
        let all = own_addresses("0.0.0.0:33445".parse().unwrap());
        assert!(all.contains(&IpAddr::from([127, 0, 0, 1])), "{all:?}");
    }
}
