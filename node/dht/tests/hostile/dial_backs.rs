//! What can be had from a node by asking it to dial, or to have somebody dial.

use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::wire::{
    DIALLED, DIALLED_LEN, Dial, DialCookie, Dialled, Refusal, Request, Response, StoreStatus, Token,
};
use toxdrop_sim::letters::{easy, letter, person};
use toxdrop_sim::{NatKind, Network};

use crate::stranger::Stranger;

/// Nodes in networks of their own that know one another.
fn apart(count: usize, seed: u64) -> Network {
    let mut net = Network::new(seed);
    net.set_apart();
    for _ in 0..count {
        net.add(easy());
    }
    net.run(Duration::from_secs(30));
    net
}

fn cookie(number: u8) -> DialCookie {
    DialCookie::from_bytes([number; 16])
}

/// Asks, and gives the answers and the dials that came within two seconds.
fn ask(
    net: &mut Network,
    eve: &Stranger,
    token: Token,
    request: &Request,
) -> (Vec<Response>, Vec<Vec<u8>>) {
    let datagram = eve.ask(net, 0, token, request);
    net.inject(0, eve.addr, &datagram);
    net.run(Duration::from_secs(2));
    let mut answers = Vec::new();
    let mut dials = Vec::new();
    for stray in net.take_strays(eve.addr) {
        if stray.bytes[0] == DIALLED {
            dials.push(stray.bytes);
            continue;
        }
        let (_, plain) = eve.open(&stray.bytes);
        if !plain.id.is_request() {
            answers.push(Response::decode(plain.command, &plain.body).unwrap());
        }
    }
    (answers, dials)
}

#[test]
fn who_asks_is_dialled_by_another_node_with_less_than_it_sent() {
    let mut net = apart(4, 40);
    let eve = Stranger::new(&mut net, 1);
    let token = eve.token(&mut net, 0);
    let request = Request::DialBack(cookie(5));
    let sent = eve.ask(&net, 0, token, &request).len();
    let (answers, dials) = ask(&mut net, &eve, token, &request);
    assert_eq!(answers, [Response::DialBack(Ok(()))]);
    assert_eq!(dials.len(), 1);
    assert_eq!(dials[0].len(), DIALLED_LEN);
    assert!(dials[0].len() <= sent);
    let dialled = Dialled::decode(&dials[0]).unwrap();
    assert!(dialled.comes_of(&eve.peer().key, &cookie(5)));
    assert_ne!(dialled.dialer, net.nodes()[0].key());
    // The same request, sent again, gets the same answer, and nobody dials again.
    let (answers, dials) = ask(&mut net, &eve, token, &request);
    assert_eq!(answers, [Response::DialBack(Ok(()))]);
    assert!(dials.is_empty());
}

#[test]
fn nobody_is_dialled_by_who_is_in_its_own_network_or_has_written_to_it() {
    // All but one are in eve's network.
    let mut net = Network::joined(4, &easy(), 41);
    let eve = Stranger::at(&mut net, 1, SocketAddr::from(([11, 0, 77, 7], 4000)));
    let token = eve.token(&mut net, 0);
    let (answers, dials) = ask(&mut net, &eve, token, &Request::DialBack(cookie(1)));
    assert_eq!(answers, [Response::DialBack(Err(Refusal::Unavailable))]);
    assert!(dials.is_empty());
    // Each of the others has answered her Hello.
    let mut net = apart(4, 42);
    let eve = Stranger::new(&mut net, 1);
    for node in 1..4 {
        eve.token(&mut net, node);
    }
    let token = eve.token(&mut net, 0);
    let (answers, dials) = ask(&mut net, &eve, token, &Request::DialBack(cookie(1)));
    assert_eq!(answers, [Response::DialBack(Err(Refusal::Unavailable))]);
    assert!(dials.is_empty());
}

#[test]
fn nobody_is_dialled_for_who_pretends_to_be_at_its_address() {
    let mut net = apart(4, 43);
    let eve = Stranger::new(&mut net, 1);
    let token = eve.token(&mut net, 0);
    let victim = SocketAddr::from(([198, 51, 100, 9], 53));
    net.listen(victim);
    let datagram = eve.ask(&net, 0, token, &Request::DialBack(cookie(2)));
    net.inject(0, victim, &datagram);
    net.run(Duration::from_secs(5));
    assert!(net.take_strays(victim).is_empty());
}

