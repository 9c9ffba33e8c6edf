//! The connection ids of one client: whom it has asked for, and who of them has asked for it as well.
//!
//! Knows one client's half only; that both halves agree is the relay's business.

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{TCP_CONNECTIONS, TcpConnectionId};

use super::outputs::TcpClient;

/// The other end of a connection: which client, and by what id it knows it.
pub(super) type OtherEnd = (TcpClient, TcpConnectionId);

/// One connection of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// Whom the client has asked for.
    pub(super) key: DhtPublicKey,
    /// Where data goes, while that one is here and has asked for this client.
    pub(super) other: Option<OtherEnd>,
}

/// All of a client's connections.
#[derive(Debug, Default)]
pub(super) struct Links {
    slots: Vec<Option<Link>>,
}

impl Links {
    /// The id under which this key was asked for.
    pub(super) fn find(&self, key: &DhtPublicKey) -> Option<TcpConnectionId> {
        let asked_for = |slot: &Option<Link>| slot.is_some_and(|link| link.key == *key);
        let index = self.slots.iter().position(asked_for)?;
        TcpConnectionId::from_index(index)
    }

    /// Gives out the lowest free id; `None` if there is none.
    pub(super) fn add(&mut self, key: DhtPublicKey) -> Option<TcpConnectionId> {
        let link = Some(Link { key, other: None });
        let free = self.slots.iter().position(Option::is_none);
        let index = free.unwrap_or(self.slots.len());
        if index >= TCP_CONNECTIONS {
            return None;
        }
        match self.slots.get_mut(index) {
            Some(slot) => *slot = link,
            None => self.slots.push(link),
        }
        TcpConnectionId::from_index(index)
    }

    /// The connection with this id; `None` if that was not given out.
    pub(super) fn get(&self, id: TcpConnectionId) -> Option<Link> {
        self.slots.get(id.index()).copied().flatten()
    }

    /// From now on data goes there; `None`: nowhere.
    pub(super) fn set_other(&mut self, id: TcpConnectionId, other: Option<OtherEnd>) {
        if let Some(Some(link)) = self.slots.get_mut(id.index()) {
            link.other = other;
        }
    }

    /// Gives an id up. `None` if it was not given out.
    pub(super) fn remove(&mut self, id: TcpConnectionId) -> Option<Link> {
        let link = self.slots.get_mut(id.index())?.take();
        while matches!(self.slots.last(), Some(None)) {
            self.slots.pop();
        }
        link
    }

    /// The other ends of all connections that have one.
    pub(super) fn others(&self) -> impl Iterator<Item = OtherEnd> {
        self.slots.iter().flatten().filter_map(|link| link.other)
    }
}
