//! The inboxes of this node: key files under `inboxes/`, written atomically and readable by their owner only.
//!
//! Sends nothing; publishing is in `publish`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::rngs::OsRng;
use toxdrop_proto::address::Address;
use toxdrop_proto::codec::Reader;
use toxdrop_proto::ids::{Location, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{InboxPublicKey, InboxSecret};
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::record::InboxRecord;
use zeroize::Zeroizing;

use super::error::MailError;
use super::keyfile::{Former, KeyFile};
use toxdrop_durable as durable;

/// An inbox of ours.
#[derive(Clone)]
pub(crate) struct Identity {
    /// Its name here.
    pub(crate) name: String,
    /// Its secret.
    pub(crate) secret: Arc<InboxSecret>,
    /// When it was made.
    pub(crate) created: UnixSeconds,
    /// When it came to this node: the first one is the default.
    added: UnixMillis,
    /// The salt of the location in use.
    pub(crate) salt: Salt,
    /// Salts of former locations, and until when they are read.
    pub(crate) former: Vec<(Salt, UnixSeconds)>,
    /// The newest record that was published.
    pub(crate) record: Option<InboxRecord>,
}

impl Identity {
    /// Its public key.
    pub(crate) fn key(&self) -> InboxPublicKey {
        self.secret.public()
    }

    /// Its address.
    pub(crate) fn address(&self) -> Address {
        Address { key: self.key() }
    }

    /// Where senders store now.
    pub(crate) fn location(&self) -> Location {
        self.location_of(self.salt)
    }

    /// Where the inbox lies with this salt.
    pub(super) fn location_of(&self, salt: Salt) -> Location {
        inbox_location(&self.key(), salt)
    }

    /// All salts to read: the one in use, the default one, and former ones whose mail may still live.
    pub(crate) fn salts(&self, now: UnixSeconds) -> Vec<Salt> {
        let mut salts = vec![self.salt];
        let former = self.former.iter().filter(|(_, until)| *until > now);
        for salt in former.map(|(salt, _)| *salt).chain([Salt::DEFAULT]) {
            if !salts.contains(&salt) {
                salts.push(salt);
            }
        }
        salts
    }

    fn to_file(&self) -> KeyFile {
        let mut file = KeyFile::new(&self.name, &self.secret, self.created);
        file.added_unix_ms = self.added.0;
        file.salt = self.salt.to_string();
        file.former = self
            .former
            .iter()
            .map(|(salt, until)| Former {
                salt: salt.to_string(),
                until_unix: until.0,
            })
            .collect();
        file.record = self.record.as_ref().map(|r| hex::encode(r.encode()));
        file
    }

    fn from_file(file: &KeyFile, secret: InboxSecret) -> Result<Self, MailError> {
        let salt = |text: &str| {
            text.parse::<Salt>()
                .map_err(|error| MailError::KeyFile(format!("its salt: {error}")))
        };
        let record = match &file.record {
            None => None,
            Some(text) => {
                let bytes = hex::decode(text)
                    .map_err(|_| MailError::KeyFile("its record is not hexadecimal".to_owned()))?;
                let record = InboxRecord::decode(&mut Reader::new(&bytes))
                    .map_err(|error| MailError::KeyFile(format!("its record: {error}")))?;
                Some(record)
            }
        };
        Ok(Self {
            name: file.name.clone(),
            secret: Arc::new(secret),
            created: UnixSeconds(file.created_unix),
            added: UnixMillis(file.added_unix_ms),
            salt: salt(&file.salt)?,
            former: file
                .former
                .iter()
                .map(|f| Ok((salt(&f.salt)?, UnixSeconds(f.until_unix))))
                .collect::<Result<_, MailError>>()?,
            record,
        })
    }
}

/// All inboxes.
pub(super) struct Identities {
    dir: PathBuf,
    held: Mutex<BTreeMap<String, Identity>>,
}

impl Identities {
    /// Reads the key files of a data directory.
    pub(super) fn open(data_dir: &Path) -> Result<Self, MailError> {
        let dir = data_dir.join("inboxes");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| MailError::File { path, source }
        };
        create_private_dir(&dir).map_err(failed(&dir))?;
        let mut held = BTreeMap::new();
        for entry in std::fs::read_dir(&dir).map_err(failed(&dir))? {
            let path = entry.map_err(failed(&dir))?.path();
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            let text = Zeroizing::new(std::fs::read_to_string(&path).map_err(failed(&path))?);
            let corrupt = |detail: String| MailError::KeyFileDamaged {
                path: path.clone(),
                detail,
            };
            let identity = KeyFile::parse(&text)
                .and_then(|file| Identity::from_file(&file, file.secret(None)?))
                .map_err(|error| corrupt(error.to_string()))?;
            if path.file_stem().and_then(|stem| stem.to_str()) != Some(&identity.name) {
                return Err(corrupt(format!("it holds inbox \"{}\"", identity.name)));
            }
            held.insert(identity.name.clone(), identity);
        }
        Ok(Self {
            dir,
            held: Mutex::new(held),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Identity>> {
        // A panic elsewhere leaves the map whole: it is changed in single steps.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn all(&self) -> Vec<Identity> {
        let mut all: Vec<Identity> = self.lock().values().cloned().collect();
        all.sort_by_key(|identity| identity.added);
        all
    }

    /// By name or address; the oldest one for an empty selector.
    pub(super) fn find(&self, selector: &str) -> Result<Identity, MailError> {
        if selector.is_empty() {
            return self.all().into_iter().next().ok_or(MailError::NoInbox);
        }
        let by_address = selector.parse::<Address>().ok().map(|address| address.key);
        self.all()
            .into_iter()
            .find(|i| i.name == selector || Some(i.key()) == by_address)
            .ok_or_else(|| MailError::UnknownInbox(selector.to_owned()))
    }

    pub(super) fn create(&self, name: &str, now: UnixMillis) -> Result<Identity, MailError> {
        let secret = InboxSecret::generate(&mut OsRng);
        let file = KeyFile::new(name, &secret, now.seconds());
        self.add(Identity::from_file(&file, secret)?, now)
    }

    pub(super) fn import(
        &self,
        name: &str,
        text: &str,
        passphrase: Option<&str>,
        now: UnixMillis,
    ) -> Result<Identity, MailError> {
        let file = KeyFile::parse(text)?;
        let secret = file.secret(passphrase)?;
        let mut file = file.unsealed(&secret);
        if !name.is_empty() {
            name.clone_into(&mut file.name);
        }
        self.add(Identity::from_file(&file, secret)?, now)
    }

    fn add(&self, mut identity: Identity, now: UnixMillis) -> Result<Identity, MailError> {
        check_name(&identity.name)?;
        let mut held = self.lock();
        // After all others, even where several come within a millisecond.
        let last = held.values().map(|i| i.added.0).max().unwrap_or(0);
        identity.added = UnixMillis(now.0.max(last.saturating_add(1)));
        if held.contains_key(&identity.name) {
            return Err(MailError::NameTaken(identity.name));
        }
        if let Some(same) = held.values().find(|i| i.key() == identity.key()) {
            return Err(MailError::KeyHeld(same.name.clone()));
        }
        self.write(&identity)?;
        held.insert(identity.name.clone(), identity.clone());
        Ok(identity)
    }

    /// Writes a changed identity down.
    pub(super) fn update(&self, identity: &Identity) -> Result<(), MailError> {
        let mut held = self.lock();
        self.write(identity)?;
        held.insert(identity.name.clone(), identity.clone());
        Ok(())
    }

    pub(super) fn export(
        &self,
        identity: &Identity,
        passphrase: Option<&str>,
    ) -> Result<String, MailError> {
        let mut file = identity.to_file();
        if let Some(passphrase) = passphrase {
            file = file.sealed(passphrase, &mut OsRng)?;
        }
        file.to_text().map(|text| text.to_string())
    }

    /// Writes beside, flushes, renames: a crash leaves the old file or the new one.
    fn write(&self, identity: &Identity) -> Result<(), MailError> {
        let path = self.dir.join(format!("{}.json", identity.name));
        let failed = |source| MailError::File {
            path: path.clone(),
            source,
        };
        let beside = self.dir.join(format!("{}.new", identity.name));
        let text = identity.to_file().to_text()?;
        let mut options = std::fs::OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        durable::rename(&beside, &path).map_err(failed)
    }
}

fn check_name(name: &str) -> Result<(), MailError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let fine = (1..=64).contains(&name.len())
        && name.chars().all(allowed)
        && !name.starts_with(['.', '-']);
    if fine {
        Ok(())
    } else {
        Err(MailError::BadName(name.to_owned()))
    }
}

fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
