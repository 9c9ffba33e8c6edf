//! Who may connect: how many connections there are at all, from one source, and how many of them have proved nothing yet.
//!
//! Closes nothing; says what has to go.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use super::outputs::TcpClient;
use crate::limits::{Bucket, PerSource, source};

/// Connections without a good frame yet; the oldest goes for one more (c-toxcore, `MAX_INCOMING_CONNECTIONS`).
const UNCONFIRMED: usize = 256;
/// New connections a second from one source.
const ARRIVALS_PER_SOURCE: u32 = 20;
/// Hellos answered a second, of all clients together: each costs three X25519.
const HELLOS: u32 = 300;

/// What is counted.
pub(super) struct Admission {
    most: usize,
    most_per_source: usize,
    per_source: HashMap<IpAddr, usize>,
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
        let from_there = self.per_source.get(&source(ip)).copied().unwrap_or(0);
        let too_many_from_there = from_there >= self.most_per_source && !ip.is_loopback();
        if self.all >= self.most || too_many_from_there || !self.arrivals.take(mono, ip) {
            return None;
        }
        let pushed_out = match self.unconfirmed.len() {
            UNCONFIRMED.. => self.unconfirmed.pop_first(),
            _ => None,
        };
        let client = TcpClient::from_u64(self.next);
        self.next += 1;
        self.all += 1;
        *self.per_source.entry(source(ip)).or_default() += 1;
        self.unconfirmed.insert(client);
        Some((client, pushed_out))
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
        if let Some(count) = self.per_source.get_mut(&source(ip)) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_source.remove(&source(ip));
            }
        }
    }
}
