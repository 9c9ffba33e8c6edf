//! Vectors of the seal ratchet.

use serde_json::{Value, json};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::seal::{MAX_WEEKS_AHEAD, SealChain, record_end};
use toxdrop_proto::week::Week;

use super::{hash_of, hex};

pub(super) fn seal_keys() -> Value {
    let chain = SealChain::from_parts(Week::from_number(2976), &hash_of(b"chain"));
    let weeks: Vec<_> = [0, 1, 2, 5, 52, MAX_WEEKS_AHEAD]
        .into_iter()
        .map(|ahead| {
            let week = chain.week().plus(ahead);
            let secret = chain.secret(week).unwrap();
            json!({
                "week": week.number(),
                "link": hex(chain.at(week).unwrap().expose()),
                "secret": hex(secret.expose()),
                "public": secret.public().to_string(),
            })
        })
        .collect();
    let keys = chain.public_keys(chain.week().plus(1)).unwrap();
    let begin = keys.first.begin().0;
    let uses: Vec<_> = [
        begin - 1,
        begin,
        begin + 604_800,
        keys.first.plus(4).begin().0 - 1,
        record_end(keys.first).0,
        record_end(keys.first).0 + 3 * 3600 - 1,
        record_end(keys.first).0 + 3 * 3600,
    ]
    .into_iter()
    .map(|time| {
        let key = keys.for_sender(UnixSeconds(time));
        json!({ "time": time, "week": key.map(|(week, _)| week.number()) })
    })
    .collect();
    json!({
        "first_week": chain.week().number(),
        "first_link": hex(chain.expose()),
        "weeks": weeks,
        "record_week": keys.first.number(),
        "record_end": record_end(keys.first).0,
        "record_keys": keys.keys.map(|key| key.to_string()),
        "senders_use": uses,
    })
}
