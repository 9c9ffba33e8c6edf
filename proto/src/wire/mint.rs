//! Tokens, cookies and puzzles: made and checked from one secret, without keeping anything for anybody.
//!
//! Each is SipHash-2-4-128 over what it is for. Nobody but their issuer ever checks them, so another node may do it
//! otherwise. When a node is under load is its own business.

use std::hash::Hasher;
use std::net::{IpAddr, SocketAddr};

use siphasher::sip128::{Hasher128, SipHasher24};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::puzzle::Puzzle;
use super::token::Token;
use crate::codec::Writer;
use crate::ids::UnixSeconds;
use crate::keys::DhtPublicKey;

/// Seconds of an epoch. What is made in one is good in that and the next.
pub const EPOCH: u64 = 60;
/// Seconds for which whoever got a token may use it: less than it is good for at least, by the way's time.
pub const TOKEN_USABLE: u64 = 50;

#[derive(Clone, Copy)]
#[repr(u8)]
enum Purpose {
    Requests = 1,
    Deliveries = 2,
    Cookie = 3,
    Puzzle = 4,
    OnionRequests = 5,
}

/// Whom something is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Which of one's own keys is addressed.
    pub own: DhtPublicKey,
    /// Where the bearer's datagrams come from: through the onion, the exit's address.
    pub addr: SocketAddr,
    /// The bearer's key.
    pub sender: DhtPublicKey,
}

/// Makes and checks tokens, cookies and puzzles. Its secret is wiped from memory when dropped.
pub struct Mint {
    secret: Zeroizing<[u8; 16]>,
}

impl Mint {
    /// From a random secret, which is to be kept across restarts.
    #[must_use]
    pub fn new(secret: [u8; 16]) -> Self {
        Self {
            secret: Zeroizing::new(secret),
        }
    }

    /// A token for requests.
    #[must_use]
    pub fn token(&self, now: UnixSeconds, bearer: &Bearer) -> Token {
        self.mac(Purpose::Requests, epoch(now), bearer)
    }

    /// Whether that token was made for just this bearer, in this epoch or the one before.
    #[must_use]
    pub fn is_token(&self, now: UnixSeconds, bearer: &Bearer, field: &Token) -> bool {
        self.is(Purpose::Requests, now, bearer, field)
    }

    /// A token for requests through the onion. It is no token for direct ones: whoever reads it stands behind the exit whose
    /// address it is for, and has not shown that he has that address.
    #[must_use]
    pub fn onion_token(&self, now: UnixSeconds, bearer: &Bearer) -> Token {
        self.mac(Purpose::OnionRequests, epoch(now), bearer)
    }

    /// Whether that token was made for just this bearer, in this epoch or the one before.
    #[must_use]
    pub fn is_onion_token(&self, now: UnixSeconds, bearer: &Bearer, field: &Token) -> bool {
        self.is(Purpose::OnionRequests, now, bearer, field)
    }

    /// A token that the node `bearer` uses for deliveries to one's session key. It is as old as it likes: the session
    /// key dies first.
    #[must_use]
    pub fn delivery_token(&self, bearer: &Bearer) -> Token {
        self.mac(Purpose::Deliveries, 0, bearer)
    }

    /// Whether that token was made for just this node's deliveries to just this session key.
    #[must_use]
    pub fn is_delivery_token(&self, bearer: &Bearer, field: &Token) -> bool {
        equal(&self.delivery_token(bearer), field)
    }

    /// A cookie: who sends it back has the address, and nothing was done for them but one MAC.
    #[must_use]
    pub fn cookie(&self, now: UnixSeconds, bearer: &Bearer) -> Token {
        self.mac(Purpose::Cookie, epoch(now), bearer)
    }

    /// Whether that cookie was made for just this bearer, in this epoch or the one before.
    #[must_use]
    pub fn is_cookie(&self, now: UnixSeconds, bearer: &Bearer, field: &Token) -> bool {
        self.is(Purpose::Cookie, now, bearer, field)
    }

    /// A puzzle of `bits` bits: who solves it has paid before anything was done for them but one MAC.
    #[must_use]
    pub fn puzzle(&self, now: UnixSeconds, bearer: &Bearer, bits: u8) -> Puzzle {
        self.puzzle_of(epoch(now), bearer, bits)
    }

    /// Whether the token field solves the puzzle of this epoch or the one before, by `bits` bits at least. Costs a MAC
    /// and a hash for each, and nothing where the field holds no solution.
    #[must_use]
    pub fn is_solution(&self, now: UnixSeconds, bearer: &Bearer, bits: u8, field: &Token) -> bool {
        let Some(solution) = Puzzle::solution_in(&bearer.own, field) else {
            return false;
        };
        good_in(now).into_iter().any(|epoch| {
            self.puzzle_of(epoch, bearer, bits)
                .is_solved_by(&bearer.own, &bearer.sender, solution)
        })
    }

    fn puzzle_of(&self, epoch: u64, bearer: &Bearer, bits: u8) -> Puzzle {
        Puzzle {
            seed: *self.mac(Purpose::Puzzle, epoch, bearer).as_bytes(),
            bits,
        }
    }

    fn is(&self, purpose: Purpose, now: UnixSeconds, bearer: &Bearer, field: &Token) -> bool {
        good_in(now)
            .into_iter()
            .any(|epoch| equal(&self.mac(purpose, epoch, bearer), field))
    }

