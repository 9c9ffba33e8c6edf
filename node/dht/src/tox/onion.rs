//! The onion (0x80–0x82 outward, 0x8c–0x8e back): we are one of three relays, and know only our neighbours.
//!
//! Remembers nothing of what it passed on; what is inside is not for us.

use std::net::SocketAddr;

use toxdrop_proto::keys::NONCE_LEN;
use toxdrop_proto::tox::{
    ONION_MAX_PACKET, OnionLayer, OnionRequest, OnionResponse, OnionStep, ReturnPath,
    read_layer_from_tcp, split_return_path,
};

use super::budgets::Budget;
use super::net::ToxNet;
use super::next_hop::{Asker, may_pass};
use super::return_paths::ReturnPaths;
use super::source::Source;
use super::tcp_relay::{TcpClient, TcpOnionRequest};
use crate::peer::canonical;

/// Passes a request on to the next relay, or to whom it is for.
pub(super) fn outward(
    net: &mut ToxNet<'_>,
    (paths, budget): (&ReturnPaths, &mut Budget),
    from: SocketAddr,
    bytes: &[u8],
) -> Option<()> {
    let request = OnionRequest::decode(bytes).ok()?;
    if !budget.take(net.now.mono, from.ip()) {
        return None;
    }
    let key = net.link.sessions.shared_with_stranger(&request.sender);
    let layer = request.open(&*key.ok()?).ok()?;
    let onward = Onward {
        step: request.step,
        nonce: &request.nonce,
        layer: &layer,
        earlier: request.back,
    };
    pass_on(net, paths, (Source::Udp(from), Asker::Udp(from)), &onward)
}

/// Passes a request of a client of our TCP relay on to the second relay: we are its first.
pub(super) fn outward_from_tcp(
    net: &mut ToxNet<'_>,
    (paths, budget): (&ReturnPaths, &mut Budget),
    request: &TcpOnionRequest,
) -> Option<()> {
    let layer = read_layer_from_tcp(&request.rest).ok()?;
    if !budget.take(net.now.mono, request.source) {
        return None;
    }
    let onward = Onward {
        step: OnionStep::First,
        nonce: &request.nonce,
        layer: &layer,
        earlier: &[],
    };
    let asker = Asker::Tcp(SocketAddr::new(request.source, 0));
    pass_on(net, paths, (Source::Tcp(request.client), asker), &onward)
}

/// A request without our layer.
struct Onward<'a> {
    step: OnionStep,
    nonce: &'a [u8; NONCE_LEN],
    layer: &'a OnionLayer,
    /// The way back that earlier relays added.
    earlier: &'a [u8],
}

fn pass_on(
    net: &mut ToxNet<'_>,
    paths: &ReturnPaths,
    (source, asker): (Source, Asker),
    onward: &Onward<'_>,
) -> Option<()> {
    let next = canonical(onward.layer.next);
    if !may_pass(net, asker, &next) {
        return None;
    }
    let back = paths.seal(&mut net.link.rng, source, onward.earlier)?;
    let packet = OnionRequest::pass_on(onward.step, onward.nonce, onward.layer, &back);
    net.send(next, packet);
    Some(())
}

/// Passes a response back to the relay or the client that the request came from; one for a client of our TCP relay is
/// returned.
pub(super) fn back(
    net: &mut ToxNet<'_>,
    (paths, budget): (&ReturnPaths, &mut Budget),
    from: SocketAddr,
    bytes: &[u8],
) -> Option<Option<(TcpClient, Vec<u8>)>> {
    let response = OnionResponse::decode(bytes).ok()?;
    if !budget.take_each(net.now.mono, from.ip()) {
        return None;
    }
    let (source, earlier) = paths.open(response.back)?;
    if !budget.take_of_all(net.now.mono) {
        return None;
    }
    let packet = OnionResponse::pass_back(response.step, &earlier, response.payload);
    match source {
        Source::Udp(to) => {
            net.send(to, packet);
            Some(None)
        }
        Source::Tcp(client) => Some(Some((client, packet))),
    }
}

/// What came out of the onion for us, and the way back behind it; nothing that long comes out of it otherwise.
pub(super) fn split_onion(bytes: &[u8]) -> Option<(&[u8], ReturnPath)> {
    let fits = bytes.len() <= ONION_MAX_PACKET;
    fits.then(|| split_return_path(bytes)).flatten()
}
