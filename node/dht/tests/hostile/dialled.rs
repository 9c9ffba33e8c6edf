//! What peers that lie can make a node believe of itself.

use std::cell::RefCell;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use toxdrop_dht::Reachability;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::wire::{DialCookie, Dialled, Refusal, Request, Response};
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

use crate::stranger::{Stranger, introduce};

/// A node all of whose peers are strangers, five of them, of five networks.
struct Beset {
    net: Network,
    peers: Vec<Stranger>,
    /// Where the peers say that they see the node.
    seen: SocketAddr,
    /// Dials that were promised: by which peer, with what cookie.
    promised: Vec<(usize, DialCookie)>,
    /// Dial-backs that were asked for; a request may come twice.
    asked: HashSet<DialCookie>,
}

impl Beset {
    fn new(seed: u64) -> Self {
        let mut net = Network::new(seed);
        net.add(easy());
        let peers: Vec<Stranger> = (0..5)
            .map(|number| {
                let addr = SocketAddr::from(([20 + number, 0, 0, 1], 4000));
                Stranger::at(&mut net, u64::from(number) + 1, addr)
            })
            .collect();
        for peer in &peers {
            introduce(&mut net, 0, peer);
        }
        let seen = net.nodes()[0].addr();
        Self {
            net,
            peers,
            seen,
            promised: Vec::new(),
            asked: HashSet::new(),
        }
    }

    /// Lets time pass. Peers whose number is below `accepting` promise to have the node dialled, the others say that they
    /// cannot; `dial` is told of each promise within the second.
    fn run(
        &mut self,
        seconds: u64,
        accepting: usize,
        mut dial: impl FnMut(&mut Network, usize, DialCookie),
    ) {
        for _ in 0..seconds {
            self.net.run(Duration::from_secs(1));
            for (number, peer) in self.peers.iter().enumerate() {
                let asked = RefCell::new(Vec::new());
                peer.answer(&mut self.net, |request| match request {
                    Request::Hello(_) => Some(peer.welcome(self.seen)),
                    Request::DialBack(cookie) => {
                        asked.borrow_mut().push(*cookie);
                        let result = if number < accepting {
                            Ok(())
                        } else {
                            Err(Refusal::Unavailable)
                        };
                        Some(Response::DialBack(result).encode())
                    }
                    _ => None,
                });
                for cookie in asked.into_inner() {
                    self.asked.insert(cookie);
                    if number < accepting {
                        self.promised.push((number, cookie));
                        dial(&mut self.net, number, cookie);
                    }
                }
            }
        }
    }

    fn reachability(&self) -> Reachability {
        self.net.nodes()[0].engine.reachability()
    }
}

fn dialer(number: u8) -> (DhtPublicKey, SocketAddr) {
    let key = DhtPublicKey::from_bytes([number; 32]);
    (key, SocketAddr::from(([50 + number, 0, 0, 1], 4000)))
}

/// A dial that is as it should be: from somebody who was never written to.
fn dial(net: &mut Network, number: usize, cookie: DialCookie) {
    let (key, addr) = dialer(u8::try_from(number).unwrap());
    let datagram = Dialled::new(key, &net.nodes()[0].key(), &cookie).encode();
    net.inject(0, addr, &datagram);
}

#[test]
fn two_dials_prove_it_whatever_the_other_three_say() {
    for accepting in [2, 5] {
        let mut beset = Beset::new(50);
        beset.run(20, accepting, |net, number, cookie| {
            if number < 2 {
                dial(net, number, cookie);
            }
        });
        let proved = Reachability::Proved {
            dialled: 2,
            asked: 5,
        };
        assert_eq!(beset.reachability(), proved);
        assert!(beset.net.nodes()[0].engine.stores_for_others());
    }
}

#[test]
fn one_dial_proves_nothing_and_keeps_nothing_from_being_proved() {
    let mut beset = Beset::new(51);
    let mut round = 0;
    beset.run(300, 5, |net, number, cookie| {
        if number == 0 {
            // By somebody else each time.
            round += 1;
            dial(net, round, cookie);
        }
    });
    let presumed = Reachability::Presumed {
        reachable: true,
        seen: beset.seen.ip(),
    };
    assert_eq!(beset.reachability(), presumed);
}

