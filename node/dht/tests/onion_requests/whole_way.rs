//! From an asker through three relays to a node, and back.

use std::time::Duration;

use toxdrop_dht::{OpResult, Operation};
use toxdrop_proto::ids::Location;
use toxdrop_proto::packet::StampedPacket;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{
    Carriage, Command, Deleted, EnvelopeId, Find, Request, Response, StoreStatus, Token,
    first_token,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::{door_signer, easy, letter, person};

use crate::asker::{Asker, NODE, PATH};
use crate::client::{A_WHILE, Client, network};

fn a_letter(net: &Network) -> StampedPacket {
    letter(&person(1), &person(2), 1, net.now())
}

fn store(packet: &StampedPacket) -> Request {
    Request::Store((**packet).clone())
}

#[test]
fn a_letter_is_stored_listed_retrieved_and_deleted_through_three_relays() {
    let mut net = network();
    let mut asker = Asker::new(&mut net, 1);
    let place = door_signer(&person(2), net.now());
    let packet = a_letter(&net);
    let token = asker.token(&mut net, PATH);

    let request = asker.session.ask(token, &store(&packet));
    let stored = asker.ask(&mut net, PATH, &request);
    assert!(matches!(stored, Response::Store(StoreStatus::Held)));
    assert_eq!(net.holders(&packet), [NODE]);

    let request = asker.session.list(token, &place);
    let Response::List(Ok(page)) = asker.ask(&mut net, PATH, &request) else {
        panic!("no list")
    };
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].id, packet.id());

    let request = asker.session.retrieve(token, &place, packet.id());
    let Response::Retrieve(Ok(got)) = asker.ask(&mut net, PATH, &request) else {
        panic!("no packet")
    };
    assert_eq!(got, *packet);

    let tombstone = Tombstone::by_owner(&place, easy().network(), packet.id());
    let delete = Request::Delete(vec![tombstone]);
    let request = asker.session.ask(token, &delete);
    let Response::Delete(deleted) = asker.ask(&mut net, PATH, &request) else {
        panic!("no verdict")
    };
    assert_eq!(deleted, [Deleted::Accepted]);
    assert_eq!(net.holders(&packet), Vec::<usize>::new());
}

#[test]
fn a_hello_through_the_onion_tells_the_exits_address_and_a_find_needs_no_token() {
    let mut net = network();
    let mut asker = Asker::new(&mut net, 1);
    let hello = asker.session.hello();
    let Response::Hello(answer) = asker.ask(&mut net, PATH, &hello) else {
        panic!("no Hello")
    };
    assert_eq!(answer.seen, net.nodes()[PATH[2]].addr());
    assert_eq!(answer.clock.0.abs_diff(net.now().unix.0), 0);
    let find = Request::Find(Find {
        target: Location::from_bytes([5; 32]),
        room: 20,
    });
    let find = asker.session.ask(first_token(&asker.session.node), &find);
    let came = asker.send(&mut net, PATH, &find);
    assert!(came[0].len() <= find.len());
    let Response::Find(found) = asker.session.response(&find, &came[0]) else {
        panic!("nothing found")
    };
    assert_eq!(found.nodes.len(), 5);
}

#[test]
fn who_asks_through_the_onion_enters_no_table_and_is_never_written_to() {
    let mut net = network();
    let before = net.nodes()[NODE].engine.counts();
    let mut asker = Asker::new(&mut net, 1);
    asker.token(&mut net, PATH);
    net.run(Duration::from_secs(120));
    assert_eq!(net.nodes()[NODE].engine.counts(), before);
    let known = net.nodes()[NODE].engine.known_nodes(net.now());
    assert!(known.iter().all(|node| node.key != asker.session.own));
    assert!(net.take_strays(asker.client.addr).is_empty());
}

const DELIVERIES: Token = Token::from_bytes([6; 16]);

/// Asks for what comes to Bob's front door.
fn subscribe(net: &mut Network, asker: &mut Asker, path: [usize; 3], lifetime: u32) -> u32 {
    let place = door_signer(&person(2), net.now());
    let token = asker.token(net, path);
    let wanted = (DELIVERIES, lifetime);
    let request = asker.session.subscribe(token, &place, wanted);
    match asker.ask(net, path, &request) {
        Response::Subscribe(Ok(granted)) => granted,
        other => panic!("{other:?}"),
    }
}

