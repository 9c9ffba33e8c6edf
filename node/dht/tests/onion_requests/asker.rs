//! Somebody who asks through three relays of the simulated network.
//!
//! The relays are nodes of ours; each could be a `tox-bootstrapd`.

use toxdrop_proto::wire::{Response, Token};
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

use crate::client::Client;
use crate::session::Session;

/// The node that is asked; the others relay.
pub(crate) const NODE: usize = 3;
/// A path to it.
pub(crate) const PATH: [usize; 3] = [0, 1, 2];

/// An asker with an address of its own, which only the first relay sees.
pub(crate) struct Asker {
    pub(crate) client: Client,
    pub(crate) session: Session,
}

impl Asker {
    pub(crate) fn new(net: &mut Network, number: u8) -> Self {
        let client = Client::new(net, number);
        let session = Session::new(&client.keys, net.nodes()[NODE].key(), easy().network());
        Self { client, session }
    }

    /// Sends an envelope along a path; what came back.
    pub(crate) fn send(
        &mut self,
        net: &mut Network,
        path: [usize; 3],
        envelope: &[u8],
    ) -> Vec<Vec<u8>> {
        let to = net.nodes()[NODE].addr();
        self.client.send(net, path, to, envelope);
        self.came(net)
    }

    /// What came back since the last look.
    pub(crate) fn came(&self, net: &mut Network) -> Vec<Vec<u8>> {
        let came = self.client.received(net).into_iter();
        came.map(|stray| stray.bytes).collect()
    }

    /// The response to an envelope that was sent along a path.
    pub(crate) fn ask(&mut self, net: &mut Network, path: [usize; 3], envelope: &[u8]) -> Response {
        let came = self.send(net, path, envelope);
        let [answer] = &came[..] else {
            panic!("{} answers", came.len())
        };
        self.session.response(envelope, answer)
    }

    /// A token, by a Hello.
    pub(crate) fn token(&mut self, net: &mut Network, path: [usize; 3]) -> Token {
        let hello = self.session.hello();
        match self.ask(net, path, &hello) {
            Response::Hello(answer) => answer.token,
            other => panic!("{other:?}"),
        }
    }
}
