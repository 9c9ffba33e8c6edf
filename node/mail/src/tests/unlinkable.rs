//! A holder's attempt to join the places of one inbox, who knows no inbox key and sees all that nodes store and are asked.
//!
//! What is tried: that two places show the same value in some field, or the same difference of two values. Not tried, because
//! they join by design (PROTOCOL.md, 20): what is asked in one moment, how often, and terms that few inboxes ask for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use toxdrop_proto::ids::{Location, UnixSeconds};
use toxdrop_proto::keys::InboxPublicKey;
use toxdrop_proto::packet::Packet;
use toxdrop_proto::period::Period;
use toxdrop_proto::place::{Place, PlaceSecret, RecordPoint};

use crate::intent::MoveOptions;
use crate::memory::network::Heard;
use crate::tests::people::{DAY, EPOCH, Person, World, deaf, quiet};
use crate::tests::publishing::publish;

const INBOXES: usize = 50;
/// The shares that chance alone gives are estimated by so many shuffles.
const SHUFFLES: usize = 40;

/// What shows at each place: the values of each field, in the order in which they were seen.
type Seen = BTreeMap<&'static str, BTreeMap<Location, Vec<u64>>>;

fn number(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let len = bytes.len().min(8);
    eight[8 - len..].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(eight)
}

fn note(seen: &mut Seen, field: &'static str, at: Location, value: u64) {
    seen.entry(field)
        .or_default()
        .entry(at)
        .or_default()
        .push(value);
}

/// All fields in clear of a packet that lies at a place.
fn note_packet(seen: &mut Seen, packet: &Packet) {
    let at = packet.location();
    if let Some(head) = packet.record_head() {
        note(seen, "record's version", at, head.version);
        note(seen, "record's last day", at, packet.last().number().into());
        note(seen, "record's expiry", at, packet.expires().0);
        note(seen, "record's nonce", at, packet.nonce());
        note(
            seen,
            "record's key",
            at,
            number(packet.place_key().unwrap().as_bytes()),
        );
        note(
            seen,
            "record's box",
            at,
            number(&packet.body()[packet.body().len() - 128..]),
        );
    } else {
        note(
            seen,
            "message's last day",
            at,
            packet.last().number().into(),
        );
        note(seen, "message's expiry", at, packet.expires().0);
        note(seen, "message's length", at, packet.len() as u64);
        note(seen, "message's nonce", at, packet.nonce());
        note(
            seen,
            "message's key",
            at,
            number(packet.ephemeral_key().unwrap().as_bytes()),
        );
    }
}

/// All that holders stored and were asked.
fn seen_by_holders(world: &World) -> Seen {
    let mut seen = Seen::new();
    for (_, heard) in &world.network.lock().heard {
        match heard {
            Heard::Store(packet) => note_packet(&mut seen, packet),
            Heard::List(key) | Heard::Subscribe(key) | Heard::Retrieve(key, _) => {
                note(
                    &mut seen,
                    "owner's key",
                    key.location(),
                    number(key.as_bytes()),
                );
            }
            Heard::Delete(tombstones) => {
                for tombstone in tombstones {
                    let bytes = tombstone.encode();
                    let at = tombstone.location();
                    note(&mut seen, "tombstone's key", at, number(&bytes[1..]));
                    note(
                        &mut seen,
                        "tombstone's nonce",
                        at,
                        number(&bytes[bytes.len() - 64..]),
                    );
                }
            }
            Heard::FindRecord(_) | Heard::Extend(..) => {}
        }
    }
    seen
}

/// The values themselves, or the differences of those that follow each other at one place.
fn values(
    field: &BTreeMap<Location, Vec<u64>>,
    differences: bool,
) -> Vec<(Location, BTreeSet<u64>)> {
    let of_place = |(at, values): (&Location, &Vec<u64>)| {
        let shown = match differences {
            false => values.iter().copied().collect(),
            // The same value again says that something was stored again: when, that is, and nothing by itself.
            true => (values.windows(2))
                .map(|two| two[1].wrapping_sub(two[0]))
                .filter(|difference| *difference != 0)
                .collect(),
        };
        (*at, shown)
    };
    field.iter().map(of_place).collect()
}

/// How many pairs of places that share a value are of one inbox.
fn joined(places: &[BTreeSet<u64>], owners: &[usize]) -> usize {
    let mut by_value: HashMap<u64, Vec<usize>> = HashMap::new();
    for (place, shown) in places.iter().enumerate() {
        for value in shown {
            by_value.entry(*value).or_default().push(place);
        }
    }
    let mut pairs = 0;
    for places in by_value.values() {
        let mut of_inbox: HashMap<usize, usize> = HashMap::new();
        for place in places {
            *of_inbox.entry(owners[*place]).or_default() += 1;
        }
        pairs += of_inbox.values().map(|n| n * (n - 1) / 2).sum::<usize>();
    }
    pairs
}

