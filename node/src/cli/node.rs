//! `toxdrop node`: settings, logging, and then the daemon.
//!
//! Only prepares; the daemon runs in `crate::daemon`.

use rand::rngs::OsRng;
use tracing_subscriber::EnvFilter;

use super::args::{Global, LogFormat, NodeArgs};
use super::failure::{Exit, Failure};
use crate::config::Config;
use crate::daemon;
use crate::join::{Bootstrap, BootstrapNode, NodeList};
use crate::paths;

/// What is logged unless TOXDROP_LOG says otherwise.
const DEFAULT_LOG: &str = "info,wgpu_core=warn,wgpu_hal=warn,naga=warn";

/// Runs a node until it is asked to stop.
pub(super) async fn run(args: NodeArgs, global: &Global) -> Result<(), Failure> {
    log(args.log);
    let refused = |error: &dyn std::fmt::Display| Failure::new(Exit::Invalid, error.to_string());
    let dir = paths::data_dir(global.data_dir.as_deref()).map_err(|error| refused(&error))?;
    let mut config = Config::load(args.config.as_deref(), &dir.join(paths::CONFIG_FILE))
        .map_err(|error| refused(&error))?;
    config.udp = args.udp.or(config.udp);
    if !args.tcp_relay.is_empty() {
        config.tcp_relay = args.tcp_relay;
    }
    config.rpc = global.rpc.or(config.rpc);
    let mut given = args.bootstrap;
    for text in &config.bootstrap {
        let node: BootstrapNode = text
            .parse()
            .map_err(|error| refused(&format!("bootstrap \"{text}\" in the settings: {error}")))?;
        given.push(node);
    }
    let list = args.bootstrap_list.or(config.bootstrap_list.take());
    let listed = list.map(|path| NodeList::read(&path)).transpose();
    let listed = listed.map_err(|error| refused(&error))?;
    let listed = listed.map_or(Vec::new(), |list| list.in_turn(&mut OsRng));
    daemon::run(&dir, config, Bootstrap { given, listed })
        .await
        .map_err(|error| Failure::new(Exit::Refused, error.to_string()))
}

fn log(format: LogFormat) {
    let filter =
        EnvFilter::try_from_env("TOXDROP_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
