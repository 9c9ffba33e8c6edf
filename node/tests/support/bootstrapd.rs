//! A real Tox bootstrap node (`tox-bootstrapd`, c-toxcore) on loopback, for as long as a test runs.
//!
//! Knows nothing of toxdrop: whatever it accepts and answers, Tox accepts and answers.

#![allow(dead_code, reason = "each test program uses a part")]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use toxdrop_proto::keys::{DhtPublicKey, DhtSecretKey};
use toxdrop_proto::tox::{BootstrapInfo, bootstrap_info_request};
use toxdrop_testbed::Missing;

/// How long it may take to answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running `tox-bootstrapd`; killed when dropped.
pub(crate) struct Bootstrapd {
    _process: toxdrop_testbed::Bootstrapd,
    /// Its UDP address.
    pub(crate) addr: SocketAddr,
    /// The address of its TCP relay.
    pub(crate) relay: SocketAddr,
    /// Its DHT key.
    pub(crate) key: DhtPublicKey,
    /// What it answered when it was asked whether it is up.
    pub(crate) info: BootstrapInfo,
    _dir: TempDir,
}

impl Bootstrapd {
    /// Starts one; `None`, and a sentence, where the program is not installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = toxdrop_testbed::Bootstrapd::find() else {
            println!("skipped: {}", Missing::Bootstrapd);
            return None;
        };
        let dir = tempfile::tempdir().expect("a temporary directory");
        let ip = Ipv4Addr::LOCALHOST.into();
        let process = toxdrop_testbed::Bootstrapd::start(&program, dir.path(), ip, &[])
            .unwrap_or_else(|error| panic!("{error}"));
        let addr = process.address().address;
        Some(Self {
            addr,
            relay: addr,
            key: read_keys(&dir),
            info: wait_for_info(addr),
            _process: process,
            _dir: dir,
        })
    }
}

/// Asks until it answers: then its sockets are open.
fn wait_for_info(addr: SocketAddr) -> BootstrapInfo {
    let socket = loopback_socket();
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [0; 2048];
    while Instant::now() < deadline {
        // Until the port is open, loopback reports it unreachable; the next try is what helps.
        let _ = socket.send_to(&bootstrap_info_request(), addr);
        if let Ok((len, from)) = socket.recv_from(&mut buffer)
            && from == addr
        {
            return BootstrapInfo::decode(&buffer[..len]).expect("bootstrap info");
        }
    }
    panic!("no answer within {PATIENCE:?}");
}

/// The key file: public key 32 ‖ secret key 32.
fn read_keys(dir: &TempDir) -> DhtPublicKey {
    let bytes = std::fs::read(dir.path().join("keys")).expect("its key file");
    let (public, secret) = bytes.split_first_chunk::<32>().expect("a public key");
    let secret: [u8; 32] = secret.try_into().expect("a secret key");
    let public = DhtPublicKey::from_bytes(*public);
    // The two halves belong together in our arithmetic as well.
    assert_eq!(DhtSecretKey::from_bytes(secret).public(), public);
    public
}

/// A socket on loopback that waits a fifth of a second for a datagram.
pub(crate) fn loopback_socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("the timeout is not zero");
    socket
}
