//! How often something is done for one network, and in all, in a minute.
//!
//! Slower than the buckets of `limits`, which fill by the second.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::peer::subnet;

/// The network of whoever wants it; in local networks, its address.
type Source = Result<[u8; 7], SocketAddr>;

/// What is left in this minute.
#[derive(Debug)]
pub(super) struct Budget {
    of_one: u32,
    in_all: u32,
    minute: u64,
    total: u32,
    used: HashMap<Source, u32>,
}

impl Budget {
    /// So many in a minute for one network (IPv4 /24, IPv6 /48), and for all together.
    pub(super) fn per_minute(of_one: u32, in_all: u32) -> Self {
        Self {
            of_one,
            in_all,
            minute: 0,
            total: 0,
            used: HashMap::new(),
        }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, mono: Duration, source: &SocketAddr) -> bool {
        let minute = mono.as_secs() / 60;
        if minute != self.minute {
            self.minute = minute;
            self.total = 0;
            self.used.clear();
        }
        if self.total >= self.in_all {
            return false;
        }
        let used = self.used.entry(subnet(source).ok_or(*source)).or_default();
        if *used >= self.of_one {
            return false;
        }
        *used += 1;
        self.total += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_one_network_nor_all_together_get_more_than_their_share() {
        let mut budget = Budget::per_minute(2, 5);
        let mut taken = |second: u64, network: u8| {
            let addr = SocketAddr::from(([198, 51, network, 1], 1));
            let at = Duration::from_secs(second);
            (0..9).filter(|_| budget.take(at, &addr)).count()
        };
        assert_eq!([taken(0, 1), taken(1, 2), taken(2, 1)], [2, 2, 0]);
        assert_eq!([taken(58, 3), taken(59, 4)], [1, 0]);
        assert_eq!(taken(60, 4), 2);
    }
}
