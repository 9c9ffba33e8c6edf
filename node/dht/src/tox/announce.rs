//! Announce requests (0x83, 0x87) and our answers (0x84, 0x88): who wants to be found, and who looks for whom.
//!
//! A ping id shows that whoever announces itself really gets what is sent along its path.

use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use toxdrop_proto::codec::Writer;
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{
    AnnounceRequest, AnnounceResponse, Announced, ONION_RESPONSE_MAX, SealedAnnounce, write_ip_port,
};

use super::announcements::{Announcement, Announcements};
use super::budgets::Budget;
use super::net::ToxNet;
use super::nodes::closest_for;
use super::onion::split_onion;
use super::timed_auth::TimedAuth;
use crate::peer::Peer;

/// How long a ping id's time slot is (c-toxcore).
const PING_ID_SLOT: Duration = Duration::from_secs(300);

/// Makes ping ids: from the asker's key and the address of the last relay before us.
pub(super) struct PingIds(TimedAuth);

impl PingIds {
    pub(super) fn new(rng: &mut ChaCha20Rng) -> Self {
        Self(TimedAuth::new(PING_ID_SLOT, rng))
    }

    fn make(&self, mono: Duration, asker: &Peer) -> [u8; 32] {
        self.0
            .make(mono, &[asker.key.as_bytes(), &packed(asker.addr)])
    }

    fn holds(&self, mono: Duration, ping_id: &[u8; 32], asker: &Peer) -> bool {
        let fields: [&[u8]; 2] = [asker.key.as_bytes(), &packed(asker.addr)];
        self.0.holds(mono, ping_id, &fields)
    }
}

fn packed(addr: SocketAddr) -> Vec<u8> {
    let mut writer = Writer::default();
    write_ip_port(&mut writer, addr);
    writer.finish()
}

/// Takes in a request that came out of the onion, and answers it along the way it came.
pub(super) fn handle(
    net: &mut ToxNet<'_>,
    (announcements, ping_ids, budget): (&mut Announcements, &PingIds, &mut Budget),
    from: SocketAddr,
    bytes: &[u8],
) -> Option<()> {
    let (request, back) = split_onion(bytes)?;
    let sealed = SealedAnnounce::decode(request).ok()?;
    if !budget.take(net.now.mono, from.ip()) {
        return None;
    }
    let key = net
        .link
        .sessions
        .shared_with_stranger(&sealed.sender)
        .ok()?;
    let request = sealed.open(&key).ok()?;
    let asker = Peer {
        key: sealed.sender,
        addr: from,
    };
    let mono = net.now.mono;
    if ping_ids.holds(mono, &request.ping_id, &asker) {
        announcements.add(Announcement {
            key: asker.key,
            data_key: request.data_key,
            exit: from,
            back,
            at: mono,
        });
    }
    let response = AnnounceResponse {
        announced: announced(mono, announcements, ping_ids, &asker, &request),
        nodes: closest_for(net, &asker, request.search.as_bytes()),
    };
    let nonce = net.link.nonce();
    let payload = response.seal(sealed.layout, &request.sendback, &key, &nonce);
    let payload = payload.ok().filter(|p| p.len() <= ONION_RESPONSE_MAX)?;
    net.send(from, back.carry_back(&payload));
    Some(())
}

fn announced(
    mono: Duration,
    announcements: &Announcements,
    ping_ids: &PingIds,
    asker: &Peer,
    request: &AnnounceRequest,
) -> Announced {
    // Whoever showed a ping id speaks of itself, others of whom they look for.
    let about: &DhtPublicKey = if ping_ids.holds(mono, &request.ping_id, asker) {
        &asker.key
    } else {
        &request.search
    };
    match announcements.get(mono, about) {
        Some(found) if found.key != asker.key => Announced::Other(found.data_key),
        Some(found) if found.data_key == request.data_key => {
            Announced::Sender(ping_ids.make(mono, asker))
        }
        _ => Announced::Not(ping_ids.make(mono, asker)),
    }
}
