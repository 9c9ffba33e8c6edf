//! Data (0x85) for somebody who is announced here: sent along the announced path (0x86).
//!
//! For whom nobody is announced it is dropped: the sender has other nodes to try.

use std::net::SocketAddr;

use toxdrop_proto::tox::OnionData;

use super::announcements::Announcements;
use super::budgets::Budget;
use super::net::ToxNet;
use super::onion::split_onion;

/// Sends data on to its receiver.
pub(super) fn handle(
    net: &mut ToxNet<'_>,
    (announcements, budget): (&Announcements, &mut Budget),
    from: SocketAddr,
    bytes: &[u8],
) -> Option<()> {
    let (data, _) = split_onion(bytes)?;
    let data = OnionData::decode(data).ok()?;
    let to = *announcements.get(net.now.mono, &data.to)?;
    if !budget.take(net.now.mono, from.ip()) {
        return None;
    }
    net.send(to.exit, to.back.carry_back(&data.response()));
    Some(())
}
