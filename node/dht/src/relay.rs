//! The engine's doors for a TCP relay: connections, bytes, and what is to be done with them.
//!
//! Decides nothing: the relay does, and the onion.

use std::net::IpAddr;
use std::time::Duration;

use crate::engine::Engine;
use crate::time::Now;
use crate::tox::tcp_relay::{TcpClient, TcpOnionRequest, TcpOutput};

impl Engine {
    /// Somebody has connected to the relay. `None`: there are too many, from there or in all; it is to be closed.
    pub fn tcp_accepted(&mut self, now: Now, source: IpAddr) -> Option<TcpClient> {
        self.relay.accepted(now.mono, source.to_canonical())
    }

    /// Bytes came over a connection, as many as were there. Returns how long nothing more is to be read from it: so a
    /// client is kept to its rate, and nothing of what it sends is lost.
    pub fn tcp_received(&mut self, now: Now, client: TcpClient, bytes: &[u8]) -> Duration {
        let link = &mut self.ground.link;
        let pause = self.relay.received(link, now.mono, client, bytes);
        while let Some(request) = self.relay.poll_onion_request() {
            self.relay_onion_request(now, &request);
        }
        pause
    }

    /// So many of the bytes that [`Engine::poll_tcp`] gave out were written.
    pub fn tcp_sent(&mut self, client: TcpClient, bytes: usize) {
        self.relay.sent(client, bytes);
    }

    /// A connection was closed from the other side, or broke.
    pub fn tcp_closed(&mut self, client: TcpClient) {
        self.relay.closed(client);
    }

    /// The next thing to be done with a connection.
    pub fn poll_tcp(&mut self) -> Option<TcpOutput> {
        self.relay.poll()
    }

    /// How many clients the relay has that have proved their keys.
    #[must_use]
    pub fn tcp_clients(&self) -> usize {
        self.relay.clients()
    }

    pub(crate) fn tick_relay(&mut self, now: Now) {
        self.relay.tick(&mut self.ground.link, now.mono);
    }

    /// This node is the first of an onion path.
    fn relay_onion_request(&mut self, now: Now, request: &TcpOnionRequest) {
        self.tox.onion_from_tcp(&mut self.ground.tox(now), request);
    }

    /// What came back through the onion for clients of the relay goes to them.
    pub(crate) fn answer_tcp_clients(&mut self) {
        while let Some((client, payload)) = self.tox.pop_for_tcp() {
            self.relay.onion_response(client, &payload);
        }
    }
}
