//! The inboxes of this node: making, finding, exporting and importing them.
//!
//! Their key files are in `identities`; what an owner publishes is in `publish`.

use rand::rngs::OsRng;
use toxdrop_proto::address::Address;
use toxdrop_proto::keys::InboxPublicKey;

use crate::error::MailError;
use crate::identity::Identity;
use crate::keyfile;
use crate::state::Mail;

impl Mail {
    /// Makes an inbox.
    ///
    /// # Errors
    /// [`MailError`] if the name cannot be used or is taken, or the key file cannot be written.
    pub fn create_inbox(&self, name: &str) -> Result<Identity, MailError> {
        let identity = self.inner.identities.create(name, self.now_ms())?;
        self.settle_default()?;
        self.inboxes_changed();
        Ok(identity)
    }

    /// All inboxes, oldest first.
    #[must_use]
    pub fn inboxes(&self) -> Vec<Identity> {
        self.inner.identities.all()
    }

    /// An inbox by name or address; the default one for an empty selector.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox.
    pub fn inbox(&self, selector: &str) -> Result<Identity, MailError> {
        match (selector, self.inner.config.default_inbox.as_str()) {
            ("", "") => self.recorded_default(),
            ("", set) => self.inner.identities.find_named(set),
            (named, _) => self.inner.identities.find_named(named),
        }
    }

    /// The inbox with that key.
    pub(crate) fn inbox_of(&self, key: &InboxPublicKey) -> Result<Identity, MailError> {
        let found = self.inner.identities.by_key(key);
        found.ok_or_else(|| MailError::UnknownInbox(Address::from(*key).to_string()))
    }

    /// The inbox of that name or address, or all for an empty selector.
    pub(crate) fn selected(&self, selector: &str) -> Result<Vec<Identity>, MailError> {
        let inboxes = match selector {
            "" => self.inboxes(),
            selector => vec![self.inbox(selector)?],
        };
        if inboxes.is_empty() {
            return Err(MailError::NoInbox);
        }
        Ok(inboxes)
    }

    /// An inbox's key file, all secrets in it sealed where a passphrase is given. Sealing takes a while on purpose.
    ///
    /// # Errors
    /// [`MailError`] if there is no such inbox.
    pub fn export_inbox(
        &self,
        selector: &str,
        passphrase: Option<&[u8]>,
    ) -> Result<String, MailError> {
        let identity = self.inbox(selector)?;
        keyfile::write(&identity, passphrase, &mut OsRng).map(|text| text.to_string())
    }

    /// Takes an inbox in from the bytes of its key file, or of a Tox profile, plain or encrypted. Where no name is given it is
    /// called as its key file says; a profile needs one. A passphrase that is not needed is not used.
    ///
    /// From a profile comes the inbox's key alone. A device that got only that opens what is sealed for the key; what is sealed
    /// for seal keys that another device published, it does not ([`Identity::has_published_keys`]).
    ///
    /// # Errors
    /// [`MailError`] if it is neither of the two, damaged, cut short or of another format, a passphrase is needed or wrong, the
    /// name cannot be used, or the name or the inbox is here already. Nothing is changed then.
    pub fn import_inbox(
        &self,
        bytes: &[u8],
        name: &str,
        passphrase: Option<&[u8]>,
    ) -> Result<Identity, MailError> {
        let now = self.now_ms();
        let identity = (self.inner.identities).import(bytes, name, passphrase, now)?;
        self.settle_default()?;
        self.forget_unopened()?;
        self.inboxes_changed();
        Ok(identity)
    }
}
