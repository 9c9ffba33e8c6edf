//! Which inboxes are listened to: one listener an inbox, shared by all who watch it.
//!
//! Listens to nothing itself; that is `listen`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio_util::sync::{CancellationToken, DropGuard};
use toxdrop_proto::keys::InboxPublicKey;

/// Keeps the listening to an inbox going; dropped by the last watcher, it ends it.
pub(crate) struct Listener {
    _end: DropGuard,
}

/// The inboxes that are listened to.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<HashMap<InboxPublicKey, Weak<Listener>>>);

impl Listeners {
    /// The listener of an inbox. Where there was none, it comes with what is cancelled at its end, and whoever asked begins
    /// to listen.
    pub(crate) fn join(&self, inbox: InboxPublicKey) -> (Arc<Listener>, Option<CancellationToken>) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listeners.get(&inbox).and_then(Weak::upgrade) {
            return (listener, None);
        }
        let token = CancellationToken::new();
        let listener = Arc::new(Listener {
            _end: token.clone().drop_guard(),
        });
        listeners.retain(|_, listener| listener.strong_count() > 0);
        listeners.insert(inbox, Arc::downgrade(&listener));
        (listener, Some(token))
    }
}
