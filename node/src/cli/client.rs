//! Finding the node and talking to it: its address, its token, its gRPC clients.
//!
//! Starts no node.

use std::path::PathBuf;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use toxdrop_proto::grpc::v1;
use v1::inboxes_client::InboxesClient;
use v1::inspector_client::InspectorClient;
use v1::messages_client::MessagesClient;

use super::args::Global;
use super::failure::{Exit, Failure};
use crate::paths;

/// How long the node may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer: a list of many received messages.
const MAX_ANSWER: usize = 1 << 30;

/// Adds the token to each call.
#[derive(Clone)]
pub(super) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

type Service = InterceptedService<Channel, Bearer>;

/// A node that accepted a connection.
pub(super) struct Node {
    service: Service,
}

impl Node {
    /// Connects to the node that the options or the data directory name.
    pub(super) async fn connect(global: &Global) -> Result<Self, Failure> {
        let dir = paths::data_dir(global.data_dir.as_deref())
            .map_err(|error| Failure::new(Exit::Usage, error))?;
        let address = match global.rpc {
            Some(address) => address.to_string(),
            None => address_of_running_node(&dir)?,
        };
        let unreachable = |_| {
            Failure::new(
                Exit::Unreachable,
                format!(
                    "no toxdrop node answers at {address}; start one with `toxdrop node`, or name another with --rpc or --data-dir"
                ),
            )
        };
        let channel = Endpoint::from_shared(format!("http://{address}"))
            .map_err(unreachable)?
            .connect_timeout(CONNECT_TIMEOUT)
            .connect()
            .await
            .map_err(unreachable)?;
        let bearer = bearer(
            global
                .token_file
                .clone()
                .unwrap_or_else(|| dir.join(paths::TOKEN_FILE)),
        )?;
        Ok(Self {
            service: InterceptedService::new(channel, bearer),
        })
    }

    pub(super) fn messages(&self) -> MessagesClient<Service> {
        MessagesClient::new(self.service.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    pub(super) fn inboxes(&self) -> InboxesClient<Service> {
        InboxesClient::new(self.service.clone())
    }

    /// Why no other node answers and what to do, if the node is alone.
    pub(super) async fn alone(&self) -> Option<String> {
        let status = self.inspector().status(v1::StatusRequest {}).await.ok()?;
        Some(status.into_inner().alone).filter(|alone| !alone.is_empty())
    }

    pub(super) fn inspector(&self) -> InspectorClient<Service> {
        InspectorClient::new(self.service.clone()).max_decoding_message_size(MAX_ANSWER)
    }
}

fn address_of_running_node(dir: &std::path::Path) -> Result<String, Failure> {
    std::fs::read_to_string(dir.join(paths::RPC_ADDRESS_FILE))
        .map(|text| text.trim().to_owned())
        .map_err(|_| {
            Failure::new(
                Exit::Unreachable,
                format!(
                    "no toxdrop node is running with the data directory {}; start one with `toxdrop node`, or name another with --data-dir or --rpc",
                    dir.display()
                ),
            )
        })
}

fn bearer(file: PathBuf) -> Result<Bearer, Failure> {
    let refused = |why: &dyn std::fmt::Display| {
        Failure::new(
            Exit::Unauthenticated,
            format!(
                "cannot use the token file {}: {why}; name the node's data directory with --data-dir, or its token with --token-file",
                file.display()
            ),
        )
    };
    let token = std::fs::read_to_string(&file).map_err(|error| refused(&error))?;
    format!("Bearer {}", token.trim())
        .parse()
        .map(Bearer)
        .map_err(|_| refused(&"it holds no token"))
}
