//! Whether something lies at a place of an inbox, for who knows the inbox's address: the only way to tell whose it is.
//!
//! Opens nothing; what a record holds is [`super::record`]'s matter.

use std::ops::RangeInclusive;

use toxdrop_proto::address::Address;
use toxdrop_proto::clock::CLOCK_SKEW;
use toxdrop_proto::day::MAX_LAST_DAYS;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::period::{PERIOD_LEN, Period};
use toxdrop_proto::place::{Place, PlaceClass, PlaceSecret, RecordPoint};

use super::units;

/// The periods in whose places something can lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: Period,
    /// The last.
    pub last: Period,
}

impl Span {
    /// Of a packet, by its last day: at most 28 days before it the packet was made, and stored in the period that it was
    /// by its maker's clock. A record lies also where mail of the period before lies, and in advance.
    #[must_use]
    pub fn of(packet: &Packet) -> Self {
        let last = packet.last();
        if let Some(head) = packet.record_head() {
            let made = head.week.begin();
            return Self {
                first: at(before(made, CLOCK_SKEW)).previous(),
                last: at(head.ends()).max(at(head.week.end().plus(CLOCK_SKEW)).next()),
            };
        }
        Self {
            first: at(before(last.minus(MAX_LAST_DAYS).begin(), CLOCK_SKEW)),
            last: at(last.end().plus(CLOCK_SKEW)),
        }
    }

    /// Of something that tells no time and is looked at now: a tombstone, whose packet lived in the last 28 days.
    #[must_use]
    pub fn around(now: u64) -> Self {
        let now = UnixSeconds(now);
        Self {
            first: at(before(now, PERIOD_LEN + CLOCK_SKEW)),
            last: at(now.plus(CLOCK_SKEW)),
        }
    }

    fn periods(self) -> impl Iterator<Item = Period> {
        numbers(self).map(Period::from_number)
    }
}

fn numbers(span: Span) -> RangeInclusive<u64> {
    span.first.number()..=span.last.number()
}

fn at(time: UnixSeconds) -> Period {
    Period::at(time)
}

fn before(time: UnixSeconds, seconds: u64) -> UnixSeconds {
    UnixSeconds(time.0.saturating_sub(seconds))
}

/// An address and a secret as somebody types them.
///
/// # Errors
/// A sentence that says what is wrong with which.
pub fn read(address: &str, secret: &str) -> Result<(Address, Option<PlaceSecret>), String> {
    let address: Address = address.parse().map_err(|error| format!("{error}"))?;
    let secret = secret.trim();
    if secret.is_empty() {
        return Ok((address, None));
    }
    let bytes = hex::decode(secret).ok().and_then(|b| b.try_into().ok());
    let bytes = bytes.ok_or("the secret: it has 32 hexadecimal digits; copy it again")?;
    Ok((address, Some(PlaceSecret::from_bytes(bytes))))
}

/// The place of the address's inbox that has this location: its front door or a record point, or, where a secret is
/// given, its front door or contacts' place with that secret.
#[must_use]
pub fn find(
    location: &[u8; 32],
    span: Span,
    address: &Address,
    secret: Option<&PlaceSecret>,
) -> Option<Place> {
    let places = span.periods().flat_map(|period| {
        let points = RecordPoint::ALL.map(|point| Place::record_point(period, point));
        let door = Place::front_door(period, PlaceSecret::zero());
        let secret = secret.into_iter().flat_map(move |secret| {
            [Place::front_door, Place::contacts].map(|place| place(period, secret.clone()))
        });
        points.into_iter().chain([door]).chain(secret)
    });
    let here = |place: &Place| place.location(&address.key).as_bytes() == location;
    places.into_iter().find(here)
}

/// A place in words.
#[must_use]
pub fn describe(place: &Place) -> String {
    let name = match place.class() {
        PlaceClass::FrontDoor if place.secret().is_zero() => {
            "the front door (secret zero)".to_owned()
        }
        PlaceClass::FrontDoor => "the front door with this secret".to_owned(),
        PlaceClass::Contacts => "the contacts' place with this secret".to_owned(),
        PlaceClass::RecordPoint(point) => {
            format!(
                "record point {} of {}",
                point.index() + 1,
                RecordPoint::ALL.len()
            )
        }
    };
    format!("{name}, of {}", period(place.period()))
}

fn period(period: Period) -> String {
    format!(
        "period {period} ({} to {})",
        units::day(period.begin().0),
        units::day(period.end().0)
    )
}

/// What it means that no place has the location.
#[must_use]
pub fn denial(span: Span, has_secret: bool) -> String {
    let (first, last) = (span.first, span.last);
    let periods = if first == last {
        format!("in period {first}")
    } else {
        format!("in the periods {first} to {last}")
    };
    let nowhere = format!(
        "No place found: {periods}, when it can have been stored, neither this inbox's front door (secret zero)"
    );
    if has_secret {
        format!(
            "{nowhere} nor a record point, nor the front door or the contacts' place with this secret, lies here."
        )
    } else {
        format!(
            "{nowhere} nor a record point lies here. A contacts' place, or a front door that moved, cannot be tested by who \
             knows only the address."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors;
    use super::*;

    #[test]
    fn packets_span_holds_the_period_that_it_was_stored_in() {
        for bytes in vectors::packets() {
            let span = Span::of(&Packet::parse(&bytes).unwrap());
            let numbers = numbers(span);
            assert!(numbers.contains(&744), "{numbers:?}");
            assert!(numbers.count() <= 4);
        }
    }

    #[test]
    fn beginning_of_time_has_no_period_before() {
        let around = Span::around(0);
        assert_eq!(numbers(around), 0..=0);
        assert_eq!(numbers(Span::around(PERIOD_LEN)), 0..=1);
    }
}
