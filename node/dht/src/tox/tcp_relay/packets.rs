//! What each packet of a client does.
//!
//! `None` where a client said something that none says: its connection is over then.

use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{
    IP_PORT_LEN, ONION_MAX_PACKET, ONION_RETURN_LEN, TcpConnectionId, TcpPacket,
};

use super::connection::{Client, Connection};
use super::links::{Links, OtherEnd};
use super::outputs::{TcpClient, TcpOnionRequest};
use super::relay::TcpRelay;

/// The longest rest of an onion request: on the way to the second node it loses an address and grows by an id, the
/// nonce and one layer of the way back.
const ONION_REST: usize = ONION_MAX_PACKET + IP_PORT_LEN - (1 + 24 + ONION_RETURN_LEN / 3);
/// Onion requests that wait to be sent on.
const ONION_REQUESTS: usize = 256;

impl TcpRelay {
    /// Does what a packet asks for.
    pub(super) fn handle(&mut self, from: TcpClient, packet: TcpPacket<'_>) -> Option<()> {
        match packet {
            TcpPacket::RoutingRequest(key) => self.route(from, key),
            // c-toxcore passes over it as well.
            TcpPacket::Connected(_) => Some(()),
            TcpPacket::Disconnected(id) => {
                let link = self.links(from)?.remove(id)?;
                if let Some(other) = link.other {
                    self.part(other);
                }
                Some(())
            }
            TcpPacket::Ping(id) => {
                self.send(from, &TcpPacket::Pong(id));
                Some(())
            }
            TcpPacket::Pong(0) => None,
            TcpPacket::Pong(id) => {
                self.client(from)?.pong(id);
                Some(())
            }
            TcpPacket::OobSend { to, data } => {
                if let Some(to) = self.by_key.get(&to).copied() {
                    let from = self.client(from)?.key;
                    self.send_data(to, &TcpPacket::OobReceive { from, data });
                }
                Some(())
            }
            TcpPacket::Data { id, data } => {
                let link = self.links(from)?.get(id)?;
                if let Some((to, id)) = link.other {
                    self.send_data(to, &TcpPacket::Data { id, data });
                }
                Some(())
            }
            TcpPacket::OnionRequest { nonce, rest } => {
                let source = self.connections.get(&from)?.source;
                if rest.len() <= ONION_REST && self.onion_requests.len() < ONION_REQUESTS {
                    self.onion_requests.push_back(TcpOnionRequest {
                        client: from,
                        source,
                        nonce,
                        rest: rest.to_vec(),
                    });
                }
                Some(())
            }
            TcpPacket::RoutingResponse { .. }
            | TcpPacket::OobReceive { .. }
            | TcpPacket::OnionResponse(_) => None,
        }
    }

    /// A client wants to be connected to another one.
    fn route(&mut self, from: TcpClient, key: DhtPublicKey) -> Option<()> {
        let client = self.client(from)?;
        let own = client.key;
        let known = client.links.find(&key);
        let id = match known {
            Some(id) => Some(id),
            None if key == own => None,
            None => client.links.add(key),
        };
        self.send(from, &TcpPacket::RoutingResponse { id, key });
        // One that was asked for before is connected already, or waits for the other client to ask.
        if let (None, Some(id)) = (known, id) {
            self.join((from, id), own, key);
        }
        Some(())
    }

    /// Connects both, if the other one is here and has asked for this one.
    fn join(&mut self, one: OtherEnd, own: DhtPublicKey, key: DhtPublicKey) -> Option<()> {
        let to = self.by_key.get(&key).copied()?;
        let id = self.links(to)?.find(&own)?;
        let other = (to, id);
        for (end, opposite) in [(one, other), (other, one)] {
            self.links(end.0)?.set_other(end.1, Some(opposite));
        }
        for (client, id) in [one, other] {
            self.send(client, &TcpPacket::Connected(id));
        }
        Some(())
    }

    /// The client at the opposite end is gone, or has given the connection up.
    pub(super) fn part(&mut self, (client, id): (TcpClient, TcpConnectionId)) {
        if let Some(links) = self.links(client) {
            links.set_other(id, None);
            self.send(client, &TcpPacket::Disconnected(id));
        }
    }

    /// The next onion request of a client.
    pub(crate) fn poll_onion_request(&mut self) -> Option<TcpOnionRequest> {
        self.onion_requests.pop_front()
    }

    /// Brings a client what came back along an onion path that began here: the packet that a client without a relay
    /// gets over UDP. It is dropped if the client is gone.
    pub(crate) fn onion_response(&mut self, client: TcpClient, inner: &[u8]) {
        self.send_data(client, &TcpPacket::OnionResponse(inner));
    }

    fn client(&mut self, client: TcpClient) -> Option<&mut Client> {
        self.connections
            .get_mut(&client)
            .and_then(Connection::client_mut)
    }

    fn links(&mut self, client: TcpClient) -> Option<&mut Links> {
        self.client(client).map(|client| &mut client.links)
    }
}
