//! Vectors of stamped packets, of standing, and of the days and weeks that packets depend on.

use serde_json::{Value, json};
use toxdrop_proto::day::{DAY_LEN, Day};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::message::{Intro, drop_after, seal_weeks};
use toxdrop_proto::packet::{Deposit, Packet, PacketPolicy, Standing};
use toxdrop_proto::place::{Place, RecordPoint};
use toxdrop_proto::pow::Difficulty;
use toxdrop_proto::week::WEEK_LEN;

use super::hex;
use super::stored::{CHEAP, NETWORK, NOW, front_door, pair, period, record_at, sealed, stamp};

/// Found by a search from 0; the search goes on from here should the packet change.
const SHORT_DEFAULT_NONCE: u64 = 1_886_882;

pub(super) fn packets() -> Value {
    let nothing = Intro::default();
    let short = sealed("see you at eight", 1, &nothing, false).swap_remove(0);
    let long = sealed("file", 2, &nothing, false).swap_remove(0);
    let at_point = record_at(&Place::record_point(period(), RecordPoint::ALL[0]));
    let at_door = record_at(&front_door());
    let expires = NOW.plus(7 * DAY_LEN);
    let deposit = Deposit::sign(&pair(), NETWORK, 4096, Day::last_for(NOW), expires).unwrap();
    // The last figure is the nonce that a search from 0 ends with.
    [
        ("short message, cheap", &short, CHEAP, 0),
        ("full message part, cheap", &long, CHEAP, 0),
        ("record at its first point, cheap", &at_point, CHEAP, 0),
        ("record at the front door, cheap", &at_door, CHEAP, 0),
        ("deposit for 4096 bytes, cheap", &deposit, CHEAP, 0),
        (
            "short message, default difficulty",
            &short,
            Difficulty::DEFAULT,
            SHORT_DEFAULT_NONCE,
        ),
    ]
    .into_iter()
    .map(|(name, packet, difficulty, start)| {
        stamped(name, &stamp(packet, difficulty, start), difficulty)
    })
    .collect()
}

fn stamped(name: &str, packet: &Packet, difficulty: Difficulty) -> Value {
    let policy = PacketPolicy {
        floor: difficulty,
        ..PacketPolicy::default()
    };
    packet.clone().verify(NOW, &policy).unwrap();
    json!({
        "name": name,
        "network_id": NETWORK.0,
        "packet": hex(packet.as_bytes()),
        "nonce": packet.nonce(),
        "expires": packet.expires().0,
        "kind": packet.kind() as u8,
        "last": packet.last().number(),
        "location": packet.location().to_string(),
        "id": packet.id().to_string(),
        "initial_hash": hex(packet.initial_hash()),
        "now": NOW.0,
        "nonce_trials_per_byte": difficulty.nonce_trials_per_byte,
        "extra_bytes": difficulty.extra_bytes,
        "charged_len": packet.charged_len(),
        "target": packet.target(difficulty, NOW),
        "value": packet.value(),
        "standing": packet.standing().unwrap().units(),
    })
}

pub(super) fn standings() -> Value {
    [
        (1 << 44, 1 << 10),
        (1, 340),
        (0, 0),
        (u64::MAX, 1024),
        (123_456_789_012_345, 400),
        (7_750_732_804_079, 152 + 65_536),
    ]
    .into_iter()
    .map(|(value, bytes)| {
        let standing = Standing::of(value, bytes);
        let needed = standing.needed_to_displace();
        json!({
            "value": value,
            "bytes": bytes,
            "standing": standing.units(),
            "needed_to_displace": needed.map(Standing::units),
            "greatest_value": standing.greatest_value(bytes),
        })
    })
    .collect()
}

pub(super) fn lives() -> Value {
    let begin = 2976 * WEEK_LEN;
    let times = [0, begin, begin + DAY_LEN - 1, begin + WEEK_LEN - 60, NOW.0];
    let days: Vec<_> = times
        .map(UnixSeconds)
        .map(|now| {
            json!({
                "now": now.0,
                "day": Day::at(now).number(),
                "last_for": Day::last_for(now).number(),
                "latest_last": Day::latest_last(now).number(),
                "last_end": Day::last_for(now).end().0,
            })
        })
        .into();
    let sealed: Vec<_> = [
        (28, 0),
        (28, WEEK_LEN - 1),
        (28, 28 * DAY_LEN),
        (7, DAY_LEN),
    ]
    .map(|(last_days, later)| {
        let last = Day::at(UnixSeconds(begin)).plus(last_days);
        let weeks = seal_weeks(last, UnixSeconds(begin + later));
        json!({
            "last": last.number(),
            "now": begin + later,
            "first_week": weeks.start().number(),
            "last_week": weeks.end().number(),
        })
    })
    .into();
    let dropped: Vec<_> = [0, NOW.0 + 60, NOW.0 + 28 * DAY_LEN, u64::MAX]
        .map(|not_after| {
            json!({
                "now": NOW.0,
                "not_after": not_after,
                "drop_after": drop_after(UnixSeconds(not_after), NOW).0,
            })
        })
        .into();
    json!({ "days": days, "sealed_in": sealed, "dropped": dropped })
}
