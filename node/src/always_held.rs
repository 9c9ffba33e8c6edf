//! The places of the inboxes that this node always holds for: they move with the period, so they are told to the store anew.
//!
//! Knows no secrets but those of inboxes that live here: of another's inbox it holds what everybody finds who has its address.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use toxdrop_mail::Mail;
use toxdrop_proto::ids::{Location, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_store::Store;

use crate::clock::Clock;

/// Pause between looks at what the places are now: an inbox that moves is followed so soon.
const PAUSE: Duration = Duration::from_secs(60);

/// Where an inbox's mail and records lie for who knows its address alone. The next period's are there in time.
pub(crate) fn open_places(key: &InboxPublicKey, now: UnixSeconds) -> BTreeSet<Location> {
    let periods = Period::read_at(now).chain([Period::at(now).next()]);
    periods
        .flat_map(|period| {
            let door = Place::front_door(period, PlaceSecret::zero());
            let points = RecordPoint::ALL.map(|point| Place::record_point(period, point));
            points.into_iter().chain([door])
        })
        .map(|place| place.location(key))
        .collect()
}

/// Tells the store what to hold, as long as the node runs.
pub(crate) async fn keep_told(
    store: Arc<Store>,
    mail: Mail,
    keys: Vec<InboxPublicKey>,
    clock: Clock,
) {
    let mut told = BTreeSet::new();
    loop {
        let now = clock.now().unix;
        let inboxes = mail.inboxes();
        let own = inboxes.iter().filter(|inbox| keys.contains(&inbox.key()));
        let mut places: BTreeSet<Location> =
            own.flat_map(|inbox| inbox.read_locations(now)).collect();
        places.extend(keys.iter().flat_map(|key| open_places(key, now)));
        if places != told {
            let (store, these) = (Arc::clone(&store), places.clone());
            let done = tokio::task::spawn_blocking(move || store.set_always_held(now, these)).await;
            match done {
                Ok(Ok(())) => told = places,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "could not say what is always held; it is tried again");
                }
                Err(_) => return,
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use toxdrop_proto::keys::InboxSecret;
    use toxdrop_proto::period::PERIOD_LEN;

    use super::*;

    #[test]
    fn what_is_held_follows_the_periods_without_a_gap() {
        let key = InboxSecret::from_seed(&[1; 32]).public();
        let begin = UnixSeconds(700 * PERIOD_LEN);
        let (before, after) = (
            open_places(&key, UnixSeconds(begin.0 - 1)),
            open_places(&key, begin),
        );
        let door = Place::front_door(Period::at(begin), PlaceSecret::zero()).location(&key);
        assert!(before.contains(&door) && after.contains(&door));
        assert_ne!(before, after);
    }
}
