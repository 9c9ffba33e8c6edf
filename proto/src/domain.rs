//! Domain separation strings: the first bytes of everything that is hashed or signed, one for each use.
//!
//! Says nothing about what follows them; that stands with each use, and all together in PROTOCOL.md, section 1. No
//! string is the beginning of another, and the fields after one have fixed lengths, so that no two inputs collide.

/// A place's location, from the place's key.
pub(crate) const LOCATION: &[u8] = b"toxdrop v2 location";
/// The blinding factor, from an inbox key and a place's salt.
pub(crate) const BLINDING: &[u8] = b"toxdrop v2 blinding";
/// An inbox's nonce prefix, from its secret scalar.
pub(crate) const NONCE_PREFIX: &[u8] = b"toxdrop v2 nonce prefix";
/// A blinded key's nonce prefix, from the inbox's prefix and the blinded key.
pub(crate) const BLINDED_PREFIX: &[u8] = b"toxdrop v2 blinded prefix";
/// The seed of a pair key.
pub(crate) const PAIR: &[u8] = b"toxdrop v2 pair key";
/// The next link of a chain of seal keys.
pub(crate) const SEAL_CHAIN: &[u8] = b"toxdrop v2 seal chain";
/// A week's seal secret, from that week's link of the chain.
pub(crate) const SEAL_SECRET: &[u8] = b"toxdrop v2 seal secret";
/// Everything signed.
pub(crate) const SIGNATURE: &[u8] = b"toxdrop v2 signature";
/// A packet's id.
pub(crate) const PACKET_ID: &[u8] = b"toxdrop v2 packet id";
/// A message's id, from its secret.
pub(crate) const MESSAGE_ID: &[u8] = b"toxdrop v2 message id";
/// The seed of a packet's ephemeral key, from the message's secret.
pub(crate) const EPHEMERAL_SEED: &[u8] = b"toxdrop v2 ephemeral seed";
/// The nonce of a message's outer box.
pub(crate) const OUTER_NONCE: &[u8] = b"toxdrop v2 outer nonce";
/// The key of a message's inner box.
pub(crate) const INNER_KEY: &[u8] = b"toxdrop v2 inner key";
/// The nonce of a message's inner box.
pub(crate) const INNER_NONCE: &[u8] = b"toxdrop v2 inner nonce";
/// The key that a record is sealed under in one place.
pub(crate) const RECORD_KEY: &[u8] = b"toxdrop v2 record key";
/// The nonce of a sealed record.
pub(crate) const RECORD_NONCE: &[u8] = b"toxdrop v2 record nonce";
/// The number that a record's versions begin with in one place.
pub(crate) const RECORD_START: &[u8] = b"toxdrop v2 record start";
/// The steps from a record's version to the next in one place.
pub(crate) const RECORD_STEPS: &[u8] = b"toxdrop v2 record steps";
/// What stands in the token field before a token is known.
pub(crate) const FIRST_TOKEN: &[u8] = b"toxdrop v2 first token";
/// What an asker tries solutions of a puzzle with.
pub(crate) const PUZZLE: &[u8] = b"toxdrop v2 puzzle";
/// What a node that dials back says.
pub(crate) const DIALLED: &[u8] = b"toxdrop v2 dialled";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_domain_is_the_beginning_of_another() {
        let all = [
            LOCATION,
            BLINDING,
            NONCE_PREFIX,
            BLINDED_PREFIX,
            PAIR,
            SEAL_CHAIN,
            SEAL_SECRET,
            SIGNATURE,
            PACKET_ID,
            MESSAGE_ID,
            EPHEMERAL_SEED,
            OUTER_NONCE,
            INNER_KEY,
            INNER_NONCE,
            RECORD_KEY,
            RECORD_NONCE,
            RECORD_START,
            RECORD_STEPS,
            FIRST_TOKEN,
            PUZZLE,
            DIALLED,
        ];
        for (i, one) in all.iter().enumerate() {
            for (j, other) in all.iter().enumerate() {
                assert!(i == j || !other.starts_with(one), "{i} begins {j}");
            }
        }
    }
}
