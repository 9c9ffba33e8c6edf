//! The postman: brings what is in the outbox to its quorum, and looks after stored messages until they end.
//!
//! Runs until the node stops; also picks up what an earlier run of the node left unfinished.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;

use super::Mail;
use super::db::Table;
use super::outbox::{Delivery, Outgoing};

/// How often the outbox is looked through.
const ROUND: Duration = Duration::from_secs(5);

struct Pause {
    next: Duration,
    length: Duration,
}

/// The postman's rounds.
pub(super) async fn run(mail: Mail, mut stopped: watch::Receiver<bool>) {
    let mut pauses: HashMap<String, Pause> = HashMap::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        let messages = match mail.inner.db.scan::<Outgoing>(Table::Outbox, &[]) {
            Ok(messages) => messages,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                continue;
            }
        };
        for (_, message) in messages {
            if *stopped.borrow() {
                return;
            }
            round(&mail, &mut pauses, message).await;
        }
    }
}

async fn round(mail: &Mail, pauses: &mut HashMap<String, Pause>, message: Outgoing) {
    let now = mail.inner.clock.now();
    let config = &mail.inner.config;
    let name = message.message_id.clone();
    if message.has_ended(now.unix, config.quorum) {
        pauses.remove(&name);
        return;
    }
    let first = Duration::from_secs(config.retry_seconds);
    let longest = Duration::from_secs(config.recheck_seconds);
    let stored = message.delivery(now.unix, config.quorum) == Delivery::Stored;
    match pauses.get(&name) {
        Some(pause) if now.mono < pause.next => return,
        // Stored moments ago, by the send itself.
        None if stored => {
            let next = now.mono + first;
            pauses.insert(
                name,
                Pause {
                    next,
                    length: first,
                },
            );
            return;
        }
        _ => {}
    }
    let Some(claim) = message.id().ok().and_then(|id| mail.claim(id)) else {
        return;
    };
    // It may have changed while others worked on it.
    let current = mail.inner.db.get::<Outgoing>(Table::Outbox, &message.key());
    let Ok(Some(current)) = current else { return };
    if let Err(error) = mail.bring(claim, current, None).await {
        tracing::warn!(message = %name, %error, "a message could not be brought out; it stays in the outbox");
    }
    let length = pauses
        .get(&name)
        .map_or(first, |pause| (pause.length * 2).min(longest));
    let next = mail.inner.clock.now().mono + length;
    pauses.insert(name, Pause { next, length });
}
