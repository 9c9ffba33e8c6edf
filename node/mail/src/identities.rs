//! The inboxes of this node: key files under `inboxes/`, written atomically and readable by their owner only.
//!
//! Sends nothing; publishing is in `publish`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::OsRng;
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::UnixMillis;
use toxdrop_proto::keys::{InboxPublicKey, InboxSecret};
use zeroize::Zeroizing;

use crate::error::MailError;
use crate::identity::Identity;
use crate::keyfile::KeyFile;

/// All inboxes.
pub(crate) struct Identities {
    dir: PathBuf,
    held: Mutex<BTreeMap<String, Identity>>,
}

impl Identities {
    /// Reads the key files of a data directory.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, MailError> {
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

    pub(crate) fn all(&self) -> Vec<Identity> {
        let mut all: Vec<Identity> = self.lock().values().cloned().collect();
        all.sort_by_key(|identity| identity.added);
        all
    }

    /// By name or address; the oldest one for an empty selector.
    pub(crate) fn find(&self, selector: &str) -> Result<Identity, MailError> {
        if selector.is_empty() {
            return self.all().into_iter().next().ok_or(MailError::NoInbox);
        }
        self.find_named(selector)
    }

    /// By name or address.
    pub(crate) fn find_named(&self, selector: &str) -> Result<Identity, MailError> {
        let by_address = selector.parse::<Address>().ok().map(|address| address.key);
        self.all()
            .into_iter()
            .find(|i| i.name == selector || Some(i.key()) == by_address)
            .ok_or_else(|| MailError::UnknownInbox(selector.to_owned()))
    }

    pub(crate) fn by_key(&self, key: &InboxPublicKey) -> Option<Identity> {
        let held = self.lock();
        held.values().find(|i| i.key() == *key).cloned()
    }

    pub(crate) fn create(&self, name: &str, now: UnixMillis) -> Result<Identity, MailError> {
        let secret = InboxSecret::generate(&mut OsRng);
        let file = KeyFile::new(name, &secret, now.seconds());
        self.add(Identity::from_file(&file, secret)?, now)
    }

    pub(crate) fn import(
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
    pub(crate) fn update(&self, identity: &Identity) -> Result<(), MailError> {
        let mut held = self.lock();
        self.write(identity)?;
        held.insert(identity.name.clone(), identity.clone());
        Ok(())
    }

    /// Removes an identity's file, for good.
    pub(crate) fn remove(&self, identity: &Identity) -> Result<(), MailError> {
        let mut held = self.lock();
        let path = self.file(&identity.name);
        toxdrop_durable::remove(&path).map_err(|source| MailError::File { path, source })?;
        held.remove(&identity.name);
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.json"))
    }

    pub(crate) fn export(
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
        let path = self.file(&identity.name);
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
        toxdrop_durable::rename(&beside, &path).map_err(failed)
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
