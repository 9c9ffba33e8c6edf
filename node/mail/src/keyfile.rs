//! Key files: an inbox with all its secrets as text, in the data directory and for export, optionally under a passphrase.
//!
//! JSON; what a passphrase does is in `sealed`, where the files lie in `identities`.

use std::sync::Arc;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use toxdrop_proto::ids::{UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{InboxSecret, SecretKind};
use toxdrop_proto::place::{PlaceClass, PlaceSecret};
use toxdrop_proto::record::RecordContents;
use toxdrop_proto::seal::SealKeyring;
use toxdrop_proto::tox::Nospam;
use zeroize::Zeroizing;

use crate::error::MailError;
use crate::identity::{FormerPlace, Identity};
use crate::sealed::Sealed;

const FORMAT: &str = "toxdrop inbox key";
const VERSION: u32 = 2;

/// Hexadecimal text that is wiped from memory when dropped.
struct SecretText(Zeroizing<String>);

impl SecretText {
    fn of(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(hex::encode(bytes)))
    }

    fn array<const N: usize>(&self, what: &str) -> Result<Zeroizing<[u8; N]>, MailError> {
        let mut bytes = Zeroizing::new([0; N]);
        hex::decode_to_slice(self.0.as_str(), bytes.as_mut())
            .map_err(|_| bad(format!("its {what} is not {} hexadecimal digits", 2 * N)))?;
        Ok(bytes)
    }

    fn bytes(&self, what: &str) -> Result<Zeroizing<Vec<u8>>, MailError> {
        let bytes = hex::decode(self.0.as_str());
        let bytes = bytes.map_err(|_| bad(format!("its {what} is not hexadecimal")))?;
        Ok(Zeroizing::new(bytes))
    }
}

impl Serialize for SecretText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// What a key file of any format begins with.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// What the inbox's secret is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Seed,
    Tox,
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    format: String,
    version: u32,
    name: String,
    created_unix: u64,
    /// When it came to the node that wrote this.
    #[serde(default)]
    added_unix_ms: u64,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nospam: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// Whether the node that wrote this knows what other devices publish.
    record_read: bool,
    /// All secrets, or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secrets: Option<Secrets>,
    /// the same under a passphrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
}

/// What only the inbox's owner may know. All values are hexadecimal.
#[derive(Serialize, Deserialize)]
struct Secrets {
    /// The seed, or the Tox secret key.
    secret: SecretText,
    front_door: SecretText,
    contacts: SecretText,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former: Vec<Former>,
    /// The chains of seal keys.
    seals: SecretText,
    /// The newest own record's contents, which name the front door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<SecretText>,
}

/// A former place, read until what may lie there has expired.
#[derive(Serialize, Deserialize)]
struct Former {
    class: u8,
    secret: SecretText,
    until_unix: u64,
}

fn bad(what: impl Into<String>) -> MailError {
    MailError::KeyFile(what.into())
}

fn parsed(error: serde_json::Error) -> MailError {
    if error.is_eof() {
        return bad("it is cut short; copy it again");
    }
    bad(error.to_string())
}

/// The text of an inbox's key file; all secrets in it sealed where a passphrase is given.
pub(crate) fn write(
    identity: &Identity,
    passphrase: Option<&[u8]>,
    rng: &mut impl CryptoRngCore,
) -> Result<Zeroizing<String>, MailError> {
    let secrets = Secrets::of(identity);
    let (secrets, sealed) = match passphrase {
        None => (Some(secrets), None),
        Some(passphrase) => {
            let plain = Zeroizing::new(serde_json::to_vec(&secrets).map_err(parsed)?);
            (None, Some(Sealed::seal(&plain, passphrase, rng)?))
        }
    };
    let file = KeyFile {
        format: FORMAT.to_owned(),
        version: VERSION,
        name: identity.name.clone(),
        created_unix: identity.created.0,
        added_unix_ms: identity.added.0,
        kind: match identity.secret.kind() {
            SecretKind::Seed => Kind::Seed,
            SecretKind::Tox => Kind::Tox,
        },
        nospam: identity.nospam.map(|nospam| nospam.to_string()),
        display_name: (identity.display_name.as_ref()).map(ToString::to_string),
        record_read: identity.record_read,
        secrets,
        sealed,
    };
    serde_json::to_string_pretty(&file)
        .map(|text| Zeroizing::new(text + "\n"))
        .map_err(parsed)
}

