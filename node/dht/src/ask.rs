//! What we ask other nodes for, before their token is known: signatures and subscriptions name it, so the request
//! itself is made when it is sent.

use std::sync::Arc;

use toxdrop_proto::ids::{Location, NetworkId, PacketId};
use toxdrop_proto::keys::{DhtPublicKey, PlaceSigner, Signature};
use toxdrop_proto::packet::Packet;
use toxdrop_proto::tombstone::Tombstone;
use toxdrop_proto::wire::{
    Command, Dial, DialCookie, Find, Hello, ListText, Offer, PlaceProof, Request, RetrieveText,
    SubscribeRequest, SubscribeText, Token, TtlUpdate,
};

/// A request to be.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Hello(Hello),
    Find(Find),
    Store(Packet),
    TtlUpdate(TtlUpdate),
    List {
        place: Arc<PlaceSigner>,
        after: PacketId,
    },
    Retrieve {
        place: Arc<PlaceSigner>,
        id: PacketId,
    },
    Delete(Vec<Tombstone>),
    Subscribe {
        place: Arc<PlaceSigner>,
        lifetime: u32,
    },
    Deliver {
        packet: Packet,
        token: Token,
    },
    Offer(Vec<Offer>),
    GetRecord(Location),
    DialBack(DialCookie),
    Dial(Dial),
}

/// What is known when the request is sent.
pub(crate) struct Addressing {
    pub(crate) network: NetworkId,
    pub(crate) node: DhtPublicKey,
    pub(crate) token: Token,
    /// Our key that the request goes out under.
    pub(crate) session: DhtPublicKey,
    /// The token that the addressee shall use for deliveries.
    pub(crate) delivery_token: Token,
}

impl Ask {
    pub(crate) fn command(&self) -> Command {
        match self {
            Self::Hello(_) => Command::Hello,
            Self::Find(_) => Command::Find,
            Self::Store(_) => Command::Store,
            Self::TtlUpdate(_) => Command::TtlUpdate,
            Self::List { .. } => Command::List,
            Self::Retrieve { .. } => Command::Retrieve,
            Self::Delete(_) => Command::Delete,
            Self::Subscribe { .. } => Command::Subscribe,
            Self::Deliver { .. } => Command::Deliver,
            Self::Offer(_) => Command::Offer,
            Self::GetRecord(_) => Command::GetRecord,
            Self::DialBack(_) => Command::DialBack,
            Self::Dial(_) => Command::Dial,
        }
    }

    /// The request, signed for its addressee where it needs to be.
    pub(crate) fn request(&self, to: &Addressing) -> Request {
        match self {
            Self::Hello(hello) => Request::Hello(*hello),
            Self::Find(find) => Request::Find(*find),
            Self::Store(packet) => Request::Store(packet.clone()),
            Self::TtlUpdate(update) => Request::TtlUpdate(*update),
            Self::List { place, after } => {
                let text = ListText {
                    node: to.node,
                    token: to.token,
                    after: *after,
                };
                Request::List {
                    owner: proof(place, text.sign(place, to.network)),
                    after: *after,
                }
            }
            Self::Retrieve { place, id } => {
                let text = RetrieveText {
                    node: to.node,
                    token: to.token,
                    id: *id,
                };
                Request::Retrieve {
                    owner: proof(place, text.sign(place, to.network)),
                    id: *id,
                }
            }
            Self::Delete(tombstones) => Request::Delete(tombstones.clone()),
            Self::Subscribe { place, lifetime } => {
                let text = SubscribeText {
                    node: to.node,
                    token: to.token,
                    subscriber: to.session,
                    subscriber_token: to.delivery_token,
                    lifetime: *lifetime,
                };
                Request::Subscribe(SubscribeRequest {
                    owner: proof(place, text.sign(place, to.network)),
                    subscriber_token: to.delivery_token,
                    lifetime: *lifetime,
                })
            }
            Self::Deliver { packet, .. } => Request::Deliver(packet.clone()),
            Self::Offer(offers) => Request::Offer(offers.clone()),
            Self::GetRecord(location) => Request::GetRecord(*location),
            Self::DialBack(cookie) => Request::DialBack(*cookie),
            Self::Dial(dial) => Request::Dial(*dial),
        }
    }
}

fn proof(place: &PlaceSigner, signature: Signature) -> PlaceProof {
    PlaceProof {
        key: place.public(),
        signature,
    }
}
