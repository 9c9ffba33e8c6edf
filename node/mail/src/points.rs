//! At which places an inbox's record belongs, and where it is looked for.
//!
//! Stores and asks nothing.

use toxdrop_proto::clock::CLOCK_SKEW;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};
use toxdrop_proto::seal::record_end;
use toxdrop_proto::week::{WEEK_LEN, Week};

use crate::identity::Identity;

/// Where somebody looks for a record at `now`: the points of the present period, near a boundary also the other's, because the
/// owner's clock may be ahead or behind.
pub(crate) fn where_to_look(now: UnixSeconds) -> Vec<Place> {
    let skewed = [
        UnixSeconds(now.0.saturating_sub(CLOCK_SKEW)),
        now,
        now.plus(CLOCK_SKEW),
    ];
    points_of(skewed.map(Period::at))
}

/// Where a record that was made in `week` belongs: at the points of every period in which it is in force, for senders look in
/// the one that it is then; and wherever mail lies that its holders shall judge by it, or will in the next period.
pub(crate) fn where_to_store(identity: &Identity, week: Week, now: UnixSeconds) -> Vec<Place> {
    let in_force = (week.begin().0..record_end(week).0)
        .step_by(usize::try_from(WEEK_LEN).unwrap_or(usize::MAX))
        .map(|time| Period::at(UnixSeconds(time)));
    let mut places = points_of(in_force);
    for period in each_once(Period::read_at(now).chain([Period::at(now).next()])) {
        // The first door is read always, also by strangers who know no record.
        let first = Place::front_door(period, PlaceSecret::zero());
        for place in identity.places_in(period).into_iter().chain([first]) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places
}

fn points_of(periods: impl IntoIterator<Item = Period>) -> Vec<Place> {
    let points = |period| RecordPoint::ALL.map(|point| Place::record_point(period, point));
    each_once(periods).into_iter().flat_map(points).collect()
}

fn each_once(periods: impl IntoIterator<Item = Period>) -> Vec<Period> {
    let mut periods: Vec<Period> = periods.into_iter().collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use toxdrop_proto::ids::UnixMillis;
    use toxdrop_proto::period::PERIOD_LEN;
    use toxdrop_proto::place::PlaceClass;

    use super::*;
    use crate::import;

    const BOUNDARY: u64 = 700 * PERIOD_LEN;

    fn periods(places: &[Place], class: impl Fn(PlaceClass) -> bool) -> Vec<u64> {
        let of = places.iter().filter(|place| class(place.class()));
        let mut periods: Vec<_> = of.map(|place| place.period().number()).collect();
        periods.dedup();
        periods
    }

    #[test]
    fn a_record_is_at_the_points_of_every_period_in_which_somebody_looks_while_it_is_in_force() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let inbox = import::make("bob", UnixMillis(BOUNDARY * 1_000), &mut rng);
        for made in (BOUNDARY..BOUNDARY + PERIOD_LEN).step_by(40_000) {
            let week = Week::at(UnixSeconds(made));
            let stored = where_to_store(&inbox, week, UnixSeconds(made));
            for then in (made..record_end(week).0).step_by(40_000) {
                // By a clock that is right.
                let here = Place::record_point(Period::at(UnixSeconds(then)), RecordPoint::ALL[0]);
                assert!(stored.contains(&here), "{made} {then}");
                assert!(where_to_look(UnixSeconds(then)).contains(&here));
            }
        }
    }

    #[test]
    fn a_record_is_where_mail_is_read_and_will_be_next() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let now = UnixSeconds(BOUNDARY + PERIOD_LEN / 2);
        let mut inbox = import::make("bob", UnixMillis(now.0 * 1_000), &mut rng);
        let stored = where_to_store(&inbox, Week::at(now), now);
        for class in [PlaceClass::FrontDoor, PlaceClass::Contacts] {
            assert_eq!(periods(&stored, |of| of == class), [699, 700, 701]);
        }
        assert_eq!(stored.len(), 2 * 4 + 2 * 3);
        inbox.go_to(PlaceSecret::generate(&mut rng), now);
        let moved = where_to_store(&inbox, Week::at(now), now);
        assert_eq!(moved.len(), stored.len() + 3);
        assert!(stored.iter().all(|place| moved.contains(place)));
    }

    #[test]
    fn near_a_boundary_both_periods_are_looked_in() {
        let looked = |now| periods(&where_to_look(UnixSeconds(now)), |_| true);
        assert_eq!(looked(BOUNDARY - CLOCK_SKEW - 1), [699]);
        assert_eq!(looked(BOUNDARY - CLOCK_SKEW), [699, 700]);
        assert_eq!(looked(BOUNDARY + CLOCK_SKEW - 1), [699, 700]);
        assert_eq!(looked(BOUNDARY + CLOCK_SKEW), [700]);
    }
}
