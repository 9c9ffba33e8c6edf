//! Rate limits on the engine's own clock: token buckets, one for a purpose or one a source.
//!
//! Takes time as an argument like everything here, which is why no rate-limit crate fits: they read a clock.

use std::net::IpAddr;
use std::time::Duration;

use crate::bounded::Bounded;

/// A bucket that fills at a steady rate and holds one second's worth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    level: f64,
    filled: Duration,
}

impl Bucket {
    pub(crate) fn new(per_second: u32, mono: Duration) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            level: per_second,
            filled: mono,
        }
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, mono: Duration) -> bool {
        self.take_some(mono, 1)
    }

    /// Takes so many, if they are all there.
    pub(crate) fn take_some(&mut self, mono: Duration, amount: usize) -> bool {
        self.fill(mono);
        let amount = f64::from(u32::try_from(amount).unwrap_or(u32::MAX));
        if self.level < amount {
            return false;
        }
        self.level -= amount;
        true
    }

    /// Takes so many, whether they are there or not. Returns how long it is until the debt is paid.
    pub(crate) fn charge(&mut self, mono: Duration, amount: usize) -> Duration {
        self.fill(mono);
        self.level -= f64::from(u32::try_from(amount).unwrap_or(u32::MAX));
        if self.level >= 0.0 {
            return Duration::ZERO;
        }
        // Longer than any clock of ours runs, for a rate of zero.
        Duration::try_from_secs_f64(-self.level / self.per_second).unwrap_or(NEVER)
    }

    fn fill(&mut self, mono: Duration) {
        let passed = mono.saturating_sub(self.filled).as_secs_f64();
        self.level = (self.level + passed * self.per_second).min(self.per_second);
        self.filled = mono;
    }
}

/// How long a debt stays that is never paid: a year.
const NEVER: Duration = Duration::from_secs(365 * 86_400);

/// How many sources are remembered; the longest silent is forgotten first.
const SOURCES: usize = 8_192;

/// A bucket for each source: an IPv4 address, or an IPv6 /64.
pub(crate) struct PerSource {
    per_second: u32,
    of: fn(IpAddr) -> IpAddr,
    buckets: Bounded<IpAddr, Bucket>,
}

impl PerSource {
    pub(crate) fn new(per_second: u32) -> Self {
        Self::of(per_second, source)
    }

    /// The same for whole networks: IPv4 /24 and IPv6 /48.
    pub(crate) fn of_networks(per_second: u32) -> Self {
        Self::of(per_second, network)
    }

    fn of(per_second: u32, of: fn(IpAddr) -> IpAddr) -> Self {
        Self {
            per_second,
            of,
            buckets: Bounded::new(SOURCES),
        }
    }

    /// Whether one more from this address is within the limit. Loopback always is.
    pub(crate) fn take(&mut self, mono: Duration, ip: IpAddr) -> bool {
        if ip.is_loopback() {
            return true;
        }
        let per_second = self.per_second;
        self.buckets
            .get_or_insert_mut((self.of)(ip), || Bucket::new(per_second, mono))
            .take(mono)
    }

    /// Takes so many for this address, whether they are there or not. Returns how long it is until the debt is paid;
    /// loopback has none.
    pub(crate) fn charge(&mut self, mono: Duration, ip: IpAddr, amount: usize) -> Duration {
        if ip.is_loopback() {
            return Duration::ZERO;
        }
        let per_second = self.per_second;
        self.buckets
            .get_or_insert_mut((self.of)(ip), || Bucket::new(per_second, mono))
            .charge(mono, amount)
    }
}

/// What counts as one source: an IPv4 address, or an IPv6 /64.
pub(crate) fn source(ip: IpAddr) -> IpAddr {
    cut(ip, 0, 64)
}

/// What counts as one network: an IPv4 /24, or an IPv6 /48.
pub(crate) fn network(ip: IpAddr) -> IpAddr {
    cut(ip, 8, 80)
}

/// The address with so many bits of its end zero.
fn cut(ip: IpAddr, v4: u32, v6: u32) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => IpAddr::V4((u32::from(ip) >> v4 << v4).into()),
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> v6 << v6).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_gets_its_rate_and_no_more() {
        let mut limit = PerSource::new(10);
        let ip: IpAddr = "198.51.100.7".parse().unwrap();
        let taken = |limit: &mut PerSource, at: u64| {
            (0..100)
                .filter(|_| limit.take(Duration::from_millis(at), ip))
                .count()
        };
        assert_eq!(taken(&mut limit, 0), 10);
        assert_eq!(taken(&mut limit, 500), 5);
        assert_eq!(taken(&mut limit, 60_000), 10);
        assert!(limit.take(Duration::ZERO, "198.51.100.8".parse().unwrap()));
    }

    #[test]
    fn a_network_is_an_ipv4_24_or_an_ipv6_48() {
        for (ip, one, many) in [
            ("198.51.100.7", "198.51.100.7", "198.51.100.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::"),
        ] {
            let [ip, one, many] = [ip, one, many].map(|ip| ip.parse::<IpAddr>().unwrap());
            assert_eq!((source(ip), network(ip)), (one, many));
        }
    }

    #[test]
    fn a_debt_is_paid_at_the_rate_and_loopback_has_none() {
        let mut limit = PerSource::new(1_000);
        let ip: IpAddr = "198.51.100.7".parse().unwrap();
        let second = Duration::from_secs(1);
        assert_eq!(limit.charge(second, ip, 1_000), Duration::ZERO);
        assert_eq!(limit.charge(second, ip, 500), second / 2);
        assert_eq!(limit.charge(second * 2, ip, 1_000), second / 2);
        assert_eq!(limit.charge(second * 60, ip, 1_000), Duration::ZERO);
        let loopback = "127.0.0.1".parse().unwrap();
        assert_eq!(limit.charge(second, loopback, 1 << 30), Duration::ZERO);
        assert_eq!(Bucket::new(0, second).charge(second, 1), NEVER);
    }
}
