//! Who may connect: how many connections there are at all, from one source, and how many of them have proved nothing yet.
//!
//! Closes nothing; says what has to go.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use super::outputs::TcpClient;
use crate::limits::{Bucket, PerSource, network, source};

/// Connections without a good frame yet; the oldest goes for one more (c-toxcore, `MAX_INCOMING_CONNECTIONS`).
const UNCONFIRMED: usize = 256;
/// How many sources' worth one network (IPv4 /24, IPv6 /48) has.
const SOURCES_WORTH: usize = 4;
/// New connections a second from one source.
const ARRIVALS_PER_SOURCE: u32 = 20;
/// Hellos answered a second, of all clients together: each costs three X25519.
const HELLOS: u32 = 300;

/// What is counted.
pub(super) struct Admission {
    most: usize,
    most_per_source: usize,
    /// By source, and by network.
    per_source: HashMap<(IpAddr, bool), usize>,
    unconfirmed: BTreeSet<TcpClient>,
    arrivals: PerSource,
    hellos: Bucket,
    all: usize,
    next: u64,
}

impl Admission {
    pub(super) fn new(most: usize, most_per_source: usize, mono: Duration) -> Self {
        Self {
            most,
            most_per_source,
            per_source: HashMap::new(),
            unconfirmed: BTreeSet::new(),
            arrivals: PerSource::new(ARRIVALS_PER_SOURCE),
            hellos: Bucket::new(HELLOS, mono),
            all: 0,
            next: 1,
        }
    }

    /// A name for a new connection, and who has to go for it. `None`: it is one too many.
    pub(super) fn admit(
        &mut self,
        mono: Duration,
        ip: IpAddr,
    ) -> Option<(TcpClient, Option<TcpClient>)> {
        let full = self.all >= self.most && self.unconfirmed.is_empty();
        if full || self.are_too_many(ip) || !self.arrivals.take(mono, ip) {
            return None;
        }
        let crowded = self.unconfirmed.len() >= UNCONFIRMED || self.all >= self.most;
        let pushed_out = crowded.then(|| self.unconfirmed.pop_first()).flatten();
        let client = TcpClient::from_u64(self.next);
        self.next += 1;
        self.all += 1;
        for name in names(ip) {
            *self.per_source.entry(name).or_default() += 1;
        }
        self.unconfirmed.insert(client);
        Some((client, pushed_out))
    }

    /// From this source, or from its network, which has a few sources' worth.
    fn are_too_many(&self, ip: IpAddr) -> bool {
        let count = |name| self.per_source.get(&name).copied().unwrap_or(0);
        let [one, network] = names(ip);
        !ip.is_loopback()
            && (count(one) >= self.most_per_source
                || count(network) >= self.most_per_source * SOURCES_WORTH)
    }

    /// Whether one more hello may be answered now.
    pub(super) fn may_greet(&mut self, mono: Duration) -> bool {
        self.hellos.take(mono)
    }

    /// Its first frame opened.
    pub(super) fn confirmed(&mut self, client: TcpClient) {
        self.unconfirmed.remove(&client);
    }

    /// It is gone.
    pub(super) fn left(&mut self, client: TcpClient, ip: IpAddr) {
        self.unconfirmed.remove(&client);
        self.all = self.all.saturating_sub(1);
        for name in names(ip) {
            if let Some(count) = self.per_source.get_mut(&name) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.per_source.remove(&name);
                }
            }
        }
    }
}

/// What a connection is counted by: its source, and the network of that.
fn names(ip: IpAddr) -> [(IpAddr, bool); 2] {
    [(source(ip), false), (network(ip), true)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    fn ip(network: u8, host: u8) -> IpAddr {
        [198, 51, network, host].into()
    }

    #[test]
    fn where_all_is_full_who_has_proved_nothing_goes_first() {
        let mut admission = Admission::new(3, 64, NOW);
        let clients: Vec<TcpClient> = (1..=3)
            .map(|host| admission.admit(NOW, ip(1, host)).unwrap().0)
            .collect();
        admission.confirmed(clients[0]);
        let (_, gone) = admission.admit(NOW, ip(1, 4)).unwrap();
        assert_eq!(gone, Some(clients[1]));
        admission.left(clients[1], ip(1, 2));
        admission.confirmed(clients[2]);
        // The newest has proved nothing either.
        assert!(admission.admit(NOW, ip(1, 5)).unwrap().1.is_some());
    }

    #[test]
    fn a_network_has_a_few_sources_worth_of_connections() {
        let mut admission = Admission::new(1_000, 2, NOW);
        let mut taken = |network| {
            (1..=20)
                .flat_map(|host| [ip(network, host); 3])
                .filter(|ip| admission.admit(NOW, *ip).is_some())
                .count()
        };
        assert_eq!(taken(1), 8);
        assert_eq!(taken(2), 8);
    }
}