/// The fields that join places of one inbox better than chance: by more than six standard deviations of what comes out when
/// places are dealt out anew among inboxes, each inbox getting as many as it has of those that were seen at the same times.
fn telling(seen: &Seen, owner: &HashMap<Location, (usize, u64)>) -> Vec<String> {
    let mut telling = Vec::new();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for (name, field) in seen {
        for differences in [false, true] {
            let (at, places): (Vec<Location>, Vec<BTreeSet<u64>>) =
                values(field, differences).into_iter().unzip();
            let (owners, periods): (Vec<usize>, Vec<u64>) = at.iter().map(|at| owner[at]).unzip();
            let found = joined(&places, &owners);
            let mut counts = Vec::new();
            for _ in 0..SHUFFLES {
                let mut dealt = owners.clone();
                // Within a period, where what is dated alike was seen alike.
                let all: BTreeSet<u64> = periods.iter().copied().collect();
                for period in all {
                    let here: Vec<usize> =
                        (0..dealt.len()).filter(|n| periods[*n] == period).collect();
                    let mut labels: Vec<usize> = here.iter().map(|n| dealt[*n]).collect();
                    labels.shuffle(&mut rng);
                    for (n, label) in here.into_iter().zip(labels) {
                        dealt[n] = label;
                    }
                }
                counts.push(joined(&places, &dealt) as f64);
            }
            let mean = counts.iter().sum::<f64>() / SHUFFLES as f64;
            let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>();
            let deviation = (variance / (SHUFFLES - 1) as f64).sqrt();
            if found as f64 > mean + 6.0 * deviation + 3.0 {
                let what = if differences {
                    "differences of the "
                } else {
                    "the "
                };
                telling.push(format!("{what}{name}: {found} pairs, {mean:.1} by chance"));
            }
        }
    }
    telling
}

/// All places that an inbox can have had, each with its period.
fn places_of(person: &Person, key: &InboxPublicKey) -> Vec<(Location, u64)> {
    let inbox = person.mail.inbox("").unwrap();
    let first = Period::at(UnixSeconds(EPOCH)).number() - 2;
    let mut places = Vec::new();
    for number in first..first + 8 {
        let period = Period::from_number(number);
        let points = RecordPoint::ALL.map(|point| Place::record_point(period, point));
        let doors = [Place::front_door(period, PlaceSecret::zero())];
        let former = inbox
            .former
            .iter()
            .map(|former| Place::front_door(period, former.secret.clone()));
        let all = points
            .into_iter()
            .chain(doors)
            .chain(inbox.places_in(period))
            .chain(former);
        places.extend(all.map(|place| (place.location(key), number)));
    }
    places
}

/// Somebody publishes, moves, writes and reads, as people do.
async fn live(world: &World, people: &[Person], rng: &mut ChaCha20Rng) {
    for phase in 0..3 {
        for person in people {
            publish(person, 28).await;
            if rng.gen_bool(0.3) {
                let options = MoveOptions {
                    at_once: true,
                    ..MoveOptions::default()
                };
                person.mail.move_inbox("", options, deaf()).await.unwrap();
            }
        }
        for day in 0..20 {
            for _ in 0..8 {
                let (from, to) = (rng.gen_range(0..INBOXES), rng.gen_range(0..INBOXES));
                let words = "word ".repeat(rng.gen_range(0..150));
                people[from].send(&people[to].address(), &words).await;
                people[rng.gen_range(0..INBOXES)].fetch().await;
                world.time.pass(rng.gen_range(0..6_000));
            }
            world.time.pass(DAY / 2 + day + phase);
        }
    }
    for person in people {
        person.fetch().await;
    }
}

#[tokio::test]
async fn nothing_that_holders_see_joins_two_places_of_an_inbox_better_than_chance() {
    let world = World::new();
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let people: Vec<Person> = (0..INBOXES)
        .map(|n| world.person_with(&format!("inbox{n}"), quiet()))
        .collect();
    live(&world, &people, &mut rng).await;

    let mut owner: HashMap<Location, (usize, u64)> = HashMap::new();
    for (number, person) in people.iter().enumerate() {
        let key = person.address().key;
        for (at, period) in places_of(person, &key) {
            owner.insert(at, (number, period));
        }
    }
    let seen = seen_by_holders(&world);
    assert!(seen["record's version"].len() > 12 * INBOXES);
    assert!(seen["message's key"].len() > INBOXES && seen["tombstone's key"].len() > INBOXES);
    assert_eq!(telling(&seen, &owner), Vec::<String>::new());

    // The same holder sees through versions that are a number of the inbox's own plus an offset of the place's.
    let mut bad = Seen::new();
    for (at, versions) in &seen["record's version"] {
        let (inbox, _) = owner[at];
        for (n, _) in versions.iter().enumerate() {
            let sequence = (n as u64 * 1_000) + n as u64 * inbox as u64;
            note(
                &mut bad,
                "version",
                *at,
                number(at.as_bytes()).wrapping_add(sequence),
            );
        }
    }
    assert_eq!(telling(&bad, &owner).len(), 1);
}
