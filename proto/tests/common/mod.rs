//! One valid example of everything that travels or is stored, and how it is read and written again.
//!
//! Made from fixed seeds; says nothing about what should happen to the examples.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "shared by several test programs, and a test that cannot unwrap has failed"
)]

mod stored;

pub(crate) use stored::*;
use toxdrop_proto::codec::{DecodeError, Reader, Writer};
use toxdrop_proto::keys::DhtPublicKey;
use toxdrop_proto::tox::{
    BootstrapInfo, ForwardReply, ForwardRequest, Forwarding, LanDiscovery, NodesRequest,
    NodesResponse, PackedNode, Ping, Transport,
};

/// Reads bytes and writes what was read.
pub(crate) type Recode = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

type DynRecode = dyn Fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Something valid: its name, its bytes, and its decoder followed by its encoder.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) recode: Box<DynRecode>,
}

fn example(name: &str, bytes: Vec<u8>, recode: Recode) -> Example {
    Example {
        name: name.into(),
        bytes,
        recode: Box::new(recode),
    }
}

fn packed_nodes() -> Vec<PackedNode> {
    ["1.2.3.4:33445", "[2001:db8::1]:33446"]
        .into_iter()
        .flat_map(|addr| {
            [Transport::Udp, Transport::Tcp].map(|transport| PackedNode {
                transport,
                addr: addr.parse().unwrap(),
                key: DhtPublicKey::from_bytes([7; 32]),
            })
        })
        .collect()
}

/// Tox's packets: what is in the boxes, and what has none.
pub(crate) fn tox() -> Vec<Example> {
    let nodes = NodesResponse {
        nodes: packed_nodes(),
        sendback: [8; 8],
    };
    let request = NodesRequest {
        target: DhtPublicKey::from_bytes([5; 32]),
        sendback: [8; 8],
    };
    let info = BootstrapInfo {
        version: 2_024_010_100,
        motd: b"hello".to_vec(),
    };
    let lan = LanDiscovery {
        key: DhtPublicKey::from_bytes([5; 32]),
    };
    vec![
        example("ping request", Ping::Request(77).encode(), |bytes| {
            Ok(Ping::decode(bytes)?.encode())
        }),
        example("ping response", Ping::Response(77).encode(), |bytes| {
            Ok(Ping::decode(bytes)?.encode())
        }),
        example("nodes request", request.encode(), |bytes| {
            Ok(NodesRequest::decode(bytes)?.encode())
        }),
        example("nodes response", nodes.encode(), |bytes| {
            Ok(NodesResponse::decode(bytes)?.encode())
        }),
        example("bootstrap info", info.encode(), |bytes| {
            Ok(BootstrapInfo::decode(bytes)?.encode())
        }),
        example("LAN discovery", lan.encode(), |bytes| {
            Ok(LanDiscovery::decode(bytes)?.encode())
        }),
        example("forward request", forward_request().encode(), |bytes| {
            Ok(ForwardRequest::decode(bytes)?.encode())
        }),
        example("forwarding", forwarding(b"sendback"), |bytes| {
            Ok(Forwarding::decode(bytes)?.encode().unwrap())
        }),
        example("forwarding back", forwarding(b""), |bytes| {
            Ok(Forwarding::decode(bytes)?.encode().unwrap())
        }),
        example("forward reply", forward_reply(), |bytes| {
            Ok(ForwardReply::decode(bytes)?.encode().unwrap())
        }),
        example("packed node", packed_node_bytes(), |bytes| {
            let mut reader = Reader::new(bytes);
            let node = PackedNode::decode(&mut reader)?;
            reader.finish()?;
            let mut writer = Writer::default();
            node.encode(&mut writer);
            Ok(writer.finish())
        }),
    ]
}

fn forward_request() -> ForwardRequest<'static> {
    ForwardRequest {
        to: DhtPublicKey::from_bytes([5; 32]),
        data: b"data",
    }
}

fn forwarding(sendback: &'static [u8]) -> Vec<u8> {
    let data = b"data";
    Forwarding { sendback, data }.encode().unwrap()
}

fn forward_reply() -> Vec<u8> {
    let (sendback, data) = (b"sendback", b"data");
    ForwardReply { sendback, data }.encode().unwrap()
}

fn packed_node_bytes() -> Vec<u8> {
    let mut writer = Writer::default();
    packed_nodes()[0].encode(&mut writer);
    writer.finish()
}
