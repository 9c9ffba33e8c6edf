//! Tokens: proof that a sender holds its address and key, checked before any cryptography.
//!
//! A token is SipHash-2-4-128 under a secret of this process over what it is for. Tokens for requests name an epoch of
//! a minute and are good in that and the next; tokens for a subscription's deliveries live as long as its session key.

use std::hash::Hasher;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use siphasher::sip128::{Hasher128, SipHasher24};
use subtle::ConstantTimeEq;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::wire::Token;

/// How long one epoch lasts.
pub(crate) const EPOCH: Duration = Duration::from_secs(60);

/// How long a token may be used by whoever got it: it is good for one epoch at least.
pub(crate) const USABLE: Duration = Duration::from_secs(50);

const FOR_REQUESTS: u8 = 1;
const FOR_DELIVERIES: u8 = 2;

/// Makes and checks tokens.
pub(crate) struct TokenMint {
    secret: [u8; 16],
}

impl TokenMint {
    pub(crate) fn new(secret: [u8; 16]) -> Self {
        Self { secret }
    }

    /// A token for requests of `sender` at `addr` to our key `own`.
    pub(crate) fn issue(
        &self,
        mono: Duration,
        own: &DhtPublicKey,
        addr: SocketAddr,
        sender: &DhtPublicKey,
    ) -> Token {
        self.mac(FOR_REQUESTS, epoch(mono), own, addr, sender)
    }

    /// Whether a token was issued for exactly that, in this epoch or the one before.
    pub(crate) fn check(
        &self,
        mono: Duration,
        own: &DhtPublicKey,
        addr: SocketAddr,
        sender: &DhtPublicKey,
        token: &Token,
    ) -> bool {
        let epoch = epoch(mono);
        [epoch, epoch.wrapping_sub(1)]
            .into_iter()
            .any(|epoch| equal(&self.mac(FOR_REQUESTS, epoch, own, addr, sender), token))
    }

    /// A token for the deliveries of holder `sender` to our session key `own`.
    pub(crate) fn issue_for_deliveries(
        &self,
        own: &DhtPublicKey,
        addr: SocketAddr,
        sender: &DhtPublicKey,
    ) -> Token {
        self.mac(FOR_DELIVERIES, 0, own, addr, sender)
    }

    /// Whether a token was issued to that holder for deliveries to the session key.
    pub(crate) fn check_for_deliveries(
        &self,
        own: &DhtPublicKey,
        addr: SocketAddr,
        sender: &DhtPublicKey,
        token: &Token,
    ) -> bool {
        equal(&self.issue_for_deliveries(own, addr, sender), token)
    }

    fn mac(
        &self,
        purpose: u8,
        epoch: u64,
        own: &DhtPublicKey,
        addr: SocketAddr,
        sender: &DhtPublicKey,
    ) -> Token {
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        hasher.write(&[purpose]);
        hasher.write(&epoch.to_be_bytes());
        hasher.write(own.as_bytes());
        let ip = match addr.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        hasher.write(&ip.octets());
        hasher.write(&addr.port().to_be_bytes());
        hasher.write(sender.as_bytes());
        Token::from_bytes(hasher.finish128().as_u128().to_be_bytes())
    }
}

fn epoch(mono: Duration) -> u64 {
    // Offset by one, so that the first epoch has one before it.
    mono.as_secs() / EPOCH.as_secs() + 1
}

fn equal(a: &Token, b: &Token) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_address_key_and_time_only() {
        let mint = TokenMint::new([7; 16]);
        let key = DhtPublicKey::from_bytes;
        let (own, sender) = (key([1; 32]), key([2; 32]));
        let addr: SocketAddr = "192.0.2.1:33445".parse().unwrap();
        let start = Duration::from_secs(30);
        let token = mint.issue(start, &own, addr, &sender);
        let later = |seconds| start + Duration::from_secs(seconds);
        for (seconds, good) in [(0, true), (50, true), (89, true), (91, false), (600, false)] {
            assert_eq!(
                mint.check(later(seconds), &own, addr, &sender, &token),
                good
            );
        }
        for (own, addr, sender) in [
            (key([9; 32]), addr, sender),
            (own, "192.0.2.1:33446".parse().unwrap(), sender),
            (own, "192.0.2.2:33445".parse().unwrap(), sender),
            (own, addr, key([9; 32])),
        ] {
            assert!(!mint.check(start, &own, addr, &sender, &token));
        }
        assert!(!TokenMint::new([8; 16]).check(start, &own, addr, &sender, &token));
        assert!(!mint.check_for_deliveries(&own, addr, &sender, &token));
    }
}