#[test]
fn who_always_says_that_it_cannot_changes_nothing() {
    let mut beset = Beset::new(52);
    beset.run(1_200, 0, |_, _, _| {});
    let presumed = Reachability::Presumed {
        reachable: true,
        seen: beset.seen.ip(),
    };
    assert_eq!(beset.reachability(), presumed);
    // Two of five that accept and have nobody dial are too few as well.
    beset.run(1_200, 2, |_, _, _| {});
    assert_eq!(beset.reachability(), presumed);
}

#[test]
fn when_dials_stay_away_twice_it_is_refuted_and_proved_again_when_they_come_back() {
    let mut beset = Beset::new(53);
    beset.run(20, 5, dial);
    assert!(matches!(beset.reachability(), Reachability::Proved { .. }));
    // A firewall appears: the next look comes four minutes after the first proof.
    beset.run(230, 5, |_, _, _| {});
    assert!(matches!(beset.reachability(), Reachability::Proved { .. }));
    beset.run(60, 5, |_, _, _| {});
    assert!(matches!(
        beset.reachability(),
        Reachability::Refuted { accepted: 5 }
    ));
    assert!(!beset.net.nodes()[0].engine.stores_for_others());
    // It is asked anew, ever more rarely, every five minutes at the least; then the firewall goes.
    beset.run(1_200, 5, |_, _, _| {});
    assert!(matches!(beset.reachability(), Reachability::Refuted { .. }));
    beset.run(320, 5, dial);
    assert!(matches!(beset.reachability(), Reachability::Proved { .. }));
    assert!(beset.net.nodes()[0].engine.stores_for_others());
}

#[test]
fn a_forged_or_replayed_dial_is_ignored() {
    let mut beset = Beset::new(54);
    let node = beset.net.nodes()[0].key();
    let mut round = 0;
    beset.run(60, 5, |net, number, cookie| {
        // One that is right, by somebody else in each round, as often as one likes: it counts once.
        if number == 0 {
            round += 1;
            for _ in 0..9 {
                dial(net, 20 + round, cookie);
            }
            dial(net, 30 + round, cookie);
        }
        // Of another cookie, for another node, bent and cut off.
        let (key, addr) = dialer(u8::try_from(number).unwrap());
        let right = Dialled::new(key, &node, &cookie).encode();
        let other = DialCookie::from_bytes([1; 16]);
        net.inject(0, addr, &Dialled::new(key, &node, &other).encode());
        net.inject(0, addr, &Dialled::new(key, &key, &cookie).encode());
        for byte in 0..right.len() {
            let mut bent = right.clone();
            bent[byte] ^= 1;
            net.inject(0, addr, &bent);
            net.inject(0, addr, &right[..byte]);
        }
    });
    assert!(matches!(
        beset.reachability(),
        Reachability::Presumed { .. }
    ));
    // What was right in an earlier round is so no more.
    let old = beset.promised.clone();
    beset.run(120, 0, |_, _, _| {});
    for (number, cookie) in old {
        dial(&mut beset.net, 40 + number, cookie);
    }
    assert!(matches!(
        beset.reachability(),
        Reachability::Presumed { .. }
    ));
}

#[test]
fn one_dialer_counts_once_and_a_peer_does_not_dial_itself() {
    let mut beset = Beset::new(55);
    let node = beset.net.nodes()[0].key();
    let keys: Vec<DhtPublicKey> = beset.peers.iter().map(|peer| peer.peer().key).collect();
    beset.run(120, 5, |net, number, cookie| {
        let (key, addr) = dialer(1);
        // The same host under any key.
        let key = if number == 0 {
            key
        } else {
            DhtPublicKey::from_bytes([70 + u8::try_from(number).unwrap(); 32])
        };
        let addr = SocketAddr::new(addr.ip(), 4000 + u16::try_from(number).unwrap());
        net.inject(0, addr, &Dialled::new(key, &node, &cookie).encode());
    });
    assert!(matches!(
        beset.reachability(),
        Reachability::Presumed { .. }
    ));
    beset.run(300, 5, |net, number, cookie| {
        let addr = dialer(u8::try_from(number).unwrap()).1;
        net.inject(
            0,
            addr,
            &Dialled::new(keys[number], &node, &cookie).encode(),
        );
    });
    assert!(!matches!(beset.reachability(), Reachability::Proved { .. }));
}

