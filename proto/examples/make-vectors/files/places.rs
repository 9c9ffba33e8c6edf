//! Vectors of places, of what is signed there, of pair keys, and of the times that places depend on.

use serde_json::{Value, json};
use toxdrop_proto::clock::CLOCK_SKEW;
use toxdrop_proto::ids::{NetworkId, UnixSeconds};
use toxdrop_proto::keys::PairRole;
use toxdrop_proto::period::{PERIOD_LEN, Period};
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::signature::{SignedCommand, SignedText};
use toxdrop_proto::week::{WEEK_LEN, Week};

use super::{hash_of, hex, inboxes, kind};

pub(super) fn places() -> Value {
    let secret = || PlaceSecret::from_bytes(std::array::from_fn(|i| hash_of(b"place")[i]));
    inboxes()
        .iter()
        .flat_map(|inbox| {
            let [now, later] = [744, 745].map(Period::from_number);
            let points = RecordPoint::ALL.map(|point| Place::record_point(now, point));
            [
                Place::front_door(now, PlaceSecret::zero()),
                Place::front_door(later, PlaceSecret::zero()),
                Place::front_door(now, secret()),
                Place::contacts(now, secret()),
            ]
            .into_iter()
            .chain(points)
            .map(|place| {
                let signer = place.signer(inbox);
                // What is signed does not matter here; the commands' own vectors have their fields.
                let fields: [&[u8]; 1] = [&hash_of(b"fields")];
                let text = SignedText::new(NetworkId::MAIN, SignedCommand::List, &fields);
                json!({
                    "kind": kind(inbox),
                    "inbox_secret": hex(inbox.expose()),
                    "inbox_key": inbox.public().to_string(),
                    "class": place.class().code(),
                    "period": place.period().number(),
                    "secret": hex(place.secret().expose()),
                    "key": place.key(&inbox.public()).to_string(),
                    "location": place.location(&inbox.public()).to_string(),
                    "signed": hex(text.as_bytes()),
                    "signature": signer.sign(&text).to_string(),
                })
            })
            .collect::<Vec<_>>()
        })
        .collect()
}

pub(super) fn pairs() -> Value {
    let inboxes = inboxes();
    [(0, 1), (1, 0), (0, 4), (4, 5), (5, 4)]
        .into_iter()
        .map(|(writer, reader)| {
            let (writer, reader) = (&inboxes[writer], &inboxes[reader]);
            let period = Period::from_number(744);
            let signer = writer
                .pair(PairRole::Writer, &reader.public(), period)
                .unwrap();
            let text =
                SignedText::new(NetworkId::MAIN, SignedCommand::List, &[&hash_of(b"fields")]);
            json!({
                "writer_kind": kind(writer),
                "writer_secret": hex(writer.expose()),
                "writer_key": writer.public().to_string(),
                "reader_kind": kind(reader),
                "reader_secret": hex(reader.expose()),
                "reader_key": reader.public().to_string(),
                "period": period.number(),
                "key": signer.public().to_string(),
                "location": signer.public().location().to_string(),
                "signed": hex(text.as_bytes()),
                "signature": signer.sign(&text).to_string(),
            })
        })
        .collect()
}

pub(super) fn times() -> Value {
    let begin = 744 * PERIOD_LEN;
    [
        0,
        WEEK_LEN - 1,
        WEEK_LEN,
        begin,
        begin + CLOCK_SKEW - 1,
        begin + CLOCK_SKEW,
        begin + PERIOD_LEN / 2,
        begin + PERIOD_LEN - CLOCK_SKEW - 1,
        begin + PERIOD_LEN - CLOCK_SKEW,
        begin + PERIOD_LEN - 1,
        1_800_000_000,
    ]
    .into_iter()
    .map(|seconds| {
        let time = UnixSeconds(seconds);
        json!({
            "time": seconds,
            "period": Period::at(time).number(),
            "period_begin": Period::at(time).begin().0,
            "period_end": Period::at(time).end().0,
            "periods_read": Period::read_at(time).map(Period::number).collect::<Vec<_>>(),
            "week": Week::at(time).number(),
            "week_begin": Week::at(time).begin().0,
            "seal_secret_due": Week::at(time).secret_due().0,
            "oldest_week_needed": Week::oldest_needed(time).number(),
        })
    })
    .collect()
}
