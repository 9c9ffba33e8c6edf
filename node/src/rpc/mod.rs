//! The one port for programs and browsers: gRPC, gRPC-web, the inspector's page and metrics.
//!
//! Translates and guards; what is asked is done by mail, DHT, store and pool.

mod convert;
mod guard;
mod inbox;
mod inboxes;
mod inspector;
mod messages;
mod metrics;
mod page;
mod parts;
mod pow;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use self::metrics::Metrics;
pub(crate) use self::parts::Parts;
use axum::Router;
use axum::routing::get;
use tonic::service::Routes;
use toxdrop_proto::grpc::{FILE_DESCRIPTOR_SET, v1};

/// The largest request: 1 MiB of content, a batch of stamps.
const MAX_REQUEST: usize = 4 << 20;
/// The largest request with a file to import: a Tox profile grows with its friends and groups.
const MAX_IMPORT: usize = 17 << 20;

/// Why there is no gRPC port.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RpcError {
    /// The address is taken or not ours.
    #[error(
        "cannot open the gRPC port {address}: {source}; is another node running? Choose another with --rpc"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address can be reached from elsewhere, and nothing encrypts.
    #[error(
        "the gRPC port must stay on this machine, {0} does not: anybody on the network could read the token. Use 127.0.0.1 and an SSH tunnel or a TLS proxy"
    )]
    NotLoopback(SocketAddr),
    /// The server ended by itself.
    #[error("the gRPC port failed: {0}")]
    Serve(std::io::Error),
    /// The schema does not fit its reflection service.
    #[error("the reflection service cannot start: {0}")]
    Reflection(String),
}

/// The opened port.
pub(crate) struct Listener {
    listener: tokio::net::TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Opens the port, on loopback only.
pub(crate) async fn bind(address: SocketAddr) -> Result<Listener, RpcError> {
    if !address.ip().is_loopback() {
        return Err(RpcError::NotLoopback(address));
    }
    let failed = |source| RpcError::Bind { address, source };
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Listener { listener, address })
}

/// Serves until `stop` is done.
pub(crate) async fn serve(
    listener: Listener,
    parts: Parts,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), RpcError> {
    let address = listener.address;
    let app = router(parts, address, Metrics::install())?;
    // Each connection is a client of the solver.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let server = axum::serve(listener.listener, app).with_graceful_shutdown(async move {
        stop.await;
        stopping.send_replace(true);
    });
    // Streams that nobody ends must not keep the node up.
    let patience = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    };
    tokio::select! {
        result = server => result.map_err(RpcError::Serve),
        () = patience => Ok(()),
    }
}

fn router(parts: Parts, address: SocketAddr, metrics: Metrics) -> Result<Router, RpcError> {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|error| RpcError::Reflection(error.to_string()))?;
    let (_, health) = tonic_health::server::health_reporter();
    let guard = Arc::new(guard::Guard::new(
        &parts.token,
        address,
        &parts.allowed_hosts,
    ));
    let dht = parts.dht.clone();
    let grpc = Routes::default()
        .add_service(
            v1::messages_server::MessagesServer::new(messages::Service::new(parts.clone()))
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::inboxes_server::InboxesServer::new(inboxes::Service::new(parts.clone()))
                .max_decoding_message_size(MAX_IMPORT),
        )
        .add_service(
            v1::pow_server::PowServer::new(pow::Service::new(parts.clone()))
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(v1::inspector_server::InspectorServer::new(
            inspector::Service::new(parts, address),
        ))
        .add_service(reflection)
        .add_service(health)
        .prepare()
        .into_axum_router()
        .layer(tonic_web::GrpcWebLayer::new());
    let text = move || {
        let (metrics, dht) = (metrics.clone(), dht.clone());
        async move { metrics.render(&dht).await }
    };
    Ok(Router::new()
        .route("/metrics", get(text))
        .merge(page::router())
        .merge(grpc)
        .layer(axum::middleware::from_fn_with_state(guard, guard::check)))
}
