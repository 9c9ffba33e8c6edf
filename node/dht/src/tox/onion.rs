//! The onion (0x80–0x82 outward, 0x8c–0x8e back): we are one of three relays, and know only our neighbours.
//!
//! Remembers nothing of what it passed on; what is inside is not for us.

use std::net::SocketAddr;

use toxdrop_proto::tox::{OnionRequest, OnionResponse};

use super::budgets::Budget;
use super::net::ToxNet;
use super::return_paths::ReturnPaths;
use crate::peer::{can_be_sent_to, canonical, may_tell};

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
    let next = canonical(layer.next);
    // Nobody outside shall reach into our local network through us.
    if !can_be_sent_to(&next) || !may_tell(&from, &next) {
        return None;
    }
    let back = paths.seal(&mut net.link.rng, from, request.back)?;
    let packet = OnionRequest::pass_on(request.step, &request.nonce, &layer, &back);
    net.send(next, packet);
    Some(())
}

/// Passes a response back to the relay, or to the client, that the request came from.
pub(super) fn back(
    net: &mut ToxNet<'_>,
    (paths, budget): (&ReturnPaths, &mut Budget),
    from: SocketAddr,
    bytes: &[u8],
) -> Option<()> {
    let response = OnionResponse::decode(bytes).ok()?;
    if !budget.take(net.now.mono, from.ip()) {
        return None;
    }
    let (source, earlier) = paths.open(response.back)?;
    let packet = OnionResponse::pass_back(response.step, &earlier, response.payload);
    net.send(source, packet);
    Some(())
}
