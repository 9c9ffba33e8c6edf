//! A Tox client by hand: it wraps what it sends for three relays, and answers nothing by itself.

use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use toxdrop_dht::Peer;
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, SharedKey};
use toxdrop_proto::tox::{
    AnnounceLayout, AnnounceRequest, AnnounceResponse, Announced, Envelope, ForwardRequest,
    Forwarding, OnionHop, OnionPath, Ping, ReturnPath, SealedAnnounceResponse, split_return_path,
};
use toxdrop_sim::letters::easy;
use toxdrop_sim::{Network, Stray};

/// Long enough for a datagram to pass three relays.
pub(crate) const A_WHILE: Duration = Duration::from_millis(900);

/// A client, at an address where the test listens.
pub(crate) struct Client {
    pub(crate) keys: DhtKeyPair,
    pub(crate) addr: SocketAddr,
    pub(crate) rng: ChaCha20Rng,
}

/// Nodes that know one another.
pub(crate) fn network() -> Network {
    Network::joined(6, &easy(), 1)
}

impl Client {
    pub(crate) fn new(net: &mut Network, number: u8) -> Self {
        Self::at(net, number, SocketAddr::from(([203, 0, 113, number], 4000)))
    }

    pub(crate) fn at(net: &mut Network, seed: u8, addr: SocketAddr) -> Self {
        net.listen(addr);
        let mut rng = ChaCha20Rng::seed_from_u64(seed.into());
        Self {
            keys: DhtKeyPair::generate(&mut rng),
            addr,
            rng,
        }
    }

    pub(crate) fn shared(&self, with: &DhtPublicKey) -> SharedKey {
        SharedKey::new(&self.keys.secret, with).unwrap()
    }

    pub(crate) fn nonce(&mut self) -> [u8; 24] {
        let mut nonce = [0; 24];
        self.rng.fill_bytes(&mut nonce);
        nonce
    }

    /// A path through three nodes, with a key for each.
    pub(crate) fn path(&mut self, net: &Network, nodes: [usize; 3]) -> OnionPath {
        let hops = nodes.map(|number| {
            let node = &net.nodes()[number];
            let own = DhtKeyPair::generate(&mut self.rng);
            OnionHop {
                addr: node.addr(),
                own: own.public,
                shared: SharedKey::new(&own.secret, &node.key()).unwrap(),
            }
        });
        OnionPath { hops }
    }

    /// Sends a payload through the onion.
    pub(crate) fn send(
        &mut self,
        net: &mut Network,
        nodes: [usize; 3],
        to: SocketAddr,
        payload: &[u8],
    ) {
        let path = self.path(net, nodes);
        let packet = path.wrap(&self.nonce(), to, payload).unwrap();
        net.inject(nodes[0], self.addr, &packet);
        net.run(A_WHILE);
    }

    /// What came to this client since the last look, but for the nodes' own pings.
    pub(crate) fn received(&self, net: &mut Network) -> Vec<Stray> {
        let all = net.take_strays(self.addr).into_iter();
        all.filter(|stray| stray.bytes[0] >= 0x80 && stray.bytes[0] < 0xa0)
            .collect()
    }

    /// Announces this client, or searches with zeros for a ping id, at a node through three others.
    pub(crate) fn announce(
        &mut self,
        net: &mut Network,
        (nodes, at): ([usize; 3], usize),
        layout: AnnounceLayout,
        request: &AnnounceRequest,
    ) -> Option<AnnounceResponse> {
        let (addr, key) = (net.nodes()[at].addr(), net.nodes()[at].key());
        let shared = self.shared(&key);
        let nonce = self.nonce();
        let packet = request
            .seal(layout, &self.keys.public, &shared, &nonce)
            .unwrap();
        self.send(net, nodes, addr, &packet);
        let answer = self.received(net).pop()?;
        let sealed = SealedAnnounceResponse::decode(&answer.bytes).unwrap();
        assert_eq!(sealed.sendback, request.sendback);
        Some(sealed.open(&shared).unwrap())
    }

    /// Enters the tables of a node: pings it, and answers the ping that comes of that.
    pub(crate) fn become_known(&mut self, net: &mut Network, node: usize) {
        let key = net.nodes()[node].key();
        let shared = self.shared(&key);
        let say = |client: &mut Self, net: &mut Network, ping: Ping| {
            let nonce = client.nonce();
            let own = client.keys.public;
            let id = ping.packet_id();
            let packet = Envelope::seal(id, &own, &shared, &nonce, &ping.encode()).unwrap();
            net.inject(node, client.addr, &packet);
        };
        say(self, net, Ping::Request(7));
        net.run(Duration::from_secs(2));
        for stray in net.take_strays(self.addr) {
            let Ok(envelope) = Envelope::decode(&stray.bytes) else {
                continue;
            };
            let Ok(plain) = envelope.open(&shared) else {
                continue;
            };
            if let Ok(Ping::Request(id)) = Ping::decode(&plain) {
                say(self, net, Ping::Response(id));
            }
        }
    }

    /// Announces this client at a node through three others.
    pub(crate) fn announce_at(&mut self, net: &mut Network, path: ([usize; 3], usize)) {
        let mut request = AnnounceRequest {
            ping_id: [0; 32],
            search: self.keys.public,
            data_key: self.keys.public,
            sendback: [1; 8],
        };
        let answer = self.announce(net, path, AnnounceLayout::Old, &request);
        let Announced::Not(ping_id) = answer.unwrap().announced else {
            panic!("announced already")
        };
        request.ping_id = ping_id;
        let answer = self.announce(net, path, AnnounceLayout::Old, &request);
        assert!(matches!(answer.unwrap().announced, Announced::Sender(_)));
    }

    /// The way back along a path, as its addressee gets it.
    pub(crate) fn way_back(
        &mut self,
        net: &mut Network,
        nodes: [usize; 3],
        target: &Self,
    ) -> ReturnPath {
        self.send(net, nodes, target.addr, &[0x85; 20]);
        let arrived = target.received(net).pop().unwrap();
        split_return_path(&arrived.bytes).unwrap().1
    }

    /// What a forwarder gives to a node that it forwards to for this client.
    pub(crate) fn sendback(&self, net: &mut Network, node: usize, target: &Self) -> Vec<u8> {
        let (to, data) = (target.keys.public, &b"data"[..]);
        net.inject(node, self.addr, &ForwardRequest { to, data }.encode());
        net.run(A_WHILE);
        let arrived = target.received(net).pop().unwrap();
        let forwarding = Forwarding::decode(&arrived.bytes).unwrap();
        forwarding.sendback.to_vec()
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer {
            key: self.keys.public,
            addr: self.addr,
        }
    }
}