/// Reads an inbox from the text of its key file. A passphrase that is not needed is not used.
pub(crate) fn read(text: &str, passphrase: Option<&[u8]>) -> Result<Identity, MailError> {
    // First of all: what stands in a file of another version nobody here knows.
    let head: Head = serde_json::from_str(text).map_err(parsed)?;
    if head.format != FORMAT {
        return Err(bad(format!("its format is {:?}", head.format)));
    }
    if head.version < VERSION {
        return Err(MailError::KeyFileEarlier(head.version));
    }
    if head.version > VERSION {
        return Err(MailError::KeyFileVersion(head.version));
    }
    let file: KeyFile = serde_json::from_str(text).map_err(parsed)?;
    let secrets = match (&file.secrets, &file.sealed) {
        (Some(secrets), None) => return secrets.identity(&file),
        (None, Some(sealed)) => {
            let needed = || MailError::PassphraseNeeded("key file");
            sealed.open(passphrase.ok_or_else(needed)?)?
        }
        _ => return Err(bad("it holds no secrets, or some twice")),
    };
    let secrets: Secrets = serde_json::from_slice(&secrets).map_err(parsed)?;
    secrets.identity(&file)
}

impl Secrets {
    fn of(identity: &Identity) -> Self {
        let former = |former: &FormerPlace| Former {
            class: former.class.code(),
            secret: SecretText::of(former.secret.expose()),
            until_unix: former.until.0,
        };
        let record = identity.record.as_ref().map(RecordContents::encode);
        Self {
            secret: SecretText::of(identity.secret.expose()),
            front_door: SecretText::of(identity.front_door.expose()),
            contacts: SecretText::of(identity.contacts.expose()),
            former: identity.former.iter().map(former).collect(),
            seals: SecretText::of(&identity.seals.encode()),
            record: record.map(|bytes| SecretText::of(&Zeroizing::new(bytes))),
        }
    }

    fn identity(&self, file: &KeyFile) -> Result<Identity, MailError> {
        let place = |text: &SecretText, what| -> Result<PlaceSecret, MailError> {
            Ok(PlaceSecret::from_bytes(*text.array(what)?))
        };
        let former = |former: &Former| -> Result<FormerPlace, MailError> {
            Ok(FormerPlace {
                class: PlaceClass::from_code(former.class)
                    .ok_or_else(|| bad("a former place is of an unknown class"))?,
                secret: place(&former.secret, "former place's secret")?,
                until: UnixSeconds(former.until_unix),
            })
        };
        let record = |text: &SecretText| {
            RecordContents::decode(&text.bytes("record")?)
                .map_err(|error| bad(format!("its record: {error}")))
        };
        let secret = self.secret.array("secret")?;
        let mut nospam = None;
        if let Some(text) = &file.nospam {
            let mut bytes = [0; 4];
            hex::decode_to_slice(text, &mut bytes)
                .map_err(|_| bad("its nospam is not 8 hexadecimal digits"))?;
            nospam = Some(Nospam(bytes));
        }
        let display_name = file.display_name.as_deref().map(str::parse).transpose();
        Ok(Identity {
            name: file.name.clone(),
            secret: Arc::new(match file.kind {
                Kind::Seed => InboxSecret::from_seed(&secret),
                Kind::Tox => InboxSecret::from_tox(&secret),
            }),
            created: UnixSeconds(file.created_unix),
            added: UnixMillis(file.added_unix_ms),
            display_name: display_name.map_err(|error| bad(format!("{error}")))?,
            nospam,
            front_door: place(&self.front_door, "front door")?,
            contacts: place(&self.contacts, "contacts' secret")?,
            former: self.former.iter().map(former).collect::<Result<_, _>>()?,
            seals: SealKeyring::decode(&self.seals.bytes("chain of seal keys")?)
                .map_err(|error| bad(format!("its seal keys: {error}")))?,
            record: self.record.as_ref().map(record).transpose()?,
            record_read: file.record_read,
        })
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use toxdrop_proto::packet::Terms;
    use toxdrop_proto::week::Week;

    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(1)
    }

