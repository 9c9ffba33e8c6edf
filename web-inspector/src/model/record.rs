//! A record opened with the inbox's key: its contents, and whether a reader believes it (PROTOCOL.md, 7.2).
//!
//! Finds no place; [`super::belongs`] does.

use toxdrop_proto::anatomy;
use toxdrop_proto::clock::CLOCK_SKEW;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::{Packet, StampedPacket};
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceClass};
use toxdrop_proto::record::{OpenRecordError, RecordContents, open_record};

use super::belongs;
use super::checks::Check;
use super::finding::Field;
use super::gloss;
use super::units;

/// What a record turned out to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedRecord {
    /// What a reader looks at, in order.
    pub checks: Vec<Check>,
    /// The contents' fields; none where the record is not to be believed.
    pub fields: Vec<Field>,
    /// Where the front door is that it names.
    pub door: Option<Door>,
}

/// The front door that a record names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Its secret in hex, if that is not zero.
    pub secret: Option<String>,
    /// Each period in which senders may use the record, and the door's location in it.
    pub locations: Vec<(String, String)>,
}

/// Opens what lies at a place of an inbox, at the time `now`; `None` if it is no record.
#[must_use]
pub fn open(
    packet: &Packet,
    inbox: &InboxPublicKey,
    place: &Place,
    now: u64,
) -> Option<OpenedRecord> {
    let head = packet.record_head()?;
    let stored = StampedPacket::from_store(packet.as_bytes()).ok()?;
    let opened = open_record(inbox, place, &stored);
    let mut checks = rules(&opened, place, packet);
    let Ok(contents) = opened else {
        return Some(OpenedRecord {
            checks,
            fields: Vec::new(),
            door: None,
        });
    };
    checks.push(date(&contents, now));
    // Senders whose clock is behind use the record for a while after its end.
    let span = belongs::Span {
        first: Period::at(head.week.begin()),
        last: Period::at(head.ends().plus(CLOCK_SKEW)),
    };
    Some(OpenedRecord {
        checks,
        fields: fields(&contents),
        door: Some(door(&contents, inbox, span)),
    })
}

/// The rules of 7.2 in the order in which they are looked at; what comes after a broken one stays open.
fn rules(
    opened: &Result<RecordContents, OpenRecordError>,
    place: &Place,
    packet: &Packet,
) -> Vec<Check> {
    let terms = match place.class() {
        PlaceClass::RecordPoint(_) => "are the constant ones of a record point",
        PlaceClass::FrontDoor | PlaceClass::Contacts => "are the sealed ones",
    };
    let version = packet.record_head().map_or(0, |head| head.version);
    let rules = [
        ("Box", "opens with the inbox's key".to_owned()),
        ("Form", "the contents are well-formed".to_owned()),
        (
            "Version number",
            format!("{version} is that of the sealed revision, at this place"),
        ),
        (
            "Week",
            "of the last day, of the date and of the seal keys are one".to_owned(),
        ),
        ("Terms", format!("in clear {terms}")),
    ];
    let broken = opened.as_ref().err().map(|error| {
        let at = match error {
            OpenRecordError::NotARecord | OpenRecordError::OtherPlace | OpenRecordError::Box => 0,
            OpenRecordError::Malformed(_) => 1,
            OpenRecordError::Contradiction("version") => 2,
            OpenRecordError::Contradiction("week") => 3,
            OpenRecordError::Contradiction(_) => 4,
        };
        (at, error.to_string())
    });
    let mut checks = Vec::new();
    for (at, (what, holds)) in rules.into_iter().enumerate() {
        checks.push(match &broken {
            Some((wrong, error)) if at == *wrong => Check::new(what, false, error.clone()),
            Some((wrong, _)) if at > *wrong => {
                Check::unknown(what, "is not looked at: the record is to be ignored")
            }
            _ => Check::new(what, true, holds),
        });
    }
    checks
}

fn date(contents: &RecordContents, now: u64) -> Check {
    let ahead = contents.is_dated_ahead(UnixSeconds(now));
    let date = units::date(contents.made.0);
    Check::new(
        "Date",
        !ahead,
        if ahead {
            format!("{date} is more than a day ahead of this clock: the record is to be ignored")
        } else {
            format!("{date} is not more than a day ahead of this clock")
        },
    )
}

fn fields(contents: &RecordContents) -> Vec<Field> {
    let (cut, _) = anatomy::record_contents_fields(&contents.encode());
    let mut weeks = contents.seal_keys.by_week().map(|(week, _)| week);
    let mut fields: Vec<Field> = cut.into_iter().map(Field::from).collect();
    for key in fields.iter_mut().filter(|field| field.name == "seal key") {
        key.gloss = weeks.next().map(|week| gloss::week(week.number()));
    }
    fields
}

fn door(contents: &RecordContents, inbox: &InboxPublicKey, span: belongs::Span) -> Door {
    let secret = &contents.front_door;
    let locations = (span.first.number()..=span.last.number()).map(|number| {
        let place = Place::front_door(Period::from_number(number), secret.clone());
        (
            format!("period {number}"),
            place.location(inbox).to_string(),
        )
    });
    Door {
        secret: (!secret.is_zero()).then(|| hex::encode(secret.expose())),
        locations: locations.collect(),
    }
}