#[test]
fn who_keeps_a_hole_open_by_writing_is_no_stranger() {
    let mut beset = Beset::new(60);
    // They never get an answer, so that the node has not written to them for as long as it runs.
    for _ in 0..12 {
        for number in 0..5 {
            beset.net.inject(0, dialer(number).1, &[0xee; 40]);
        }
        beset.run(20, 5, dial);
    }
    assert!(matches!(
        beset.reachability(),
        Reachability::Presumed { .. }
    ));
}

#[test]
fn a_dial_through_a_hole_that_we_made_ourselves_does_not_count() {
    let mut beset = Beset::new(56);
    let node = beset.net.nodes()[0].key();
    let written: Vec<SocketAddr> = beset.peers.iter().map(|peer| peer.addr).collect();
    beset.run(120, 5, |net, number, cookie| {
        let (key, _) = dialer(u8::try_from(number).unwrap());
        // Another peer's host, at another port: many filters look at the host alone.
        let other = written[(number + 1) % written.len()];
        let addr = SocketAddr::new(other.ip(), 999);
        net.inject(0, addr, &Dialled::new(key, &node, &cookie).encode());
    });
    // Nor does it speak against us: somebody did dial.
    assert!(matches!(
        beset.reachability(),
        Reachability::Presumed {
            reachable: true,
            ..
        }
    ));
}

#[test]
fn one_liar_does_not_talk_a_node_out_of_its_own_address_and_most_can() {
    let mut beset = Beset::new(57);
    beset.run(20, 5, dial);
    let elsewhere = SocketAddr::from(([198, 51, 100, 1], 1));
    let honest = beset.seen;
    let all = std::mem::take(&mut beset.peers);
    // One at a time hears a lie, so that it alone says so.
    for (number, peer) in all.into_iter().enumerate() {
        beset.peers.push(peer);
        if number == 0 {
            beset.seen = elsewhere;
            beset.run(70, 5, dial);
            beset.seen = honest;
        }
    }
    assert!(matches!(beset.reachability(), Reachability::Proved { .. }));
    beset.seen = elsewhere;
    beset.run(70, 0, |_, _, _| {});
    let presumed = Reachability::Presumed {
        reachable: false,
        seen: elsewhere.ip(),
    };
    assert_eq!(beset.reachability(), presumed);
    assert!(!beset.net.nodes()[0].engine.stores_for_others());
}

#[test]
fn nobody_can_make_a_node_ask_more_often() {
    let mut beset = Beset::new(58);
    let mut lie = 0;
    // It is seen at another address by everybody each time that it greets.
    for _ in 0..60 {
        lie += 1;
        beset.seen = SocketAddr::from(([198, 51, 100, lie], 1));
        beset.run(10, 5, |_, _, _| {});
    }
    // A round of five every half a minute at the most, and one more where all dials were missed.
    let asked = beset.asked.len();
    assert!(asked <= 5 * 2 * 20, "{asked}");
    assert!(asked >= 5 * 2, "{asked}");
}

#[test]
fn who_is_known_to_be_reachable_asks_every_quarter_of_an_hour() {
    let mut beset = Beset::new(59);
    beset.run(600, 5, dial);
    // The first round, and the one that confirms it.
    assert_eq!(beset.asked.len(), 10);
    beset.run(3_600, 5, dial);
    assert_eq!(beset.asked.len(), 10 + 5 * 4);
    assert!(matches!(beset.reachability(), Reachability::Proved { .. }));
}