#[test]
fn no_peer_has_a_node_send_more_than_it_sent_itself_or_twice_to_anybody() {
    let mut net = apart(2, 44);
    let eve = Stranger::new(&mut net, 1);
    let token = eve.token(&mut net, 0);
    let key = DhtPublicKey::from_bytes([9; 32]);
    let victims: Vec<SocketAddr> = (0..60)
        .map(|number| SocketAddr::from(([198, 51, number, 9], 53)))
        .collect();
    let (mut sent, mut dialled) = (0, 0);
    for victim in &victims {
        net.listen(*victim);
        for number in 0..2 {
            let dial = Request::Dial(Dial {
                addr: *victim,
                key,
                cookie: cookie(number),
            });
            let datagram = eve.ask(&net, 0, token, &dial);
            sent += datagram.len();
            net.inject(0, eve.addr, &datagram);
        }
        let strays = net.take_strays(*victim);
        assert!(strays.len() <= 1);
        dialled += strays.len();
        assert!(strays.iter().all(|stray| stray.bytes.len() == DIALLED_LEN));
    }
    // What one network has in a minute.
    assert_eq!(dialled, 12);
    assert!(dialled * DIALLED_LEN < sent / 10);
}

#[test]
fn no_address_is_dialled_that_is_nobodys_or_of_our_own_network() {
    let mut net = apart(2, 45);
    let eve = Stranger::new(&mut net, 1);
    let token = eve.token(&mut net, 0);
    for addr in [
        "127.0.0.1:53",
        "192.168.1.1:53",
        "10.0.0.1:53",
        "169.254.1.1:53",
        "255.255.255.255:53",
        "224.0.0.1:53",
        "0.0.0.0:53",
        "198.51.100.1:0",
        "[::1]:53",
        "[fe80::1]:53",
        "[fd00::1]:53",
        "[ff02::1]:53",
        "[::]:53",
        "[::ffff:192.168.1.1]:53",
    ] {
        let addr: SocketAddr = addr.parse().unwrap();
        net.listen(addr);
        let dial = Request::Dial(Dial {
            addr,
            key: DhtPublicKey::from_bytes([9; 32]),
            cookie: cookie(1),
        });
        let (answers, _) = ask(&mut net, &eve, token, &dial);
        assert!(
            answers.is_empty() || answers == [Response::Dial(Err(Refusal::Unavailable))],
            "{addr}: {answers:?}"
        );
        assert!(net.take_strays(addr).is_empty(), "{addr}");
    }
}

#[test]
fn who_asks_often_is_refused_and_the_others_are_not() {
    let mut net = apart(6, 46);
    let eve = Stranger::new(&mut net, 1);
    let token = eve.token(&mut net, 0);
    let mut refused = 0;
    for number in 0..40 {
        let datagram = eve.ask(&net, 0, token, &Request::DialBack(cookie(number)));
        net.inject(0, eve.addr, &datagram);
    }
    net.run(Duration::from_secs(3));
    for (_, bytes) in eve.mail(&mut net) {
        let (_, plain) = eve.open(&bytes);
        let response = Response::decode(plain.command, &plain.body).unwrap();
        refused += usize::from(response == Response::DialBack(Err(Refusal::RateLimited)));
    }
    assert_eq!(refused, 40 - 12);
    let bob = Stranger::at(&mut net, 2, SocketAddr::from(([198, 51, 100, 7], 4000)));
    let token = bob.token(&mut net, 0);
    let (answers, dials) = ask(&mut net, &bob, token, &Request::DialBack(cookie(1)));
    assert_eq!(answers, [Response::DialBack(Ok(()))]);
    assert_eq!(dials.len(), 1);
}

#[test]
fn who_cannot_be_reached_takes_nothing_to_hold() {
    let mut net = apart(3, 47);
    let inside = net.add_behind(easy(), NatKind::AddressAndPortFiltering);
    net.run(Duration::from_secs(30));
    let eve = Stranger::new(&mut net, 1);
    let token = eve.token(&mut net, inside);
    let packet = letter(&person(1), &person(2), 1, net.now());
    let request = Request::Store(packet.clone().into_packet());
    let datagram = eve.ask(&net, inside, token, &request);
    net.inject(inside, eve.addr, &datagram);
    let (_, plain) = eve.open(&eve.mail(&mut net)[0].1);
    let response = Response::decode(plain.command, &plain.body).unwrap();
    let refused = Response::Store(StoreStatus::Refused(Refusal::NotStoring));
    assert_eq!(response, refused);
    assert!(net.holders(&packet).is_empty());
}
