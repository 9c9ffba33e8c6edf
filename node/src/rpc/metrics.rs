//! `/metrics` in Prometheus' text format.
//!
//! What the node counts by itself comes from the `metrics` macros; how full things are is read when asked.

use metrics::gauge;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::net::DhtHandle;

/// The gauges, and what they mean.
const GAUGES: [(&str, &str); 9] = [
    ("toxdrop_tox_nodes", "Tox nodes in the routing table"),
    (
        "toxdrop_capable_nodes",
        "Nodes in the routing table that speak offline messages",
    ),
    ("toxdrop_store_packets", "Packets held"),
    ("toxdrop_store_bytes", "Bytes that the store's limit counts"),
    ("toxdrop_store_limit_bytes", "The store's size limit"),
    ("toxdrop_store_tombstones", "Tombstones held"),
    ("toxdrop_uptime_seconds", "Seconds since the start"),
    ("toxdrop_tcp_relay_clients", "Clients of the TCP relay"),
    (
        "toxdrop_reachable",
        "1 where others can reach this node, or it is presumed, else 0",
    ),
];

/// The way to the recorder. Clones share it.
#[derive(Clone)]
pub(super) struct Metrics(Option<PrometheusHandle>);

impl Metrics {
    /// Starts counting. A second recorder in one process only means that its figures go to the first.
    pub(super) fn install() -> Self {
        let handle = PrometheusBuilder::new().install_recorder().ok();
        for (name, help) in GAUGES {
            metrics::describe_gauge!(name, help);
        }
        metrics::describe_counter!(
            "toxdrop_rpc_requests_total",
            "Requests to the gRPC port by outcome of the checks of host, origin and token"
        );
        Self(handle)
    }

    /// The page.
    pub(super) async fn render(&self, dht: &DhtHandle) -> String {
        if let Ok(status) = dht.status().await {
            let values = [
                status.tox_nodes as f64,
                status.capable_nodes as f64,
                status.store.packets as f64,
                status.store.bytes as f64,
                status.store.limit as f64,
                status.store.tombstones as f64,
                status.uptime_seconds as f64,
                status.relay_clients as f64,
                f64::from(u8::from(status.reachability.is_reachable())),
            ];
            for ((name, _), value) in GAUGES.into_iter().zip(values) {
                gauge!(name).set(value);
            }
        }
        self.0
            .as_ref()
            .map(PrometheusHandle::render)
            .unwrap_or_default()
    }
}
