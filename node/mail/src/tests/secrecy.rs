//! Forward secrecy: what can still come opens, and once it cannot come any more nothing on the disk opens it.

use rand::rngs::OsRng;
use toxdrop_proto::clock::CLOCK_SKEW;
use toxdrop_proto::day::Day;
use toxdrop_proto::ids::{UnixMillis, UnixSeconds};
use toxdrop_proto::keys::{DhtPublicKey, InboxSecret};
use toxdrop_proto::message::{
    Content, Intro, MessageSecret, Postage, Seal, open, seal, seal_weeks,
};
use toxdrop_proto::packet::{MAX_TTL, Packet};
use toxdrop_proto::record::RecordContents;
use toxdrop_proto::week::Week;

use crate::identity::Identity;
use crate::intent::ResealOptions;
use crate::tests::people::{DAY, World, deaf};
use crate::tests::publishing::prompt;

/// What a sender made who knew this record, or none.
struct Letter {
    packet: Packet,
    /// The week whose seal key it is for; none for the inbox's own key.
    week: Option<Week>,
}

fn letter(to: &Identity, known: Option<&RecordContents>, now: UnixSeconds) -> Letter {
    let key = known.and_then(|record| record.seal_keys.for_sender(now));
    let packets = seal(&Seal {
        sender: &InboxSecret::from_seed(&[9; 32]),
        receiver: &to.key(),
        seal_key: key.map(|(_, key): (Week, &DhtPublicKey)| key),
        location: to.location(now),
        secret: &MessageSecret::generate(&mut OsRng),
        sent: UnixMillis(now.0 * 1_000),
        not_after: now.plus(MAX_TTL),
        last: Day::last_for(now),
        expires: now.plus(MAX_TTL),
        intro: &Intro::default(),
        content: &Content::Text("secret".to_owned()),
        postage: Postage::Stamps,
    });
    Letter {
        packet: packets.unwrap().remove(0),
        week: key.map(|(week, _)| week),
    }
}

/// As a receiver opens it.
fn opens(inbox: &Identity, letter: &Letter, now: UnixSeconds) -> bool {
    let secrets = inbox.seal_secrets(seal_weeks(letter.packet.last(), now));
    let secrets = secrets.iter().map(|(_, secret)| secret);
    open(&inbox.secret, secrets, &letter.packet).is_ok()
}

/// With all secrets that there are, of all weeks in which anything was sealed.
fn opens_with_all(inbox: &Identity, letter: &Letter) -> bool {
    let secrets = inbox.seal_secrets(Week::from_number(0)..=Week::from_number(u64::MAX));
    let secrets = secrets.iter().map(|(_, secret)| secret);
    open(&inbox.secret, secrets, &letter.packet).is_ok()
}

#[tokio::test]
async fn all_that_can_come_opens_and_nothing_on_the_disk_opens_what_cannot_come_any_more() {
    let world = World::new();
    world.network.lock().clock_offsets = vec![0; 5];
    let mut bob = world.person_with("bob", prompt());
    bob.round().await;
    let mut records: Vec<RecordContents> = Vec::new();
    let mut letters: Vec<Letter> = Vec::new();
    let (mut opened, mut gone) = (0, 0);
    for day in 0..100 {
        world.time.pass(DAY);
        bob.round().await;
        if day == 30 {
            let resealed = bob.mail.reseal("", ResealOptions::default(), deaf());
            resealed.await.unwrap();
        }
        // As it stands on the disk.
        bob = world.restart(bob);
        let (inbox, now) = (bob.mail.inbox("").unwrap(), world.time.unix());
        records.extend(inbox.record.clone());
        records.dedup();
        // Whether the record was seen lately, long ago or never; by clocks that are right, and off.
        let known = [Some(0), Some(2), Some(4), None][day % 4];
        let known = known.and_then(|ago| records.iter().rev().nth(ago));
        let clocks = [now, UnixSeconds(now.0 - CLOCK_SKEW), now.plus(CLOCK_SKEW)];
        letters.push(letter(&inbox, known, clocks[day % 3]));
        letters.retain(|letter| {
            let ends = letter.packet.last().end();
            // In its first days and its last ones.
            if now < ends && (ends.since(now) > 27 * DAY || ends.since(now) <= 2 * DAY) {
                assert!(opens(&inbox, letter, now), "day {day}, {:?}", letter.week);
                opened += 1;
            }
            let erased = (letter.week).is_some_and(|week| week.secret_due() <= now);
            if erased {
                assert!(now >= ends && !opens_with_all(&inbox, letter), "day {day}");
                gone += 1;
            }
            // What was sealed for the inbox's own key stays as open as that.
            !erased && (now < ends || letter.week.is_some())
        });
    }
    assert!(opened > 200 && gone > 20, "{opened} {gone}");
}
