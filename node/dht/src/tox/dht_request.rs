//! DHT requests (0x20): passed on, as they are, to the node that they are for if we know it.
//!
//! What is for ourselves comes from friends, of whom a node has none: it is not even opened.

use std::net::SocketAddr;

use toxdrop_proto::tox::DhtRequest;

use super::budgets::Budget;
use super::net::ToxNet;
use super::next_hop::{Asker, may_pass};

/// Passes a request on.
pub(super) fn handle(
    net: &mut ToxNet<'_>,
    budget: &mut Budget,
    from: SocketAddr,
    bytes: &[u8],
) -> Option<()> {
    let request = DhtRequest::decode(bytes).ok()?;
    let to = net.nodes.get(&request.to)?.peer.addr;
    if to == from || !may_pass(net, Asker::Udp(from), &to) || !budget.take(net.now.mono, from.ip())
    {
        return None;
    }
    net.send(to, bytes.to_vec());
    Some(())
}
