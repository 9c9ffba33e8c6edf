//! The daemon: puts the parts together, runs them until it is asked to stop, and stops them in order.
//!
//! Holds no logic of its own.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rand::rngs::OsRng;
use rand_core::RngCore;
use tokio::sync::watch;
use toxdrop_mail::{Mail, MailError};
use toxdrop_pow::Pool;
use toxdrop_proto::address::Address;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::keys::{DhtKeyPair, InboxPublicKey};
use zeroize::Zeroizing;

use crate::always_held;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::join::{self, Bootstrap, Standing};
use crate::net::{self, DhtHandle, NetError, Ports, UdpBind};
use crate::paths;
use crate::rpc::{self, RpcError};
use toxdrop_store::{DataDir, Store, StoreConfig, StoreError};

/// Where the gRPC port is unless told otherwise.
const DEFAULT_RPC: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 33400);

/// Why the node does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DaemonError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Net(#[from] NetError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Pool(#[from] toxdrop_pow::PoolError),
    #[error("a setting is out of range: {0}")]
    Difficulty(#[from] toxdrop_proto::pow::DifficultyError),
    #[error("always_held: \"{address}\": {source}")]
    AlwaysHeld {
        address: String,
        source: toxdrop_proto::address::AddressError,
    },
    #[error(
        "cannot read or write {path}: {source}; check its permissions and the free space on its disk"
    )]
    File {
        path: String,
        source: std::io::Error,
    },
    #[error(
        "the DHT key in {0} is damaged; restore it from a backup, or remove it: the node then takes a new place in the DHT and loses no messages of yours"
    )]
    DhtKey(String),
}

/// Runs a node until Ctrl-C or SIGTERM.
pub(crate) async fn run(
    dir: &Path,
    config: Config,
    bootstrap: Bootstrap,
) -> Result<(), DaemonError> {
    config.dht.floor().check()?;
    let clock = Clock::start();
    let lock = DataDir::lock(dir)?;
    let always_held = always_held(&config)?;
    let now = clock.now().unix;
    let settings = store_config(&config, &always_held, now);
    let store = Arc::new(Store::open(&lock, settings, now)?);
    let keys = dht_keys(&dir.join(paths::DHT_KEY_FILE))?;
    let token = token(&dir.join(paths::TOKEN_FILE))?;
    let pool = Arc::new(Pool::start(config.pow.pool())?);
    let listener = rpc::bind(config.rpc.unwrap_or(DEFAULT_RPC)).await?;
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    let ports = Ports {
        udp: config.udp.map_or(UdpBind::ToxPorts, UdpBind::Exactly),
        tcp_relay: &config.tcp_relay,
    };
    let (say_standing, standing) = watch::channel(Standing::Looking);
    let dht = net::start(
        config.dht.clone(),
        keys,
        seed,
        ports,
        Arc::clone(&store),
        clock,
        standing,
    )?;
    let mail = Mail::open(
        dir,
        config.mail.clone(),
        config.dht.policy(),
        Arc::new(dht.clone()),
        Arc::clone(&pool) as _,
        Arc::new(clock),
    )?;
    if !always_held.is_empty() {
        let (store, mail) = (Arc::clone(&store), mail.clone());
        tokio::spawn(always_held::keep_told(store, mail, always_held, clock));
    }
    let nodes = dir.join(paths::NODES_FILE);
    let joining = join::start(dht.clone(), bootstrap, nodes, say_standing);

    let address = listener.address();
    announce(dir, &dht, address, &token)?;
    let served = rpc::serve(
        listener,
        rpc::Parts {
            dht: dht.clone(),
            mail: mail.clone(),
            pool,
            token,
            clock,
            policy: config.dht.policy(),
            allowed_hosts: config.allowed_hosts,
            data_dir: dir.display().to_string(),
        },
        stop_signal(),
    )
    .await;

    tracing::info!("stopping");
    // What is gone already need not be removed.
    let _ = std::fs::remove_file(dir.join(paths::RPC_ADDRESS_FILE));
    mail.shutdown();
    joining.stop().await;
    dht.shutdown().await;
    Ok(served?)
}

/// The inboxes whose packets the settings say are always held.
fn always_held(config: &Config) -> Result<Vec<InboxPublicKey>, DaemonError> {
    let addresses = config.store.always_held.iter().map(|text| {
        text.parse::<Address>()
            .map(|address| address.key)
            .map_err(|source| DaemonError::AlwaysHeld {
                address: text.clone(),
                source,
            })
    });
    addresses.collect()
}

fn store_config(config: &Config, always_held: &[InboxPublicKey], now: UnixSeconds) -> StoreConfig {
    let mut store = StoreConfig::new(config.dht.policy(), config.store.size_limit.as_u64());
    store.store_for_others = config.dht.store_for_others;
    let places = always_held
        .iter()
        .flat_map(|key| always_held::open_places(key, now));
    store.always_held = places.collect();
    store
}

/// Says where the node is, to people on standard output and to the command line in a file.
fn announce(dir: &Path, dht: &DhtHandle, rpc: SocketAddr, token: &str) -> Result<(), DaemonError> {
    write_private(&dir.join(paths::RPC_ADDRESS_FILE), &format!("{rpc}\n"))?;
    let relay = match dht.relay_addresses() {
        [] => String::new(),
        addresses => format!("TCP relay  {}\n", list(addresses)),
    };
    let text = format!(
        "DHT key    {}\nUDP        {}\n{relay}gRPC       {rpc}\nInspector  http://{rpc}/#token={token}\n",
        dht.public_key(),
        list(dht.udp_addresses()),
    );
    // Nobody may be reading.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let _ = std::io::stdout().flush();
    Ok(())
}

fn list(addresses: &[SocketAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn dht_keys(path: &Path) -> Result<DhtKeyPair, DaemonError> {
    let name = path.display().to_string();
    if !path.exists() {
        let keys = DhtKeyPair::generate(&mut OsRng);
        let text = Zeroizing::new(hex::encode(keys.secret.expose()));
        write_private(path, &text)?;
        return Ok(keys);
    }
    let text = read(path)?;
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), bytes.as_mut()).map_err(|_| DaemonError::DhtKey(name))?;
    Ok(DhtKeyPair::from_secret_bytes(*bytes))
}

/// The token of the gRPC port: made once, kept for the clients that know it.
fn token(path: &Path) -> Result<String, DaemonError> {
    if path.exists() {
        let text = read(path)?;
        if text.trim().len() >= 32 {
            return Ok(text.trim().to_owned());
        }
    }
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    let token = hex::encode(bytes);
    write_private(path, &token)?;
    Ok(token)
}

fn read(path: &Path) -> Result<Zeroizing<String>, DaemonError> {
    std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| DaemonError::File {
            path: path.display().to_string(),
            source,
        })
}

fn write_private(path: &Path, text: &str) -> Result<(), DaemonError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .map_err(|source| DaemonError::File {
            path: path.display().to_string(),
            source,
        })
}

async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // A system that cannot tell of Ctrl-C ends the process itself.
    let _ = tokio::signal::ctrl_c().await;
}
