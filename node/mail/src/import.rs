//! What can become an inbox: one made here, our own key files, and Tox profiles, plain or encrypted.
//!
//! Writes nothing; taking it in is in `identities`.

use std::sync::Arc;

use rand_core::CryptoRngCore;
use toxdrop_proto::ids::UnixMillis;
use toxdrop_proto::keys::InboxSecret;
use toxdrop_proto::message::DisplayName;
use toxdrop_proto::place::PlaceSecret;
use toxdrop_proto::seal::SealKeyring;
use toxdrop_proto::tox::{ProfileError, open_profile};

use crate::error::MailError;
use crate::identity::Identity;
use crate::keyfile;

/// A new inbox.
pub(crate) fn make(name: &str, now: UnixMillis, rng: &mut impl CryptoRngCore) -> Identity {
    let secret = InboxSecret::generate(rng);
    begin(name, secret, now, rng)
}

/// An inbox from the bytes of its key file, or of a Tox profile. What other devices publish is not known yet.
pub(crate) fn read(
    bytes: &[u8],
    name: &str,
    passphrase: Option<&[u8]>,
    now: UnixMillis,
    rng: &mut impl CryptoRngCore,
) -> Result<Identity, MailError> {
    let mut identity = match std::str::from_utf8(bytes) {
        Ok(text) if text.trim_start().starts_with('{') => keyfile::read(text, passphrase)?,
        _ => {
            let profile = open_profile(bytes, passphrase).map_err(refused)?;
            if name.is_empty() {
                return Err(MailError::NameNeeded);
            }
            Identity {
                display_name: profile.name().and_then(shown),
                nospam: Some(profile.tox_id().nospam),
                ..begin(name, profile.inbox(), now, rng)
            }
        }
    };
    if !name.is_empty() {
        name.clone_into(&mut identity.name);
    }
    // However old the file is, the network has what was published since.
    identity.record_read = false;
    Ok(identity)
}

fn refused(error: ProfileError) -> MailError {
    match error {
        ProfileError::NotAProfile => MailError::NothingToImport,
        ProfileError::Encrypted => MailError::PassphraseNeeded("Tox profile"),
        ProfileError::Passphrase => MailError::Passphrase("Tox profile"),
        other => MailError::Profile(other),
    }
}

/// A profile's name as receivers can show it.
fn shown(name: &str) -> Option<DisplayName> {
    let visible: String = name.chars().filter(|c| !c.is_control()).collect();
    visible.trim().parse().ok()
}

fn begin(
    name: &str,
    secret: InboxSecret,
    now: UnixMillis,
    rng: &mut impl CryptoRngCore,
) -> Identity {
    Identity {
        name: name.to_owned(),
        secret: Arc::new(secret),
        created: now.seconds(),
        added: now,
        display_name: None,
        nospam: None,
        front_door: PlaceSecret::zero(),
        contacts: PlaceSecret::generate(rng),
        former: Vec::new(),
        seals: SealKeyring::begin(rng, now.seconds()),
        record: None,
        record_read: true,
    }
}
