//! Secrets of fixed length that entries of `mail.redb` hold in hex.
//!
//! Says only whether the text is one; what a damaged entry means is known to who reads it.

use zeroize::Zeroizing;

/// The bytes; `None` if the text is not 2·N hexadecimal digits.
pub(crate) fn array<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    hex::decode_to_slice(text, bytes.as_mut()).ok()?;
    Some(bytes)
}
