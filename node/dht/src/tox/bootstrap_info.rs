//! Bootstrap info (0xf0): which version, and a message of the day; what the public lists of nodes look at.
//!
//! Unencrypted, for anybody; as much larger than its request as the message of the day is long.

use std::net::SocketAddr;

use toxdrop_proto::tox::{BootstrapInfo, is_bootstrap_info_request};

use super::budgets::Budget;
use super::net::ToxNet;

/// What our bootstrap info calls our version.
const VERSION: u32 = 1;

/// Answers a request.
pub(super) fn answer(
    net: &mut ToxNet<'_>,
    budget: &mut Budget,
    from: SocketAddr,
    bytes: &[u8],
) -> Option<()> {
    if !is_bootstrap_info_request(bytes) || !budget.take(net.now.mono, from.ip()) {
        return None;
    }
    let info = BootstrapInfo {
        version: VERSION,
        motd: net.config.motd.clone().into_bytes(),
    };
    net.send(from, info.encode());
    Some(())
}
