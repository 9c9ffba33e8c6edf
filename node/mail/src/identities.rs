//! The inboxes of this node: key files under `inboxes/`, written atomically and readable by their owner only.
//!
//! Sends nothing; publishing is in `publish`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::OsRng;
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::UnixMillis;
use toxdrop_proto::keys::InboxPublicKey;
use zeroize::Zeroizing;

use crate::error::MailError;
use crate::identity::Identity;
use crate::{files, import, keyfile};

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
        files::create_private_dir(&dir).map_err(failed(&dir))?;
        let mut held = BTreeMap::new();
        for path in files::list(&dir).map_err(failed(&dir))? {
            files::remove_unfinished(&path).map_err(failed(&path))?;
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            let text = Zeroizing::new(std::fs::read_to_string(&path).map_err(failed(&path))?);
            let corrupt = |detail: String| MailError::KeyFileDamaged {
                path: path.clone(),
                detail,
            };
            let identity =
                keyfile::read(&text, None).map_err(|error| corrupt(error.to_string()))?;
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
        self.add(import::make(name, now, &mut OsRng), now)
    }

    pub(crate) fn import(
        &self,
        bytes: &[u8],
        name: &str,
        passphrase: Option<&[u8]>,
        now: UnixMillis,
    ) -> Result<Identity, MailError> {
        self.add(import::read(bytes, name, passphrase, now, &mut OsRng)?, now)
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

    /// Changes an inbox as it is now, and writes it down; nothing is changed if that fails. Whoever wrote down what was read a
    /// while ago would bring erased secrets back.
    pub(crate) fn change<T>(
        &self,
        key: &InboxPublicKey,
        change: impl FnOnce(&mut Identity) -> Result<T, MailError>,
    ) -> Result<(Identity, T), MailError> {
        let mut held = self.lock();
        let found = held.values_mut().find(|identity| identity.key() == *key);
        let held = found.ok_or_else(|| MailError::UnknownInbox(Address::from(*key).to_string()))?;
        let mut changed = held.clone();
        let outcome = change(&mut changed)?;
        self.write(&changed)?;
        *held = changed.clone();
        Ok((changed, outcome))
    }

    /// Removes an identity's file, for good.
    pub(crate) fn remove(&self, identity: &Identity) -> Result<(), MailError> {
        let mut held = self.lock();
        let path = self.file(&identity.name);
        files::remove_secret(&path).map_err(|source| MailError::File { path, source })?;
        held.remove(&identity.name);
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.json"))
    }

    fn write(&self, identity: &Identity) -> Result<(), MailError> {
        let path = self.file(&identity.name);
        let text = keyfile::write(identity, None, &mut OsRng)?;
        let written = files::write_secret(&path, text.as_bytes());
        written.map_err(|source| MailError::File { path, source })
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