    /// SipHash over purpose 1 ‖ epoch 8 ‖ own key 32 ‖ address 16 (IPv4 as ::ffff:a.b.c.d) ‖ port 2 ‖ sender's key 32.
    fn mac(&self, purpose: Purpose, epoch: u64, bearer: &Bearer) -> Token {
        let ip = match bearer.addr.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let mut text = Writer::with_capacity(91);
        text.u8(purpose as u8)
            .u64(epoch)
            .bytes(bearer.own.as_bytes())
            .bytes(&ip.octets())
            .u16(bearer.addr.port())
            .bytes(bearer.sender.as_bytes());
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        hasher.write(&text.finish());
        Token::from_bytes(hasher.finish128().as_bytes())
    }
}

fn epoch(now: UnixSeconds) -> u64 {
    now.0 / EPOCH
}

/// The epochs whose makings are good now.
fn good_in(now: UnixSeconds) -> [u64; 2] {
    [epoch(now), epoch(now).saturating_sub(1)]
}

fn equal(a: &Token, b: &Token) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::token::first_token;

    const START: UnixSeconds = UnixSeconds(1_800_000_030);

    fn bearer() -> Bearer {
        Bearer {
            own: DhtPublicKey::from_bytes([1; 32]),
            addr: "192.0.2.1:33445".parse().unwrap(),
            sender: DhtPublicKey::from_bytes([2; 32]),
        }
    }

    /// The bearer with another own key, address, port, sender.
    fn others() -> [Bearer; 4] {
        let key = DhtPublicKey::from_bytes([9; 32]);
        let addr = |text: &str| text.parse().unwrap();
        [
            Bearer {
                own: key,
                ..bearer()
            },
            Bearer {
                addr: addr("192.0.2.2:33445"),
                ..bearer()
            },
            Bearer {
                addr: addr("192.0.2.1:33446"),
                ..bearer()
            },
            Bearer {
                sender: key,
                ..bearer()
            },
        ]
    }

    #[test]
    fn tokens_and_cookies_are_good_for_their_bearer_and_time_only() {
        let mint = Mint::new([7; 16]);
        let (token, cookie) = (mint.token(START, &bearer()), mint.cookie(START, &bearer()));
        for (later, good) in [
            (0, true),
            (TOKEN_USABLE, true),
            (89, true),
            (90, false),
            (6000, false),
        ] {
            let now = START.plus(later);
            assert_eq!(
                mint.is_token(now, &bearer(), &token),
                good,
                "after {later} s"
            );
            assert_eq!(
                mint.is_cookie(now, &bearer(), &cookie),
                good,
                "after {later} s"
            );
        }
        for other in others() {
            assert!(!mint.is_token(START, &other, &token));
            assert!(!mint.is_cookie(START, &other, &cookie));
        }
        assert!(!Mint::new([8; 16]).is_token(START, &bearer(), &token));
        assert!(!Mint::new([8; 16]).is_cookie(START, &bearer(), &cookie));
    }

    #[test]
    fn what_is_made_for_one_purpose_serves_no_other() {
        let (mint, bearer) = (Mint::new([7; 16]), bearer());
        let made = [
            mint.token(START, &bearer),
            mint.delivery_token(&bearer),
            mint.cookie(START, &bearer),
            first_token(&bearer.own),
        ];
        for (i, field) in made.iter().enumerate() {
            assert_eq!(mint.is_token(START, &bearer, field), i == 0);
            assert_eq!(mint.is_delivery_token(&bearer, field), i == 1);
            assert_eq!(mint.is_cookie(START, &bearer, field), i == 2);
            assert!(!mint.is_solution(START, &bearer, 1, field));
        }
    }

    #[test]
    fn a_delivery_token_is_good_for_its_node_and_session_only() {
        let mint = Mint::new([7; 16]);
        let token = mint.delivery_token(&bearer());
        assert!(mint.is_delivery_token(&bearer(), &token));
        assert!(
            others()
                .iter()
                .all(|other| !mint.is_delivery_token(other, &token))
        );
    }

    #[test]
    fn a_solved_puzzle_is_good_for_its_bearer_and_time_only() {
        let (mint, bits) = (Mint::new([7; 16]), 12);
        let puzzle = mint.puzzle(START, &bearer(), bits);
        let Bearer { own, sender, .. } = bearer();
        let solution = puzzle.solve(&own, &sender, 0..1 << 20).unwrap();
        let field = Puzzle::solution_field(&own, solution);
        for (later, good) in [(0, true), (89, true), (90, false)] {
            assert_eq!(
                mint.is_solution(START.plus(later), &bearer(), bits, &field),
                good
            );
        }
        // 12 bits: each wrong one is taken once in 4,096.
        assert!(
            others()
                .iter()
                .all(|other| !mint.is_solution(START, other, bits, &field))
        );
        assert!(
            !mint.is_solution(START, &bearer(), 40, &field),
            "a harder one is not solved by it"
        );
    }

    proptest! {
        #[test]
        fn no_token_field_of_chance_is_good(bytes: [u8; 16], secret: [u8; 16]) {
            let (mint, field) = (Mint::new(secret), Token::from_bytes(bytes));
            prop_assert!(!mint.is_token(START, &bearer(), &field));
            prop_assert!(!mint.is_cookie(START, &bearer(), &field));
            prop_assert!(!mint.is_delivery_token(&bearer(), &field));
            prop_assert!(!mint.is_solution(START, &bearer(), 0, &field));
        }
    }
}
