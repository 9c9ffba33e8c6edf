//! Forwarding (0x90–0x92): what somebody has for a node that we know goes there, and the reply back.
//!
//! Remembers nothing: whom the reply is for stands in the sendback, under a MAC of ours.
//!
//! ```text
//! sendback  MAC 32 ‖ kind 1 ‖ address 19 ‖ [kind Chain: the sendback of the forwarder before us]
//! ```

use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use toxdrop_proto::codec::{Reader, Writer};
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{
    FORWARD_REQUEST, ForwardReply, ForwardRequest, Forwarding, read_ip_port, write_ip_port,
};

use super::budgets::Budget;
use super::net::ToxNet;
use super::next_hop::{Asker, may_pass};
use super::timed_auth::{TIMED_AUTH_LEN, TimedAuth};

/// How long a sendback's time slot is (c-toxcore).
const SLOT: Duration = Duration::from_secs(3_600);

/// Who asked us to forward.
const ASKER: u8 = 0;
/// The one who asked was a forwarder itself.
const CHAIN: u8 = 1;

/// Forwards, and recognises replies.
pub(super) struct Forwarder {
    auth: TimedAuth,
}

impl Forwarder {
    pub(super) fn new(rng: &mut ChaCha20Rng) -> Self {
        Self {
            auth: TimedAuth::new(SLOT, rng),
        }
    }

    /// 0x90: somebody asks us to forward.
    pub(super) fn request(
        &self,
        net: &mut ToxNet<'_>,
        budget: &mut Budget,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Option<()> {
        let request = ForwardRequest::decode(bytes).ok()?;
        self.forward(net, budget, from, (ASKER, &[]), &request)
    }

    /// 0x91: something was forwarded to us. Only a request to forward it further is for us.
    pub(super) fn forwarded(
        &self,
        net: &mut ToxNet<'_>,
        budget: &mut Budget,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Option<()> {
        let forwarding = Forwarding::decode(bytes).ok()?;
        if forwarding.sendback.is_empty() || forwarding.data.first() != Some(&FORWARD_REQUEST) {
            return None;
        }
        let request = ForwardRequest::decode(forwarding.data).ok()?;
        self.forward(net, budget, from, (CHAIN, forwarding.sendback), &request)
    }

    /// 0x92: a reply to what we forwarded.
    pub(super) fn reply(
        &self,
        net: &mut ToxNet<'_>,
        budget: &mut Budget,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Option<()> {
        let reply = ForwardReply::decode(bytes).ok()?;
        let (auth, rest) = reply.sendback.split_at_checked(TIMED_AUTH_LEN)?;
        if !self.auth.holds(net.now.mono, auth, &[rest]) || !budget.take(net.now.mono, from.ip()) {
            return None;
        }
        let mut reader = Reader::new(rest);
        let kind = reader.u8().ok()?;
        let to = read_ip_port(&mut reader).ok()?;
        let packet = match kind {
            ASKER => Forwarding {
                sendback: &[],
                data: reply.data,
            }
            .encode(),
            _ => ForwardReply {
                sendback: reader.rest(),
                data: reply.data,
            }
            .encode(),
        };
        net.send(to, packet?);
        Some(())
    }

    fn forward(
        &self,
        net: &mut ToxNet<'_>,
        budget: &mut Budget,
        from: SocketAddr,
        (kind, before): (u8, &[u8]),
        request: &ForwardRequest<'_>,
    ) -> Option<()> {
        let to = known(net, &request.to)?;
        if to == from
            || !may_pass(net, Asker::Udp(from), &to)
            || !budget.take(net.now.mono, from.ip())
        {
            return None;
        }
        let mut rest = Writer::default();
        rest.u8(kind);
        write_ip_port(&mut rest, from);
        rest.bytes(before);
        let rest = rest.finish();
        let auth = self.auth.make(net.now.mono, &[&rest]);
        let packet = Forwarding {
            sendback: &[&auth[..], &rest].concat(),
            data: request.data,
        };
        // A chain that is too long has no room left: it ends here.
        net.send(to, packet.encode()?);
        Some(())
    }
}

fn known(net: &ToxNet<'_>, key: &DhtPublicKey) -> Option<SocketAddr> {
    net.nodes.get(key).map(|contact| contact.peer.addr)
}