fn send(net: &mut Network, number: u64) -> StampedPacket {
    let packet = letter(&person(1), &person(2), number, net.now());
    let OpResult::Stored(report) = net.operate(5, Operation::store(packet.clone())) else {
        panic!("not stored")
    };
    assert_eq!(report.held, 6);
    net.run(A_WHILE);
    packet
}

#[test]
fn a_packet_is_delivered_once_along_the_way_back_of_the_last_subscribe() {
    let mut net = network();
    let mut asker = Asker::new(&mut net, 1);
    assert_eq!(subscribe(&mut net, &mut asker, PATH, 900), 300, "cut");
    let packet = send(&mut net, 1);
    net.run(Duration::from_secs(60));
    let came = asker.came(&mut net);
    assert_eq!(came.len(), 1, "once, though no answer comes");
    let (head, plain) = asker.session.open(&came[0]);
    assert_eq!((head.token, plain.id), (DELIVERIES, EnvelopeId::Request));
    let Request::Deliver(delivered) = Request::decode(plain.command, &plain.body).unwrap() else {
        panic!("no delivery")
    };
    assert_eq!(delivered, *packet);

    // The same packet is not new when it comes again.
    let token = asker.token(&mut net, PATH);
    let again = asker.session.ask(token, &store(&packet));
    let stored = asker.ask(&mut net, PATH, &again);
    assert!(matches!(stored, Response::Store(StoreStatus::AlreadyHeld)));

    // The subscriber moves to a path with another exit, and the former way back is forgotten.
    let moved = [2, 1, 0];
    subscribe(&mut net, &mut asker, moved, 60);
    let exits = |net: &Network| [PATH[2], moved[2]].map(|node| net.nodes()[node].addr());
    assert_ne!(exits(&net)[0], exits(&net)[1]);
    send(&mut net, 2);
    let mail = asker.client.received(&mut net);
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].from, net.nodes()[moved[0]].addr());

    // It ended 60 seconds after it was renewed.
    net.run(Duration::from_secs(60));
    send(&mut net, 3);
    assert!(asker.came(&mut net).is_empty());
}

#[test]
fn a_subscription_of_no_lifetime_is_ended() {
    let mut net = network();
    let mut asker = Asker::new(&mut net, 1);
    subscribe(&mut net, &mut asker, PATH, 300);
    subscribe(&mut net, &mut asker, PATH, 0);
    send(&mut net, 1);
    assert!(asker.came(&mut net).is_empty());
}

#[test]
fn toxs_own_data_still_reaches_who_is_announced_here() {
    let mut net = network();
    let mut announced = Client::new(&mut net, 1);
    announced.announce_at(&mut net, (PATH, NODE));
    let mut sender = Client::new(&mut net, 2);
    for length in [73, 99, 600, 1_100] {
        let rest = vec![5; length];
        let data = [&[0x85], &announced.keys.public.as_bytes()[..], &rest].concat();
        let to = net.nodes()[NODE].addr();
        sender.send(&mut net, [4, 5, 0], to, &data);
        let came = announced.received(&mut net);
        assert_eq!(came.len(), 1, "{length}");
        assert_eq!(came[0].bytes, [&[0x86], &rest[..]].concat());
    }
    assert!(sender.received(&mut net).is_empty());
}

#[test]
fn what_nodes_say_to_each_other_is_not_heard_through_the_onion() {
    let mut net = network();
    let mut asker = Asker::new(&mut net, 1);
    let token = asker.token(&mut net, PATH);
    let packet = a_letter(&net);
    // No envelope of ours is made so: a direct one, relabelled.
    for (command, body) in [
        (Command::Offer, Request::Offer(vec![]).encode()),
        (
            Command::Deliver,
            Request::Deliver((*packet).clone()).encode(),
        ),
        (Command::DialBack, vec![7; 16]),
        (Command::Dial, vec![0; 67]),
    ] {
        let plain = toxdrop_proto::wire::Plain::request(1, command, body);
        let direct = Carriage::Direct(EnvelopeId::Request);
        let mut envelope = asker.session.seal(direct, token, &plain);
        envelope[0] = 0x85;
        assert!(
            asker.send(&mut net, PATH, &envelope).is_empty(),
            "{command:?}"
        );
    }
}
