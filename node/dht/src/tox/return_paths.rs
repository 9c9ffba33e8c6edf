//! The way back of an onion packet: whom it came from, sealed under a key of ours, with the earlier relays' part inside.
//!
//! So a relay remembers nothing of what it passed on.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;
use toxdrop_proto::codec::{Reader, Writer};
use toxdrop_proto::keys::{NONCE_LEN, SecretBoxKey};
use toxdrop_proto::tox::IP_PORT_LEN;

use super::source::Source;

/// How often the key is renewed (c-toxcore).
const RENEWED_AFTER: Duration = Duration::from_secs(7_200);
/// For how long the former key still opens: as long as clients use a path. (c-toxcore forgets it at once.)
const GRACE: Duration = Duration::from_secs(1_200);

/// Seals and opens ways back.
pub(super) struct ReturnPaths {
    key: SecretBoxKey,
    since: Duration,
    former: Option<SecretBoxKey>,
}

impl ReturnPaths {
    pub(super) fn new(rng: &mut ChaCha20Rng, mono: Duration) -> Self {
        Self {
            key: SecretBoxKey::generate(rng),
            since: mono,
            former: None,
        }
    }

    /// Renews the key when it is time, and forgets the former one.
    pub(super) fn tick(&mut self, rng: &mut ChaCha20Rng, mono: Duration) {
        let age = mono.saturating_sub(self.since);
        if age >= RENEWED_AFTER {
            let fresh = SecretBoxKey::generate(rng);
            self.former = Some(std::mem::replace(&mut self.key, fresh));
            self.since = mono;
        } else if age >= GRACE {
            self.former = None;
        }
    }

    /// nonce 24 ‖ secretbox(source 19 ‖ what earlier relays added).
    pub(super) fn seal(
        &self,
        rng: &mut ChaCha20Rng,
        source: Source,
        earlier: &[u8],
    ) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut plain = Writer::with_capacity(IP_PORT_LEN + earlier.len());
        source.encode(&mut plain);
        plain.bytes(earlier);
        let sealed = self.key.seal(&nonce, &plain.finish()).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// Whom a packet with this way back came from, and what earlier relays added.
    pub(super) fn open(&self, back: &[u8]) -> Option<(Source, Vec<u8>)> {
        let (nonce, sealed) = back.split_first_chunk()?;
        let plain = [Some(&self.key), self.former.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|key| key.open(nonce, sealed).ok())?;
        let mut reader = Reader::new(&plain);
        let source = Source::decode(&mut reader)?;
        Some((source, reader.rest().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;
    use toxdrop_proto::tox::ONION_RETURN_STEP;

    use super::*;
    use crate::tox::tcp_relay::TcpClient;

    #[test]
    fn a_way_back_opens_where_it_was_made_until_a_paths_life_after_the_key_was_renewed() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let at = Duration::from_secs;
        let mut paths = ReturnPaths::new(&mut rng, at(0));
        let source = Source::Udp("192.0.2.1:33445".parse().unwrap());
        let first = paths.seal(&mut rng, source, &[]).unwrap();
        assert_eq!(first.len(), ONION_RETURN_STEP);
        let other = ReturnPaths::new(&mut rng, at(0));
        let second = other.seal(&mut rng, source, &first).unwrap();
        assert_eq!(second.len(), 2 * ONION_RETURN_STEP);
        assert_eq!(other.open(&second), Some((source, first.clone())));
        assert_eq!(other.open(&first), None);
        let client = Source::Tcp(TcpClient::from_u64(u64::MAX - 1));
        let by_tcp = other.seal(&mut rng, client, &[]).unwrap();
        assert_eq!(by_tcp.len(), ONION_RETURN_STEP);
        assert_eq!(other.open(&by_tcp), Some((client, vec![])));
        for (mono, opens) in [(7_199, true), (7_200, true), (8_399, true), (8_400, false)] {
            paths.tick(&mut rng, at(mono));
            assert_eq!(paths.open(&first).is_some(), opens, "{mono}");
        }
        for cut in 0..first.len() {
            assert_eq!(other.open(&second[..cut]), None);
        }
        for bit in 0..second.len() * 8 {
            let mut changed = second.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(other.open(&changed), None, "{bit}");
        }
    }
}