    /// An inbox with something in every field.
    fn inbox() -> Identity {
        let mut rng = rng();
        let seals = SealKeyring::begin(&mut rng, NOW);
        let mut identity = Identity {
            name: "bob".to_owned(),
            secret: Arc::new(InboxSecret::from_tox(&[7; 32])),
            created: UnixSeconds(1),
            added: UnixMillis(2),
            display_name: Some("Bob \"the\" Müller".parse().unwrap()),
            nospam: Some(Nospam([1, 2, 3, 4])),
            front_door: PlaceSecret::zero(),
            contacts: PlaceSecret::generate(&mut rng),
            former: Vec::new(),
            record: Some(RecordContents {
                revision: 5,
                made: NOW,
                front_door: PlaceSecret::generate(&mut rng),
                terms: Terms::NONE,
                seal_keys: seals.public_keys(Week::at(NOW)).unwrap(),
            }),
            seals,
            record_read: true,
        };
        identity.seals.reseal(&mut rng, NOW).unwrap();
        identity.go_to(PlaceSecret::generate(&mut rng), NOW);
        identity
    }

    fn same(one: &Identity, other: &Identity) -> bool {
        let plain = |identity| write(identity, None, &mut rng()).unwrap();
        plain(one) == plain(other) && one.key() == other.key()
    }

    #[test]
    fn a_key_file_is_read_back_whole_with_its_passphrase_and_no_other() {
        let inbox = inbox();
        let plain = write(&inbox, None, &mut rng()).unwrap();
        assert!(same(&read(&plain, None).unwrap(), &inbox));
        assert!(same(&read(&plain, Some(b"not needed")).unwrap(), &inbox));
        let sealed = write(&inbox, Some(b"correct horse"), &mut rng()).unwrap();
        for secret in [
            &inbox.secret.expose()[..],
            inbox.front_door.expose(),
            inbox.contacts.expose(),
            inbox.seals.present().expose(),
        ] {
            let text = hex::encode(secret);
            assert!(plain.contains(&text) && !sealed.contains(&text));
        }
        assert!(same(
            &read(&sealed, Some(b"correct horse")).unwrap(),
            &inbox
        ));
        let error = read(&sealed, Some(b"wrong")).err().unwrap();
        assert!(matches!(error, MailError::Passphrase(_)), "{error}");
        let error = read(&sealed, None).err().unwrap();
        assert!(matches!(error, MailError::PassphraseNeeded(_)), "{error}");
    }

    #[test]
    fn a_key_file_of_another_version_is_refused_whatever_stands_in_it() {
        for (version, words) in [
            (0, "make a new inbox"),
            (1, "make a new inbox"),
            (3, "version of toxdrop"),
            (u32::MAX, "version of toxdrop"),
        ] {
            let head = format!(r#"{{"format":"{FORMAT}","version":{version}"#);
            for rest in ["}", r#","name":7,"secret":"of another kind"}"#] {
                let error = read(&(head.clone() + rest), None).err().unwrap();
                let refused = match error {
                    MailError::KeyFileEarlier(found) => found == version && version < VERSION,
                    MailError::KeyFileVersion(found) => found == version && version > VERSION,
                    _ => false,
                };
                assert!(refused && error.to_string().contains(words), "{error}");
            }
        }
    }

    #[test]
    fn a_key_file_that_was_cut_short_anywhere_is_refused() {
        let text = write(&inbox(), None, &mut rng()).unwrap();
        for end in 0..text.trim_end().len() {
            if !text.is_char_boundary(end) {
                continue;
            }
            let error = read(&text[..end], None).err().unwrap();
            assert!(matches!(error, MailError::KeyFile(_)), "{end}");
            assert!(error.to_string().contains("cut short"), "{end}: {error}");
        }
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"format":"x","version":1,"name":"","created_unix":0,"salt":""}"#,
            r#"{"format":"toxdrop inbox key","version":2,"name":"a","created_unix":0,"kind":"seed","record_read":true}"#,
        ] {
            assert!(
                matches!(read(text, None), Err(MailError::KeyFile(_))),
                "{text}"
            );
        }
    }
}
