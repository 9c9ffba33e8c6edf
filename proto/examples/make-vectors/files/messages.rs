//! Vectors of sealed messages, and of deposits and what they pay for.

use serde_json::{Value, json};
use toxdrop_proto::day::{DAY_LEN, Day};
use toxdrop_proto::message::{Intro, Joined, join, open};
use toxdrop_proto::packet::{Deposit, Packet, PacketPolicy};

use super::hex;
use super::stored::{
    CHEAP, NETWORK, NOW, alice, bob, content, front_door, inbox_json, intro, message_secret, pair,
    period, place_json, seal_secret, sealed, stamp,
};

pub(super) fn messages() -> Value {
    let nothing = Intro::default();
    [
        ("see you at eight", 1, &nothing, false),
        ("file", 2, &nothing, false),
        ("long", 3, &intro(), false),
        ("empty", 4, &nothing, false),
        ("for K, prepaid", 5, &intro(), true),
        ("file", 6, &nothing, true),
    ]
    .into_iter()
    .map(|(what, number, intro, prepaid)| message(what, number, intro, prepaid))
    .collect()
}

fn message(what: &str, number: u8, intro: &Intro, prepaid: bool) -> Value {
    let (alice, bob, secret) = (alice(), bob(), message_secret(number));
    let packets = sealed(what, number, intro, prepaid);
    let seal_secret = (!prepaid).then(seal_secret);
    let opened: Vec<_> = packets
        .iter()
        .map(|packet| open(&bob, &seal_secret, packet).unwrap())
        .collect();
    let whole = Joined {
        intro: intro.clone(),
        content: content(what),
    };
    assert_eq!(join(&opened).as_ref(), Ok(&whole));
    let parts: Vec<_> = packets
        .iter()
        .zip(&opened)
        .map(|(packet, opened)| {
            let ephemeral = secret.ephemeral(&bob.public(), packet.location(), opened.part);
            json!({
                "part": opened.part,
                "parts": opened.parts,
                "ephemeral_seed": hex(ephemeral.expose_seed()),
                "ephemeral_key": ephemeral.public().to_string(),
                "content": hex(&opened.content),
                "packet": hex(packet.as_bytes()),
            })
        })
        .collect();
    let pair = json!({ "period": period().number(), "key": pair().public().to_string() });
    json!({
        "network_id": NETWORK.0,
        "sender": inbox_json(&alice),
        "receiver": inbox_json(&bob),
        "place": if prepaid { Value::Null } else { place_json(&front_door()) },
        "pair": if prepaid { pair } else { Value::Null },
        "seal_secret": seal_secret.map(|secret| hex(secret.expose())),
        "location": packets[0].location().to_string(),
        "last": packets[0].last().number(),
        "message_secret": hex(secret.expose()),
        "message_id": opened[0].message_id.to_string(),
        "sent": opened[0].sent.0,
        "not_after": opened[0].not_after.0,
        "name": intro.name.as_ref().map(|name| name.as_str()),
        "contacts": intro.contacts.as_ref().map(|contacts| hex(contacts.expose())),
        "nospam": intro.nospam.map(|nospam| nospam.to_string()),
        "content_type": content(what).content_type(),
        "content": hex(content(what).encode().unwrap()),
        "parts": parts,
    })
}

pub(super) fn deposits() -> Value {
    let expires = NOW.plus(14 * DAY_LEN);
    let packet = Deposit::sign(&pair(), NETWORK, 2048, Day::last_for(NOW), expires).unwrap();
    let packet = stamp(&packet, CHEAP, 0);
    let policy = PacketPolicy {
        floor: CHEAP,
        ..PacketPolicy::default()
    };
    let judged = packet.clone().verify(NOW, &policy).unwrap();
    let deposit = Deposit::of(&judged).unwrap();
    let mut used = 0;
    let mut pay = |packet: &Packet| {
        let before = used;
        let after = deposit.verify(before, packet.clone(), NOW, &policy);
        used = after.as_ref().map_or(used, |(_, after)| *after);
        json!({
            "packet": hex(packet.as_bytes()),
            "used_before": before,
            "used_after": after.ok().map(|(_, after)| after),
        })
    };
    let parts = sealed("file", 6, &Intro::default(), true);
    let short = sealed("for K, prepaid", 5, &intro(), true).swap_remove(0);
    let too_long = short.with_stamp(0, expires.plus(1));
    let paid: Vec<_> = [&parts[0], &too_long, &short, &parts[1], &parts[2]]
        .map(&mut pay)
        .into();
    json!({
        "network_id": NETWORK.0,
        "writer": inbox_json(&alice()),
        "reader": inbox_json(&bob()),
        "period": period().number(),
        "pair_key": pair().public().to_string(),
        "size": deposit.size(),
        "deposit": hex(packet.as_bytes()),
        "standing": deposit.standing().units(),
        "paid": paid,
    })
}
