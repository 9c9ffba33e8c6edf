//! Somebody who asks a node through Tox's onion, made of nothing but the wire formats: envelopes out, answers in.
//!
//! Knows no relays: how an envelope gets there is up to the test.
#![allow(dead_code, reason = "each test program uses a part")]

use toxdrop_proto::ids::{NetworkId, PacketId};
use toxdrop_proto::keys::{DhtKeyPair, DhtPublicKey, PlaceSigner, SharedKey};
use toxdrop_proto::wire::{
    Carriage, Head, Hello, ListText, PlaceProof, Plain, Request, Response, RetrieveText,
    SubscribeRequest, SubscribeText, Token, first_token, open, peek, seal,
};

/// A session key, and the node that is asked under it.
pub(crate) struct Session {
    pub(crate) own: DhtPublicKey,
    pub(crate) node: DhtPublicKey,
    network: NetworkId,
    shared: SharedKey,
    sealed: u64,
}

impl Session {
    pub(crate) fn new(keys: &DhtKeyPair, node: DhtPublicKey, network: NetworkId) -> Self {
        Self {
            own: keys.public,
            node,
            network,
            shared: SharedKey::new(&keys.secret, &node).unwrap(),
            sealed: 0,
        }
    }

    /// An envelope with anything in it.
    pub(crate) fn seal(&mut self, carriage: Carriage, token: Token, plain: &Plain) -> Vec<u8> {
        self.sealed += 1;
        let mut nonce = [9; 24];
        nonce[..8].copy_from_slice(&self.sealed.to_be_bytes());
        let head = Head {
            carriage,
            sender: self.own,
            token,
            nonce,
        };
        seal(&head, &self.shared, plain).unwrap()
    }

    /// A request as it goes through the onion, 0x85. Its id is its number.
    pub(crate) fn ask(&mut self, token: Token, request: &Request) -> Vec<u8> {
        let plain = Plain::request(self.sealed + 1, request.command(), request.encode());
        self.seal(Carriage::OnionOut, token, &plain)
    }

    /// A Hello with this in its token field.
    pub(crate) fn hello_with(&mut self, token: Token) -> Vec<u8> {
        let hello = Hello {
            network: self.network,
            capabilities: 0,
        };
        self.ask(token, &Request::Hello(hello))
    }

    /// A Hello with the node's first token.
    pub(crate) fn hello(&mut self) -> Vec<u8> {
        self.hello_with(first_token(&self.node))
    }

    /// An owner's List from the beginning.
    pub(crate) fn list(&mut self, token: Token, place: &PlaceSigner) -> Vec<u8> {
        let after = PacketId::from_bytes([0; 32]);
        let text = ListText {
            node: self.node,
            token,
            after,
        };
        let owner = proof(place, text.sign(place, self.network));
        self.ask(token, &Request::List { owner, after })
    }

    /// An owner's Retrieve.
    pub(crate) fn retrieve(&mut self, token: Token, place: &PlaceSigner, id: PacketId) -> Vec<u8> {
        let text = RetrieveText {
            node: self.node,
            token,
            id,
        };
        let owner = proof(place, text.sign(place, self.network));
        self.ask(token, &Request::Retrieve { owner, id })
    }

    /// An owner's Subscribe for so many seconds; deliveries are to show this token.
    pub(crate) fn subscribe(
        &mut self,
        token: Token,
        place: &PlaceSigner,
        (subscriber_token, lifetime): (Token, u32),
    ) -> Vec<u8> {
        let text = SubscribeText {
            node: self.node,
            token,
            subscriber: self.own,
            subscriber_token,
            lifetime,
        };
        let owner = proof(place, text.sign(place, self.network));
        let request = SubscribeRequest {
            owner,
            subscriber_token,
            lifetime,
        };
        self.ask(token, &Request::Subscribe(request))
    }

    /// Opens what came back as 0x86.
    pub(crate) fn open(&self, envelope: &[u8]) -> (Head, Plain) {
        let head = peek(envelope).unwrap();
        assert_eq!(
            (head.carriage, head.sender),
            (Carriage::OnionBack, self.node)
        );
        (head, open(&self.shared, envelope).unwrap())
    }

    /// The response to a request: it names the request, before and in the box.
    pub(crate) fn response(&self, request: &[u8], envelope: &[u8]) -> Response {
        let asked = peek(request).unwrap();
        let (head, plain) = self.open(envelope);
        assert_eq!(head.token, asked.echo());
        let asked = open(&self.shared, request).unwrap();
        assert_eq!(
            (plain.request_id, plain.command),
            (asked.request_id, asked.command)
        );
        Response::decode(plain.command, &plain.body).unwrap()
    }
}

fn proof(place: &PlaceSigner, signature: toxdrop_proto::keys::Signature) -> PlaceProof {
    PlaceProof {
        key: place.public(),
        signature,
    }
}
