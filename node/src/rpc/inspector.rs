//! The service Inspector: what the node holds and whom it knows.

use std::net::SocketAddr;
use std::pin::Pin;

use futures_util::Stream;
use futures_util::stream::StreamExt;
use tokio_stream::wrappers::BroadcastStream;
use tonic::{Request, Response, Status};
use toxdrop_proto::grpc::v1::{self, inspector_server::Inspector};
use toxdrop_proto::ids::{Location, PacketId};

use super::convert::{dht_status, small, store_event, stored};
use super::parts::Parts;
use crate::net::reachable_sentence;

const DEFAULT_PAGE: u32 = 100;
const MAX_PAGE: u32 = 1_000;

pub(super) struct Service {
    parts: Parts,
    address: SocketAddr,
}

impl Service {
    pub(super) fn new(parts: Parts, address: SocketAddr) -> Self {
        Self { parts, address }
    }
}

/// 32 bytes, or nothing where nothing was given.
fn key(what: &str, bytes: &[u8]) -> Result<Option<[u8; 32]>, Status> {
    if bytes.is_empty() {
        return Ok(None);
    }
    bytes.try_into().map(Some).map_err(|_| {
        Status::invalid_argument(format!("a {what} has 32 bytes, this one {}", bytes.len()))
    })
}

#[tonic::async_trait]
impl Inspector for Service {
    type EventsStream = Pin<Box<dyn Stream<Item = Result<v1::StoreEvent, Status>> + Send>>;

    async fn status(
        &self,
        _: Request<v1::StatusRequest>,
    ) -> Result<Response<v1::StatusResponse>, Status> {
        let parts = &self.parts;
        let status = parts.dht.status().await.map_err(dht_status)?;
        let udp = status.addresses.first();
        Ok(Response::new(v1::StatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            dht_public_key: status.key.to_string(),
            udp_port: udp.map_or(0, |udp| udp.port().into()),
            rpc_port: self.address.port().into(),
            udp_address: udp.map(ToString::to_string).unwrap_or_default(),
            rpc_address: self.address.to_string(),
            network_id: parts.policy.network.0,
            uptime_seconds: status.uptime_seconds,
            tox_nodes: small(status.tox_nodes),
            capable_nodes: small(status.capable_nodes),
            packets: status.store.packets,
            store_bytes: status.store.bytes,
            store_limit_bytes: status.store.limit,
            tombstones: status.store.tombstones,
            outbox_pending: parts.mail.pending() as u64,
            inboxes: parts.mail.inboxes().into_iter().map(|i| i.name).collect(),
            data_dir: parts.data_dir.clone(),
            nonce_trials_per_byte: parts.policy.floor.nonce_trials_per_byte,
            extra_bytes: parts.policy.floor.extra_bytes,
            unix_time: parts.clock.now().unix.0,
            store_for_others: status.store_for_others,
            tcp_relay_ports: status.relay_ports.into_iter().map(u32::from).collect(),
            tcp_relay_clients: small(status.relay_clients),
            reachable: status.reachability.is_reachable(),
            reachability: reachable_sentence(status.reachability, udp.map_or(0, SocketAddr::port)),
            alone: parts.dht.alone().unwrap_or_default(),
        }))
    }

    async fn list_packets(
        &self,
        request: Request<v1::ListPacketsRequest>,
    ) -> Result<Response<v1::ListPacketsResponse>, Status> {
        let request = request.into_inner();
        let location = key("location", &request.location)?.map(Location::from_bytes);
        let after = key("location", &request.after_location)?
            .map(Location::from_bytes)
            .zip(key("packet id", &request.after_packet_id)?.map(PacketId::from_bytes));
        let limit = match request.page_size {
            0 => DEFAULT_PAGE,
            size => size.min(MAX_PAGE),
        };
        let page = self
            .parts
            .dht
            .store_page(location, after, limit as usize)
            .await
            .map_err(dht_status)?;
        Ok(Response::new(v1::ListPacketsResponse {
            packets: page.entries.iter().map(stored).collect(),
            more: page.more,
        }))
    }

    async fn get_packet(
        &self,
        request: Request<v1::GetPacketRequest>,
    ) -> Result<Response<v1::GetPacketResponse>, Status> {
        let request = request.into_inner();
        let missing = || Status::invalid_argument("give both `location` and `packet_id`");
        let location = key("location", &request.location)?.ok_or_else(missing)?;
        let id = key("packet id", &request.packet_id)?.ok_or_else(missing)?;
        let found = self
            .parts
            .dht
            .store_get(Location::from_bytes(location), PacketId::from_bytes(id))
            .await
            .map_err(dht_status)?;
        let (packet, entry) = found
            .ok_or_else(|| Status::not_found("this node does not hold that packet (any more)"))?;
        Ok(Response::new(v1::GetPacketResponse {
            packet: packet.as_bytes().to_vec(),
            summary: Some(stored(&entry)),
        }))
    }

    async fn routing_table(
        &self,
        _: Request<v1::RoutingTableRequest>,
    ) -> Result<Response<v1::RoutingTableResponse>, Status> {
        let nodes = self.parts.dht.routing_table().await.map_err(dht_status)?;
        Ok(Response::new(v1::RoutingTableResponse {
            nodes: nodes
                .into_iter()
                .map(|node| v1::KnownNode {
                    public_key: node.key.to_string(),
                    address: node.address.to_string(),
                    capable: node.capable,
                    bucket: node.bucket,
                    last_seen_seconds: node.last_seen_seconds,
                })
                .collect(),
        }))
    }

    async fn events(
        &self,
        _: Request<v1::EventsRequest>,
    ) -> Result<Response<Self::EventsStream>, Status> {
        let events = BroadcastStream::new(self.parts.dht.store_events()).map(|event| match event {
            Ok(event) => Ok(store_event(&event)),
            // What was missed cannot be told; the client lists the packets anew.
            Err(_) => Err(Status::data_loss(
                "too slow: some events were dropped; list the packets again",
            )),
        });
        Ok(Response::new(events.boxed()))
    }
}
