//! Tox profiles: the file in which a Tox client keeps its keys (Tox spec, "State Format"), read, never written.
//!
//! Only plain ones, and of them the keys, the nospam and the name; encrypted ones are told from others, and opened in
//! `profile_passphrase.rs`. What a client keeps there beside, friends above all, is passed over.
//!
//! ```text
//! profile = zeros 4 ‖ 0x15ed1b1f 4 ‖ sections ‖ end section ‖ whatever follows
//! section = length 4 ‖ type 2 ‖ 0x01ce 2 ‖ data        (all numbers little-endian)
//! ```

use std::fmt;

use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::tox_id::{Nospam, ToxId};
use crate::keys::{DhtSecretKey, InboxSecret};

/// First bytes of a plain profile.
const PLAIN_HEAD: [u8; 8] = [0, 0, 0, 0, 0x1f, 0x1b, 0xed, 0x15];
/// First bytes of an encrypted one.
pub(super) const ENCRYPTED_HEAD: [u8; 8] = *b"toxEsave";
/// Second half of a section's head, after the type.
const SECTION_MARK: u16 = 0x01ce;

const KEYS: u16 = 1;
const NAME: u16 = 4;
const END: u16 = 255;

/// nospam 4 ‖ public key 32 ‖ secret key 32.
const KEYS_LEN: usize = 68;
/// The longest name, in bytes, that Tox has (`TOX_MAX_NAME_LENGTH`).
const MAX_NAME: usize = 128;

/// What a profile says about its owner.
#[derive(Clone)]
pub struct ToxProfile {
    id: ToxId,
    secret_key: Zeroizing<[u8; 32]>,
    name: Option<String>,
}

/// A file that cannot be used as a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// Other first bytes.
    #[error("this is not a Tox profile; look for a file that ends in .tox")]
    NotAProfile,
    /// The file ends before its end section, or within its head.
    #[error("the Tox profile is cut short: it ends after {0} bytes; copy it again")]
    CutShort(usize),
    /// A section that is longer than what is left of the file.
    #[error(
        "the Tox profile is cut short or damaged: at byte {offset} it promises {len} bytes, but {left} are left; copy it again"
    )]
    BeyondEnd {
        /// Where the section's data begins.
        offset: usize,
        /// Its length as the file says.
        len: usize,
        /// How much there is.
        left: usize,
    },
    /// Bytes that are no section.
    #[error("the Tox profile is damaged at byte {0}; copy it again")]
    NoSection(usize),
    /// No section with keys, two of them, or one of another length.
    #[error("the Tox profile is damaged: it should hold one key pair; copy it again")]
    Keys,
    /// The public key does not belong to the secret key.
    #[error("the Tox profile is damaged: its public and its secret key are no pair; copy it again")]
    Inconsistent,
    /// A passphrase is needed.
    #[error("the Tox profile is encrypted: give its passphrase")]
    Encrypted,
    /// The passphrase is wrong, or the encrypted bytes were changed.
    #[error("the passphrase is wrong, or the Tox profile is damaged")]
    Passphrase,
}

impl ToxProfile {
    /// Whether the bytes begin as an encrypted profile does.
    #[must_use]
    pub fn is_encrypted(bytes: &[u8]) -> bool {
        bytes.starts_with(&ENCRYPTED_HEAD)
    }

    /// Reads a plain profile.
    ///
    /// # Errors
    /// [`ProfileError`]; of an encrypted profile, [`ProfileError::Encrypted`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProfileError> {
        if Self::is_encrypted(bytes) {
            return Err(ProfileError::Encrypted);
        }
        let mut rest = bytes.strip_prefix(&PLAIN_HEAD).ok_or_else(|| {
            if !bytes.is_empty() && PLAIN_HEAD.starts_with(bytes) {
                ProfileError::CutShort(bytes.len())
            } else {
                ProfileError::NotAProfile
            }
        })?;
        let mut keys = None;
        let mut name = None;
        loop {
            let offset = bytes.len() - rest.len();
            let (kind, data, after) = section(rest, offset, bytes.len())?;
            match kind {
                KEYS if keys.is_some() => return Err(ProfileError::Keys),
                KEYS => keys = Some(data),
                NAME => name = text(data),
                END => break,
                _ => {}
            }
            rest = after;
        }
        let (id, secret_key) = read_keys(keys.ok_or(ProfileError::Keys)?)?;
        Ok(Self {
            id,
            secret_key,
            name,
        })
    }

    /// The owner's Tox ID.
    #[must_use]
    pub fn tox_id(&self) -> ToxId {
        self.id
    }

    /// The Tox secret key.
    #[must_use]
    pub fn expose_secret_key(&self) -> &[u8; 32] {
        &self.secret_key
    }

    /// The inbox that the Tox key pair owns.
    #[must_use]
    pub fn inbox(&self) -> InboxSecret {
        InboxSecret::from_tox(&self.secret_key)
    }

    /// The name that the owner shows to friends; `None` if there is none that could be shown. It may hold any
    /// characters.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl fmt::Debug for ToxProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToxProfile(of {})", self.id)
    }
}

/// The type and the data of the section at the beginning of `rest`, and what follows it.
fn section(rest: &[u8], offset: usize, total: usize) -> Result<(u16, &[u8], &[u8]), ProfileError> {
    let Some((&[l0, l1, l2, l3, t0, t1, m0, m1], rest)) = rest.split_first_chunk() else {
        return Err(ProfileError::CutShort(total));
    };
    if u16::from_le_bytes([m0, m1]) != SECTION_MARK {
        return Err(ProfileError::NoSection(offset));
    }
    let beyond = |len| ProfileError::BeyondEnd {
        offset: offset + 8,
        len,
        left: rest.len(),
    };
    let len = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    let (data, after) = rest.split_at_checked(len).ok_or_else(|| beyond(len))?;
    Ok((u16::from_le_bytes([t0, t1]), data, after))
}

fn read_keys(data: &[u8]) -> Result<(ToxId, Zeroizing<[u8; 32]>), ProfileError> {
    let data: &[u8; KEYS_LEN] = data.try_into().map_err(|_| ProfileError::Keys)?;
    let mut id = ToxId {
        public_key: [0; 32],
        nospam: Nospam([0; 4]),
    };
    let mut secret_key = Zeroizing::new([0; 32]);
    id.nospam.0.copy_from_slice(&data[..4]);
    id.public_key.copy_from_slice(&data[4..36]);
    secret_key.copy_from_slice(&data[36..]);
    let public = DhtSecretKey::from_bytes(*secret_key).public();
    if public.as_bytes().ct_eq(&id.public_key).into() {
        Ok((id, secret_key))
    } else {
        Err(ProfileError::Inconsistent)
    }
}

/// A name, if it is one that can be shown.
fn text(data: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(data).ok()?;
    (1..=MAX_NAME)
        .contains(&name.len())
        .then(|| name.to_owned())
}
