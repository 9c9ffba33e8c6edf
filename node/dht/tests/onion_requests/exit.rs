//! An exit of the onion by hand: what comes through it arrives at a node at once, and what goes back is kept.
//!
//! For what concerns a node and its exits only; the whole way has tests of its own.

use std::net::SocketAddr;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use toxdrop_proto::keys::DhtKeyPair;
use toxdrop_proto::wire::{EnvelopeId, Response, Token};
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

use crate::session::Session;

/// The way back that it appends.
const BACK: [u8; 177] = [7; 177];

/// An exit, at an address where the test listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit(pub(crate) SocketAddr);

impl Exit {
    pub(crate) fn new(net: &mut Network, number: u8) -> Self {
        let addr = SocketAddr::from(([198, 51, 100, number], 33445));
        net.listen(addr);
        Self(addr)
    }

    /// Brings something to a node; what the node gave it to carry back.
    pub(crate) fn bring(self, net: &mut Network, node: usize, payload: &[u8]) -> Vec<Vec<u8>> {
        net.inject(node, self.0, &[payload, &BACK].concat());
        self.carried(net)
    }

    /// What it was given to carry back.
    pub(crate) fn carried(self, net: &mut Network) -> Vec<Vec<u8>> {
        let strays = net.take_strays(self.0).into_iter();
        let back = strays.filter(|stray| stray.bytes[0] == 0x8c);
        back.map(|stray| {
            assert_eq!(stray.bytes[1..178], BACK);
            stray.bytes[178..].to_vec()
        })
        .collect()
    }

    /// A token for whoever speaks through this exit.
    pub(crate) fn token(self, net: &mut Network, node: usize, session: &mut Session) -> Token {
        let hello = session.hello();
        let came = self.bring(net, node, &hello);
        match session.response(&hello, &came[0]) {
            Response::Hello(answer) => answer.token,
            other => panic!("{other:?}"),
        }
    }

    /// A token for whoever speaks directly, from the exit's own address.
    pub(crate) fn direct_token(
        self,
        net: &mut Network,
        node: usize,
        session: &mut Session,
    ) -> Token {
        let mut hello = session.hello();
        let asked = hello.clone();
        hello[0] = EnvelopeId::TokenlessRequest as u8;
        net.inject(node, self.0, &hello);
        let strays = net.take_strays(self.0);
        let answer = strays.iter().find(|s| s.bytes[0] == 0xa1).unwrap();
        let answer = [&[0x86], &answer.bytes[1..]].concat();
        match session.response(&asked, &answer) {
            Response::Hello(answer) => answer.token,
            other => panic!("{other:?}"),
        }
    }
}

/// The session of this number, with a node.
pub(crate) fn session(net: &Network, node: usize, number: u64) -> Session {
    let keys = DhtKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(number));
    Session::new(&keys, net.nodes()[node].key(), easy().network())
}
