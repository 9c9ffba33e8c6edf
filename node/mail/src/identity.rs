//! One inbox of this node: its name, its secret, and the places that it reads.
//!
//! Knows how it stands in a key file; reads and writes none.

use std::sync::Arc;

use toxdrop_proto::address::Address;
use toxdrop_proto::codec::Reader;
use toxdrop_proto::ids::{Location, Salt, UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{InboxPublicKey, InboxSecret};
use toxdrop_proto::location::inbox_location;
use toxdrop_proto::packet::MAX_TTL;
use toxdrop_proto::record::InboxRecord;

use crate::error::MailError;
use crate::keyfile::{Former, KeyFile};

/// An inbox of ours.
#[derive(Clone)]
pub struct Identity {
    /// Its name here.
    pub name: String,
    /// Its secret.
    pub(crate) secret: Arc<InboxSecret>,
    /// When it was made.
    pub created: UnixSeconds,
    /// When it came to this node: the first one is the default.
    pub(crate) added: UnixMillis,
    /// The salt of the location in use.
    pub salt: Salt,
    /// Salts of former locations, and until when they are read.
    pub former: Vec<(Salt, UnixSeconds)>,
    /// The newest record that was published, here or by another device.
    pub record: Option<InboxRecord>,
}

impl Identity {
    /// Its public key.
    #[must_use]
    pub fn key(&self) -> InboxPublicKey {
        self.secret.public()
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        Address { key: self.key() }
    }

    /// Where senders store now.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location_of(self.salt)
    }

    /// Where the inbox lies with this salt.
    pub(crate) fn location_of(&self, salt: Salt) -> Location {
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

    /// Goes to the place of this salt. The one in use becomes a former one, which is read until nothing can lie there any more.
    pub(crate) fn go_to(&mut self, salt: Salt, now: UnixSeconds) {
        if salt != self.salt {
            // Senders use the old record until it expires, and what they store last may live for 28 days more.
            let until = now.plus(2 * MAX_TTL);
            let old = std::mem::replace(&mut self.salt, salt);
            self.former.retain(|(former, _)| *former != old);
            self.former.push((old, until));
        }
        self.former.retain(|(_, until)| *until > now);
    }

    pub(crate) fn to_file(&self) -> KeyFile {
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

    pub(crate) fn from_file(file: &KeyFile, secret: InboxSecret) -> Result<Self, MailError> {
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
